"""Shared by local servers: starting, stopping, failures and delays, and requiring an extra."""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Self

import anyio
from anyio import to_thread

from liminal.errors import LiminalError
from liminal.sandbox._settings import require_delay

if TYPE_CHECKING:
    import ssl
    from contextlib import AbstractContextManager
    from types import TracebackType

    from starlette.types import ASGIApp

    from liminal.sandbox._controls import Controls, Failure
    from liminal.sandbox._server import Server


class LocalServer(ABC):
    """A server on loopback that runs from ``start()`` to ``stop()``; context managers call both."""

    _NAME: ClassVar[str] = "sandbox"
    _EXTRA: ClassVar[str] = "sandbox"
    _server: Server | None = None
    _port: int = 0

    @abstractmethod
    def _application(self) -> ASGIApp:
        """Return the application that answers requests."""

    def _tls(self) -> ssl.SSLContext | None:
        """The server's certificate; None for plain HTTP."""
        return None

    def start(self) -> Self:
        """Start serving. After ``stop()``, it starts at the same URL and with the same data."""
        if self._server is not None:
            raise LiminalError(f"The {self._NAME} is already running.")
        module = self._needs("liminal.sandbox._server")
        server: Server = module.Server(self._application(), self._port, self._tls())
        self._port = server.port
        self._server = server
        return self

    def stop(self) -> None:
        """Close all connections and streams and end the thread. Does nothing if not running."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()

    def _running_port(self) -> int:
        if self._server is None:
            raise LiminalError(f"The {self._NAME} is not running: use it in a with statement.")
        return self._port

    @property
    def url(self) -> str:
        """The server's URL, without a path."""
        return f"http://127.0.0.1:{self._running_port()}"

    def __repr__(self) -> str:
        where = f" {self.url}" if self._server else ", not running"
        return f"<{type(self).__name__}{where}>"

    @classmethod
    def _needs(cls, module: str) -> Any:
        """Import a module that needs the extra's packages; LiminalError if one is missing."""
        try:
            return import_module(module)
        except ModuleNotFoundError as error:
            missing = error.name
        raise LiminalError(
            f"The {cls._NAME} needs the package {missing!r}, which is not installed: "
            f'pip install "liminal-sdk-python[{cls._EXTRA}]"'
        )

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return await to_thread.run_sync(self.start)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(self.stop)


class ControlledServer(LocalServer):
    """A local server whose failures and delays a test sets while it serves."""

    @abstractmethod
    def _shared(self) -> tuple[Controls, AbstractContextManager[object]]:
        """The controls, and the lock under which tests and server use them."""

    def _add_failure(self, failure: Failure) -> None:
        controls, lock = self._shared()
        with lock:
            controls.failures.append(failure)

    @property
    def chunk_delay(self) -> float:
        """Seconds before each chunk of a stream."""
        return self._shared()[0].chunk_delay

    @chunk_delay.setter
    def chunk_delay(self, seconds: float) -> None:
        require_delay("chunk_delay", seconds)
        self._shared()[0].chunk_delay = seconds

    @property
    def answer_delay(self) -> float:
        """Seconds before each answer. The request is processed and counted before the wait."""
        return self._shared()[0].answer_delay

    @answer_delay.setter
    def answer_delay(self, seconds: float) -> None:
        require_delay("answer_delay", seconds)
        self._shared()[0].answer_delay = seconds
