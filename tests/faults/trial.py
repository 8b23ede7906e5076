"""One trial: a kind of call meets a fault. The table's tests run them, and ``./scripts/soak``."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from liminal._calls.retry import delay_before_retry
from liminal.errors import LiminalError, RequestError

from .operations import OPERATIONS
from .server import FaultServer, Step, good, log_in
from .table import Fault, Gives
from .variants import Variant

# What is called, by the table's column.
KINDS = {
    "once": "analyze_prompt",
    "always": "analyze_prompt",
    "submit": "submit_prompt",
    "stream": "stream",
    "login": "list_threads",
}


@contextmanager
def meeting(fault: Fault, kind: str) -> Iterator[tuple[str, FaultServer | None]]:
    """The URL where a call meets the fault, and the server if there is one."""
    if fault.step is None:
        with socket.socket() as unheard:  # a port where nobody listens, and nobody will
            unheard.bind(("127.0.0.1", 0))
            yield f"http://127.0.0.1:{unheard.getsockname()[1]}", None
        return
    plan: list[Step] = [good] if kind == "login" else [fault.step, good]
    logins: list[Step] = [fault.step, log_in] if kind == "login" else [log_in]
    with FaultServer(*plan[: 1 if kind == "always" else 2], logins=logins) as server:
        yield server.url, server


def run(sdk: Variant, fault: Fault, kind: str) -> tuple[Any, str]:
    """Make the call: its answer or LiminalError, and what is wrong with it, if anything."""
    with meeting(fault, kind) as (url, server):
        client = sdk.client(url, **fault.options)
        outcome = _outcome(sdk, client, KINDS[kind])
        if fault.is_between and kind != "login" and server is not None:
            server.wait_for(connections=0)
            outcome = _outcome(sdk, client, KINDS[kind])
        seen = [] if server is None else server.logins if kind == "login" else server.calls
        return outcome, _problem(outcome, getattr(fault, kind), len(seen))


def _outcome(sdk: Variant, client: Any, operation: str) -> Any:
    try:
        return sdk.run(OPERATIONS[operation](client))
    except LiminalError as error:
        return error


def _problem(outcome: Any, gives: Gives, requests: int) -> str:
    """How the outcome differs from the table; empty if it does not."""
    error = outcome if isinstance(outcome, LiminalError) else None
    if type(error) is not (gives.error or type(None)):
        return f"{gives} was due, not {error!r}"
    expected: dict[str, Any] = {"requests": gives.requests, **gives.has}
    found = {"requests": requests, **{name: getattr(error, name) for name in gives.has}}
    if isinstance(error, RequestError):
        expected |= {"attempts": gives.tries, "names its operation": True}
        found |= {"attempts": error.attempts, "names its operation": bool(error.operation)}
    return ", ".join(
        f"{name}: {found[name]!r}, not {due!r}"
        for name, due in expected.items()
        if found[name] != due
    )


@contextmanager
def shortest_waits() -> Iterator[None]:
    """Meanwhile a random wait is the shortest possible; ``Retry-After`` is still obeyed."""
    dice = delay_before_retry.__kwdefaults__
    assert dice is not None
    fair = dice["uniform"]
    dice["uniform"] = lambda low, _high: low
    try:
        yield
    finally:
        dice["uniform"] = fair
