"""The findings of ``liminal doctor`` about clocks, certificates and failed connections."""

from __future__ import annotations

import ssl
import time
from email.utils import formatdate
from typing import Any

import httpx
import pytest

from liminal._http.settings.server_url import parse_server_url
from liminal.cli._doctor import server as module
from liminal.cli._doctor.server import why_no_answer
from liminal.errors import LiminalError


@pytest.mark.parametrize(
    ("ahead", "found"),
    [
        (60, ("ok", "agrees with the server's")),
        (300, ("warning", "this machine's is 300 seconds ahead")),
        (-90, ("warning", "this machine's is 90 seconds behind")),
    ],
)
def test_a_wrong_clock_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, ahead: int, found: tuple[str, str]
) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_800_000_000.0 + ahead)
    [finding] = module._clock(formatdate(1_800_000_000, usegmt=True))
    assert (finding.state, finding.result) == found


def refused(code: int) -> httpx.ConnectError:
    cause = ssl.SSLCertVerificationError()
    cause.verify_code, cause.verify_message = code, "certificate has expired"
    return broken(cause)


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
def test_a_certificate_that_expires_soon_is_a_warning(
    certificate: dict[str, Any] | None, state: str
) -> None:
    assert module._tls(parse_server_url("https://x.example"), certificate).state == state
