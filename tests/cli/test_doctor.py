"""``liminal doctor``: it tells what is wrong apart, and shows no secret."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from typing import Any

import httpx
import pytest

from liminal.cli._doctor import server as module
from liminal.cli._doctor.server import why_no_answer
from liminal.errors import LiminalError
from liminal.sandbox import Sandbox
from liminal.sandbox.authority import Authority

from .running import Ended, liminal

CHECKS = [
    *("versions", "sign-in", "server", "proxy", "name", "route", "TLS"),
    *("clock", "service", "login", "models"),
]


def examined(ended: Ended) -> list[tuple[str, str, str]]:
    """Give state, check and text of each line."""
    lines = [line.split("\t") for line in ended.out.splitlines()]
    return [(state, check, told) for state, check, told in lines]


def last(ended: Ended) -> tuple[str, str, str]:
    return examined(ended)[-1]


@pytest.fixture
def leads_to(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have the environment lead to a server."""

    def lead(url: str) -> None:
        monkeypatch.setenv("LIMINAL_API_SERVER_URL", url)
        monkeypatch.setenv("LIMINAL_TOKEN", "a-secret-token")

    return lead


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """Serve one connection on loopback: read something, answer, close. Gives the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            # The first connection is the check of the route, which sends nothing.
            for _ in range(2):
                connection, _address = listener.accept()
                with connection:
                    if connection.recv(65536):
                        connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def http(status: str, *headers: str, body: str = "") -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers])
    return f"{head}\r\n\r\n{body}".encode()


def test_when_all_is_well_each_check_is_a_line(sandbox: Sandbox) -> None:
    ended = liminal("doctor")
    assert (ended.status, ended.err) == (0, "")
    assert [(state, check) for state, check, _ in examined(ended)] == [
        ("ok", check) for check in CHECKS
    ]
    assert sandbox.token not in ended.out


def test_at_a_terminal_the_states_have_colors(sandbox: Sandbox) -> None:
    ended = liminal("doctor", terminal="out")
    assert "\x1b[32mok" in ended.out
    assert [line.split()[1] for line in ended.lines if line.startswith("ok")] == CHECKS


def test_for_machines_it_is_a_list(sandbox: Sandbox) -> None:
    found = json.loads(liminal("doctor", "--json").out)
    assert [one["check"] for one in found] == CHECKS
    assert list(found[0]) == ["check", "state", "result", "advice"]


def test_nobody_is_signed_in_and_no_server_is_known() -> None:
    ended = liminal("doctor")
    assert ended.status == 3
    assert examined(ended)[1:] == [
        ("failed", "sign-in", "there is none. Run `liminal login`."),
        (
            "failed",
            "server",
            "none is named. Run `liminal login`, or set LIMINAL_API_SERVER_URL.",
        ),
    ]


def test_without_a_sign_in_the_rest_is_checked_nevertheless(
    server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMINAL_API_SERVER_URL", server.url)
    ended = liminal("doctor")
    assert ended.status == 3
    assert [check for _, check, _ in examined(ended)] == CHECKS[:-1]


@pytest.mark.parametrize("more", [["--no-keyring"], []])
def test_a_saved_sign_in_says_where_it_is(server: Sandbox, settings: Path, more: list[str]) -> None:
    liminal("login", "--server", server.url, *more, stdin=server.token)
    ended = liminal("doctor")
    assert ended.status == 0
    where = settings if more else "the system's keyring"
    assert examined(ended)[1] == ("ok", "sign-in", f"a token, saved in {where}")
    assert server.token not in ended.out


def test_a_damaged_sign_in_is_told(server: Sandbox, settings: Path) -> None:
    liminal("login", "--server", server.url, stdin=server.token)
    (settings / "sign-in.json").write_text("{")
    assert "is damaged" in examined(liminal("doctor"))[1][2]


def test_a_refused_sign_in_is_3_and_names_the_variable(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMINAL_TOKEN", "a-wrong-token")
    ended = liminal("doctor")
    assert ended.status == 3
    assert last(ended)[:2] == ("failed", "login")
    assert "Check LIMINAL_TOKEN." in last(ended)[2]
    assert "a-wrong-token" not in ended.out


def test_a_saved_sign_in_that_is_over_says_to_sign_in_again(server: Sandbox) -> None:
    session = server.create_session()
    liminal("login", "--session", "--server", server.url, stdin=session)
    server.expire_sessions()
    ended = liminal("doctor")
    assert ended.status == 3
    assert last(ended)[2].endswith("Run `liminal login`.")


def test_a_service_that_fails_after_the_sign_in_is_4(sandbox: Sandbox) -> None:
    sandbox.fail_next(403, path="*/model-instances")
    ended = liminal("doctor")
    assert ended.status == 4
    assert "the service answered 403" in last(ended)[2]


def test_an_identity_without_a_model_instance_is_warned(
    leads_to: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(model_instances={}) as sandbox:
        leads_to(sandbox.url)
        monkeypatch.setenv("LIMINAL_TOKEN", sandbox.token)
        ended = liminal("doctor")
    assert ended.status == 0
    assert last(ended) == (
        "warning",
        "models",
        "0 model instances can be used. Ask an administrator.",
    )


def test_a_url_that_is_none_is_usage(leads_to: Callable[[str], None]) -> None:
    leads_to("http://api.example.com")
    ended = liminal("doctor")
    assert (ended.status, last(ended)[:2]) == (2, ("failed", "server"))


def test_an_unknown_name_is_told(
    leads_to: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    leads_to("https://api.tenat.example")
    ended = liminal("doctor")
    assert ended.status == 4
    assert last(ended)[:2] == ("failed", "name")
    assert "api.tenat.example is not known: Name or service not known. Check" in last(ended)[2]


@pytest.mark.parametrize("by_proxy", [False, True])
def test_a_closed_port_is_told(
    leads_to: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, *, by_proxy: bool
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    leads_to("https://api.example" if by_proxy else url)
    if by_proxy:
        monkeypatch.setenv("HTTPS_PROXY", url.replace("//", "//me:a-secret-password@"))
    ended = liminal("doctor")
    assert last(ended)[:2] == ("failed", "route")
    assert ("(the proxy): Connection refused. Check HTTPS_PROXY" in last(ended)[2]) is by_proxy
    assert "a-secret-password" not in ended.out
    assert (("ok", "proxy", url) in examined(ended)) is by_proxy


def test_a_route_that_swallows_all_is_told(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def swallowed(*_: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", swallowed)
    assert "no answer in time. Check the URL's port" in last(liminal("doctor"))[2]


def test_a_proxy_that_is_no_url_is_told(
    leads_to: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:a-secret-password@[")
    leads_to("https://api.example")
    ended = liminal("doctor")
    assert last(ended)[:2] == ("failed", "proxy")
    assert "a-secret-password" not in ended.out


def test_a_proxy_that_refuses_is_told_without_its_words(
    leads_to: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    leads_to("https://api.example")
    with answering(http("407 me:a-secret-password")) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:a-secret-password@127.0.0.1:{port}")
        ended = liminal("doctor")
    assert last(ended)[1:] == (
        "proxy",
        "the proxy refused to connect (407). Check the user name and password in HTTPS_PROXY.",
    )


def test_tls_is_told_from_what_comes_after(
    leads_to: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Authority() as authority:  # a server with TLS, and not one of Liminal's
        leads_to(authority.url.rpartition("/")[0])
        ended = liminal("doctor")
        assert last(ended)[:2] == ("failed", "TLS")
        assert "name its authority's file in SSL_CERT_FILE" in last(ended)[2]
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))
        ended = liminal("doctor")
        tls = next(told for _, check, told in examined(ended) if check == "TLS")
        assert "the certificate is trusted, issued by " in tls
        assert last(ended)[:2] == ("failed", "service")
        assert "not as Liminal's API does. Check the server's URL" in last(ended)[2]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (http("401 Unauthorized", "content-type: text/html"), "answers 401, not as Liminal's"),
        (http("503 Service Unavailable"), "answers 503, not as Liminal's API does. Try again"),
        (http("404 Not Found", "date: yesterday"), "answers 404, not as Liminal's"),
        (b"", "the connection was closed without an answer. Check the server's URL"),
    ],
)
def test_another_server_is_told(leads_to: Callable[[str], None], answer: bytes, told: str) -> None:
    with answering(answer) as port:
        leads_to(f"http://127.0.0.1:{port}")
        ended = liminal("doctor")
    assert (ended.status, last(ended)[:2]) == (4, ("failed", "service"))
    assert told in last(ended)[2]


@pytest.mark.parametrize(
    ("ahead", "found"),
    [
        (60, ("ok", "agrees with the server's")),
        (300, ("warning", "this machine's is 300 seconds ahead")),
        (-90, ("warning", "this machine's is 90 seconds behind")),
    ],
)
def test_a_clock_that_is_wrong_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, ahead: int, found: tuple[str, str]
) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_800_000_000.0 + ahead)
    [finding] = module._clock(formatdate(1_800_000_000, usegmt=True))
    assert (finding.state, finding.result) == found


def refused(code: int) -> httpx.ConnectError:
    cause = ssl.SSLCertVerificationError()
    cause.verify_code, cause.verify_message = code, "certificate has expired"
    error = httpx.ConnectError("certificate")
    error.__cause__ = cause
    return error


def broken(cause: BaseException) -> httpx.ConnectError:
    error = httpx.ConnectError("handshake")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "check", "advice"),
    [
        (refused(10), "TLS", "Check this machine's date and time"),
        (refused(62), "TLS", "the certificate is for another name"),
        (refused(20), "TLS", "SSL_CERT_FILE"),
        (broken(ssl.SSLError()), "TLS", "client certificate"),
        (httpx.ReadTimeout(""), "service", "Try again later"),
        (LiminalError("SSL_CERT_FILE can't be loaded"), "TLS", "unset these variables"),
    ],
)
def test_each_failure_of_a_connection_has_its_advice(
    error: Exception, check: str, advice: str
) -> None:
    finding = why_no_answer(error)
    assert (finding.check, finding.state) == (check, "failed")
    assert advice in finding.advice


@pytest.mark.parametrize(
    ("certificate", "state"),
    [
        (None, "ok"),
        ({"notAfter": "Jan  1 00:00:00 2100 GMT", "issuer": ((("commonName", "X"),),)}, "ok"),
        ({"notAfter": "Jan  1 00:00:00 2000 GMT"}, "warning"),
    ],
)
def test_a_certificate_that_ends_soon_is_a_warning(
    certificate: dict[str, Any] | None, state: str
) -> None:
    from liminal._http.settings.server_url import parse_server_url

    assert module._tls(parse_server_url("https://x.example"), certificate).state == state
