"""``Cleanser``: batches of every kind in, batches of the same kind out."""

import pickle
import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from liminal import AuthError, LiminalError, RateLimitError
from liminal.bulk import Cleanser, Recipe
from liminal.bulk._engines.batches import is_null
from liminal.bulk._engines.process import shared
from liminal.sandbox import Sandbox
from tests.bulk import sign_in

LOGIN = "/api/v1/auth/test-automation/login"
CLEANSE = "/api/v1/prompts/cleanse"
LETTERS = ["Write to Ada Lovelace", None, "", "Nothing to hide", "Call Alan Turing"]
CLEANSED = ["Write to PERSON_0", None, "", "Nothing to hide", "Call PERSON_0"]
ROWS = {"id": [1, 2, 3, 4, 5], "letter": LETTERS, "note": [None] * 5}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEST_TOKEN", sandbox.token)
        yield sandbox


class Sent:
    """The requests of one test to a shared sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._before = len(sandbox.requests)

    def paths(self) -> list[str]:
        return [request.path for request in self._sandbox.requests[self._before :]]

    def texts(self) -> list[str]:
        requests = self._sandbox.requests[self._before :]
        return [request.body["text"] for request in requests if request.path == CLEANSE]


@pytest.fixture
def sent(sandbox: Sandbox) -> Sent:
    return Sent(sandbox)


@pytest.fixture
def recipe(sandbox: Sandbox) -> Iterator[Recipe]:
    recipe = Recipe(sandbox.url, auth=sign_in.token, max_retries=0)
    yield recipe
    recipe.close()


def large(batch: pa.Table) -> pa.Table:
    position = batch.schema.get_field_index("letter")
    return batch.set_column(position, "letter", batch.column("letter").cast("large_string"))


def encoded(batch: pa.Table) -> pa.Table:
    position = batch.schema.get_field_index("letter")
    return batch.set_column(position, "letter", batch.column("letter").dictionary_encode())


BATCHES: dict[str, Callable[[], Any]] = {
    "lists": lambda: ROWS,
    "tuples": lambda: {name: tuple(values) for name, values in ROWS.items()},
    "table": lambda: pa.table(ROWS),
    "record batch": lambda: pa.RecordBatch.from_pydict(ROWS),
    "large strings": lambda: large(pa.table(ROWS)),
    "dictionary": lambda: encoded(pa.table(ROWS)),
}


def rows(batch: Any) -> dict[str, list[Any]]:
    columns = batch if isinstance(batch, dict) else batch.to_pydict()
    return {name: list(values) for name, values in columns.items()}


@pytest.mark.parametrize("kind", BATCHES)
def test_a_result_has_the_type_of_its_batch(recipe: Recipe, sent: Sent, kind: str) -> None:
    batch = BATCHES[kind]()
    cleanser = Cleanser(recipe, "sandbox-model", columns=["letter", "note"])
    found = pickle.loads(pickle.dumps(cleanser))(batch)
    assert type(found) is type(batch)
    assert rows(found) == {**ROWS, "letter": CLEANSED}
    assert rows(batch) == ROWS
    assert sorted(sent.texts()) == sorted(text for text in LETTERS if text)
    if kind == "large strings":
        assert found.schema == batch.schema


class Series(list[Any]):
    """What is used of a numpy array and of a pandas Series. ./scripts/engines has the real ones."""

    def __init__(self, values: list[Any], index: object = None, dtype: object = "object") -> None:
        super().__init__(values)
        self.index, self.dtype = index, dtype

    def tolist(self) -> list[Any]:
        return list(self)


class DataFrame:
    """What is used of a pandas DataFrame."""

    index = ("a", "b", "c", "d", "e")

    def __init__(self, columns: dict[str, Series]) -> None:
        self.columns = columns

    def __getitem__(self, name: str) -> Series:
        return self.columns[name]

    def assign(self, **columns: Series) -> "DataFrame":
        return DataFrame({**self.columns, **columns})


DataFrame.__module__ = "pandas"


def test_numpy_arrays_stay_arrays(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    numpy = SimpleNamespace(array=lambda values, dtype: Series(values, dtype=dtype))
    monkeypatch.setitem(sys.modules, "numpy", numpy)
    batch = {"id": Series(ROWS["id"]), "letter": Series(LETTERS)}
    found = Cleanser(recipe, 1, ["letter"], errors="error")(batch)
    assert found == {"id": ROWS["id"], "letter": CLEANSED, "error": [None] * 5}
    assert {type(column) for column in found.values()} == {Series}


@pytest.mark.parametrize(("kind", "kept"), [("str", "str"), ("category", "string")])
def test_a_frame_keeps_its_index_and_its_text_type(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch, kind: str, kept: str
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", SimpleNamespace(Series=Series))
    batch = DataFrame({"letter": Series(LETTERS, DataFrame.index, kind)})
    found = Cleanser(recipe, 1, ["letter"], errors="error")(batch)
    assert found.columns == {"letter": CLEANSED, "error": [None] * 5}
    assert [column.dtype for column in found.columns.values()] == [kept, "string"]
    assert [column.index for column in found.columns.values()] == [DataFrame.index] * 2
    assert batch.columns == {"letter": LETTERS}


def test_frames_are_cleansed_one_by_one(recipe: Recipe, sent: Sent) -> None:
    frames = Cleanser(recipe, 1, ["letter"]).frames(iter([ROWS, {"letter": ["Ada Lovelace"]}]))
    assert next(frames)["letter"] == CLEANSED
    assert len(sent.texts()) == 3
    assert next(frames) == {"letter": ["PERSON_0"]}


def test_all_batches_of_a_process_share_a_session_and_a_rate(
    recipe: Recipe, sandbox: Sandbox, sent: Sent
) -> None:
    cleanser = Cleanser(recipe, 1, ["letter"], concurrency=9, workers=2)
    cleanser(ROWS)
    sandbox.fail_next(429, path=CLEANSE, headers={"Retry-After": "0"})
    pickle.loads(pickle.dumps(cleanser))(ROWS)
    assert shared(recipe).gate(4).rate.limit < 4
    assert shared(recipe).gate(4).rate.in_flight == 0
    assert sent.paths().count(LOGIN) == 1


def test_each_worker_makes_at_least_one_call_at_once(recipe: Recipe) -> None:
    cleanser = Cleanser(recipe, 1, ["letter"], concurrency=2, workers=5)
    assert cleanser(ROWS)["letter"] == CLEANSED
    assert shared(recipe).gate(1).rate.limit == 1


def test_a_batch_without_text_needs_no_client() -> None:
    nobody = Cleanser(Recipe("https://api.tenant.example"), 1, ["note"], errors="error")
    assert nobody(ROWS) == {**ROWS, "error": [None] * 5}
    assert nobody({"note": []}) == {"note": [], "error": []}


def fail_one(sandbox: Sandbox) -> None:
    """Refuse the first text that is sent, without a retry."""
    sandbox.fail_next(429, path=CLEANSE, headers={"Retry-After": "7200"})


def one_at_a_time(recipe: Recipe, errors: str) -> Cleanser:
    return Cleanser(recipe, 1, ["letter", "note"], concurrency=1, errors=errors)


def test_a_text_that_fails_is_raised(recipe: Recipe, sandbox: Sandbox) -> None:
    fail_one(sandbox)
    with pytest.raises(RateLimitError):
        one_at_a_time(recipe, "raise")(ROWS)


def test_a_text_that_fails_is_null(recipe: Recipe, sandbox: Sandbox) -> None:
    fail_one(sandbox)
    found = one_at_a_time(recipe, "null")(ROWS)
    assert found == {**ROWS, "letter": [None, *CLEANSED[1:]]}


@pytest.mark.parametrize("kind", BATCHES)
def test_a_text_that_fails_has_its_error_in_a_column(
    recipe: Recipe, sandbox: Sandbox, kind: str
) -> None:
    fail_one(sandbox)
    found = rows(one_at_a_time(recipe, "error")(BATCHES[kind]()))
    assert found["letter"] == [None, *CLEANSED[1:]]
    assert found["error"][0].startswith("letter: RateLimitError: ")
    assert found["error"][1:] == [None] * 4


def test_the_errors_of_a_row_are_joined(recipe: Recipe, sandbox: Sandbox) -> None:
    sandbox.fail_next(429, path=CLEANSE, headers={"Retry-After": "7200"}, times=2)
    found = one_at_a_time(recipe, "error")({"letter": ["Ada"], "note": ["Ada"]})
    assert found["letter"] == found["note"] == [None]
    letter, note = found["error"][0].split("\n")
    assert letter.removeprefix("letter") == note.removeprefix("note")


def test_a_refused_sign_in_is_always_raised(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_TOKEN", "another")
    recipe = Recipe(sandbox.url, auth=sign_in.token, deadline=10)
    with pytest.raises(AuthError):
        Cleanser(recipe, 1, ["letter"], errors="null")(ROWS)
    recipe.close()


WRONG: dict[str, tuple[dict[str, Any], Any]] = {
    "must be a Recipe": ({"recipe": "kanarie"}, ROWS),
    "model_instance": ({"model_instance": -1}, ROWS),
    "a list of names": ({"columns": "letter"}, ROWS),
    "must be a str, not int": ({"columns": [1]}, ROWS),
    "at least one column": ({"columns": []}, ROWS),
    "concurrency": ({"concurrency": 0}, ROWS),
    "workers": ({"workers": 0}, ROWS),
    "thread_id": ({"thread_id": "1"}, ROWS),
    "errors must be a str": ({"errors": None}, ROWS),
    "the name of another column": ({"errors": "letter"}, ROWS),
    "choose another errors=": ({"errors": "id"}, ROWS),
    "one column 'text'": ({"columns": ["text"]}, ROWS),
    "'id' must contain texts, not int": ({"columns": ["id"]}, ROWS),
    "not of type list": ({}, ["kanarie"]),
    "not of type Schema": ({}, pa.schema([])),
}


@pytest.mark.parametrize("message", WRONG)
def test_an_error_names_the_wrong_option(message: str) -> None:
    options, batch = WRONG[message]
    recipe = Recipe("https://api.tenant.example")
    given = {"recipe": recipe, "model_instance": 1, "columns": ["letter"], **options}
    with pytest.raises(LiminalError, match=message) as caught:
        Cleanser(**given)(batch)
    assert "kanarie" not in str(caught.value)


@pytest.mark.parametrize("name", ["NAType", "NaTType"])
def test_the_nulls_of_pandas_are_nulls(name: str) -> None:
    assert is_null(type(name, (), {})())
    assert is_null(float("nan"))
    assert not is_null(0.0)


def test_the_repr_shows_what_is_cleansed(recipe: Recipe) -> None:
    assert repr(Cleanser(recipe, 1, ["letter"])) == f"Cleanser({recipe!r}, columns=['letter'])"


def test_a_column_may_be_named_like_an_error_option(recipe: Recipe) -> None:
    batch = {"raise": ["Ada Lovelace"], "null": ["Ada Lovelace"]}
    for errors in batch:
        found = Cleanser(recipe, 1, ["raise"], errors=errors)(batch)
        assert found == {"raise": ["PERSON_0"], "null": ["Ada Lovelace"]}
