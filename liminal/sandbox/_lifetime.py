"""What local servers share: starting, stopping, and requiring an extra."""

from __future__ import annotations

from abc import ABC, abstractmethod
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

import anyio
from anyio import to_thread

from liminal.errors import LiminalError

if TYPE_CHECKING:
    from types import TracebackType


class Lifetime(ABC):
    """A server that serves from ``start()`` to ``stop()``, which the context managers call."""

    @abstractmethod
    def start(self) -> Self:
        """Serve."""

    @abstractmethod
    def stop(self) -> None:
        """Close all connections and end the thread. Does nothing if not running."""

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


def needs_extra(module: str, what: str = "sandbox", extra: str = "sandbox") -> Any:
    """Import a module that needs the extra's packages; LiminalError if one is missing."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        missing = error.name
    raise LiminalError(
        f"The {what} needs the package {missing!r}, which is not installed: "
        f'pip install "liminal-sdk-python[{extra}]"'
    )
