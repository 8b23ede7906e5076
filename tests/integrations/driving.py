"""Steps of protection, answered without a service: a few names and numbers are sensitive."""

import json
from itertools import pairwise
from typing import Any, TypeVar

from liminal._streams.resolver import Resolver
from liminal.endpoints.prompt.models import HydrateResponse
from liminal.integrations._protection.events.stream import EventHydrator
from liminal.integrations._protection.incoming import Incoming
from liminal.integrations._protection.memory import Memory
from liminal.integrations._protection.steps import Cleanse, Steps
from liminal.sandbox._service.redact import Vault, hydrate

T = TypeVar("T")

ADA, QUOTED = "Ada Lovelace", 'Bob "B" \\ Zoë\n'
NAMES = {"PERSON_0": ADA, "PERSON_1": QUOTED}
MAIL, PHONE, WEI = "ada@example.com", 4155551234, "王伟"
CLEANSED = {
    ADA: "PERSON_0",
    QUOTED: "PERSON_1",
    MAIL: "EMAIL_ADDRESS_0",
    str(PHONE): "PHONE_NUMBER_0",
    WEI: "PERSON_2",
}


class Service:
    """Answers steps, and records them."""

    def __init__(self) -> None:
        self.cleansed: list[str] = []
        self.asked: list[str] = []
        self._vault = Vault()
        for name in NAMES.values():
            self._vault.placeholder("person", name, "")

    def run(self, steps: Steps[T]) -> T:
        answer: object = None
        while True:
            try:
                step = steps.send(answer)
            except StopIteration as done:
                value: T = done.value
                return value
            if isinstance(step, Cleanse):
                self.cleansed.append(step.text)
                answer = step.text
                for text, placeholder in CLEANSED.items():
                    answer = answer.replace(text, placeholder)
            else:
                self.asked.append(step.text)
                answer = HydrateResponse.from_dict(hydrate(step.text, self._vault))


def incoming(**options: Any) -> Incoming:
    return Incoming(Resolver(), Memory(), **{"is_json": False} | options)


Cuts = list[int]


def sse(*events: Any, named: bool = False) -> bytes:
    parts = [
        (f"event: {event['type']}\n" if named else "") + f"data: {json.dumps(event)}\n\n"
        for event in events
    ]
    return "".join(parts).encode()


def through(hydrator: EventHydrator, data: bytes, cuts: Cuts = ()) -> list[Any]:  # type: ignore[assignment]
    """Return the hydrated events of ``data``, which is split at these places."""
    service, out = Service(), b""
    places = sorted({min(one, len(data)) for one in cuts} | {0, len(data)})
    for start, end in pairwise(places):
        out += service.run(hydrator.feed(data[start:end]))
    out += service.run(hydrator.finish())
    lines = out.decode().splitlines()
    return [json.loads(line[6:]) for line in lines if line.startswith("data: {")]


def chat(delta: Any, reason: str | None = None, index: int = 0) -> Any:
    return {"id": "c", "choices": [{"index": index, "delta": delta, "finish_reason": reason}]}
