"""Runs small programs against a server in this process, with every warning an error."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[2]

_HEAD = """
import asyncio, logging, os, sys, threading
from liminal import Client, SyncClient
from liminal.auth import Token

url = sys.argv[1]
auth = Token("an-environment-token")
# What is imported at the first use is a slow step, which asyncio tells in its debug mode.
logging.getLogger("asyncio").setLevel(logging.ERROR)
"""


def run(program: str, url: str, *, dev: bool = True, first: str = "") -> str:
    """What a program prints; it is to end well, and to say nothing on its standard error.

    It finds ``url`` and ``auth``, and the usual modules imported. ``first`` runs before these are.
    """
    command = [sys.executable, "-W", "error", *(["-X", "dev"] * dev), "-c"]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "generated")])
    done = subprocess.run(
        [*command, textwrap.dedent(first) + _HEAD + textwrap.dedent(program), url],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert done.stderr == "", done.stderr
    assert done.returncode == 0, done.stdout
    return done.stdout.strip()
