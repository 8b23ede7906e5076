"""Makes the proxy from its settings: the Liminal client, the upstream's, and the server."""

from __future__ import annotations

import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import httpx
import uvicorn

from liminal import Client
from liminal._http.settings.server_url import parse_server_url
from liminal._loopback import HOST, listen
from liminal.errors import LiminalError

from .._protection.protecting import protected_http_client
from .._protection.protection import ANTHROPIC_OPERATIONS, OPENAI_OPERATIONS, Rules
from ._app import Proxy
from ._guard import Guard

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

# Both vendors' clients wait ten minutes for a model's answer.
_TIMEOUT: Final = httpx.Timeout(600, connect=10)
# Seconds that running answers have left when the proxy is stopped.
_GRACE: Final = 2


@dataclass(frozen=True, slots=True)
class Settings:
    """The command's settings. The keys come from the environment."""

    upstream: str
    model_instance: str
    key: str = field(repr=False)
    upstream_key: str | None = field(default=None, repr=False)
    port: int = 0
    is_isolated: bool = False
    is_lenient: bool = False
    connect: Callable[[], Client] = Client.from_env


@dataclass(frozen=True, slots=True)
class Running:
    """A proxy that listens. ``serve`` answers requests."""

    url: str
    server: uvicorn.Server
    listener: socket.socket

    async def serve(self) -> None:
        """Serve until ``server.should_exit`` is set or a signal arrives."""
        await self.server.serve([self.listener])


@asynccontextmanager
async def proxying(settings: Settings) -> AsyncGenerator[Running]:
    """Sign in at Liminal, find the model instance, and listen."""
    base_url = _base_url(settings.upstream)
    with listen("proxy", settings.port) as listener:
        port: int = listener.getsockname()[1]
        async with (
            settings.connect() as liminal,
            httpx.AsyncClient(
                base_url=base_url, timeout=_TIMEOUT, limits=httpx.Limits(max_connections=None)
            ) as upstream,
        ):
            instance_id = await _model_instance_id(liminal, settings.model_instance)
            client = protected_http_client(
                upstream,
                liminal if settings.is_isolated else liminal.conversation(instance_id),
                {**OPENAI_OPERATIONS, **ANTHROPIC_OPERATIONS},
                is_async=True,
                model_instance_id=instance_id if settings.is_isolated else None,
                rules=Rules(lenient=settings.is_lenient),
            )
            app = Proxy(Guard(settings.key, port), client, settings.upstream_key)
            yield Running(f"http://{HOST}:{port}", _server(app), listener)


def _server(app: Proxy) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="critical",  # tracebacks may quote what was sent
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
    )
    return uvicorn.Server(config)


async def _model_instance_id(liminal: Client, given: str) -> int:
    if not given.isdecimal():
        return (await liminal.llm.get_model_instance(given)).id
    if int(given) not in {one.id for one in await liminal.llm.get_available_model_instances()}:
        raise LiminalError("--model: no model instance that you can see has that id")
    return int(given)


def _base_url(upstream: str) -> str:
    """Return the upstream's address, which may be given without ``/v1``, with it."""
    try:
        text = parse_server_url(upstream).text
    except LiminalError as error:
        problem = str(error).replace("api_server_url", "--upstream")
    else:
        return text.removesuffix("/v1") + "/v1"
    raise LiminalError(problem)
