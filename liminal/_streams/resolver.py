"""Placeholders that a table doesn't know yet: found in a text, and resolved by the service.

Earlier turns of a thread may have made placeholders that this program has never seen. They are
recognized by their form, upper-case words that end in an underscore and a number, and the service's
``hydrate`` says what they stand for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from liminal.errors import LiminalError, ResponseValidationError
from liminal.placeholders import Placeholders, StreamHydrator
from liminal_api.models import CleansedToken

from .matcher import Escape
from .names import LONGEST_NAME, is_name
from .pairs import pairs_of

if TYPE_CHECKING:
    from liminal_api.models import HydrateResponse


class _Patterns(NamedTuple):
    name: re.Pattern[str]
    unfinished: re.Pattern[str]  # may continue as a name


def _patterns(slashes: int, further: str = "") -> _Patterns:
    """``slashes`` is how many backslashes may stand before an underscore, as in Markdown."""
    first, underscore = r"(?<![A-Za-z0-9_])[A-Z]", rf"\\{{0,{slashes}}}_"
    middle = rf"(?:[A-Z0-9]|{underscore})"
    return _Patterns(
        re.compile(rf"{first}{middle}*{underscore}[0-9]+"),
        re.compile(rf"{first}{middle}{{0,{LONGEST_NAME}}}+\\{{0,{slashes}}}\Z{further}"),
    )


_PLAIN: Final = _patterns(1)
# In JSON source, a backslash is two, and an escape may be cut in the middle.
_JSON: Final = _patterns(2, r"|\\(?:u[0-9A-Fa-f]{0,3}|\\)?\Z")
# All escapes but that of a backslash that belongs to an underscore.
_JSON_ESCAPES: Final = re.compile(r"\\u[0-9A-Fa-f]{4}|\\[^u_\\]|\\\\(?!_|\Z)")


class Question(NamedTuple):
    """What to ask the service: one name on each line."""

    names: tuple[str, ...]
    absent: set[str]

    @property
    def text(self) -> str:
        return "\n".join(self.names)


class Resolver:
    """Finds the placeholders of a thread to ask the service about, each only once."""

    def __init__(self) -> None:
        self.placeholders: Placeholders = Placeholders()
        self._absent: set[str] = set()

    def new_turn(self) -> None:
        """Forget which names were unknown to the service: the thread has more placeholders now."""
        self._absent = set()  # a new set: a question under way belongs to the turn before

    def question(
        self, text: str, begin: int = 0, *, escape: Escape | None = None
    ) -> Question | None:
        """The unknown names in ``text`` from ``begin`` on; None if there are none."""
        absent, found = self._absent, dict[str, None]()
        patterns = _PLAIN if escape is None else _JSON
        for match in patterns.name.finditer(_masked(text, escape), begin):
            name = match[0].replace("\\", "")
            if name not in self.placeholders and name not in absent and is_name(name):
                found[name] = None
        return Question(tuple(found), absent) if found else None

    def settle(self, question: Question, answer: HydrateResponse) -> None:
        """Learn from an answer. LiminalError if it can't be read, or contradicts what is known."""
        self.placeholders.update(_pairs(question, answer))
        question.absent.update(name for name in question.names if name not in self.placeholders)


def _pairs(question: Question, answer: HydrateResponse) -> dict[str, str]:
    asked, done, found = "", 0, dict[str, str]()
    for item in sorted(answer.items, key=lambda one: one.start):
        found[item.entity_type] = answer.text[item.start : item.end]
        asked += answer.text[done : item.start] + item.entity_type
        done = item.end
    if asked + answer.text[done:] == question.text:
        return found
    return _pairs_by_lines(question, answer.text)


def _pairs_by_lines(question: Question, text: str) -> dict[str, str]:
    """The pairs that the line breaks imply, used if the items are missing or wrong."""
    tokens: list[CleansedToken] = []
    for name in question.names:
        start = tokens[-1].end + 1 if tokens else 0
        tokens.append(CleansedToken(start=start, end=start + len(name), entity_type=name))
    try:
        pairs = pairs_of(text, question.text, tokens, {}, ())
    except LiminalError:
        pairs = None
    if pairs is None:
        raise ResponseValidationError(
            "Could not validate response: $.data.items of a hydrated text should say where the"
            " placeholders were",
            path="$.data.items",
            operation="hydrate_prompt",
        )
    return {name: text for name, text in pairs.items() if name != text}


def _masked(text: str, escape: Escape | None) -> str:
    """The text with each JSON escape replaced by as many dots."""
    if escape is None or "\\" not in text:
        return text
    return _JSON_ESCAPES.sub(lambda found: "." * len(found[0]), text)


class ThreadHydrator:
    """Hydrates one streamed text of a thread, pausing where the service has to be asked.

    After each ``feed``, pass the answer to each ``question`` to the resolver until there is none;
    ``take`` then returns the hydrated text.
    """

    def __init__(
        self, resolver: Resolver, *, escape: Escape | None = None, lenient: bool = False
    ) -> None:
        self._resolver = resolver
        self._hydrator: StreamHydrator = resolver.placeholders.hydrator(
            escape=escape, lenient=lenient
        )
        self._escape: Escape | None = escape
        self._patterns = _PLAIN if escape is None else _JSON
        self._before = ""  # the last character before the unfinished text
        self._unfinished: str = ""
        self._ready: str = ""
        self._last = False
        self.question: Question | None = None

    def feed(self, chunk: str, *, last: bool = False) -> None:
        """Take the next chunk of the text."""
        text = self._before + self._unfinished + chunk
        masked, begin, end = _masked(text, self._escape), len(self._before), len(text)
        if not last and (unfinished := self._patterns.unfinished.search(masked, begin)):
            end = unfinished.start()
        self._ready, self._unfinished = text[begin:end], text[end:]
        self._before = masked[max(0, end - 1) : end]
        self._last = last
        self.question = self._resolver.question(text[:end], begin, escape=self._escape)

    def settle(self, answer: HydrateResponse) -> None:
        """Learn from the answer to the ``question``."""
        if self.question is not None:
            self._resolver.settle(self.question, answer)
            self.question = None

    def take(self) -> str:
        """The hydrated text that no later chunk can change."""
        text = self._hydrator.feed(self._ready)
        self._ready = ""
        return text + self._hydrator.finish() if self._last else text
