"""``Recipe``: one client for each process, without a secret in the recipe."""

import os
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from liminal import AuthError, LiminalError, SyncClient
from liminal.auth import SessionId, Token
from liminal.bulk import Recipe
from liminal.bulk._engines import process
from liminal.sandbox import Sandbox
from tests.bulk import sign_in

URL = "https://api.tenant.example"


@pytest.fixture
def recipe(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recipe]:
    monkeypatch.setenv("TEST_TOKEN", sandbox.token)
    recipe = Recipe(sandbox.url, auth=sign_in.token, headers=sign_in.headers)
    yield recipe
    recipe.close()


def test_a_process_has_one_client_and_one_session_per_recipe(
    recipe: Recipe, sandbox: Sandbox
) -> None:
    copies = [pickle.loads(pickle.dumps(recipe)) for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        clients = set(threads.map(lambda copy: copy.client(), copies))
        assert clients == {recipe.client()}
        list(threads.map(lambda copy: copy.client().prompt.analyze(1, "Ada"), copies))
    assert sandbox.logins == 1
    assert sandbox.requests[-1].headers["x-gateway-key"] == "kanarie"


def test_a_closed_client_is_replaced(recipe: Recipe) -> None:
    before = recipe.client()
    recipe.close()
    recipe.close()
    assert recipe.client() is not before
    assert recipe.client().prompt.analyze(1, "Ada")


@pytest.mark.parametrize("other", [{"deadline": 5}, {"proxy": "tests.bulk.sign_in:headers"}])
def test_different_recipes_have_different_clients(recipe: Recipe, other: Any) -> None:
    assert Recipe(URL, auth=sign_in.token) == Recipe(URL, auth="tests.bulk.sign_in:token")
    assert Recipe(URL, **other) != Recipe(URL)
    with recipe.make() as made:
        assert made is not recipe.client()


def test_a_forked_child_has_its_own_client_and_session(
    recipe: Recipe, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hook after a fork, without the fork, while another thread holds the lock."""
    monkeypatch.setattr(process, "_process", process._Process())
    with recipe.client() as parents:
        parents.prompt.analyze(1, "Ada")
        process._process.lock.acquire()
        process._process.begin()
        recipe.client().prompt.analyze(1, "Ada")
        assert sandbox.logins == 2
        recipe.close()


def test_the_environment_of_the_process_signs_in(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = Recipe(sandbox.url)
    with pytest.raises(AuthError, match="LIMINAL_TOKEN"):
        recipe.make()
    monkeypatch.setenv("LIMINAL_TOKEN", sandbox.token)
    with recipe.make() as client:
        assert client.prompt.analyze(1, "Ada")


def nested() -> Callable[[], Token]:
    return lambda: Token("kanarie")


def another() -> Token:
    return Token("kanarie")


another.__module__ = "__main__"


def token() -> Token:
    return Token("kanarie")


token.__module__ = sign_in.__name__

# Values for auth and headers that must not be pickled into a worker.
REFUSED = {
    "token": Token("kanarie"),
    "session": SessionId("kanarie"),
    "text": "kanarie",
    "url": "https://kanarie:kanarie@proxy.example",
    "no module": "kanarie:token",
    "no function": "tests.bulk.sign_in:kanarie",
    "no function at all": "tests.bulk.sign_in:os.name",
    "lambda": nested(),
    "main": another,
    "another of this name": token,
    "number": 5,
    "dict": {"X-Gateway-Key": "kanarie"},
}


@pytest.mark.parametrize("name", ["auth", "headers", "proxy", "ssl_context"])
@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED)
def test_a_secret_is_refused_and_not_shown(name: str, value: Any) -> None:
    options: Any = {name: value}
    with pytest.raises(
        LiminalError, match=f"{name} must be .*import.* not contain a secret"
    ) as caught:
        Recipe(URL, **options)
    assert "kanarie" not in repr(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "options",
    [{"timeout": -1}, {"max_retries": -1}, {"httpx_client": None}, {"token": "kanarie"}],
    ids=str,
)
def test_a_wrong_option_is_refused(options: Any) -> None:
    with pytest.raises(LiminalError):
        Recipe(URL, **options)
    with pytest.raises(LiminalError, match="api_server_url"):
        Recipe("kanarie")


def test_repr_and_pickle_contain_no_secret(recipe: Recipe) -> None:
    with SyncClient(URL):
        recipe.client()
    timed = Recipe(URL, auth="tests.bulk.sign_in:Sign.token", timeout=httpx.Timeout(5))
    assert repr(timed) == f"Recipe('{URL}', auth='tests.bulk.sign_in:Sign.token')"
    assert pickle.loads(pickle.dumps(timed)) == timed
    shown = pickle.dumps(recipe) + repr(recipe).encode()
    assert b"kanarie" not in shown
    assert os.environ["TEST_TOKEN"].encode() not in shown
