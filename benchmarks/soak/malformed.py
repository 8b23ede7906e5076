"""Tries malformed answers, streams, headers and arguments. Only LiminalErrors may be raised.

Input ``n`` of a seed is the same each time, and in both variants.
"""

import random
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from benchmarks.soak import mutants
from benchmarks.soak.figures import VARIANTS, Figure, Found, Progress
from liminal import Client, SyncClient
from liminal.auth import SessionId, Token
from liminal.errors import LiminalError
from tests.faults.operations import ONCE, OPERATIONS, REPEATABLE
from tests.faults.server import Exchange, FaultServer, Step, good, log_in
from tests.faults.variants import Variant, variant

_A_SERVER = 1000  # inputs: it keeps its threads and requests until it ends
_OPTIONS: Mapping[str, Any] = MappingProxyType({"max_retries": 0, "timeout": 5.0, "deadline": 9.0})
_LIMITS = ("timeout", "deadline", "max_retries", "max_body_bytes", "max_event_bytes")


def measure(inputs: int, seed: int) -> Found:
    """Try ``count`` inputs in each variant."""
    foreign = {name: list(_foreign(name, inputs, seed)) for name in VARIANTS}
    seen = {name: len(of) for name, of in foreign.items()}
    tried = Figure("malformed inputs tried", dict.fromkeys(VARIANTS, inputs))
    problems = [f"{name}: {what}" for name, of in foreign.items() for what in of[:10]]
    return Found([tried, Figure("foreign exceptions seen", seen, "0")], problems)


def _foreign(name: str, inputs: int, seed: int) -> Iterator[str]:
    """Return each exception that is not ours, with its input."""
    progress = Progress(f"malformed, {name}", inputs, "inputs")
    for first in range(0, inputs, _A_SERVER):
        with variant(name) as sdk, _ScriptedServer() as server:
            for number in range(first, min(first + _A_SERVER, inputs)):
                progress(number)
                dice = random.Random(f"{seed} {number}")  # noqa: S311 - must be reproducible
                kind = dice.choices(list(_KINDS), list(_KINDS.values()))[0]
                try:
                    kind(sdk, server, dice)
                except LiminalError:
                    continue
                except Exception as error:  # noqa: BLE001 - this is what the test looks for
                    yield f"{type(error).__name__} by {kind.__name__}, input {number}"


class _ScriptedServer(FaultServer):
    """A server that sends given bytes."""

    def __init__(self) -> None:
        super().__init__(self._answer, logins=[self._log_in])
        self.says()

    def says(self, *, answer: Step = good, login: Step = log_in) -> None:
        """Set the bytes to send."""
        self._steps = answer, login

    def _answer(self, exchange: Exchange) -> None:
        self._steps[0](exchange)

    def _log_in(self, exchange: Exchange) -> None:
        self._steps[1](exchange)


@contextmanager
def _client(sdk: Variant, url: Any, **options: Any) -> Generator[Any]:
    """A client of the variant, which is closed at the end."""
    kind = SyncClient if sdk.name == "blocking" else Client
    given: dict[str, Any] = {"auth": SessionId("a-session"), **_OPTIONS, **options}
    client: Any = sdk.run(lambda: kind(url, **given))
    try:
        yield client
    finally:
        sdk.run(client.close)


def _call(sdk: Variant, server: _ScriptedServer, operation: str, **options: Any) -> None:
    with _client(sdk, server.url, **options) as client:
        sdk.run(OPERATIONS[operation](client))


def _body(sdk: Variant, server: _ScriptedServer, dice: random.Random) -> None:
    def answer(exchange: Exchange) -> None:
        request = exchange.request
        exchange.answer(200, mutants.body(request.method, request.path, dice))

    server.says(answer=answer)
    _call(sdk, server, dice.choice([*REPEATABLE, *ONCE]))


def _stream(sdk: Variant, server: _ScriptedServer, dice: random.Random) -> None:
    kind, content = mutants.stream(dice)
    server.says(answer=lambda exchange: exchange.answer(200, content, [("Content-Type", kind)]))
    _call(sdk, server, "stream", max_event_bytes=200)


def _broken(dice: random.Random) -> Step:
    """An answer that is delimited by the end of the connection."""

    def step(exchange: Exchange) -> None:
        exchange.send(mutants.head(dice, exchange.whole()))
        exchange.close()

    return step


def _head(sdk: Variant, server: _ScriptedServer, dice: random.Random) -> None:
    server.says(answer=_broken(dice))
    _call(sdk, server, dice.choice(list(OPERATIONS)))


def _login(sdk: Variant, server: _ScriptedServer, dice: random.Random) -> None:
    server.says(login=_broken(dice))
    _call(sdk, server, "list_threads", auth=Token("a-token"))


def _option(sdk: Variant, server: _ScriptedServer, dice: random.Random) -> None:
    server.says()
    name = dice.choice(["auth", "httpx_client", *_LIMITS])
    _call(sdk, server, dice.choice(list(OPERATIONS)), **{name: mutants.argument(dice)})


def _secret(sdk: Variant, server: _ScriptedServer, dice: random.Random) -> None:
    server.says()
    secret = dice.choice([Token, SessionId])(mutants.argument(dice))
    _call(sdk, server, "list_threads", auth=secret)


def _address(sdk: Variant, _: _ScriptedServer, dice: random.Random) -> None:
    """Nothing is sent to this server."""
    with _client(sdk, mutants.argument(dice)):
        pass


_METHODS: Mapping[str, Callable[[Any, Any, Any, Any, Any], Any]] = MappingProxyType(
    {
        "get_model_instance": lambda client, a, b, c, d: client.llm.get_model_instance(a),
        "get_by_id": lambda client, a, b, c, d: client.thread.get_by_id(a),
        "create": lambda client, a, b, c, d: client.thread.create(a, b),
        "analyze": lambda client, a, b, c, d: client.prompt.analyze(a, b),
        "cleanse": lambda client, a, b, c, d: client.prompt.cleanse(a, b, findings=c, thread_id=d),
        "submit": lambda client, a, b, c, d: client.prompt.submit(a, b, findings=c, thread_id=d),
        "stream": (
            lambda client, a, b, c, d: client.prompt.stream(a, b, findings=c, thread_id=d).text()
        ),
        "hydrate": lambda client, a, b, c, d: client.prompt.hydrate(a, b, thread_id=d),
        "on_session_change": lambda client, a, b, c, d: client.on_session_change(a),
        "on_call": lambda client, a, b, c, d: client.on_call(a),
    }
)


def _arguments(sdk: Variant, server: _ScriptedServer, dice: random.Random) -> None:
    server.says()
    method = _METHODS[dice.choice(list(_METHODS))]
    given: list[Any] = [1, "Write to Ada Lovelace", None, None]
    for place in dice.sample(range(4), dice.randint(1, 3)):
        given[place] = mutants.argument(dice)
    with _client(sdk, server.url) as client:
        sdk.run(lambda: method(client, *given))


def _other_options(sdk: Variant, server: _ScriptedServer, dice: random.Random) -> None:
    server.says()
    options = {dice.choice(_LIMITS): mutants.argument(dice)}
    with _client(sdk, server.url) as client:
        sdk.run(OPERATIONS["analyze_prompt"](client.with_options(**options)))


_Kind = Callable[[Variant, _ScriptedServer, random.Random], None]

# The weight of each kind: the more complex, the more often.
_KINDS: Mapping[_Kind, int] = MappingProxyType(
    {
        _body: 6,
        _stream: 4,
        _head: 4,
        _login: 2,
        _arguments: 2,
        _option: 1,
        _secret: 1,
        _address: 1,
        _other_options: 1,
    }
)
