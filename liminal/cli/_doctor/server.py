"""Checks the server: its certificate, the clock, and whether it has Liminal's API."""

from __future__ import annotations

import re
import ssl
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

import httpx

from liminal._http.tls import default_context
from liminal.cli._doctor.finding import Finding, Stopped, failed, warning
from liminal.cli._doctor.route import SECONDS
from liminal.errors import LiminalError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from liminal._http.settings.server_url import ServerUrl

# An operation of the contract that answers 401 without a session.
_PATH: Final = "/api/v1/users/me"
_SKEW: Final = 60  # seconds; beyond, sign-ins and certificates may seem expired
_SOON: Final = 14  # days


def check_server(server: ServerUrl, proxy: httpx.Proxy | None) -> Iterator[Finding]:
    """Send a request that needs no sign-in."""
    answer, certificate = _ask(server, proxy)
    yield _tls(server, certificate)
    yield from _clock(answer.headers.get("date", ""))
    yield _service(server, answer)


def _ask(
    server: ServerUrl, proxy: httpx.Proxy | None
) -> tuple[httpx.Response, dict[str, Any] | None]:
    try:
        with (
            httpx.Client(
                verify=default_context(), proxy=proxy, trust_env=False, timeout=SECONDS
            ) as client,
            client.stream("GET", server.text + _PATH) as answer,
        ):
            stream: Any = answer.extensions["network_stream"]
            layer: Any = stream.get_extra_info("ssl_object")
            return answer, layer.getpeercert() if layer else None
    except (httpx.HTTPError, LiminalError) as error:
        finding = why_no_answer(error)
    raise Stopped(finding)


def why_no_answer(error: Exception) -> Finding:
    """Return why there was no answer, without httpx's message, which may quote a password."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            result = f"the certificate was refused: {cause.verify_message}"
            return failed("TLS", result, _CERTIFICATE.get(cause.verify_code, _UNKNOWN_AUTHORITY))
    if isinstance(error, LiminalError):
        return failed("TLS", str(error), "Correct or unset these variables.")
    if isinstance(error, httpx.ProxyError):
        status = re.match(r"\d{3}\b", str(error))
        result = f"the proxy refused to connect{f' ({status[0]})' if status else ''}"
        return failed("proxy", result, "Check the user name and password in HTTPS_PROXY.")
    if isinstance(error, httpx.TimeoutException):
        return failed("service", "no answer in time", "Try again later; check the proxy, if any.")
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return failed("TLS", "no TLS connection could be made", _NO_TLS)
    return failed("service", "the connection was closed without an answer", _WRONG_SERVER)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


_UNKNOWN_AUTHORITY: Final = (
    "If your company signs certificates itself, name its authority's file in SSL_CERT_FILE, or"
    " install the package truststore and use the system's."
)
_CLOCK: Final = "Check this machine's date and time; if they are right, inform the server's owner."
_OTHER_NAME: Final = "Check the server's URL: the certificate is for another name."
# OpenSSL's X509_V_ERR_…
_CERTIFICATE: Final = {9: _CLOCK, 10: _CLOCK, 62: _OTHER_NAME, 64: _OTHER_NAME}
_NO_TLS: Final = (
    "Check the URL's port; if the server asks for a client certificate, this command can't give"
    " one: use SyncClient with ssl_context=."
)
_WRONG_SERVER: Final = (
    "Check the server's URL: it usually is https://api.<tenant>.liminal.ai, without a path."
)


def _tls(server: ServerUrl, certificate: dict[str, Any] | None) -> Finding:
    if not server.is_https:
        return Finding("TLS", "none: the server is on this machine")
    if not certificate:
        return Finding("TLS", "the certificate is trusted")
    issuer = dict(part[0] for part in certificate.get("issuer", ()))
    by = issuer.get("organizationName") or issuer.get("commonName") or "an authority without a name"
    days = int((ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()) // 86400)
    result = f"the certificate is trusted, issued by {by}, and ends in {days} days"
    if days < _SOON:
        return warning("TLS", result, "Inform the server's owner.")
    return Finding("TLS", result)


def _clock(date: str) -> Iterator[Finding]:
    try:
        theirs = parsedate_to_datetime(date).timestamp()
    except ValueError:
        return  # not every server sends its time
    ahead = round(time.time() - theirs)
    if abs(ahead) <= _SKEW:
        yield Finding("clock", "agrees with the server's")
    else:
        result = f"this machine's is {abs(ahead)} seconds {'ahead' if ahead > 0 else 'behind'}"
        yield warning("clock", result, "Set the clock: sign-ins and certificates depend on it.")


def _service(server: ServerUrl, answer: httpx.Response) -> Finding:
    status, kind = answer.status_code, answer.headers.get("content-type", "")
    if status == 401 and not kind.startswith("text/html"):
        return Finding("service", f"{server.text} answers as Liminal's API does")
    result = f"{server.text} answers {status}, not as Liminal's API does"
    if status == 429 or status >= 500:
        raise Stopped(failed("service", result, "Try again later."))
    raise Stopped(failed("service", result, _WRONG_SERVER))
