"""Makes calls side by side on a client of either variant, for a test that itself is blocking."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

import anyio
from anyio.from_thread import start_blocking_portal
from attrs import frozen

from liminal import APITimeoutError, Client, SyncClient
from liminal.auth import AuthProvider, SessionId, Token
from liminal.errors import LiminalError
from liminal_api.api.thread import list_threads
from tests.support.tasks import PATIENCE

KINDS = ("list", "models", "api", "stream", "submit")
# Not among them, so that a failure scripted for it can't be met by a call that was given up before.
PROBE, PROBE_PATH = "analyze", "/api/v1/prompts/analyze"
Auth = Token | SessionId | AuthProvider


@frozen
class Step:
    """One call: what it asks for, with which text, and whether its caller is in a hurry."""

    kind: str
    text: str
    hurried: bool = False


class FromSet(AuthProvider):
    """Gives one token, to both variants."""

    def __init__(self, token: str) -> None:
        self.token = token

    async def get_access_token(self) -> str:
        return self.token

    def get_access_token_sync(self) -> str:
        return self.token


# What became of a call: an error of ours, or None for an answer. A hurried one may get neither.
Outcome = LiminalError | None
GAVE_UP = APITimeoutError("gave up")
_HURRY = 0.002


class BlockingDriver:
    """SyncClient, with a thread for each call."""

    def __init__(self, url: str, auth: Auth) -> None:
        self.client = SyncClient(url, auth=auth, deadline=PATIENCE / 2)

    def start(self, steps: Sequence[Step]) -> Callable[[], list[Outcome]]:
        """Begin the calls; what is returned waits for them."""
        outcomes: list[Future[Outcome]] = [Future() for _ in steps]
        for step, outcome in zip(steps, outcomes, strict=True):
            threading.Thread(target=self._settle, args=(step, outcome), daemon=True).start()
        return lambda: [outcome.result(PATIENCE) for outcome in outcomes]

    def _settle(self, step: Step, outcome: Future[Outcome]) -> None:
        try:
            self._take(step)
        except LiminalError as error:
            outcome.set_result(error)
        except Exception as error:  # noqa: BLE001 - for who asks for the result
            outcome.set_exception(error)
        else:
            outcome.set_result(None)

    def _take(self, step: Step) -> None:
        client = self.client.with_options(deadline=_HURRY) if step.hurried else self.client
        match step.kind:
            case "list":
                client.thread.get_available()
            case "models":
                client.llm.get_available_model_instances()
            case "api":
                list_threads.sync(client=client.api)
            case "stream":
                client.prompt.stream(1, step.text).text()
            case "analyze":
                client.prompt.analyze(1, step.text)
            case _:
                client.prompt.submit(1, step.text)

    def close(self) -> None:
        """Close the client."""
        self.client.close()

    def move(self) -> None:
        """Go elsewhere: for threads there is no elsewhere."""

    def end(self) -> None:
        """Leave nothing behind."""
        self.close()


class AsyncDriver:
    """Client, with a task for each call, on an event loop in another thread."""

    def __init__(self, url: str, auth: Auth, backend: str) -> None:
        self.client = Client(url, auth=auth, deadline=PATIENCE / 2)
        self._backend = backend
        self._enter()

    def _enter(self) -> None:
        self._context = start_blocking_portal(self._backend)
        self._portal = self._context.__enter__()

    def start(self, steps: Sequence[Step]) -> Callable[[], list[Outcome]]:
        """Begin the calls; what is returned waits for them."""
        outcome = self._portal.start_task_soon(self._take_all, steps)
        return lambda: outcome.result(PATIENCE)

    async def _take_all(self, steps: Sequence[Step]) -> list[Outcome]:
        outcomes: list[Any] = [None] * len(steps)

        async def settle(number: int, step: Step) -> None:
            try:
                await self._take(step)
            except LiminalError as error:
                outcomes[number] = error

        async with anyio.create_task_group() as group:
            for number, step in enumerate(steps):
                group.start_soon(settle, number, step)
        return outcomes

    async def _take(self, step: Step) -> None:
        if not step.hurried:
            return await self._ask(step)
        with anyio.move_on_after(_HURRY):
            return await self._ask(step)
        raise GAVE_UP

    async def _ask(self, step: Step) -> None:
        client = self.client
        match step.kind:
            case "list":
                await client.thread.get_available()
            case "models":
                await client.llm.get_available_model_instances()
            case "api":
                await list_threads.asyncio(client=client.api)
            case "stream":
                await client.prompt.stream(1, step.text).text()
            case "analyze":
                await client.prompt.analyze(1, step.text)
            case _:
                await client.prompt.submit(1, step.text)

    def close(self) -> None:
        """Close the client, on the loop that it is used on."""
        self._portal.call(self.client.close)

    def move(self) -> None:
        """Go on on another event loop; the one before ends."""
        self._context.__exit__(None, None, None)
        self._backend = "trio" if self._backend == "asyncio" else "asyncio"
        self._enter()

    def end(self) -> None:
        """Leave nothing behind."""
        self.close()
        self._context.__exit__(None, None, None)
