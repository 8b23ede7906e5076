# Derived from liminal/_async/thread.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Threads: conversations, in which a placeholder keeps its meaning from turn to turn."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from liminal._calls.checks import as_id, check_count, check_name
from liminal._calls.discreet import discreet
from liminal_api.api.thread import create_thread, get_thread, list_threads
from liminal_api.models import CreateThreadRequest

if TYPE_CHECKING:
    from liminal_api.models import Thread
    from liminal_api.pages import Pages

    from ._api import SyncApi


class Threads:
    """The threads of this identity: ``client.thread``."""

    def __init__(self, api: SyncApi) -> None:
        self._api = api

    @discreet
    def list(self, *, max_items: int | None = None) -> Pages[Thread]:
        """The threads that were made through an SDK, to iterate over: at most ``max_items``.

        Nothing is sent before the first step. If the service answers in pages, each is asked for
        when it is needed; ``pages()`` gives them one by one.
        """
        if max_items is not None:
            check_count("max_items", max_items, least=0)
        return list_threads.iterate(client=self._api, max_items=max_items)

    @discreet
    def get_available(self) -> builtins.list[Thread]:
        """All threads that were made through an SDK."""
        return list_threads.sync(client=self._api).data

    @discreet
    def get_by_id(self, thread_id: int) -> Thread:
        """One thread, with its turns where the service tells them.

        APIStatusError 404 when there is none with this id.
        """
        number = as_id("thread_id", thread_id)
        return get_thread.sync(number, client=self._api).data

    @discreet
    def create(self, model_instance_id: int, name: str) -> Thread:
        """Make a thread. Not sent again once the service may have made it.

        After a lost connection or a 5xx, see with ``get_available()`` whether it did.
        """
        instance = as_id("model_instance_id", model_instance_id)
        check_name("name", name)
        body = CreateThreadRequest(model_instance_id=instance, name=name)
        return create_thread.sync(client=self._api, body=body).data
