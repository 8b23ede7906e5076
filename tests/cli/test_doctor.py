"""``liminal doctor`` identifies each problem, and shows no secret."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from liminal.sandbox import Sandbox
from liminal.sandbox.authority import Authority

from .running import Ended, liminal

CHECKS = [
    *("versions", "sign-in", "server", "proxy", "name", "route", "TLS"),
    *("clock", "service", "login", "models"),
]


def examined(ended: Ended) -> list[tuple[str, str, str]]:
    """Return state, check and text of each line."""
    lines = [line.split("\t") for line in ended.out.splitlines()]
    return [(state, check, told) for state, check, told in lines]


def doctor(*, status: int) -> tuple[str, str, str]:
    """Run it; return its last line as state, check and text, if there is no secret in any."""
    ended = liminal("doctor")
    assert ended.status == status
    assert "a-secret" not in ended.out + ended.err
    return examined(ended)[-1]


@pytest.fixture
def leads_to(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that sets the server and the proxy in the environment."""

    def lead(url: str, token: str = "a-secret-token", proxy: str | None = None) -> None:
        monkeypatch.setenv("LIMINAL_API_SERVER_URL", url)
        monkeypatch.setenv("LIMINAL_TOKEN", token)
        if proxy is not None:
            monkeypatch.setenv("HTTPS_PROXY", proxy)

    return lead


@contextmanager
def answering(answer: bytes) -> Iterator[int]:
    """Serve one connection on loopback: read, answer, close. Yields the port."""
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


def test_if_all_is_well_each_check_is_a_line(sandbox: Sandbox) -> None:
    ended = liminal("doctor")
    assert (ended.status, ended.err) == (0, "")
    assert [found[:2] for found in examined(ended)] == [("ok", check) for check in CHECKS]
    assert sandbox.token not in ended.out


def test_at_a_terminal_the_states_have_colors(sandbox: Sandbox) -> None:
    ended = liminal("doctor", terminal="out")
    assert "\x1b[32mok" in ended.out
    assert [line.split()[1] for line in ended.lines if line.startswith("ok")] == CHECKS


def test_with_json_the_report_is_a_list(sandbox: Sandbox) -> None:
    found = json.loads(liminal("doctor", "--json").out)
    assert [one["check"] for one in found] == CHECKS
    assert list(found[0]) == ["check", "state", "result", "advice"]


def test_without_sign_in_and_server_nothing_else_is_checked() -> None:
    ended = liminal("doctor")
    unnamed = "none is named. Run `liminal login`, or set LIMINAL_API_SERVER_URL."
    assert ended.status == 3
    assert examined(ended)[1:] == [
        ("failed", "sign-in", "there is none. Run `liminal login`."),
        ("failed", "server", unnamed),
    ]


def test_without_a_sign_in_the_server_is_still_checked(
    server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMINAL_API_SERVER_URL", server.url)
    ended = liminal("doctor")
    assert ended.status == 3
    assert [check for _, check, _ in examined(ended)] == CHECKS[:-1]


@pytest.mark.parametrize("more", [["--no-keyring"], []])
def test_the_place_of_a_saved_sign_in_is_shown(
    server: Sandbox, settings: Path, more: list[str]
) -> None:
    liminal("login", "--server", server.url, *more, stdin=server.token)
    ended = liminal("doctor")
    assert ended.status == 0
    where = settings if more else "the system's keyring"
    assert examined(ended)[1] == ("ok", "sign-in", f"a token, saved in {where}")
    assert server.token not in ended.out


def test_a_damaged_sign_in_is_reported(server: Sandbox, settings: Path) -> None:
    liminal("login", "--server", server.url, stdin=server.token)
    (settings / "sign-in.json").write_text("{")
    assert "is damaged" in examined(liminal("doctor"))[1][2]


def test_a_refused_sign_in_exits_with_3_and_names_the_variable(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMINAL_TOKEN", "a-secret-that-is-wrong")
    state, check, told = doctor(status=3)
    assert (state, check) == ("failed", "login")
    assert "Check LIMINAL_TOKEN." in told


def test_for_an_expired_sign_in_the_advice_is_to_sign_in_again(server: Sandbox) -> None:
    session = server.create_session()
    liminal("login", "--session", "--server", server.url, stdin=session)
    server.expire_sessions()
    assert doctor(status=3)[2].endswith("Run `liminal login`.")


def test_a_failure_after_the_sign_in_exits_with_4(sandbox: Sandbox) -> None:
    sandbox.fail_next(403, path="*/model-instances")
    assert "the service answered 403" in doctor(status=4)[2]


def test_a_missing_model_instance_is_a_warning(leads_to: Callable[..., None]) -> None:
    with Sandbox(model_instances={}) as sandbox:
        leads_to(sandbox.url, sandbox.token)
        found = doctor(status=0)
    told = "0 model instances can be used. Ask an administrator."
    assert found == ("warning", "models", told)


def test_an_invalid_url_is_a_usage_error(leads_to: Callable[..., None]) -> None:
    leads_to("http://api.example.com")
    assert doctor(status=2)[:2] == ("failed", "server")


UNKNOWN = socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.mark.parametrize(
    ("function", "error", "told"),
    [
        ("getaddrinfo", UNKNOWN, "name: localhost is not known: Name or service not known. Check"),
        ("create_connection", TimeoutError(), "no answer in time. Check the URL's port"),
    ],
)
def test_an_unknown_name_and_a_connection_timeout_are_reported(
    leads_to: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    function: str,
    error: Exception,
    told: str,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(socket, function, fail)
    leads_to("https://localhost")
    state, *found = doctor(status=4)
    assert state == "failed"
    assert told in ": ".join(found)


@pytest.mark.parametrize("by_proxy", [False, True])
def test_a_closed_port_is_reported(leads_to: Callable[..., None], *, by_proxy: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    if by_proxy:
        leads_to("https://api.example", proxy=url.replace("//", "//me:a-secret-password@"))
    else:
        leads_to(url)
    state, check, told = doctor(status=4)
    assert (state, check) == ("failed", "route")
    assert ("(the proxy): Connection refused. Check HTTPS_PROXY" in told) is by_proxy
    assert (("ok", "proxy", url) in examined(liminal("doctor"))) is by_proxy


def test_an_invalid_proxy_url_is_reported(leads_to: Callable[..., None]) -> None:
    leads_to("https://api.example", proxy="http://me:a-secret-password@[")
    assert doctor(status=4)[:2] == ("failed", "proxy")


def test_a_proxy_s_refusal_is_reported_without_its_text(leads_to: Callable[..., None]) -> None:
    with answering(http("407 me:a-secret-password")) as port:
        leads_to("https://api.example", proxy=f"http://me:a-secret-password@127.0.0.1:{port}")
        _, check, told = doctor(status=4)
    advice = "Check the user name and password in HTTPS_PROXY."
    assert (check, told) == ("proxy", f"the proxy refused to connect (407). {advice}")


def test_a_tls_failure_is_distinguished_from_a_later_one(
    leads_to: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Authority() as authority:  # a server with TLS, and not one of Liminal's
        leads_to(authority.url.rpartition("/")[0])
        state, check, told = doctor(status=4)
        assert (state, check) == ("failed", "TLS")
        assert "name its authority's file in SSL_CERT_FILE" in told
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))
        *others, service = examined(liminal("doctor"))
        (tls,) = [told for _, check, told in others if check == "TLS"]
        assert "the certificate is trusted, issued by " in tls
        assert service[:2] == ("failed", "service")
        assert "not as Liminal's API does. Check the server's URL" in service[2]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (http("401 Unauthorized", "content-type: text/html"), "answers 401, not as Liminal's"),
        (http("503 Service Unavailable"), "answers 503, not as Liminal's API does. Try again"),
        (http("404 Not Found", "date: yesterday"), "answers 404, not as Liminal's"),
        (b"", "the connection was closed without an answer. Check the server's URL"),
    ],
)
def test_a_server_that_is_not_liminal_s_is_reported(
    leads_to: Callable[..., None], answer: bytes, told: str
) -> None:
    with answering(answer) as port:
        leads_to(f"http://127.0.0.1:{port}")
        found = doctor(status=4)
    assert found[:2] == ("failed", "service")
    assert told in found[2]
