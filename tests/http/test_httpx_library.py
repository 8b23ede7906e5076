"""Clients of httpx and httpx2 are told apart by structure, and httpx2's errors become httpx's."""

import gzip
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import httpx2
import pytest

from liminal import SyncClient
from liminal._http.httpx_clients.library import library_of, translated_errors
from liminal.auth import SessionId
from liminal.errors import LiminalError

URL = "https://api.tenant.example"
TRANSPORT_ERRORS = [
    name
    for name in dir(httpx)
    if isinstance(getattr(httpx, name), type)
    and issubclass(getattr(httpx, name), httpx.TransportError)
]


@pytest.mark.parametrize("library", [httpx, httpx2])
@pytest.mark.parametrize("name", ["Client", "AsyncClient"])
def test_a_client_is_of_its_library_and_so_is_one_of_a_subclass(
    library: ModuleType, name: str
) -> None:
    kind = getattr(library, name)
    subclass = type("Own", (kind,), {})
    for client in (kind(trust_env=False), subclass(trust_env=False)):
        assert library_of(client, name) is library
        assert library_of(client, {"Client": "AsyncClient", "AsyncClient": "Client"}[name]) is None


@pytest.mark.parametrize("client", [object(), SimpleNamespace(), None, httpx])
def test_what_is_no_client_has_no_library(client: object) -> None:
    assert library_of(client, "Client") is None


@pytest.mark.parametrize("name", TRANSPORT_ERRORS)
def test_a_transport_error_keeps_its_name_and_its_text(name: str) -> None:
    with pytest.raises(getattr(httpx, name), match="why") as caught, translated_errors(httpx2):
        raise getattr(httpx2, name)("why")
    assert type(caught.value) is getattr(httpx, name)


def test_an_error_of_httpx2_alone_becomes_the_nearest_of_httpx() -> None:
    class OwnError(httpx2.ReadError):
        """One that httpx does not know."""

    request: Any = httpx2.Request("GET", URL)
    status = httpx2.HTTPStatusError("bad", request=request, response=httpx2.Response(500))
    for error, kind in ((OwnError("why"), httpx.ReadError), (status, httpx.HTTPError)):
        with pytest.raises(kind) as caught, translated_errors(httpx2):
            raise error
        assert type(caught.value) is kind


def test_an_answer_that_a_hook_of_httpx2_has_read_is_read_again() -> None:
    body = gzip.compress(b'{"data": []}')
    answer = httpx2.Response(
        200, headers={"content-encoding": "gzip"}, stream=httpx2.ByteStream(body)
    )
    assert _threads(answer, lambda response: response.read()) == []


def test_an_answer_that_a_hook_of_httpx2_took_away_is_an_error_of_ours() -> None:
    answer = httpx2.Response(200, stream=httpx2.ByteStream(b'{"data": []}'))
    with pytest.raises(LiminalError, match="took the answer's bytes away"):
        _threads(answer, lambda response: list(response.iter_raw()))


def _threads(answer: httpx2.Response, hook: Any) -> Any:
    transport = httpx2.MockTransport(lambda _: answer)
    with (
        httpx2.Client(transport=transport, event_hooks={"response": [hook]}) as user_client,
        SyncClient(URL, auth=SessionId("a-session"), httpx_client=user_client) as client,
    ):
        return client.thread.get_available()
