# Derived from liminal/_async/thread.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Threads: conversations, in which a placeholder keeps its meaning from turn to turn."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from liminal._calls.arguments.checks import as_id, check_name
from liminal._calls.arguments.options import check_count
from liminal._calls.discreet import discreet
from liminal_api.api.thread import create_thread, get_thread, list_threads
from liminal_api.models import CreateThreadRequest

if TYPE_CHECKING:
    from liminal_api.models import Thread
    from liminal_api.pages import Pages

    from ._api import SyncApi


class Threads:
    """Your threads: ``client.thread``."""

    def __init__(self, api: SyncApi) -> None:
        self._api = api

    @discreet
    def list(self, *, max_items: int | None = None) -> Pages[Thread]:
        """Iterate over the threads that were created with an SDK, at most ``max_items``.

        The first request is sent when the iteration starts, and each further page is requested when
        it is needed. ``pages()`` iterates over whole pages.
        """
        if max_items is not None:
            check_count("max_items", max_items, least=0)
            max_items = int(max_items)  # the generated client takes no subclass, such as an IntEnum
        return list_threads.iterate(client=self._api, max_items=max_items)

    @discreet
    def get_available(self) -> builtins.list[Thread]:
        """Return all threads that were created with an SDK."""
        threads: builtins.list[Thread] = []
        for page in list_threads.iterate(client=self._api).pages():
            threads += page.items
        return threads

    @discreet
    def get_by_id(self, thread_id: int) -> Thread:
        """Return a thread, with its turns if the service returns them.

        Raises APIStatusError with status 404 if there is no such thread.
        """
        number = as_id("thread_id", thread_id)
        return get_thread.sync(number, client=self._api).data

    @discreet
    def create(self, model_instance_id: int, name: str) -> Thread:
        """Create a thread.

        The request is never repeated once the service may have created the thread. After a lost
        connection or a 5xx, check with ``get_available()``.
        """
        instance = as_id("model_instance_id", model_instance_id)
        check_name("name", name)
        body = CreateThreadRequest(model_instance_id=instance, name=name)
        return create_thread.sync(client=self._api, body=body).data
