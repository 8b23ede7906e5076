"""Runs an application with uvicorn in a thread that has its own event loop."""

from __future__ import annotations

import asyncio
import contextvars
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import uvicorn

from liminal._loopback import listen
from liminal.sandbox._service.answers import ConnectionDropped

if TYPE_CHECKING:
    import ssl

    from starlette.types import ASGIApp, Receive, Scope, Send

# The event loop turns that asyncio needs from accepting a connection to creating its protocol.
_TURNS_TO_SERVE = 3


class _Uvicorn(uvicorn.Server):
    """Starts and stops immediately, unlike uvicorn, which polls and waits for clients."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self.stopping = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        await self.stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._accept_no_more()
        # uvicorn types this as a union of protocols, each with a transport.
        connections = cast("set[Any]", self.server_state.connections)
        for connection in list(connections):
            connection.shutdown()  # Idle ones close; the others are cut in the next line.
        for connection in list(connections):
            connection.transport.abort()
        await asyncio.sleep(0)  # Lets the application see that its clients are gone.
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept_no_more(self) -> None:
        """Stop listening, but let accepted connections get their protocol; they are closed later.

        Otherwise asyncio would leak them: it can't create the protocol after its server is closed.
        """
        with suppress(NotImplementedError):  # on Windows, where asyncio has no such leak
            for server in self.servers:
                for listener in server.sockets:
                    asyncio.get_running_loop().remove_reader(listener.fileno())
        for _ in range(_TURNS_TO_SERVE):
            await asyncio.sleep(0)
        for server in self.servers:  # which closes the given sockets, too
            server.close()


class Server:
    """A listening socket, and the thread that serves it."""

    def __init__(self, app: ASGIApp, port: int, tls: ssl.SSLContext | None = None) -> None:
        self._socket = listen("sandbox", port)
        self.port: int = self._socket.getsockname()[1]
        self._app = app
        config = uvicorn.Config(
            self._serve,
            interface="asgi3",
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            date_header=False,
            server_header=False,
            timeout_keep_alive=60,
        )
        config.load()
        config.ssl = tls
        self._uvicorn = _Uvicorn(config)
        # Created here, so that errors are raised in the caller's thread.
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        # With an empty context, because anyio would mistake this thread for trio in a trio program.
        self._loop = contextvars.Context().run(self._runner.get_loop)
        self._thread = threading.Thread(
            target=self._run, name=f"liminal-sandbox-{self.port}", daemon=True
        )
        self._thread.start()
        self._uvicorn.ready.wait()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except ConnectionDropped:
            # uvicorn types this as a union of protocols, each with a transport.
            for connection in cast("set[Any]", self._uvicorn.server_state.connections.copy()):
                if connection.client == scope["client"]:
                    connection.transport.abort()
            await asyncio.sleep(0)  # lets uvicorn notice that the client is gone

    def _run(self) -> None:
        try:
            with self._runner:
                self._runner.run(self._uvicorn.serve([self._socket]))
        finally:
            self._uvicorn.ready.set()

    @property
    def connections(self) -> int:
        """The number of open connections."""
        return len(self._uvicorn.server_state.connections)

    async def hang_up(self, client: tuple[str, int]) -> None:
        """Close a client's connection once its output is sent. Runs in the server's thread."""
        # uvicorn types this as a union of protocols, each with a client and a transport.
        connections = cast("set[Any]", self._uvicorn.server_state.connections)
        for connection in [each for each in connections if each.client == client]:
            connection.transport.close()
            while connection in connections:  # noqa: ASYNC110 - uvicorn has no event for it
                await asyncio.sleep(0.001)

    def stop(self) -> None:
        """Close all connections and wait for the end of the thread."""
        self._loop.call_soon_threadsafe(self._uvicorn.stopping.set)
        self._thread.join()
