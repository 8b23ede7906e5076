"""Makes the proxy from its settings: the Liminal client, the upstream's, and the server."""

from __future__ import annotations

import os
import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import httpx
import uvicorn

from liminal import Client
from liminal._http.settings.server_url import parse_server_url
from liminal.errors import LiminalError

from .._protection.protecting import protected_http_client
from .._protection.protection import ANTHROPIC_OPERATIONS, OPENAI_OPERATIONS, Rules
from ._app import Proxy
from ._guard import Guard

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

_HOST: Final = "127.0.0.1"
# Both vendors' clients wait ten minutes for a model's answer.
_TIMEOUT: Final = httpx.Timeout(600, connect=10)
# How long answers may go on, in seconds, when the proxy is stopped.
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
    """A proxy that listens. ``serve`` answers."""

    url: str
    server: uvicorn.Server
    listener: socket.socket

    async def serve(self) -> None:
        """Answer until ``server.should_exit`` is set, or a signal comes."""
        await self.server.serve([self.listener])


@asynccontextmanager
async def proxying(settings: Settings) -> AsyncGenerator[Running]:
    """Sign in at Liminal, find the model instance, and listen."""
    base_url = _base_url(settings.upstream)
    with _listen(settings.port) as listener:
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
            yield Running(f"http://{_HOST}:{port}", _server(app), listener)


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
        raise LiminalError("--model: this identity can see no model instance of that id")
    return int(given)


def _base_url(upstream: str) -> str:
    """The upstream's address, with ``/v1`` at its end. Given with or without it."""
    try:
        text = parse_server_url(upstream).text
    except LiminalError as error:
        problem = str(error).replace("api_server_url", "--upstream")
    else:
        return text.removesuffix("/v1") + "/v1"
    raise LiminalError(problem)


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # Elsewhere the option lets two servers share a port.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_HOST, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        problem = str(getattr(error, "strerror", None) or "port must be 0 to 65535")
    else:
        return listener
    raise LiminalError(f"the proxy can't listen on {_HOST}:{port}: {problem}")
