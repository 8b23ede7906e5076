# Derived from tests/_async/session_service.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""The service in memory of ``tests.support.service``, with clients of this variant."""

import time
from collections.abc import Callable
from typing import Any

import httpx

from liminal import SyncClient
from liminal.auth import AuthProvider, Token
from tests.support import service

from .waiting import until


class Service(service.Service):
    """A service in memory, and clients that reach it and nothing else."""

    def client(self, auth: Any = None, **options: Any) -> SyncClient:
        return SyncClient(
            self.url, auth=auth or Token("a-token"), httpx_client=self.user_client(), **options
        )

    def signed_in(self) -> SyncClient:
        """Make a client that has signed in, and tries each call once."""
        client = self.client(max_retries=0)
        client.thread.get_available()
        return client

    def user_client(self) -> httpx.Client:
        return httpx.Client(transport=self)


class Provider(AuthProvider):
    """Gives the tokens that it was made with, one after another, and the last for ever."""

    def __init__(self, *tokens: Any) -> None:
        self.tokens = list(tokens)
        self.asked = 0
        self.takes = 0.0
        self.answers_when: Callable[[], object] = lambda: True

    def get_access_token_sync(self) -> str:
        return self._token()  # awaited in the other variant

    def _token(self) -> str:
        self.asked += 1
        time.sleep(self.takes)
        until(self.answers_when)
        token = self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]
        if isinstance(token, Exception):
            raise token
        return token
