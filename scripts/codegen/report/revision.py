"""Exports a revision of git into a folder."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

from scripts.codegen.steps import GENERATED

CONTRACT = "openapi/liminal.yaml"
WATCHED = (CONTRACT, GENERATED, "liminal")


class RevisionError(Exception):
    """There is no such revision."""


def short(root: Path, revision: str) -> str:
    """Return the abbreviated id of a commit."""
    arguments = "rev-parse", "--quiet", "--short", "--verify", f"{revision}^{{commit}}"
    return _git(root, *arguments, otherwise=f"there is no commit {revision!r}").decode().strip()


def check_out(root: Path, revision: str, folder: Path) -> None:
    """Export what the report compares from ``revision``, without the parts that it lacks."""
    listed = _git(root, "ls-tree", "-d", "-r", "--name-only", revision).decode().splitlines()
    files = _git(root, "ls-tree", "-r", "--name-only", revision, "openapi").decode().splitlines()
    paths = [path for path in WATCHED if path in {*listed, *files}]
    if not paths:
        raise RevisionError(f"{revision} has none of {', '.join(WATCHED)}")
    archive = _git(root, "archive", "--format=tar", revision, *paths)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")


def _git(root: Path, *arguments: str, otherwise: str = "git failed") -> bytes:
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=False)
    except FileNotFoundError:
        raise RevisionError("git is not installed") from None
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip().splitlines()
        raise RevisionError(words[0] if words else otherwise)
    return done.stdout
