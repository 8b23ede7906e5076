"""Keeps one client for each recipe in a process, and the rate that its batches share."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Protocol

from liminal._calls.arguments.checks import as_id
from liminal.bulk._gates import Gate

if TYPE_CHECKING:
    from collections.abc import Hashable

    from liminal import SyncClient

    class _Recipe(Hashable, Protocol):
        def make(self) -> SyncClient: ...


class Shared:
    """A client, and what its batches share. Several threads may use it at once."""

    def __init__(self, client: SyncClient) -> None:
        self.client = client
        self._gates: dict[int, Gate] = {}
        self._instances: dict[str, int] = {}

    def gate(self, most: int) -> Gate:
        """Return a gate for one batch. All batches with the same ``most`` share one rate."""
        return self._gates.setdefault(most, Gate(most)).sharing_rate()

    def instance(self, model_instance: int | str) -> int:
        """Return the id of a model instance. A name is looked up once."""
        if not isinstance(model_instance, str):
            return model_instance
        if model_instance not in self._instances:
            found = self.client.llm.get_model_instance(model_instance)
            self._instances[model_instance] = as_id("the model instance's id", found.id)
        return self._instances[model_instance]


class _Process:
    """The clients of this process, by recipe."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Start with a free lock and no client, also in the child of a fork."""
        self.lock = threading.Lock()
        self.shared: dict[_Recipe, Shared] = {}


_process = _Process()


def shared(recipe: _Recipe) -> Shared:
    """Return the recipe's client in this process, made at its first use."""
    with _process.lock:
        if recipe not in _process.shared:
            _process.shared[recipe] = Shared(recipe.make())
        return _process.shared[recipe]


def forget(recipe: _Recipe) -> None:
    """Close the recipe's client, if there is one."""
    with _process.lock:
        found = _process.shared.pop(recipe, None)
    if found is not None:
        found.client.close()


if hasattr(os, "register_at_fork"):  # pragma: no branch - Windows has no fork
    os.register_at_fork(after_in_child=_process.begin)
