"""Looks for canaries wherever a program could see, log or send what was meant for nobody."""

import contextlib
import logging
import pickle
import traceback
import warnings
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path

from liminal.errors import LiminalError

# Every secret of these tests has one of these words in it.
CANARIES = ("kanarie", "lovelace")

TESTS = str(Path(__file__).parents[1])

# Those of them that let their holder in: an answer may be pickled, with what it is about.
KEYS = ("kanarie-token", "kanarie-session", "kanarie-rolled", "kanarie-given", "kanarie-proxy")


def found_in(text: str | bytes) -> list[str]:
    """The canaries in a text, in whatever case."""
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    return [canary for canary in CANARIES if canary in text.lower()]


class Watch:
    """Collects what is logged and warned of; ``check`` looks at the rest."""

    def __init__(self) -> None:
        self.leaks: list[str] = []
        self.seen = 0

    def look(self, where: str, text: str | bytes) -> None:
        self.seen += 1
        for canary in found_in(text):
            self.leaks.append(f"{where}: {canary} in {text[:200]!r}")

    def record(self, record: logging.LogRecord) -> None:
        where = f"log of {record.name}"
        self.look(where, logging.Formatter("%(message)s %(name)s %(stack_info)s").format(record))
        self.look(where, f"{record.msg!r} {record.args!r}")
        # What a handler of JSON lines would send.
        self.look(where, repr(vars(record)))

    def value(self, value: object) -> None:
        """What an answer, a client or a stream shows of itself, and what its pickle opens."""
        self.look(f"repr of {type(value).__name__}", f"{value!r} {value} {[value]!r}")
        with contextlib.suppress(LiminalError):  # what belongs to a client can't be pickled
            pickled = pickle.dumps(value).decode("latin-1")
            keys = " ".join(key for key in KEYS if key in pickled)
            self.look(f"pickle of {type(value).__name__}", keys)

    def error(self, error: BaseException) -> None:
        """What an error shows of itself, and all that hangs on it."""
        self.look("traceback", "".join(traceback.format_exception(error)))
        for link in _chain(error):
            where = type(link).__name__
            self.look(where, f"{link!s} {link!r} {link.args!r}")
            private = getattr(type(link), "_private", frozenset())
            shown = {name: v for name, v in vars(link).items() if name not in private}
            self.look(f"fields of {where}", repr(shown))
            self.frames(link)
        self.look("pickle", pickle.dumps(error))

    def frames(self, error: BaseException) -> None:
        """What an error tracker sends of our frames, and of those beneath: not of the tests'."""
        for where, shown in variables(error):
            self.look(where, shown)


def variables(error: BaseException) -> Iterator[tuple[str, str | bytes]]:
    """The local variables in an error's traceback, but those of the tests' own frames."""
    for frame, line in traceback.walk_tb(error.__traceback__):
        code = frame.f_code
        if not code.co_filename.startswith(TESTS):
            for name, value in frame.f_locals.items():
                where = f"{name} in {code.co_qualname}, {code.co_filename}:{line}"
                yield from ((where, shown) for shown in _shown(value))


def _shown(value: object, depth: int = 2) -> Iterator[str | bytes]:
    """What a tracker shows of a value: itself, and what is in containers, two levels deep."""
    if isinstance(value, str | bytes):
        yield value
    elif isinstance(value, bytearray | memoryview):
        yield bytes(value)
    elif isinstance(value, Mapping):
        yield from (part for item in value.items() for part in _shown(item, depth))
    elif isinstance(value, list | tuple | set | frozenset | deque):
        yield from (part for item in value if depth for part in _shown(item, depth - 1))
    else:
        yield repr(value)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, its causes and contexts, and those of the parts of a group."""
    if error is None:
        return
    yield error
    yield from _chain(error.__cause__)
    yield from _chain(error.__context__)
    for part in getattr(error, "exceptions", ()):
        yield from _chain(part)


class _Handler(logging.Handler):
    def __init__(self, watch: Watch) -> None:
        super().__init__(logging.DEBUG)
        self._watch = watch

    def emit(self, record: logging.LogRecord) -> None:
        self._watch.record(record)


@contextlib.contextmanager
def watching() -> Iterator[Watch]:
    """All loggers at DEBUG, and a handler that looks at every record; every warning shown."""
    watch = Watch()
    handler = _Handler(watch)
    names = ["", "liminal", "httpx", "httpcore", "asyncio", "urllib3", "msal"]
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.level for logger in loggers]
    loggers[0].addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            yield watch
        for warning in warned:
            watch.look("warning", f"{warning.message!r} {warning.message}")
    finally:
        loggers[0].removeHandler(handler)
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
    assert not watch.leaks, "\n".join(watch.leaks[:20])
