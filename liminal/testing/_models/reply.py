"""What a stand-in answers: texts, tool calls, refusals, and how a stream splits them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, cast, get_args

from liminal.errors import LiminalError
from liminal.sandbox._service.model import pieces

Finish = Literal["stop", "length", "tool_calls", "content_filter"]
Cut: TypeAlias = int | Callable[[str], Sequence[str]] | None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call of the model.

    ``arguments`` is a JSON object, or a text that is sent unchanged, even if it isn't JSON
    (Anthropic's whole answers need an object). Without an ``id``, one is generated.
    """

    name: str
    arguments: Mapping[str, Any] | str = field(default_factory=dict[str, Any])
    id: str | None = None

    def __post_init__(self) -> None:
        _require(_is_text(self.name), "A tool call's name must be a str.")
        _require(self.id is None or _is_text(self.id), "A tool call's id must be a str or None.")
        _require(
            _is_text(self.arguments) or _is_json_object(self.arguments),
            "A tool call's arguments must be what a JSON object can hold, or a str.",
        )

    @property
    def arguments_json(self) -> str:
        """The arguments as they are sent."""
        if isinstance(self.arguments, str):
            return self.arguments
        return json.dumps(dict(self.arguments), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of a model, or one of its choices.

    - ``text`` and ``tool_calls``: the text, and the tool calls after it.
    - ``thinking``: the reasoning that a model shows. The chat completions API has no field for it,
      so it is left out there.
    - ``refusal``: a refusal instead of an answer. Anthropic sends it as text, with the stop reason
      ``refusal``.
    - ``finish``: the finish reason in the terms of OpenAI's chat completions, translated for other
      APIs. None means ``"tool_calls"`` if there are any, and otherwise ``"stop"``.
    """

    text: str = ""
    tool_calls: Sequence[ToolCall] = ()
    thinking: str = ""
    refusal: str = ""
    finish: Finish | None = None

    def __post_init__(self) -> None:
        if self.finish not in (None, *get_args(Finish)):
            raise LiminalError(f"A reply's finish must be None or one of {get_args(Finish)}.")
        for name in ("text", "thinking", "refusal"):
            _require(_is_text(getattr(self, name)), f"A reply's {name} must be a str.")
        calls: object = self.tool_calls
        _require(
            isinstance(calls, list | tuple)
            and all(isinstance(call, ToolCall) for call in cast("Sequence[object]", calls)),
            "A reply's tool_calls must be a list or tuple of ToolCall.",
        )

    @property
    def finish_reason(self) -> Finish:
        """Why it ended."""
        return self.finish or ("tool_calls" if self.tool_calls else "stop")

    @property
    def words(self) -> int:
        """Its length in words, which stand for tokens."""
        parts = [self.text, self.thinking, self.refusal]
        return words(*parts, *(call.arguments_json for call in self.tool_calls))


Answered: TypeAlias = str | Reply | Sequence[str | Reply]


def as_replies(answered: object) -> tuple[Reply, ...]:
    """Return the replies in a test's answer: a text, a reply, or a list, one for each choice."""
    several = isinstance(answered, list | tuple)
    given = cast("Sequence[object]", answered) if several else (answered,)
    replies = tuple(Reply(each) if isinstance(each, str) else each for each in given)
    if not replies or not all(isinstance(reply, Reply) for reply in replies):
        raise LiminalError("A model's answer must be a str, a Reply, or a list of those.")
    return cast("tuple[Reply, ...]", replies)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_json_object(value: object) -> bool:
    try:
        json.dumps(dict(cast("Mapping[str, object]", value)))
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _require(right: bool, problem: str) -> None:  # noqa: FBT001 - a check reads as one
    if not right:
        raise LiminalError(problem)


def require_cut(cut: object) -> None:
    """Check ``cut``: a number of characters, a function, or None for words."""
    number = isinstance(cut, int) and not isinstance(cut, bool) and cut >= 1
    if not (cut is None or number or callable(cut)):
        raise LiminalError("cut must be a whole number, 1 or more, a function, or None.")


def cut_up(text: str, cut: Cut) -> Sequence[str]:
    """Return the pieces in which a stream sends a text, which join to it."""
    if not text:
        return []
    if cut is None:
        return pieces(text)
    if isinstance(cut, int):
        return [text[start : start + cut] for start in range(0, len(text), cut)]
    made = list(cut(text))
    if "".join(made) != text:
        raise LiminalError("The pieces that cut returned don't join to the text.")
    return made


def words(*texts: str) -> int:
    """How many words there are."""
    return sum(len(text.split()) for text in texts)
