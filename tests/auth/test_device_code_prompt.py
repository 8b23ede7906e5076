"""What a person is told who is to sign in by device code, and by whom."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import anyio
import attrs
import pytest

from liminal.auth.microsoft.device_code_flow import SignInPrompt
from liminal.errors import AuthError


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
    assert timedelta(seconds=29) < prompt.expires_at - before < timedelta(seconds=60)


def test_the_code_expires_when_the_authority_says_so(authority, make_provider, ask):
    authority.code_lifetime = 20
    prompts = []
    ask(make_provider(prompt=prompts.append))
    assert prompts[0].expires_at - datetime.now(UTC) < timedelta(seconds=21)


def test_the_prompt_cannot_be_changed(make_provider, ask):
    prompts = []
    ask(make_provider(prompt=prompts.append))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        prompts[0].user_code = "OTHER"


def test_without_a_prompt_the_message_is_logged_at_info(make_provider, ask, caplog):
    caplog.set_level(logging.INFO, "liminal")
    ask(make_provider(prompt=None))
    (record,) = [record for record in caplog.records if record.name == "liminal"]
    assert record.levelno == logging.INFO
    assert record.getMessage().startswith("To sign in, use a web browser to open the page https://")
    assert record.getMessage().endswith(" to authenticate.")


@pytest.mark.parametrize(
    "hide",
    [
        lambda logger, patch: patch.setattr(logger, "level", logging.WARNING),
        lambda logger, patch: patch.setattr(logger, "propagate", False),
        lambda logger, patch: (
            patch.setattr(logger, "propagate", False),
            patch.setattr(logger, "handlers", [logging.NullHandler()]),
        ),
    ],
)
def test_a_program_that_shows_no_such_log_gets_the_message_on_stderr(
    make_provider, ask, monkeypatch, capsys, hide
):
    hide(logging.getLogger("liminal"), monkeypatch)
    ask(make_provider(prompt=None))
    assert capsys.readouterr().err.startswith("To sign in, use a web browser to open the page")


def test_a_coroutine_function_may_prompt_client(make_provider, ask_async):
    shown = []

    async def prompt(given: SignInPrompt) -> None:
        await anyio.lowlevel.checkpoint()
        shown.append(given)

    ask_async(make_provider(prompt=prompt))
    assert len(shown) == 1


def test_a_coroutine_function_cannot_prompt_syncclient(authority, make_provider):
    async def prompt(_):
        pass

    with pytest.raises(AuthError, match="prompt is a coroutine function"):
        make_provider(prompt=prompt).get_access_token_sync()
    assert "devicecode" not in authority.requests


def test_a_prompt_that_returns_a_coroutine_cannot_prompt_syncclient(make_provider):
    async def prompt(_):
        pass

    provider = make_provider(prompt=lambda given: prompt(given))  # noqa: PLW0108 - hides it
    with pytest.raises(AuthError, match="prompt is a coroutine function"):
        provider.get_access_token_sync()


def test_a_prompt_that_raises_ends_the_sign_in(make_provider, ask):
    def prompt(_):
        raise ValueError("hush")

    with pytest.raises(AuthError, match="prompt raised ValueError, so nobody was asked") as caught:
        ask(make_provider(prompt=prompt))
    assert caught.value.__context__ is None


def test_an_error_of_ours_in_a_prompt_passes(make_provider, ask):
    error = AuthError("mine")

    def prompt(_):
        raise error

    with pytest.raises(AuthError) as caught:
        ask(make_provider(prompt=prompt))
    assert caught.value is error
