"""Sets up a new connection to a server: what happens before HTTP can begin.

TLS, and proxies: a tunnel by CONNECT over the same exchange as every request, or SOCKS5.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

from .exchange import Exchange, Steps
from .tls import Tls

if TYPE_CHECKING:
    import ssl

T = TypeVar("T")

_NOT_SOCKS = "the proxy does not speak SOCKS5"
_REFUSED = "the proxy refused to connect to the server"


class Link:
    """The state that both variants share: a connection's exchange and its layers of TLS."""

    __slots__ = ("exchange", "layers")

    def __init__(self) -> None:
        self.exchange: Exchange = Exchange()
        self.layers: list[Tls] = []

    def secure(self, tls: Tls) -> Steps[None]:
        """A handshake; what comes after goes through it."""
        yield from self.carry(tls.handshake())
        self.layers.append(tls)

    def carry(self, steps: Steps[T]) -> Steps[T]:
        """The same steps for the wire."""
        for tls in reversed(self.layers):
            steps = tls.carry(steps)
        return steps

    def encrypt(self, data: bytes) -> bytes:
        """What the wire is to write."""
        for tls in reversed(self.layers):
            data = tls.encrypt(data)
        return data

    def renew(self) -> bool:
        """Make ready for another request; False when there can't be one."""
        return all(tls.plain() is None for tls in self.layers) and self.exchange.renew()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The way to a server."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    proxy: httpx.Proxy | None = field(default=None, repr=False)  # it may hold a password

    @property
    def address(self) -> tuple[str, int]:
        """What to connect to."""
        if self.proxy is None:
            return self.host, self.port
        url = self.proxy.url
        return _host(url), url.port or {"https": 443, "http": 80}.get(url.scheme, 1080)

    def stages(self, link: Link) -> Iterator[tuple[str, Steps[Any]]]:
        """The steps on a new connection, each with the name of the timeout that bounds it."""
        proxy, target = self.proxy, f"[{self.host}]" if ":" in self.host else self.host
        if proxy is not None and proxy.url.scheme.startswith("socks"):
            yield "connect", _socks(proxy, self.host, self.port)
        elif proxy is not None:
            if proxy.url.scheme == "https" and proxy.ssl_context is not None:
                yield "connect", link.secure(Tls(proxy.ssl_context, _host(proxy.url)))
            named = (f"{target}:{self.port}".encode("ascii"), _proxy_headers(proxy))
            yield "read", link.carry(Exchange().tunnel(*named))
        if self.tls is not None:
            yield "connect", link.secure(Tls(self.tls, self.host))


def _host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")


def _proxy_headers(proxy: httpx.Proxy) -> list[tuple[bytes, bytes]]:
    if proxy.raw_auth is None:
        return proxy.headers.raw
    credentials = base64.b64encode(b":".join(proxy.raw_auth))
    return [(b"Proxy-Authorization", b"Basic " + credentials), *proxy.headers.raw]


def _socks(proxy: httpx.Proxy, host: str, port: int) -> Steps[None]:
    """Have a SOCKS5 proxy connect to the server, whose name it looks up itself (RFC 1928).

    httpx.ProxyError when it refuses.
    """
    from socksio import ProtocolError, socks5  # noqa: PLC0415 - an extra, which few need

    conn: Any = socks5.SOCKS5Connection()
    auth = proxy.raw_auth
    method = socks5.SOCKS5AuthMethod.USERNAME_PASSWORD
    if auth is None:
        method = socks5.SOCKS5AuthMethod.NO_AUTH_REQUIRED
    requests: list[Any] = [socks5.SOCKS5AuthMethodsRequest([method])]
    if auth is not None:
        requests.append(socks5.SOCKS5UsernamePasswordRequest(*auth))
    command = socks5.SOCKS5Command.CONNECT
    requests.append(socks5.SOCKS5CommandRequest.from_address(command, (host, port)))
    for request in requests:
        conn.send(request)
        data = yield conn.data_to_send()
        try:
            reply: Any = conn.receive_data(data)
        except (ProtocolError, ValueError, IndexError) as error:
            raise httpx.ProxyError(_NOT_SOCKS) from error
        if not _agrees(reply, method, socks5.SOCKS5ReplyCode.SUCCEEDED):
            raise httpx.ProxyError(_REFUSED)


def _agrees(reply: Any, method: object, succeeded: object) -> bool:
    """Whether the proxy takes the method, believes the password, has connected."""
    if hasattr(reply, "method"):
        return bool(reply.method == method)
    return bool(reply.success if hasattr(reply, "success") else reply.reply_code == succeeded)
