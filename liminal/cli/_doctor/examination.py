"""All checks in the order in which they depend on each other."""

from __future__ import annotations

import os
import platform
import ssl
from typing import TYPE_CHECKING

import liminal
from liminal._http.settings.server_url import parse_server_url
from liminal.cli._doctor.finding import Finding, Stopped, failed, warning
from liminal.cli._doctor.route import check_route, find_proxy
from liminal.cli._doctor.server import check_server
from liminal.cli._exits import SIGN_IN, USAGE, message_of, status_of
from liminal.cli._signin import URL, WAYS, connect, is_in_environment
from liminal.cli._store import Store
from liminal.errors import LiminalError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from liminal._http.settings.server_url import ServerUrl


def examine() -> Iterator[Finding]:
    """Yield the finding of each check, up to a failed one on which the others depend."""
    yield _versions()
    try:
        yield _way()
        server = _server()
        yield Finding("server", server.text)
        proxy, finding = find_proxy(server)
        yield finding
        yield from check_route(server, proxy)
        yield from check_server(server, proxy)
        yield from _sign_in()
    except Stopped as stopped:
        yield stopped.finding


def _versions() -> Finding:
    python = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    return Finding("versions", f"liminal {liminal.__version__}, {python}, {ssl.OPENSSL_VERSION}")


def _way() -> Finding:
    """Return the credential's finding. Without one, the server is still checked."""
    if is_in_environment():
        names = [name for name in (URL, *WAYS) if os.environ.get(name, "").strip()]
        return Finding("sign-in", f"from the environment: {', '.join(names)}")
    store = Store()
    try:
        saved = store.load()
    except LiminalError as error:
        return failed("sign-in", str(error), "", SIGN_IN)
    if saved is None:
        return failed("sign-in", "there is none", "Run `liminal login`.", SIGN_IN)
    place = "the system's keyring" if saved.place == "keyring" else str(store.folder)
    return Finding("sign-in", f"a {saved.way}, saved in {place}")


def _server() -> ServerUrl:
    saved = Store().load_or_none()
    text = os.environ.get(URL, "").strip() or (saved.server if saved else "")
    if not text:
        raise Stopped(
            failed("server", "none is named", f"Run `liminal login`, or set {URL}.", USAGE)
        )
    try:
        return parse_server_url(text)
    except LiminalError as error:
        problem = message_of(error)
    raise Stopped(failed("server", problem, f"Correct {URL}, or run `liminal login`.", USAGE))


def _sign_in() -> Iterator[Finding]:
    try:
        with connect() as client:
            instances = client.llm.get_available_model_instances()
    except LiminalError as error:
        advice = (
            "Run `liminal login`." if not is_in_environment() else f"Check {' and '.join(_set())}."
        )
        status = status_of(error)
        yield failed("login", message_of(error), advice if status == SIGN_IN else "", status)
        return
    usable = sum(bool(one.model_connections) for one in instances)
    yield Finding("login", "accepted")
    found = f"{usable} model instance{'' if usable == 1 else 's'} can be used"
    yield Finding("models", found) if usable else warning("models", found, "Ask an administrator.")


def _set() -> list[str]:
    return [name for name in WAYS if os.environ.get(name, "").strip()]
