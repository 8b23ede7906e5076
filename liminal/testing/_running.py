"""Runs a sandbox, and sets the environment variables for it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from liminal.auth import _env as names
from liminal.errors import LiminalError
from liminal.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Generator

_OTHERS = (names.SESSION_ID, names.TENANT_ID, names.CLIENT_ID)


@contextmanager
def running_sandbox(sandbox: Sandbox | None = None) -> Generator[Sandbox]:
    """Run a sandbox during the block, with an environment in which ``from_env()`` finds it.

    Sets LIMINAL_API_SERVER_URL and LIMINAL_TOKEN, removes the variables of other ways to sign in,
    and restores all of them afterwards. For unittest:

        def setUp(self):
            self.sandbox = self.enterContext(running_sandbox(Sandbox(session_ttl=60)))
            self.client = self.enterContext(SyncClient.from_env())
    """
    _require_sandbox(sandbox)
    with sandbox or Sandbox() as running:
        before = {name: os.environ.get(name) for name in (names.URL, names.TOKEN, *_OTHERS)}
        os.environ |= {names.URL: running.url, names.TOKEN: running.token}
        for name in _OTHERS:
            os.environ.pop(name, None)
        try:
            yield running
        finally:
            for name, value in before.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value


def _require_sandbox(value: object) -> None:
    if not (value is None or isinstance(value, Sandbox)):
        raise LiminalError(f"sandbox must be a Sandbox or None, not of type {type(value).__name__}")
