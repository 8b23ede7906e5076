"""The options of a client's connections: its proxy and its certificates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from liminal.errors import LiminalError

if TYPE_CHECKING:
    import ssl

    import httpx

    from .server_url import ServerUrl


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkOptions:
    """How the client connects."""

    proxy: str | httpx.Proxy | None = field(default=None, repr=False)  # it may hold a password
    ssl_context: ssl.SSLContext | None = None

    def check(self, server: ServerUrl, *, has_user_client: bool) -> None:
        """Raise LiminalError for invalid values, and for options that a user's client must set."""
        for name in ("proxy", "ssl_context"):
            if has_user_client and getattr(self, name) is not None:
                raise LiminalError(
                    f"httpx_client has its own connections: pass {name} to it instead"
                )
        if self.ssl_context is not None and not is_tls_context(self.ssl_context):
            raise LiminalError("ssl_context must be an ssl.SSLContext for clients")
        if self.proxy is not None:
            from .proxy import check_proxy  # noqa: PLC0415 - few have one

            check_proxy(server, self.proxy)


def is_tls_context(value: object) -> bool:
    """Whether this is an ``ssl.SSLContext`` for clients.

    Recognized by its methods and attributes, because truststore replaces the class.
    """
    protocol = getattr(getattr(value, "protocol", None), "name", None)
    return hasattr(value, "wrap_bio") and protocol != "PROTOCOL_TLS_SERVER"
