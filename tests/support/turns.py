"""A service whose answers are cut where a test wants them to be, and that knows two people."""

from collections.abc import Callable, Iterable

from liminal.sandbox._controls import RecordedRequest
from liminal.sandbox._service.redact import Vault, hydrate
from tests.faults.server import Exchange, Request
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


def asked(requests: Iterable[Request | RecordedRequest]) -> list[str]:
    """What a server, or the sandbox, was asked to hydrate."""
    return [
        (one.json if isinstance(one, Request) else one.body)["text"]
        for one in requests
        if one.path.endswith("/hydrate")
    ]
