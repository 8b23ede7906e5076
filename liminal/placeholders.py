"""What placeholders stand for, and how to restore it in any text, whole or streamed.

A cleansed text has placeholders such as ``PERSON_0`` in place of what is sensitive. A
``Placeholders`` table learns what they stand for and restores it in the answer of any model.
Nothing here uses the network.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn, Self

from ._calls.arguments.checks import as_findings, check_chunks, check_text
from ._calls.discreet import discreet
from ._streams.matcher import Escape, Matcher
from ._streams.names import LONGEST_NAME, Names, is_name
from ._streams.pairs import pairs_of
from .errors import LiminalError

if TYPE_CHECKING:
    from liminal_api.models import AnalysisFinding, AnalyzeResponse, CleanseResponse

__all__ = ["Placeholders", "StreamHydrator", "ahydrate_stream", "hydrate_stream"]


class Placeholders:
    r"""What the placeholders of one thread stand for. A table grows and never forgets.

    A placeholder is replaced if it has no ASCII letter, digit or underscore directly before it and
    no digit directly after it. The longest known placeholder wins. ``PERSON_1`` is therefore not
    found within ``PERSON_12`` or ``XPERSON_1``, but is found in ``PERSON_1s``. Markdown's
    ``PERSON\_1`` is recognized too. Restored text is never searched again.

        >>> table = Placeholders()
        >>> table.update({"PERSON_0": "Ada"})
        >>> table.hydrate("Dear PERSON_0,")
        'Dear Ada,'

    A table can be shared between threads. Since it holds secrets, ``repr()`` shows only its size
    and pickling is refused; use ``export()`` and ``load()`` to store one deliberately.
    """

    def __init__(self) -> None:
        self._names = Names()
        self._plain = Matcher(self._names)

    @classmethod
    @discreet
    def load(cls, pairs: Mapping[str, str]) -> Self:
        """Create a table from the result of ``export()``."""
        table = cls()
        table.update(pairs)
        return table

    def export(self) -> dict[str, str]:
        """Return the placeholders and the sensitive text that they stand for, as a new dict."""
        return dict(self._names.texts)

    @discreet
    def update(self, pairs: Mapping[str, str]) -> None:
        """Add placeholders and the texts that they stand for.

        A placeholder starts with an ASCII letter, continues with ASCII letters, digits and
        underscores, and ends with a digit. Raises LiminalError for any other name, and for a
        placeholder that already stands for another text. In both cases nothing is added.
        """
        if not isinstance(pairs, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise LiminalError(f"pairs must be a mapping, not of type {_kind(pairs)}")
        for name, text in pairs.items():
            if not is_name(name):
                raise LiminalError(
                    "a placeholder must consist of ASCII letters, digits and underscores, start"
                    " with a letter and end with a digit, such as PERSON_0, and have at most"
                    f" {LONGEST_NAME} characters"
                )
            check_text("what a placeholder stands for", text)
            if self._names.texts.get(name, text) != text:
                raise LiminalError(f"{name} already stands for another text")
        for name, text in pairs.items():
            if not self._names.add(name, text):  # another thread added it first
                raise LiminalError(f"{name} already stands for another text")

    @discreet
    def learn(
        self,
        prompt: str,
        cleansed: CleanseResponse,
        *,
        findings: AnalyzeResponse | Sequence[AnalysisFinding] | None = None,
    ) -> None:
        """Add the placeholders of ``cleansed``, which is what ``prompt`` was cleansed to.

        The text between the placeholders must be the prompt's own. Raises LiminalError if it isn't,
        and if there is more than one possible reading, such as ``PERSON_0 PERSON_1`` for a prompt
        of three words. Pass ``findings``, the result of ``analyze`` for this prompt, to settle it.

            cleansed = await client.prompt.cleanse(instance.id, prompt, thread_id=thread.id)
            table.learn(prompt, cleansed)
        """
        check_text("prompt", prompt)
        if not isinstance(getattr(cleansed, "text", None), str):
            kind = _kind(cleansed)
            raise LiminalError(f"cleansed must be the answer of cleanse, not of type {kind}")
        listed = () if findings is None else as_findings(findings)
        spans = [(finding.start, finding.end) for finding in listed]
        known = self._names.texts
        self.update(pairs_of(prompt, cleansed.text, cleansed.items, known, spans))

    @discreet
    def hydrate(self, text: str, *, escape: Escape | None = None, lenient: bool = False) -> str:
        """Replace the known placeholders in ``text``; leave unknown ones as they are.

        ``escape="json"`` is for JSON source, such as the arguments of a tool call: restored text is
        escaped for a JSON string, and ``text`` is read as JSON (the ``n`` of an escaped line break
        is no letter before a placeholder).

        ``lenient`` also accepts how models rewrite placeholders: in other case, with a space, a
        hyphen or nothing in place of an underscore, and within one or two pairs of square, angle or
        curly brackets, which are removed. A form that fits two known placeholders stays as it is.
        """
        check_text("text", text)
        return self._matcher(escape, lenient).hydrate(text, 0, more=False)[0]

    @discreet
    def hydrator(self, *, escape: Escape | None = None, lenient: bool = False) -> StreamHydrator:
        """Create a hydrator for one streamed text. The arguments are those of ``hydrate``."""
        return StreamHydrator(self._matcher(escape, lenient))

    def _matcher(self, escape: Escape | None, lenient: bool) -> Matcher:  # noqa: FBT001 - as given
        if escape is None and not lenient:
            return self._plain
        if escape not in (None, "json"):
            raise LiminalError('escape must be "json" or None')
        return Matcher(self._names, escape=escape, lenient=lenient)

    def __len__(self) -> int:
        return len(self._names.texts)

    def __contains__(self, name: object) -> bool:
        return name in self._names.texts

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self)} known>"

    def __reduce__(self) -> NoReturn:
        raise LiminalError(
            f"a {type(self).__name__} can't be pickled or copied, since it holds secrets: use"
            " export() and load() to move one deliberately"
        )


class StreamHydrator:
    """Hydrates one text that arrives in chunks. ``Placeholders.hydrator()`` creates it.

    What ``feed`` and ``finish`` return adds up to the ``Placeholders.hydrate`` of the whole text,
    however it was split into chunks. Only the end of a chunk that can still become a known
    placeholder is held back until the next chunk.

        >>> hydrator = Placeholders.load({"PERSON_0": "Ada"}).hydrator()
        >>> hydrator.feed("Dear PER"), hydrator.feed("SON_0"), hydrator.feed("!"), hydrator.finish()
        ('Dear ', '', 'Ada!', '')

    Use one hydrator per stream, and feed it from one task or thread at a time.
    """

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._tail = ""  # decided together with the next chunk
        self._begin = 0  # how much of it has been returned already
        self._finished = False

    def feed(self, chunk: str) -> str:
        """Return the text that is certain by now; it is empty if everything is held back."""
        if self._finished:
            del chunk  # so that it isn't in the traceback's locals
            raise LiminalError("this StreamHydrator is finished: create another one")
        if not isinstance(chunk, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            kind = _kind(chunk)
            del chunk
            raise LiminalError(f"a chunk must be a str, not of type {kind}")
        text = self._tail + chunk
        hydrated, held, context = self._matcher.hydrate(text, self._begin, more=True)
        self._tail, self._begin = text[context:], held - context
        return hydrated

    def finish(self) -> str:
        """Return what was held back. After this, ``feed`` raises LiminalError."""
        hydrated = self._matcher.hydrate(self._tail, self._begin, more=False)[0]
        self._tail, self._begin, self._finished = "", 0, True
        return hydrated

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {'finished' if self._finished else 'open'}>"

    def __reduce__(self) -> NoReturn:
        raise LiminalError(
            f"a {type(self).__name__} can't be pickled or copied, since it is part of one stream"
        )


@discreet
def hydrate_stream(
    chunks: Iterable[str],
    placeholders: Placeholders,
    *,
    escape: Escape | None = None,
    lenient: bool = False,
) -> Iterator[str]:
    """Hydrate a streamed text: yield each piece as soon as it is certain, unless it is empty.

    ``escape`` and ``lenient`` are those of ``Placeholders.hydrate``. If ``chunks`` raises, what was
    held back is dropped, so that half a placeholder is never shown. Arguments of a wrong type raise
    LiminalError at once.

        for text in hydrate_stream(model.stream(cleansed.text), table):
            print(text, end="")
    """
    hydrator = _hydrator(placeholders, escape, lenient)
    check_chunks(chunks, Iterable)
    return _pieces(chunks, hydrator)


def _pieces(chunks: Iterable[str], hydrator: StreamHydrator) -> Iterator[str]:
    for chunk in chunks:
        if text := hydrator.feed(chunk):
            yield text
    if text := hydrator.finish():
        yield text


@discreet
def ahydrate_stream(
    chunks: AsyncIterable[str],
    placeholders: Placeholders,
    *,
    escape: Escape | None = None,
    lenient: bool = False,
) -> AsyncIterator[str]:
    """Hydrate a streamed text like ``hydrate_stream``, for ``async for``.

    The iterator may be dropped halfway. It ends with the first error, also of ``chunks``.

        async for text in ahydrate_stream(model.stream(cleansed.text), table):
            print(text, end="")
    """
    hydrator = _hydrator(placeholders, escape, lenient)
    check_chunks(chunks, AsyncIterable)
    return _AsyncPieces(aiter(chunks), hydrator)


def _hydrator(placeholders: object, escape: Escape | None, lenient: bool) -> StreamHydrator:  # noqa: FBT001 - as given
    if not isinstance(placeholders, Placeholders):
        kind = _kind(placeholders)
        raise LiminalError(f"placeholders must be a Placeholders table, not of type {kind}")
    return placeholders.hydrator(escape=escape, lenient=lenient)


def _kind(value: object) -> str:
    return type(value).__name__


class _AsyncPieces:
    """An iterator that may be dropped: trio warns of async generators that aren't closed."""

    def __init__(self, chunks: AsyncIterator[str], hydrator: StreamHydrator) -> None:
        self._chunks = chunks
        self._hydrator = hydrator
        self._ended = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        while not self._ended:
            try:
                text = self._hydrator.feed(await anext(self._chunks))
            except StopAsyncIteration:
                self._ended = True
                text = self._hydrator.finish()
            except BaseException:
                self._ended = True
                raise
            if text:
                return text
        raise StopAsyncIteration
