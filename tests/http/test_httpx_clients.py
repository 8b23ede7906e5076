"""Libraries that mock, record or trace httpx's requests, and other wrappers of its transport.

Each is the real one, and sees the calls of both variants, which go through our own connections.
"""

import asyncio
import functools
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import respx
import vcr  # type: ignore[import-untyped]  # it has no types
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from liminal import APIConnectionError, Client, SyncClient
from liminal._http import pool
from liminal._http.httpx_clients import seam
from liminal._http.route import Route
from liminal.auth import SessionId
from liminal.errors import LiminalError
from tests.faults.server import FaultServer

from .drivers import request_to

URL = "https://api.tenant.example"
THREADS = f"{URL}/api/v1/threads?source=sdk"
NO_THREADS: dict[str, list[Any]] = {"data": []}

ListThreads = Callable[..., list[Any]]

# ---- libraries that replace httpx's transports


def _blocking(url: str, times: int = 1) -> list[Any]:
    with SyncClient(url, auth=SessionId("a-session"), max_retries=0) as client:
        return [client.thread.get_available() for _ in range(times)]


def _asyncio(url: str, times: int = 1) -> list[Any]:
    async def call() -> list[Any]:
        async with Client(url, auth=SessionId("a-session"), max_retries=0) as client:
            return [await client.thread.get_available() for _ in range(times)]

    return asyncio.run(call())


@pytest.fixture(params=[_blocking, _asyncio])
def list_threads(request):
    found: ListThreads = request.param
    return found


def test_nothing_is_replaced_without_such_a_library_or_httpcore(monkeypatch):
    assert not seam.is_replaced()
    monkeypatch.delitem(sys.modules, "httpcore")
    assert not seam.is_replaced()
    assert "httpcore" not in sys.modules


def test_a_wrapper_that_copies_name_and_module_is_told_from_the_method(monkeypatch):
    own = httpx.HTTPTransport.handle_request

    @functools.wraps(own)
    def wrapper(*args):
        return own(*args)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", wrapper)
    assert seam.is_replaced()


def wrap(monkeypatch: pytest.MonkeyPatch, change: Any, change_async: Any) -> None:
    """Have httpx's transports return what these make of an answer."""
    blocking = httpx.HTTPTransport.handle_request
    asynchronous = httpx.AsyncHTTPTransport.handle_async_request

    async def wrapped(*args):
        return await change_async(await asynchronous(*args))

    monkeypatch.setattr(
        httpx.HTTPTransport, "handle_request", lambda *args: change(blocking(*args))
    )
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", wrapped)


def test_what_a_wrapper_returns_in_place_of_the_bytes_is_read(list_threads, monkeypatch):
    def replace(original):
        original.close()
        return httpx.Response(200, content=(part for part in (b'{"data"', b": []}")))

    async def replace_async(original):
        await original.aclose()
        return httpx.Response(200, content=parts())

    async def parts():
        for part in (b'{"data"', b": []}"):
            yield part

    wrap(monkeypatch, replace, replace_async)
    with FaultServer() as server:
        assert list_threads(server.url) == [[]]


def test_a_wrapper_may_send_a_new_request_in_place_of_ours(list_threads, monkeypatch):
    blocking = httpx.HTTPTransport.handle_request
    asynchronous = httpx.AsyncHTTPTransport.handle_async_request

    def renewed(request: httpx.Request) -> httpx.Request:
        headers = {**request.headers, "x-wrapped": "yes"}
        return httpx.Request(request.method, request.url, headers=headers, stream=request.stream)

    async def wrapped(transport, request):
        return await asynchronous(transport, renewed(request))

    monkeypatch.setattr(
        httpx.HTTPTransport, "handle_request", lambda *args: blocking(args[0], renewed(args[1]))
    )
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", wrapped)
    with FaultServer() as server:
        assert len(list_threads(server.url)) == 1
        assert server.calls[0].headers["x-wrapped"] == "yes"


def lose(_: httpx.Response) -> None:
    """Forget to return the answer."""


async def lose_async(_: httpx.Response) -> None:
    """Forget to return the answer."""


def consume(response: httpx.Response) -> httpx.Response:
    for _ in response.stream:  # type: ignore[union-attr]
        pass
    return response


async def consume_async(response: httpx.Response) -> httpx.Response:
    async for _ in response.stream:  # type: ignore[union-attr]
        pass
    return response


@pytest.mark.parametrize(
    ("change", "change_async", "message"),
    [
        (lose, lose_async, "must return an httpx.Response"),
        (consume, consume_async, "has consumed the answer"),
    ],
)
def test_a_wrapper_that_loses_an_answer_is_named(
    list_threads, change, change_async, message, monkeypatch
):
    wrap(monkeypatch, change, change_async)
    with FaultServer() as server:
        with pytest.raises(LiminalError, match=message):
            list_threads(server.url)
        server.wait_for(connections=0)


def fail(_: httpx.Response) -> None:
    raise ValueError("why")


async def fail_async(_: httpx.Response) -> None:
    raise ValueError("why")


@pytest.mark.parametrize(
    ("change", "change_async", "error"),
    [(lose, lose_async, LiminalError), (fail, fail_async, ValueError)],
)
def test_a_request_whose_answer_a_wrapper_keeps_makes_room_for_the_next(
    driver, change, change_async, error, monkeypatch
):
    monkeypatch.setattr(pool, "MAX_CONNECTIONS", 1)
    wrap(monkeypatch, change, change_async)
    with FaultServer() as server:
        connections = driver.pool(Route(host="127.0.0.1", port=server.port))
        through = (seam.AsyncSeam if driver.is_async else seam.Seam)(connections)
        for _ in range(2):
            with pytest.raises(error):
                driver.run(through.send, request_to(server, 0.1))
        driver.close(connections)


def test_the_answer_that_a_wrapper_drops_to_send_again_makes_room(driver, monkeypatch):
    blocking = httpx.HTTPTransport.handle_request
    asynchronous = httpx.AsyncHTTPTransport.handle_async_request

    async def send_twice(*args):
        await asynchronous(*args)
        return await asynchronous(*args)

    monkeypatch.setattr(pool, "MAX_CONNECTIONS", 2)
    monkeypatch.setattr(
        httpx.HTTPTransport, "handle_request", lambda *args: (blocking(*args), blocking(*args))[1]
    )
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", send_twice)
    with FaultServer() as server:
        connections = driver.pool(Route(host="127.0.0.1", port=server.port))
        through = (seam.AsyncSeam if driver.is_async else seam.Seam)(connections)
        for _ in range(2):
            body = driver.run(through.send, request_to(server, 0.1)).stream
            assert driver.read(body)
            driver.close(body)
        driver.close(connections)


def test_pytest_httpx_answers_a_call(list_threads, httpx_mock):
    httpx_mock.add_response(url=THREADS, json=NO_THREADS)
    assert list_threads(URL) == [[]]
    request = httpx_mock.get_request()
    assert request is not None
    assert request.headers["Cookie"] == "session=a-session"


def test_pytest_httpx_can_fail_a_call(list_threads, httpx_mock):
    httpx_mock.add_exception(httpx.ReadError("lost"))
    with pytest.raises(APIConnectionError):
        list_threads(URL)


def test_a_runtime_error_of_a_wrapper_passes_unchanged(list_threads, httpx_mock):
    httpx_mock.add_exception(RuntimeError("of the wrapper's own"))
    with pytest.raises(RuntimeError, match=r"of the wrapper's own"):
        list_threads(URL)


@pytest.mark.httpx_mock(should_mock=lambda request: request.url.host != "127.0.0.1")
def test_what_pytest_httpx_lets_pass_is_sent_on_one_connection_of_ours(list_threads, httpx_mock):
    with FaultServer() as server:
        assert len(list_threads(server.url, times=3)) == 3
        assert (len(server.calls), server.accepted) == (3, 1)


def test_respx_answers_a_call_or_lets_it_pass(list_threads):
    with FaultServer() as server, respx.mock:
        route = respx.get(THREADS).respond(json=NO_THREADS)
        assert list_threads(URL) == [[]]
        assert route.call_count == 1
        respx.route(host="127.0.0.1").pass_through()
        assert len(list_threads(server.url, times=2)) == len(server.calls) == 2


def test_vcrpy_records_a_call_and_plays_it_back(list_threads, tmp_path):
    cassette = str(tmp_path / "cassette.yaml")
    with FaultServer() as server:
        with vcr.use_cassette(cassette):
            recorded = list_threads(server.url)
        with vcr.use_cassette(cassette, record_mode="none"):
            played = list_threads(server.url)
        assert recorded == played != [[]]
        assert len(server.calls) == 1


@pytest.fixture
def spans():
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor = HTTPXClientInstrumentor()
    instrumentor.instrument(tracer_provider=provider)
    yield exporter
    instrumentor.uninstrument()


def test_opentelemetry_traces_calls_on_one_connection_of_ours(list_threads, spans):
    """This breaks when httpx's transport keeps its pool elsewhere than in ``_pool``.

    Calls would go on, each on a connection of its own.
    """
    with FaultServer() as server:
        list_threads(server.url, times=3)
        assert server.accepted == 1
        sent = [request.headers["traceparent"].split("-")[1] for request in server.calls]
    finished = spans.get_finished_spans()
    assert [span.name for span in finished] == ["GET"] * 3
    assert sent == [f"{span.context.trace_id:032x}" for span in finished if span.context]


def test_without_httpx_s_private_name_calls_are_sent_all_the_same(list_threads, spans, monkeypatch):
    """As if httpx had moved it: what we set there, it would not look at."""
    for kind in (httpx.HTTPTransport, httpx.AsyncHTTPTransport):
        monkeypatch.setattr(kind, "_pool", _Fixed(), raising=False)
    with FaultServer() as server:
        assert len(list_threads(server.url, times=2)) == server.accepted == 2
    assert len(spans.get_finished_spans()) == 2


class _Fixed:
    """An attribute that is set once, by httpx itself, and keeps that value."""

    def __get__(self, transport: Any, _: type | None = None) -> Any:
        return transport.__dict__["kept"]

    def __set__(self, transport: Any, value: Any) -> None:
        transport.__dict__.setdefault("kept", value)
