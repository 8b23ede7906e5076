"""A service whose answers are cut where a test wants them to be, and that knows two people."""

from collections.abc import Callable

from liminal.sandbox._redact import Vault, hydrate
from tests.faults.server import Exchange
from tests.support.streams import LINES, begin, chunk, finish, lines

ADA, BOB = "Ada Lovelace", "Bob"


def vault() -> Vault:
    """PERSON_0 and PERSON_1."""
    made = Vault()
    for person in (ADA, BOB):
        made.placeholder("person", person, "")
    return made


def turn(*contents: str, end: bytes | None = None) -> Callable[[Exchange], None]:
    """A step that streams ``contents`` and then ``end``, and hydrates what it is asked to."""
    known = vault()

    def step(exchange: Exchange) -> None:
        if exchange.request.is_stream:
            last = lines(chunk("", "stop")) if end is None else end
            begin(exchange, *(lines(chunk(one)) for one in contents), last, content_type=LINES)
            finish(exchange)
        else:
            exchange.answer(200, {"data": hydrate(exchange.request.json["text"], known)})

    return step


def asked(requests: list[object]) -> list[str]:
    """What a server was asked to hydrate."""
    bodies = [request.json for request in requests if request.path.endswith("/hydrate")]  # type: ignore[attr-defined]
    return [body["text"] for body in bodies]
