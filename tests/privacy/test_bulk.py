"""What the errors of bulk runs show: those that are returned, and those that end a run."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from liminal.auth import Token
from liminal.bulk import Cleanser, Recipe
from liminal.errors import AuthError, LiminalError
from tests.faults import steps
from tests.faults.operations import PROMPT
from tests.faults.server import FaultServer, Step, good
from tests.faults.variants import Variant

from .echoes import TOKEN, echoing, sign_in

OPTIONS: dict[str, Any] = {"auth": Token(TOKEN), "timeout": 0.2, "max_retries": 0}
PROMPTS = [PROMPT, f"{PROMPT} again"]

FAULTS: dict[str, Step] = {
    "status": steps.status(500),
    "refusal": steps.status(429, headers=[("Retry-After", "7200")]),
    "reset": steps.reset_after_headers,
    "silence": steps.silence,
    "wrong body": steps.body('{"data": {"text": "kanarie"}}'),
}


def collect(sdk: Variant, run: Callable[[], Any]) -> list[Any]:
    """The results of a bulk run, which begins where the client lives."""

    async def collected() -> list[Any]:
        return [result async for result in run()]

    found: list[Any] = sdk.run((lambda: list(run())) if sdk.name == "blocking" else collected)
    return found


@pytest.mark.parametrize("kept", [False, True], ids=["without a journal", "with a journal"])
@pytest.mark.parametrize("fault", FAULTS)
def test_the_error_of_an_item_leaks_nothing(sdk, watch, fault, kept, tmp_path):
    options = {"journal": tmp_path / "run.sqlite"} if kept else {}
    with FaultServer(echoing(FAULTS[fault]), logins=[sign_in]) as server:
        client = sdk.client(server.url, **OPTIONS)
        results = collect(sdk, lambda: client.bulk.submit(1, PROMPTS, **options))
    for result in results:
        assert isinstance(result.error, LiminalError)
        watch.error(result.error)
        watch.value(result)


def breaking() -> Iterator[str]:
    yield PROMPT
    raise ValueError


refused = echoing(steps.status(401))
ENDS: dict[str, tuple[type[Exception], Callable[[], Any], Step]] = {
    "a login that is refused": (AuthError, lambda: PROMPTS, refused),
    "an input that fails": (ValueError, breaking, sign_in),
    "one text": (LiminalError, lambda: PROMPT, sign_in),
    "an item without a digest": (LiminalError, lambda: [[PROMPT, object()]], sign_in),
}


@pytest.mark.parametrize("end", ENDS)
def test_the_error_that_ends_a_run_leaks_nothing(sdk, watch, end, tmp_path):
    kind, items, login = ENDS[end]
    options = {} if login is refused else {"journal": tmp_path / "run.sqlite"}
    with FaultServer(echoing(good), logins=[login]) as server:
        client = sdk.client(server.url, **OPTIONS)
        with pytest.raises(kind) as caught:
            collect(sdk, lambda: client.bulk.cleanse(1, items(), **options))
    watch.error(caught.value)


def test_an_error_of_a_function_leaks_nothing(sdk, watch):
    """Its message is the caller's own; the frames around it are this package's."""

    def blocking(prompt: str) -> None:
        raise ValueError(len(prompt))

    async def asynchronous(prompt: str) -> None:
        blocking(prompt)

    client = sdk.client("https://api.example")
    function = blocking if sdk.name == "blocking" else asynchronous
    for result in collect(sdk, lambda: client.bulk.map(function, PROMPTS)):
        assert isinstance(result.error, ValueError)
        watch.frames(result.error)
        watch.value(result)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_batch_leaks_nothing(watch, fault, monkeypatch):
    monkeypatch.setenv("LIMINAL_TOKEN", TOKEN)
    batch = {"letter": [*PROMPTS, 5], "note": PROMPTS}
    with FaultServer(echoing(FAULTS[fault]), logins=[sign_in]) as server:
        recipe = Recipe(server.url, timeout=0.2, max_retries=0)
        for columns in (["note"], ["letter"]):  # the number in the other one is refused
            with pytest.raises(LiminalError) as caught:
                Cleanser(recipe, 1, columns)(batch)
            watch.error(caught.value)
            with pytest.raises(LiminalError) as caught:
                next(Cleanser(recipe, 1, columns).frames([batch]))
            watch.error(caught.value)
        found = Cleanser(recipe, 1, ["note"], errors="problem")(batch)
        watch.look("problems", str(found["problem"]))
        watch.value(recipe)
        recipe.close()


@pytest.mark.parametrize("name", ["auth", "headers"])
def test_a_refused_recipe_leaks_nothing(watch, name):
    secret: Any = {name: "kanarie-token"}
    with pytest.raises(LiminalError) as caught:
        Recipe("https://api.example", **secret)
    watch.error(caught.value)
