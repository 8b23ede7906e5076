"""Placeholders that only the service knows: the question, and the use of the answer."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liminal import LiminalError, ResponseValidationError
from liminal._streams.hydration import ChunkHydrator
from liminal._streams.resolver import Question, Resolver, ThreadHydrator
from liminal.endpoints.prompt.models import HydratedToken, HydrateResponse, StreamResponseChunk
from liminal.sandbox._service.redact import Vault, hydrate

from .reference import TEXTS


class Service:
    """The sandbox's ``hydrate``, which counts the questions."""

    def __init__(self) -> None:
        self.vault = Vault()
        self.asked: list[str] = []
        for kind, text in [
            ("person", "Ada"),
            ("person", "Bob\nEve"),
            ("a", "PERSON_0"),
            ("a", '"'),
        ]:
            self.vault.placeholder(kind, text, "")
        self.vault.placeholder("A_1_B", "long", "")

    def hydrate(self, text: str) -> HydrateResponse:
        self.asked += text.split("\n")
        return HydrateResponse.from_dict(hydrate(text, self.vault))


def streamed(service: Service, chunks: list[str], **mode: Any) -> list[str]:
    hydrator = ThreadHydrator(Resolver(), **mode)
    shown = []
    for chunk in [*chunks, None]:
        hydrator.feed(chunk or "", last=chunk is None)
        if hydrator.question is not None:
            hydrator.settle(service.hydrate(hydrator.question.text))
        shown.append(hydrator.take())
    return shown


UPPER = st.lists(
    st.sampled_from(["PERSON_0", "PERSON", "_", "0", "1", "A_1", "_B_0", "A", "\\", " ", "x", "é"]),
    max_size=8,
).map("".join)


@settings(max_examples=3 * settings.default.max_examples)
@given(TEXTS | UPPER, st.data())
def test_the_stream_is_what_the_service_makes_of_the_whole(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    chunks = [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]
    service = Service()
    whole = hydrate(text, service.vault)["text"]
    assert "".join(streamed(service, chunks)) == whole
    assert len(service.asked) == len(set(service.asked))
    for cut in range(len(text) + 1):
        assert "".join(streamed(Service(), [text[:cut], text[cut:]])) == whole


@settings(max_examples=2 * settings.default.max_examples)
@given(st.lists(st.sampled_from(["\n", "PERSON_0", "A_0", '"', "é", "n", "\\", " ", "A_1_B_0"])))
def test_in_json_the_stream_is_what_the_service_makes_of_the_text(parts: list[str]) -> None:
    text = "".join(parts)
    for ascii_only in (True, False):
        source = json.dumps(text, ensure_ascii=ascii_only)
        for cut in range(len(source) + 1):
            chunks = [source[:cut], source[cut:]]
            shown = "".join(streamed(Service(), chunks, escape="json"))
            # A line break in restored text does not make it be searched again.
            assert json.loads(shown) == hydrate(text, Service().vault)["text"]


@pytest.mark.parametrize(
    ("chunks", "shown"),
    [
        (["Dear ", "PERSON_0", ", hello"], ["Dear ", "", "Ada, hello", ""]),
        (["a PER", "SONAL note"], ["a ", "PERSONAL note", ""]),
        (["lower_1 case_2"], ["lower_1 case_2", ""]),
        (["a\\", "b"], ["a\\", "b", ""]),
        (["X" * 300, "Y"], ["X" * 300, "Y", ""]),
    ],
)
def test_only_what_may_become_a_placeholder_is_held_back(
    chunks: list[str], shown: list[str]
) -> None:
    assert streamed(Service(), chunks) == shown


def test_a_name_is_asked_for_once_whether_or_not_it_is_one() -> None:
    service = Service()
    streamed(service, ["UTF_8 PERSON_0 ", "PERSON_0 UTF_8 PERSON_7 ", "PERSON_7 "])
    assert service.asked == ["UTF_8", "PERSON_0", "PERSON_7"]


def test_a_new_turn_makes_it_worth_asking_again() -> None:
    resolver = Resolver()
    question = resolver.question("PERSON_0 PERSON_9")
    assert question is not None
    resolver.settle(question, Service().hydrate(question.text))
    assert resolver.question("PERSON_0 PERSON_9") is None
    resolver.new_turn()
    assert resolver.question("PERSON_0 PERSON_9") == Question(("PERSON_9",), set())


def test_names_that_are_too_long_are_not_asked_for() -> None:
    assert Resolver().question("X" * 198 + "_12 A_" + "1" * 300) is None


@pytest.mark.parametrize("items", [[], [HydratedToken(start=9, end=9, entity_type="PERSON_0")]])
def test_an_answer_without_valid_items_is_read_line_by_line(items: list[HydratedToken]) -> None:
    resolver = Resolver()
    question = Question(("PERSON_0", "UTF_8", "PERSON_1"), set())
    resolver.settle(question, HydrateResponse(text="Ada\nUTF_8\nBob", items=items))
    assert resolver.placeholders.export() == {"PERSON_0": "Ada", "PERSON_1": "Bob"}
    assert question.absent == {"UTF_8"}


@pytest.mark.parametrize("text", ["Ada\nBob\nEve", "Ada", ""])
def test_an_ambiguous_answer_is_an_error_without_its_text(text: str) -> None:
    question = Question(("PERSON_0", "PERSON_1"), set())
    with pytest.raises(ResponseValidationError) as caught:
        Resolver().settle(question, HydrateResponse(text=text, items=[]))
    assert caught.value.path == "$.data.items"
    assert caught.value.__context__ is None
    assert "Ada" not in str(caught.value)


def test_what_the_table_knows_is_not_changed_by_the_service() -> None:
    resolver = Resolver()
    resolver.placeholders.update({"A_1": "known"})
    with pytest.raises(LiminalError, match="already stands for another text"):
        resolver.settle(
            Question(("A_1_B_2",), set()),
            HydrateResponse(text="x_B_2", items=[HydratedToken(start=0, end=1, entity_type="A_1")]),
        )


def test_unchanged_chunks_are_the_same_objects() -> None:
    chunks = [StreamResponseChunk(content=text, finish_reason=None) for text in ("a", "", "b")]
    last = StreamResponseChunk(content="", finish_reason="stop")
    hydrator = ChunkHydrator(Resolver())
    assert [id(one) for one in hydrator.hydrated(iter([*chunks, last]))] == [
        *map(id, chunks),
        id(last),
    ]
    assert hydrator.is_done
