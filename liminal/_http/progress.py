"""What a request tells its connection, and is told by it."""

from __future__ import annotations

from typing import Final, Protocol

# Where a request carries its Progress, among httpx's extensions.
PROGRESS: Final = "liminal.call"


class Progress(Protocol):
    """Whoever made a request, and is told how far it has come."""

    # It waits for a connection to become free, or did when it failed.
    queues: bool
    # Some of it may have reached the server.
    sent: bool

    @property
    def repeatable(self) -> bool:
        """To send it twice does no harm."""
