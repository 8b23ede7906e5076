"""The way to a server: its address, its TLS context, and its proxy, by CONNECT or SOCKS5."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from .exchange import Exchange, Steps
from .settings.proxy import proxy_for
from .tls import default_context

if TYPE_CHECKING:
    import ssl

    from .settings.network_options import NetworkOptions
    from .settings.server_url import ServerUrl

_NOT_SOCKS = "the proxy does not speak SOCKS5"
_REFUSED = "the proxy refused to connect to the server"
_TOO_LONG = "a name or password is too long for SOCKS5"


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
        port = url.port or {"https": 443, "http": 80}.get(url.scheme, 1080)
        return url.raw_host.decode("ascii"), port


def route_to(server: ServerUrl, network: NetworkOptions) -> Route:
    """The route that a client's options describe."""
    return Route(
        host=server.host,
        port=server.port,
        tls=(network.ssl_context or default_context()) if server.is_https else None,
        proxy=proxy_for(server, network.proxy, network.ssl_context),
    )


def tunnel(proxy: httpx.Proxy, host: str, port: int) -> Steps:
    """Ask a proxy to connect to the server by CONNECT; httpx.ProxyError if it refuses."""
    headers = proxy.headers.raw
    if proxy.raw_auth is not None:
        credentials = base64.b64encode(b":".join(proxy.raw_auth))
        headers = [(b"Proxy-Authorization", b"Basic " + credentials), *headers]
    target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return Exchange().tunnel(target.encode("ascii"), headers)


def socks(proxy: httpx.Proxy, host: str, port: int) -> Steps:
    """Ask a SOCKS5 proxy to connect to the server, whose name the proxy resolves (RFC 1928).

    httpx.ProxyError if it refuses.
    """
    from socksio import ProtocolError, socks5  # noqa: PLC0415 - an optional dependency

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
        try:
            conn.send(request)
        except OverflowError as error:
            raise httpx.ProxyError(_TOO_LONG) from error
        data = yield conn.data_to_send()
        while len(data) < _reply_length(request, data) and (more := (yield b"")):
            data += more
        try:
            reply: Any = conn.receive_data(data)
        except (ProtocolError, ValueError, IndexError) as error:
            raise httpx.ProxyError(_NOT_SOCKS) from error
        if not _agrees(reply, method, socks5.SOCKS5ReplyCode.SUCCEEDED):
            raise httpx.ProxyError(_REFUSED)


def _reply_length(request: Any, begun: bytes) -> int:
    """Return the length of the reply that starts with ``begun``, or the length needed to tell."""
    if not hasattr(request, "command"):
        return 2
    if len(begun) < 5:
        return 5
    address = {1: 4, 3: 1 + begun[4], 4: 16}.get(begun[3], 0)
    return 4 + address + 2


def _agrees(reply: Any, method: object, succeeded: object) -> bool:
    """Whether the proxy accepted the method or the password, or has connected."""
    if hasattr(reply, "method"):
        return bool(reply.method == method)
    return bool(reply.success if hasattr(reply, "success") else reply.reply_code == succeeded)
