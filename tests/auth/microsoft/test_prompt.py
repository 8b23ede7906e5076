"""How a person is told to sign in."""

import io
import logging
import sys
from datetime import UTC, datetime, timedelta

import anyio
import attrs
import pytest

from liminal.errors import AuthError
from tests.support.errors import refused

TO_SIGN_IN = "To sign in, use a web browser to open the page https://"


@pytest.mark.parametrize(("timeout", "lifetime"), [(30, 900), (60, 30)])
def test_the_prompt_has_all_that_the_person_needs(authority, make_provider, ask, timeout, lifetime):
    authority.code_lifetime = lifetime
    prompts = []
    before = datetime.now(UTC)
    ask(make_provider(prompt=prompts.append, auth_challenge_timeout=timeout))
    (prompt,) = prompts
    assert prompt.verification_url == f"https://{authority.host}/devicelogin"
    assert len(prompt.user_code) == 9
    assert prompt.message == (
        f"To sign in, use a web browser to open the page {prompt.verification_url} and enter the "
        f"code {prompt.user_code} to authenticate."
    )
    assert timedelta(seconds=30) <= prompt.expires_at - before < timedelta(seconds=60)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        prompt.user_code = "OTHER"


def test_without_prompt_the_message_is_logged_at_info(make_provider, ask, caplog, capsys):
    caplog.set_level(logging.INFO, "liminal")
    ask(make_provider(prompt=None))
    (record,) = [record for record in caplog.records if record.name == "liminal"]
    assert record.levelno == logging.INFO
    assert record.getMessage().startswith(TO_SIGN_IN)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "settings",
    [
        {"level": logging.WARNING},
        {"propagate": False},
        {"propagate": False, "handlers": [logging.NullHandler()]},
        {"propagate": False, "handlers": [logging.StreamHandler()]},
    ],
    ids=["level", "no handler", "null handler", "level of the handler"],
)
def test_the_message_goes_to_stderr_if_no_log_shows_it(
    make_provider, ask, monkeypatch, capsys, settings
):
    for name, value in {"level": logging.INFO, **settings}.items():
        monkeypatch.setattr(logging.getLogger("liminal"), name, value)
    for handler in settings.get("handlers", ()):
        handler.setLevel(logging.WARNING)
    ask(make_provider(prompt=None))
    assert capsys.readouterr().err.startswith(TO_SIGN_IN)


async def prompt_asyncio(_):
    await anyio.lowlevel.checkpoint()


@pytest.mark.anyio
async def test_a_coroutine_function_may_prompt_client(make_provider):
    shown = []

    async def prompt(given):
        await anyio.lowlevel.checkpoint()
        shown.append(given)

    await make_provider(prompt=prompt).get_access_token()
    assert len(shown) == 1


@pytest.mark.parametrize(
    ("prompt", "requested"),
    [(prompt_asyncio, False), (lambda given: prompt_asyncio(given), True)],  # noqa: PLW0108
    ids=["coroutine function", "function that returns a coroutine"],
)
def test_a_coroutine_function_cannot_prompt_syncclient(authority, make_provider, prompt, requested):
    with refused("prompt is a coroutine function"):
        make_provider(prompt=prompt).get_access_token_sync()
    assert ("devicecode" in authority.requests) is requested


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("hush"), "prompt raised ValueError, so nobody was asked to sign in"),
        (AuthError("mine"), "mine"),
    ],
)
def test_an_exception_of_the_prompt_ends_the_sign_in(make_provider, ask, error, message):
    def prompt(_):
        raise error

    with refused(f"^{message}$"):
        ask(make_provider(prompt=prompt))


def closed():
    stream = io.StringIO()
    stream.close()
    return stream


@pytest.mark.parametrize("stderr", [None, closed()], ids=["none", "closed"])
def test_a_code_that_cannot_be_shown_ends_the_sign_in(make_provider, ask, monkeypatch, stderr):
    monkeypatch.setattr(sys, "stderr", stderr)
    with refused(r"code can't be shown: .* stderr"):
        ask(make_provider(prompt=None))
