"""The service's data: sessions, model instances, threads and their chats."""

from __future__ import annotations

import math
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from liminal.sandbox._service.redact import Vault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# Sessions that roll leave an old value with each answer. This keeps enough for all requests in
# flight, in a few MiB at most; the oldest are dropped first.
_KEPT_SESSIONS = 65_536


def now() -> str:
    """Format a time as ISO 8601 with milliseconds and ``Z``."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(slots=True)
class Login:
    """A login and all its session values."""

    user_id: int
    uses: int = 0
    ended: bool = False


class Sessions:
    """Session values that expire, roll and end, on a monotonic clock."""

    def __init__(
        self, *, ttl: float | None, uses: int | None, roll: bool, grace: float | None
    ) -> None:
        self._ttl = math.inf if ttl is None else ttl
        self._uses = math.inf if uses is None else uses
        self._grace = math.inf if grace is None else grace
        self.roll = roll
        self._values: OrderedDict[str, tuple[Login, float]] = OrderedDict()

    def begin(self, user_id: int) -> str:
        """Start a session for a user."""
        return self._issue(Login(user_id))

    def use(self, value: str) -> Login | None:
        """Return the login of a session value, or None if it has ended. Counts as a use."""
        login, ends = self._values.get(value, (None, 0.0))
        if login is None or login.ended or time.monotonic() >= ends:
            return None
        login.uses += 1
        if login.uses > self._uses:
            login.ended = True
            return None
        return login

    def renew(self, value: str, login: Login) -> str:
        """Create a new value for a login; the previous one stays valid for the grace time."""
        ends = min(self._values[value][1], time.monotonic() + self._grace)
        self._values[value] = (login, ends)
        return self._issue(login)

    def expire_all(self) -> None:
        """End all sessions."""
        self._values.clear()

    def cookie(self, value: str) -> str:
        """The ``Set-Cookie`` line; ``Max-Age`` has whole seconds, so it is rounded up."""
        lifetime = "" if self._ttl == math.inf else f"; Max-Age={math.ceil(self._ttl)}"
        return f"session={value}; Path=/; HttpOnly; SameSite=Lax{lifetime}"

    def _issue(self, login: Login) -> str:
        value = secrets.token_urlsafe(24)
        self._values[value] = (login, time.monotonic() + self._ttl)
        if len(self._values) > _KEPT_SESSIONS:
            self._values.popitem(last=False)
        return value


@dataclass(slots=True)
class Thread:
    """A conversation and its placeholders."""

    id: int
    user_id: int
    name: str
    instance: dict[str, Any]
    created: str = field(default_factory=now)
    updated: str = field(default_factory=now)
    vault: Vault = field(default_factory=Vault)
    chats: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    history: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def to_wire(self, *, with_chats: bool) -> dict[str, Any]:
        """Return the Thread; lists of threads leave out the chats."""
        wire: dict[str, Any] = {
            "id": self.id,
            "modelInstanceId": self.instance["id"],
            "userId": self.user_id,
            "name": self.name,
            "source": "sdk",
            "type": "default",
            "modelInstance": self.instance,
            "createdAt": self.created,
            "updatedAt": self.updated,
            "deletedAt": None,
        }
        if with_chats:
            wire["chats"] = self.chats
        return wire


class Threads:
    """The threads of all users. Beyond ``keep``, the oldest are dropped."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._threads: OrderedDict[int, Thread] = OrderedDict()
        self._ids = count(1)
        self._chat_ids = count(1)

    def create(self, user_id: int, name: str, instance: dict[str, Any]) -> Thread:
        """Create a thread."""
        thread = Thread(next(self._ids), user_id, name, instance)
        self._threads[thread.id] = thread
        if len(self._threads) > self._keep:
            self._threads.popitem(last=False)
        return thread

    def get(self, user_id: int, thread_id: int) -> Thread | None:
        """Return a thread of this user, or None."""
        thread = self._threads.get(thread_id)
        return thread if thread is not None and thread.user_id == user_id else None

    def of(self, user_id: int) -> Iterator[Thread]:
        """Yield the threads of a user, oldest first."""
        return (thread for thread in self._threads.values() if thread.user_id == user_id)

    def add_chat(
        self, thread: Thread, raw: str, cleansed: dict[str, Any], output: str, hydrated: str
    ) -> int:
        """Add a turn to a thread and return its id."""
        time_now = now()
        chat_id = next(self._chat_ids)
        thread.updated = time_now
        thread.history += (
            {
                "deidText": item["entityType"],
                "hashText": cleansed["textHashed"][item["start"] : item["end"]],
            }
            for item in cleansed["itemsHashed"]
        )
        thread.chats.append(
            {
                "id": chat_id,
                "threadId": thread.id,
                "rawInput": raw,
                "cleansedInput": cleansed["text"],
                "rawOutput": output,
                "hydratedOutput": hydrated,
                "status": "active",
                "createdAt": time_now,
                "updatedAt": time_now,
                "deletedAt": None,
            }
        )
        return chat_id


def model_instances(spec: Mapping[str, Sequence[str]]) -> dict[int, dict[str, Any]]:
    """Return the ModelInstances by id, from names and models such as ``"openai/gpt-4o"``."""
    time_now = now()
    connection_ids = count(1)
    return {
        instance_id: {
            "id": instance_id,
            "policyGroupId": 1,
            "trainerThreadId": None,
            "userId": None,
            "instructions": "",
            "name": name,
            "modelConnections": [
                _connection(next(connection_ids), instance_id, model, time_now) for model in models
            ],
            "createdAt": time_now,
            "updatedAt": time_now,
            "deletedAt": None,
        }
        for instance_id, (name, models) in enumerate(spec.items(), 1)
    }


def _connection(connection_id: int, instance_id: int, model: str, time_now: str) -> dict[str, Any]:
    provider, slash, name = model.partition("/")
    return {
        "id": connection_id,
        "modelInstanceId": instance_id,
        "credentials": {"apiKey": None},
        "model": name if slash else model,
        "providerKey": provider if slash else "sandbox",
        "createdAt": time_now,
        "updatedAt": time_now,
        "deletedAt": None,
    }
