"""Runs small programs against a server in this process, with every warning an error."""

import atexit
import functools
import json
import os
import select
import subprocess
import sys
import textwrap
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]

_HEAD = """
import asyncio, json, logging, os, sys, threading
from liminal import Client, SyncClient
from liminal.auth import Token

url = sys.argv[1]
auth = Token("an-environment-token")
# What is imported at the first use is a slow step, which asyncio tells in its debug mode.
logging.getLogger("asyncio").setLevel(logging.ERROR)
"""
# What the programs import, and what the SDK does at its first request.
_ZYGOTE = """
import asyncio, httpx, httpx2, trio
import liminal._async.client, liminal._sync.client
import liminal._http.pool, liminal._http.sockets.asyncio_wire, liminal._http.sockets.trio_wire
from tests.lifetimes.zygote import serve
exec(serve())
"""
_SECONDS = 60


def main(body: str) -> str:
    """An asynchronous function of that name."""
    return block("async def main():", body)


def block(head: str, body: str) -> str:
    return f"{head}\n{textwrap.indent(textwrap.dedent(body), '    ')}"


def run(url: str, *parts: str, dev: bool = True, fresh: bool = False, first: str = "") -> str:
    """Return what a program prints. It must exit with 0 and write nothing to its standard error.

    It finds ``url`` and ``auth``, and the usual modules imported. ``first`` runs before these are.
    A ``fresh`` process has imported nothing else.
    """
    source = "\n".join([textwrap.dedent(first), _HEAD, *map(textwrap.dedent, parts)])
    if hasattr(os, "fork") and not fresh and not first:
        return _forked(source, url, dev)
    done = subprocess.run(
        [*_command(dev), source, url],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
        env=_environment(),
    )
    return _checked(done.returncode, done.stdout, done.stderr)


def _checked(status: int, out: str, err: str) -> str:
    assert err == "", err
    assert status == 0, out
    return out.strip()


def _command(dev: bool) -> list[str]:
    return [sys.executable, "-W", "error", *(["-X", "dev"] * dev), "-c"]


def _environment() -> dict[str, str]:
    paths = os.pathsep.join([str(ROOT), str(ROOT / "generated")])
    # Development mode would check each allocation, which takes most of a program's time.
    return {**os.environ, "PYTHONPATH": paths, "PYTHONMALLOC": "pymalloc"}


def _forked(source: str, url: str, dev: bool) -> str:
    """The same, in a process that has imported everything before."""
    with TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        out.touch()
        err.touch()
        zygote = _zygote(dev)
        assert zygote.stdin is not None
        assert zygote.stdout is not None
        order = {"program": source, "url": url, "out": str(out), "err": str(err)}
        zygote.stdin.write(f"{json.dumps(order)}\n")
        zygote.stdin.flush()
        assert select.select([zygote.stdout], [], [], _SECONDS)[0], "the program does not end"
        status = int(zygote.stdout.readline())
        return _checked(status, out.read_text("utf-8"), err.read_text("utf-8"))


@functools.cache
def _zygote(dev: bool) -> "subprocess.Popen[str]":
    zygote = subprocess.Popen(
        [*_command(dev), _ZYGOTE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=_environment(),
    )
    atexit.register(zygote.communicate)
    return zygote
