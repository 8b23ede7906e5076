"""Connections on trio: bytes in, bytes out, time-outs, ends, TLS."""

import socket
import ssl
import struct
from collections.abc import Awaitable, Callable

import httpcore
import pytest
import trio
import trustme

from liminal._http.trio_backend import TrioBackend

Step = Callable[[httpcore.AsyncNetworkStream], Awaitable[None]]
Peer = Callable[[trio.SocketStream], Awaitable[None]]

RESET = struct.pack("ii", 1, 0)
authority = trustme.CA()


async def meet(peer: Peer, step: Step) -> None:
    """Take a step on a connection to a server that does as ``peer`` does."""
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.serve_listeners, peer, [listener])
            port = listener.socket.getsockname()[1]
            stream = await TrioBackend().connect_tcp("127.0.0.1", port, 5.0)
            await step(stream)
            await stream.aclose()
            nursery.cancel_scope.cancel()


def run(peer: Peer, step: Step) -> None:
    trio.run(meet, peer, step)


async def quiet(stream: trio.SocketStream) -> None:
    while await stream.receive_some():
        pass


async def never(_: trio.SocketStream) -> None:
    await trio.sleep_forever()


async def reset(stream: trio.SocketStream) -> None:
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def server_tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


def client_tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def test_a_head_and_a_small_body_leave_with_the_next_read_as_one() -> None:
    came: list[bytes] = []

    async def peer(stream: trio.SocketStream) -> None:
        came.append(bytes(await stream.receive_some()))
        await stream.send_all(b"hello")

    async def step(stream: httpcore.AsyncNetworkStream) -> None:
        await stream.write(b"head", 5.0)
        await stream.write(b"body", 5.0)
        assert not stream.get_extra_info("is_readable")
        assert await stream.read(2, 5.0) == b"he"
        assert stream.get_extra_info("is_readable")
        assert await stream.read(100, None) == b"llo"
        assert await stream.read(100, 5.0) == b""
        assert stream.get_extra_info("nothing that there is") is None

    run(peer, step)
    assert came == [b"headbody"]


def test_what_does_not_come_or_go_in_time_is_a_timeout() -> None:
    async def step(stream: httpcore.AsyncNetworkStream) -> None:
        with pytest.raises(httpcore.ReadTimeout):
            await stream.read(1, 0.01)
        with pytest.raises(httpcore.WriteTimeout):
            await stream.write(b"x" * 64 * 1024 * 1024, 0.01)

    run(never, step)


def test_a_server_that_took_no_more_is_heard_all_the_same() -> None:
    async def peer(stream: trio.SocketStream) -> None:
        await stream.send_all(b"no more")
        await reset(stream)

    async def write_on(stream: httpcore.AsyncNetworkStream) -> None:
        while True:
            await stream.write(b"x" * 100_000, 5.0)

    async def step(stream: httpcore.AsyncNetworkStream) -> None:
        with pytest.raises(httpcore.WriteError):
            await write_on(stream)
        await stream.write(b"and on", 5.0)
        assert await stream.read(100, 5.0) == b"no more"

    run(peer, step)


def test_an_end_without_warning_is_a_read_error() -> None:
    async def step(stream: httpcore.AsyncNetworkStream) -> None:
        with pytest.raises(httpcore.ReadError):
            await stream.read(1, 5.0)

    run(reset, step)


def test_what_was_closed_here_is_a_read_error() -> None:
    async def step(stream: httpcore.AsyncNetworkStream) -> None:
        await stream.aclose()
        with pytest.raises(httpcore.ReadError):
            await stream.read(1, 5.0)

    run(quiet, step)


def test_where_nobody_listens_there_is_a_connect_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(httpcore.ConnectError, match=r"127\.0\.0\.1"):
        trio.run(TrioBackend().connect_tcp, "127.0.0.1", port, 5.0)


def test_a_handshake_without_an_answer_is_a_connect_timeout() -> None:
    async def step(stream: httpcore.AsyncNetworkStream) -> None:
        with pytest.raises(httpcore.ConnectTimeout):
            await stream.start_tls(client_tls(), "localhost", 0.01)

    run(never, step)


def test_a_certificate_that_nobody_vouches_for_is_a_connect_error_that_says_so() -> None:
    async def peer(stream: trio.SocketStream) -> None:
        with pytest.raises(trio.BrokenResourceError):
            await trio.SSLStream(stream, server_tls(), server_side=True).do_handshake()

    async def step(stream: httpcore.AsyncNetworkStream) -> None:
        with pytest.raises(httpcore.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await stream.start_tls(ssl.create_default_context(), "localhost", 5.0)

    run(peer, step)


def test_tls_goes_over_a_connection_that_is_there_and_over_tls() -> None:
    async def peer(stream: trio.SocketStream) -> None:
        outer = trio.SSLStream(stream, server_tls(), server_side=True)
        inner = trio.SSLStream(outer, server_tls(), server_side=True)
        await inner.send_all(await inner.receive_some())
        await inner.wait_send_all_might_not_block()

    async def step(stream: httpcore.AsyncNetworkStream) -> None:
        outer = await stream.start_tls(client_tls(), "localhost", 5.0)
        inner = await outer.start_tls(client_tls(), "localhost", 5.0)
        await inner.write(b"hello", 5.0)
        assert await inner.read(100, 5.0) == b"hello"
        await inner._stream.wait_send_all_might_not_block()  # type: ignore[attr-defined]
        await inner.aclose()

    run(peer, step)
