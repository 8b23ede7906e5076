"""Requests and errors of httpx2, translated from and to those of httpx."""

from types import ModuleType

import httpx
import httpx2
import pytest

from liminal._http.httpx_clients.library import request_for, translated_errors

URL = "https://api.tenant.example"


def errors(library: ModuleType) -> dict[str, type[Exception]]:
    kinds = {name: kind for name, kind in vars(library).items() if isinstance(kind, type)}
    return {name: k for name, k in kinds.items() if issubclass(k, library.TransportError)}


def test_requests_of_httpx2_share_the_class_of_their_bodies():
    one, other = (type(request_for(httpx2, httpx.Request("GET", URL)).stream) for _ in range(2))
    assert one is other


OwnError = type("OwnError", (httpx2.ReadError,), {})  # one that httpx does not know
REQUEST, REFUSED = httpx2.Request("GET", URL), httpx2.Response(500)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        *((errors(httpx2)[name]("why"), kind) for name, kind in errors(httpx).items()),
        (OwnError("why"), httpx.ReadError),
        (httpx2.HTTPStatusError("why", request=REQUEST, response=REFUSED), httpx.HTTPError),
    ],
)
def test_an_error_of_httpx2_becomes_the_nearest_of_httpx(error, kind):
    with pytest.raises(kind, match="why") as caught, translated_errors(httpx2):
        raise error
    assert type(caught.value) is kind
