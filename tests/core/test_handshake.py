"""A connection that is to have TLS, while it is still without: that is how a proxy is spoken to."""

import socket
import threading

import httpcore
import pytest

from liminal._handshake import GuardedBackend

pytestmark = pytest.mark.anyio


async def test_what_a_proxy_says_can_be_read_before_there_is_tls() -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:

        def serve() -> None:
            connection, _ = proxy.accept()
            with connection:
                connection.sendall(connection.recv(100).upper())

        thread = threading.Thread(target=serve)
        thread.start()
        backend = GuardedBackend(httpcore.AnyIOBackend())
        stream = await backend.connect_tcp("127.0.0.1", proxy.getsockname()[1], timeout=10)
        await stream.write(b"connect", timeout=10)

        assert await stream.read(100, timeout=10) == b"CONNECT"
        assert stream.get_extra_info("socket") is not None
        await stream.aclose()
        thread.join()
