"""What serves as an auth provider, and how its token is fetched and checked."""

import anyio
import pytest

from liminal.auth import AuthProvider, TokenCredentialProvider, as_provider
from liminal.auth._fetch import fetch_token, fetch_token_sync, is_interactive
from liminal.errors import LiminalError
from tests.support.errors import refused

pytestmark = pytest.mark.anyio


class Async(AuthProvider):
    async def get_access_token(self):
        return "token"


class Blocking(AuthProvider):
    def get_access_token_sync(self):
        return "token"


class Returns(AuthProvider):
    """Both methods return ``answer``, or raise it."""

    def __init__(self, answer):
        self.answer = answer

    async def get_access_token(self):
        return self.get_access_token_sync()

    def get_access_token_sync(self):
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


def unreadable(*names):
    """Make an object whose attributes ``names`` can't be read."""

    def fail(_):
        raise KeyError("hush")

    return type("Broken", (), dict.fromkeys(names, property(fail)))()


async def test_either_method_alone_serves_its_client_and_not_the_other():
    assert await fetch_token(Async()) == fetch_token_sync(Blocking()) == "token"
    with refused("Async can't sign in a SyncClient: define `def get_access"):
        fetch_token_sync(Async())
    with refused("Blocking can't sign in a Client: define `async def get_"):
        await fetch_token(Blocking())


async def test_any_object_with_the_method_is_a_provider(fetch):
    class Duck:
        get_access_token = Async.get_access_token
        get_access_token_sync = Blocking.get_access_token_sync

    assert await fetch(as_provider(Duck())) == "token"
    with refused("object can't sign in a"):
        await fetch(object())


async def test_the_asyncio_method_may_be_a_plain_function_but_not_the_other_way_round():
    class Confused(AuthProvider):
        get_access_token = Blocking.get_access_token_sync
        get_access_token_sync = Async.get_access_token

    assert await fetch_token(Confused()) == "token"
    with refused("should be a str, but is of type coroutine"):
        fetch_token_sync(Confused())


@pytest.mark.parametrize("answer", [None, "", b"hush", 7, "hush hush", "hush\r\nX: y", "hüsh"])
async def test_an_invalid_token_is_refused_and_not_repeated(fetch, answer):
    with refused(r"Returns returned as its token (is|contains|sho)"):
        await fetch(Returns(answer))


@pytest.mark.parametrize(
    ("provider", "raised"),
    [
        (Returns(ValueError("hush")), "Returns raised ValueError: call it on its own"),
        (unreadable("get_access_token", "get_access_token_sync"), "Broken raised KeyError: call"),
    ],
)
async def test_an_exception_of_the_provider_becomes_an_error_that_names_its_type(
    fetch, provider, raised
):
    with refused(raised):
        await fetch(provider)


@pytest.mark.parametrize("error", [LiminalError("mine"), KeyboardInterrupt()])
async def test_errors_of_this_package_and_interrupts_pass_unchanged(fetch, error):
    with pytest.raises(type(error)) as caught:
        await fetch(Returns(error))
    assert caught.value is error


async def test_a_cancellation_passes_unchanged():
    class Waits(AuthProvider):
        async def get_access_token(self):
            await anyio.sleep_forever()
            return ""

    with anyio.CancelScope() as scope:
        scope.cancel()
        await fetch_token(Waits())
    assert scope.cancelled_caught


async def test_a_provider_is_passed_through_and_a_credential_is_wrapped():
    class Credential:
        def get_token(self, *scopes):
            return None

    provider = Async()
    assert as_provider(provider) is provider
    assert isinstance(as_provider(Credential()), TokenCredentialProvider)


@pytest.mark.parametrize("candidate", [None, "hush", {"token": "hush"}, unreadable("get_token")])
async def test_anything_else_is_refused_and_named_by_its_type_alone(candidate):
    with refused("the class Async: pass an instance"):
        as_provider(Async)
    with refused(f"can't be of type {type(candidate).__name__}"):
        as_provider(candidate)


async def test_a_provider_is_interactive_only_if_it_says_so():
    provider = Async()
    assert not is_interactive(provider)
    assert not is_interactive(object())
    provider.interactive = True
    assert is_interactive(provider)
    with refused("Broken raised KeyError"):
        is_interactive(unreadable("interactive"))
