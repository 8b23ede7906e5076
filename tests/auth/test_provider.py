"""What serves as an auth provider, and what is made of its answers."""

from __future__ import annotations

import anyio
import pytest

from liminal.auth import AuthProvider, TokenCredentialProvider, as_provider
from liminal.auth._fetch import fetch_token, fetch_token_sync, is_interactive
from liminal.errors import AuthError, LiminalError


class Async(AuthProvider):
    async def get_access_token(self):
        return "token"


class Blocking(AuthProvider):
    def get_access_token_sync(self):
        return "token"


class Answers(AuthProvider):
    """Both halves return, or raise, the same."""

    def __init__(self, answer):
        self.answer = answer

    async def get_access_token(self):
        return self.get_access_token_sync()

    def get_access_token_sync(self):
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


pytestmark = pytest.mark.anyio


async def test_a_provider_without_the_blocking_half_says_what_syncclient_needs():
    with pytest.raises(AuthError, match="Async can't sign in a SyncClient: define `def get_access"):
        fetch_token_sync(Async())


async def test_a_provider_without_the_asyncio_half_says_what_client_needs():
    with pytest.raises(AuthError, match="Blocking can't sign in a Client: define `async def get_"):
        await fetch_token(Blocking())


async def test_each_half_alone_serves_its_client():
    assert await fetch_token(Async()) == fetch_token_sync(Blocking()) == "token"


async def test_an_object_with_one_half_need_not_be_a_subclass():
    class Duck:
        async def get_access_token(self):
            return "token"

    assert await fetch_token(as_provider(Duck())) == "token"


async def test_an_object_without_the_half_that_is_needed_says_so(fetch):
    class Other:
        pass

    with pytest.raises(AuthError, match="Other can't sign in a"):
        await fetch(Other())


async def test_a_plain_method_in_place_of_a_coroutine_function_will_do():
    class Plain(AuthProvider):
        def get_access_token(self):
            return "token"

    assert await fetch_token(Plain()) == "token"


@pytest.mark.parametrize("answer", [None, "", b"token", 7, "to ken", "token\r\nX: y", "tökén"])
async def test_what_is_no_token_is_refused_by_type_of_provider(fetch, answer):
    with pytest.raises(
        AuthError, match=r"provider Answers returned as its token (is|holds|should)"
    ):
        await fetch(Answers(answer))


async def test_a_refused_token_is_not_repeated(fetch):
    with pytest.raises(AuthError) as caught:
        await fetch(Answers("hush hush"))
    assert "hush" not in repr(caught.value)
    assert caught.value.__context__ is None


async def test_a_coroutine_from_the_blocking_half_is_refused():
    class Confused(AuthProvider):
        async def get_access_token_sync(self):
            return "token"

    with pytest.raises(AuthError, match="should be a str, but is of type coroutine"):
        fetch_token_sync(Confused())


async def test_a_foreign_exception_is_named_and_left_behind(fetch):
    with pytest.raises(AuthError, match="The auth provider Answers raised ValueError") as caught:
        await fetch(Answers(ValueError("hush")))
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert "hush" not in repr(caught.value)


async def test_an_error_of_ours_passes_as_it_is(fetch):
    error = LiminalError("mine")
    with pytest.raises(LiminalError) as caught:
        await fetch(Answers(error))
    assert caught.value is error


async def test_ctrl_c_passes(fetch):
    with pytest.raises(KeyboardInterrupt):
        await fetch(Answers(KeyboardInterrupt()))


async def test_a_cancellation_passes():
    class Waits(AuthProvider):
        async def get_access_token(self):
            await anyio.sleep_forever()
            return ""

    with anyio.CancelScope() as scope:
        scope.cancel()
        await fetch_token(Waits())
    assert scope.cancelled_caught


async def test_a_provider_is_passed_through():
    provider = Async()
    assert as_provider(provider) is provider


async def test_a_credential_is_wrapped():
    class Credential:
        def get_token(self, *scopes):
            return None

    assert isinstance(as_provider(Credential()), TokenCredentialProvider)


@pytest.mark.parametrize("candidate", [None, "hush", 7, {"token": "hush"}])
async def test_anything_else_is_refused_by_its_type(candidate):
    with pytest.raises(AuthError, match=f"can't be of type {type(candidate).__name__}") as caught:
        as_provider(candidate)
    assert "hush" not in str(caught.value)


async def test_a_class_in_place_of_an_object_is_refused():
    with pytest.raises(AuthError, match="the class Async: pass an instance"):
        as_provider(Async)


async def test_a_provider_asks_nobody_unless_it_says_so():
    assert not is_interactive(Async())
    assert not is_interactive(object())


async def test_a_provider_may_say_that_it_asks_a_person():
    provider = Async()
    provider.interactive = True
    assert is_interactive(provider)


def breaking(name):
    """Make a provider whose attribute ``name`` can't be read."""

    def broken(_):
        raise KeyError("hush")

    return type("Broken", (Answers,), {name: property(broken)})("token")


async def test_a_provider_that_can_t_say_whether_it_asks_is_an_error_without_its_words():
    with pytest.raises(AuthError, match="Broken raised KeyError") as caught:
        is_interactive(breaking("interactive"))
    assert caught.value.__context__ is None
    assert "hush" not in str(caught.value)


async def test_a_provider_whose_method_can_t_be_had_is_an_error_without_its_words():
    with pytest.raises(AuthError, match="Broken raised KeyError") as caught:
        await fetch_token(breaking("get_access_token"))
    with pytest.raises(AuthError, match="Broken raised KeyError") as caught_sync:
        fetch_token_sync(breaking("get_access_token_sync"))
    assert caught.value.__context__ is caught_sync.value.__context__ is None


async def test_a_credential_whose_method_can_t_be_had_is_refused_by_its_type():
    class Credential:
        @property
        def get_token(self):
            raise KeyError("hush")

    with pytest.raises(AuthError, match="can't be of type Credential") as caught:
        as_provider(Credential())
    assert caught.value.__context__ is None
