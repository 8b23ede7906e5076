"""How a person is told to sign in."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import anyio
import attrs
import pytest

from liminal.errors import AuthError

TO_SIGN_IN = "To sign in, use a web browser to open the page https://"


def test_the_prompt_has_all_that_the_person_needs(authority, make_provider, ask):
    prompts = []
    before = datetime.now(UTC)
    ask(make_provider(prompt=prompts.append, auth_challenge_timeout=30))
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


def test_the_prompt_expires_with_the_code(authority, make_provider, ask):
    authority.code_lifetime = 20
    prompts = []
    ask(make_provider(prompt=prompts.append))
    assert prompts[0].expires_at - datetime.now(UTC) < timedelta(seconds=21)


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
def test_where_no_log_shows_the_message_it_goes_to_stderr(
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


def test_a_coroutine_function_may_prompt_client(make_provider, ask_async):
    shown = []

    async def prompt(given):
        await anyio.lowlevel.checkpoint()
        shown.append(given)

    ask_async(make_provider(prompt=prompt))
    assert len(shown) == 1


@pytest.mark.parametrize(
    ("prompt", "requested"),
    [(prompt_asyncio, False), (lambda given: prompt_asyncio(given), True)],  # noqa: PLW0108
    ids=["coroutine function", "function that returns a coroutine"],
)
def test_a_coroutine_function_cannot_prompt_syncclient(authority, make_provider, prompt, requested):
    with pytest.raises(AuthError, match="prompt is a coroutine function"):
        make_provider(prompt=prompt).get_access_token_sync()
    assert ("devicecode" in authority.requests) is requested


def test_an_exception_of_the_prompt_ends_the_sign_in_and_is_left_behind(make_provider, ask):
    def prompt(_):
        raise ValueError("hush")

    with pytest.raises(AuthError, match=r"^prompt raised ValueError, so nobody was") as caught:
        ask(make_provider(prompt=prompt))
    assert caught.value.__context__ is None


def test_an_error_of_this_package_passes_through_the_prompt(make_provider, ask):
    error = AuthError("mine")

    def prompt(_):
        raise error

    with pytest.raises(AuthError) as caught:
        ask(make_provider(prompt=prompt))
    assert caught.value is error
