"""Servers that repeat what they were sent, and calls to them under a watch."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from liminal.auth import Token
from liminal.errors import LiminalError
from tests.faults.operations import PROMPT
from tests.faults.server import Exchange, FaultServer, Step, answer
from tests.faults.variants import Variant

from .watch import Watch

TOKEN = "kanarie-token"
QUICK: dict[str, Any] = {"timeout": 0.05, "max_retries": 1}


def sign_in(exchange: Exchange) -> None:
    cookie = f"session=kanarie-session-{exchange.server.next_session()}; Path=/"
    exchange.answer(200, {"token": TOKEN}, [("Set-Cookie", cookie)])


def echoing(step: Step) -> Step:
    """The same fault, of a server that repeats what it was sent and rolls the session."""

    def echo(exchange: Exchange) -> None:
        exchange.send = _echo_into(exchange)
        exchange.headers.append(("Set-Cookie", "session=kanarie-rolled"))
        step(exchange)

    return echo


def _echo_into(exchange: Exchange) -> Any:
    send, request = exchange.send, exchange.request
    echoed = json.dumps({"message": PROMPT, "headers": request.headers}).encode()

    def send_with_echo(data: bytes) -> None:
        status = int(data[9:12]) if data.startswith(b"HTTP/1.1 ") and data[9:12].isdigit() else 200
        wanted = status >= 300 and b"Content-Length" in data and b"\r\n\r\n" in data
        if not wanted:
            return send(data)
        head = data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
        headers = [tuple(line.split(": ", 1)) for line in head]
        kept = [pair for pair in headers if pair[0] != "Content-Length"]
        return send(answer(status, echoed, kept))

    return send_with_echo


def look_at(sdk: Variant, watch: Watch, step: Callable[[], Any]) -> None:
    """Take a step, and look at what it gives or raises."""
    try:
        value = sdk.run(step)
    except LiminalError as error:
        watch.error(error)
        return
    if not isinstance(value, str):  # the text that was asked for
        watch.value(value)


def call(
    sdk: Variant,
    watch: Watch,
    operation: Callable[[Any], Callable[[], Any]],
    *plan: Step,
    logins: Iterable[Step] = (sign_in,),
    **options: Any,
) -> None:
    """Call one operation of a client whose server does this, and look at what comes of it."""
    with FaultServer(*plan, logins=list(logins)) as server:
        client = sdk.client(server.url, **{"auth": Token(TOKEN)} | QUICK | options)
        look_at(sdk, watch, operation(client))
