"""Connections on asyncio: bytes in, bytes out, time-outs, ends, TLS."""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpcore
import pytest
import trustme

from liminal._http.asyncio_backend import _READ_AHEAD, AsyncioBackend, _Stream, _Wire

Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
MEGABYTE = 1024 * 1024

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def serving(peer: Peer, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """The port of a server that does as ``peer`` does, on each connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await peer(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def connected(peer: Peer) -> AsyncIterator[httpcore.AsyncNetworkStream]:
    async with serving(peer) as port:
        stream = await AsyncioBackend().connect_tcp("127.0.0.1", port, 5.0)
        try:
            yield stream
        finally:
            await stream.aclose()


async def quiet(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


def reset(writer: asyncio.StreamWriter) -> None:
    sock: socket.socket = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def until(stream: httpcore.AsyncNetworkStream) -> None:
    """Wait until there is news."""
    while not stream.get_extra_info("is_readable"):  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.001)


# ---- reading


async def test_at_most_as_many_bytes_are_read_as_were_asked_for() -> None:
    async def peer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")

    async with connected(peer) as stream:
        assert await stream.read(2, 5.0) == b"he"
        assert await stream.read(100, 5.0) == b"llo"
        assert await stream.read(100, 5.0) == b""


async def test_a_server_that_is_faster_than_its_reader_waits() -> None:
    sent = asyncio.Event()

    async def peer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"x" * 64 * MEGABYTE)
        await writer.drain()
        sent.set()

    async with connected(peer) as stream:
        await until(stream)
        await asyncio.sleep(0.05)
        assert not sent.is_set()
        size = 0
        while part := await stream.read(MEGABYTE, None):
            size += len(part)
        assert size == 64 * MEGABYTE


async def test_no_more_is_held_than_may_be_read_ahead_however_slow_the_reader() -> None:
    async def peer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"x" * 16 * MEGABYTE)
        with contextlib.suppress(ConnectionError):
            await writer.drain()

    async with connected(peer) as stream:
        await until(stream)
        for _ in range(40):
            await stream.read(16 * 1024, 5.0)
            await asyncio.sleep(0.001)  # time to receive all that there is
            # One read of asyncio's may go beyond the bound.
            assert len(stream._wire._came) <= 2 * _READ_AHEAD  # type: ignore[attr-defined]


async def test_nothing_to_read_in_time_is_a_read_timeout() -> None:
    async with connected(quiet) as stream:
        with pytest.raises(httpcore.ReadTimeout):
            await stream.read(1, 0.01)


async def test_after_a_timeout_reading_goes_on() -> None:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"late")

    async with connected(peer) as stream:
        with pytest.raises(httpcore.ReadTimeout):
            await stream.read(1, 0.01)
        await stream.write(b"?")
        assert await stream.read(10, 5.0) == b"late"


async def test_a_reset_is_a_read_error() -> None:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        reset(writer)

    async with connected(peer) as stream:
        await stream.write(b"?")
        with pytest.raises(httpcore.ReadError):
            await stream.read(1, 5.0)


async def test_to_close_under_a_reader_is_no_end_of_the_answer() -> None:
    async with connected(quiet) as stream:
        reading = asyncio.create_task(stream.read(1))
        await asyncio.sleep(0)
        await stream.aclose()
        with pytest.raises(httpcore.ReadError, match="closed here"):
            await reading


# ---- writing


async def test_a_head_and_its_body_leave_in_one_packet() -> None:
    came: list[bytes] = []

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(await reader.read(100))
        writer.write(b"!")

    async with connected(peer) as stream:
        await stream.write(b"head ")
        await asyncio.sleep(0.02)
        await stream.write(b"body")
        await stream.read(1, 5.0)
    assert came == [b"head body"]


async def test_a_large_body_arrives_whole() -> None:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)  # so that the writer has to wait
        size = 0
        while size < 16 * MEGABYTE:
            size += len(await reader.read(MEGABYTE))
        writer.write(b"%d" % size)

    async with connected(peer) as stream:
        await stream.write(b"x" * 16 * MEGABYTE, 5.0)
        assert await stream.read(100, 5.0) == b"%d" % (16 * MEGABYTE)


async def test_a_server_that_takes_nothing_is_a_write_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        stream = await AsyncioBackend().connect_tcp("127.0.0.1", port, 5.0)
        with pytest.raises(httpcore.WriteTimeout):
            await stream.write(b"x" * 64 * MEGABYTE, 0.05)
        await stream.aclose()


async def test_a_server_that_leaves_meanwhile_is_a_write_error() -> None:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        reset(writer)

    async with connected(peer) as stream:
        with pytest.raises(httpcore.WriteError):
            await stream.write(b"x" * 64 * MEGABYTE, 5.0)


# ---- the state of a connection


async def test_an_idle_connection_has_no_news() -> None:
    async with connected(quiet) as stream:
        assert not stream.get_extra_info("is_readable")


async def test_the_end_is_news_before_the_event_loop_has_noticed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        stream = await AsyncioBackend().connect_tcp("127.0.0.1", port, 5.0)
        listener.accept()[0].close()
        assert stream.get_extra_info("is_readable")
    await stream.aclose()


async def test_a_connection_tells_its_two_ends_and_nothing_it_does_not_know() -> None:
    async with connected(quiet) as stream:
        assert stream.get_extra_info("client_addr")[0] == "127.0.0.1"
        assert stream.get_extra_info("server_addr")[0] == "127.0.0.1"
        assert stream.get_extra_info("ssl_object") is None
        assert stream.get_extra_info("weather") is None


async def test_tls_over_a_connection_that_has_just_been_lost_is_news() -> None:
    class Gone(asyncio.Transport):
        """asyncio tells of the loss one turn of the loop later."""

        def get_extra_info(self, name: str, default: object = None) -> object:
            return default

    wire = _Wire()
    wire.connection_made(Gone())
    assert _Stream(wire).get_extra_info("is_readable")


# ---- connecting


async def test_nobody_there_is_a_connect_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(httpcore.ConnectError):
        await AsyncioBackend().connect_tcp("127.0.0.1", port, 5.0)


async def test_no_connection_in_time_is_a_connect_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(httpcore.ConnectTimeout):
        await AsyncioBackend().connect_tcp("127.0.0.1", listener.getsockname()[1], 0)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.fixture
def client_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(data)


async def test_tls_goes_over_a_connection_that_is_there(
    server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    async with serving(echo, server_tls) as port:
        plain = await AsyncioBackend().connect_tcp("127.0.0.1", port, 5.0)
        stream = await plain.start_tls(client_tls, "localhost", 5.0)
        assert stream.get_extra_info("ssl_object").version().startswith("TLS")
        await stream.write(b"hello")
        assert await stream.read(100, 5.0) == b"hello"
        await stream.aclose()


async def test_a_certificate_that_nobody_vouches_for_is_a_connect_error(
    server_tls: ssl.SSLContext,
) -> None:
    async with serving(echo, server_tls) as port:
        plain = await AsyncioBackend().connect_tcp("127.0.0.1", port, 5.0)
        with pytest.raises(httpcore.ConnectError) as caught:
            await plain.start_tls(ssl.create_default_context(), "localhost", 5.0)
    assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)


async def test_a_handshake_without_an_answer_is_a_connect_timeout(
    client_tls: ssl.SSLContext,
) -> None:
    async with connected(quiet) as plain:
        with pytest.raises(httpcore.ConnectTimeout):
            await plain.start_tls(client_tls, "localhost", 0.05)
