"""No secret and no text of an answer is in a log record, at any level, or in an error."""

import logging
import traceback

import msal
import pytest

from liminal.errors import AuthError
from tests.privacy.watch import variables

# What the authority tells in ID tokens and error descriptions.
PERSONAL = ["ada@sandbox.example", "Trace ID", "11111111-2222"]


@pytest.fixture
def log():
    """Every record of every logger, as text."""
    lines = []

    class Everything(logging.Handler):
        def emit(self, record):
            lines.append(f"{record.name} {record.getMessage()} {record.args} {record.exc_text}")
            if record.exc_info:
                lines.extend(traceback.format_exception(*record.exc_info))

    handler, root = Everything(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(handler)
    root.setLevel(before)


def leaks(authority, lines):
    text = "\n".join(lines)
    return [secret for secret in [*authority.secrets(), *PERSONAL] if secret in text]


def test_msal_itself_would_leak_into_the_log(authority, log):
    """The control: what is found here would be found below as well."""
    app = msal.PublicClientApplication(
        "client", authority=authority.url, instance_discovery=False, verify=authority.ca_file
    )
    app.acquire_token_by_device_flow(app.initiate_device_flow(["User.Read"]))
    assert leaks(authority, log)


def test_signing_in_and_renewing_leaves_nothing_in_the_log_or_the_repr(
    authority, make_provider, ask, log, tmp_path
):
    authority.token_lifetime = 60
    provider = make_provider(prompt=None, token_cache=tmp_path / "cache")
    ask(provider)
    ask(provider)
    authority.fail_next("token", error="invalid_grant", codes=(70008,))
    ask(provider)
    (tmp_path / "cache").write_text("damaged")
    ask(make_provider(token_cache=tmp_path / "cache"))
    assert authority.requests.count("devicecode") == 3
    assert leaks(authority, [*log, repr(provider), str(provider)]) == []
    assert any("To sign in" in line for line in log)  # the log is not just empty


@pytest.mark.parametrize("endpoint", ["openid-configuration", "devicecode", "token"])
@pytest.mark.parametrize(
    "answer",
    [
        {"error": "invalid_grant", "codes": (53003,)},
        {"status": 500, "times": 3, "body": b"Trace ID"},
        {"status": 200, "body": b"<html>Trace ID</html>"},
        {"status": 200, "body": b'{"Trace ID": 1}'},
    ],
)
def test_what_ends_a_sign_in_leaves_nothing_in_the_log_or_the_error(  # noqa: PLR0917 - fixtures
    authority, make_provider, ask, log, endpoint, answer
):
    authority.fail_next(endpoint, **answer)
    with pytest.raises(AuthError) as caught:
        ask(make_provider())
    error = caught.value
    log += [str(error), repr(error), str(error.args), str(vars(error))]
    log += [f"{where}: {shown!r}" for where, shown in variables(error)]
    assert leaks(authority, log) == []
    assert error.__context__ is error.__cause__ is None


def test_other_users_of_httpx_and_msal_keep_their_log(make_provider, log):
    make_provider().get_access_token_sync()
    logging.getLogger("msal.application").debug("somebody else's")
    logging.getLogger("httpcore.http11").debug("somebody else's")
    assert len([line for line in log if "somebody else's" in line]) == 2
