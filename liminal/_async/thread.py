"""Threads: conversations, in which a placeholder keeps its meaning from turn to turn."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from liminal._calls.arguments.checks import as_id, check_name
from liminal._calls.arguments.options import check_count
from liminal._calls.discreet import discreet, discreet_async
from liminal_api.api.thread import create_thread, get_thread, list_threads
from liminal_api.models import CreateThreadRequest

if TYPE_CHECKING:
    from liminal_api.models import Thread
    from liminal_api.pages import AsyncPages

    from ._api import AsyncApi


class Threads:
    """Your threads: ``client.thread``."""

    def __init__(self, api: AsyncApi) -> None:
        self._api = api

    @discreet
    def list(self, *, max_items: int | None = None) -> AsyncPages[Thread]:
        """Iterate over the threads that were created with an SDK, at most ``max_items``.

        The first request is sent when the iteration starts, and each further page is requested when
        it is needed. ``pages()`` iterates over whole pages.
        """
        if max_items is not None:
            check_count("max_items", max_items, least=0)
            max_items = int(max_items)  # the generated client takes no subclass, such as an IntEnum
        return list_threads.asyncio_iterate(client=self._api, max_items=max_items)

    @discreet_async
    async def get_available(self) -> builtins.list[Thread]:
        """Return all threads that were created with an SDK."""
        threads: builtins.list[Thread] = []
        async for page in list_threads.asyncio_iterate(client=self._api).pages():
            threads += page.items
        return threads

    @discreet_async
    async def get_by_id(self, thread_id: int) -> Thread:
        """Return a thread, with its turns if the service returns them.

        Raises APIStatusError with status 404 if there is no such thread.
        """
        number = as_id("thread_id", thread_id)
        return (await get_thread.asyncio(number, client=self._api)).data

    @discreet_async
    async def create(self, model_instance_id: int, name: str) -> Thread:
        """Create a thread.

        The request is never repeated once the service may have created the thread. After a lost
        connection or a 5xx, check with ``get_available()``.
        """
        instance = as_id("model_instance_id", model_instance_id)
        check_name("name", name)
        body = CreateThreadRequest(model_instance_id=instance, name=name)
        return (await create_thread.asyncio(client=self._api, body=body)).data
