"""Steps of protection, answered without a service: a few names and numbers are sensitive."""

from typing import Any, TypeVar

from liminal._streams.resolver import Resolver
from liminal.endpoints.prompt.models import HydrateResponse
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
    """Answers steps, and keeps what it was asked."""

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
