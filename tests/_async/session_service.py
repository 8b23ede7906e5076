"""The service in memory of ``tests.support.service``, with clients of this variant."""

from collections.abc import Callable
from typing import Any

import anyio
import httpx

from liminal import Client
from liminal.auth import AuthProvider, Token
from tests.support import service

from .waiting import until


class Service(service.Service):
    """A service in memory, and clients that reach it and nothing else."""

    def client(self, auth: Any = None, **options: Any) -> Client:
        return Client(
            self.url, auth=auth or Token("a-token"), httpx_client=self.user_client(), **options
        )

    async def signed_in(self) -> Client:
        """Make a client that has signed in, and tries each call once."""
        client = self.client(max_retries=0)
        await client.thread.get_available()
        return client

    def user_client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=self)


class Provider(AuthProvider):
    """Gives the tokens that it was made with, one after another, and the last for ever."""

    def __init__(self, *tokens: Any) -> None:
        self.tokens = list(tokens)
        self.asked = 0
        self.takes = 0.0
        self.answers_when: Callable[[], object] = lambda: True

    async def get_access_token(self) -> str:  # derive: async-only
        return await self._token()

    def get_access_token_sync(self) -> str:
        return self._token()  # awaited in the other variant

    async def _token(self) -> str:
        self.asked += 1
        await anyio.sleep(self.takes)
        await until(self.answers_when)
        token = self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]
        if isinstance(token, Exception):
            raise token
        return token
