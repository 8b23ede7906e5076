# Derived from liminal/_async/bulk.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Many calls at once: ``client.bulk``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from liminal._calls.arguments.checks import as_id
from liminal._calls.discreet import discreet
from liminal.bulk._settings import Settings, name_of
from liminal.bulk._threads import BulkResults

from .prompt import Prompts, ids

if TYPE_CHECKING:
    from typing import Unpack

    from liminal.bulk._result import Items
    from liminal.bulk._settings import BulkOptions
    from liminal_api.models import (
        AnalyzeResponse,
        CleanseResponse,
        HydrateResponse,
        SubmitResponse,
    )

    from ._api import SyncApi

T = TypeVar("T")
R = TypeVar("R")


class Bulk:
    """Many calls at once, as fast as the service accepts them: ``client.bulk``.

    Each method returns an iterator with one BulkResult for each item. If an item fails, its result
    has the error, and the run continues. Only a refused sign-in and a closed client end the run.

        for result in client.bulk.cleanse(instance.id, texts):
            print(result.index, result.error or result.unwrap().text)

    The keyword arguments of all methods:

    - ``concurrency``: the most calls at once, 16 by default and 10,000 at most. The run uses fewer
      while the service answers 429 or 503, waits for ``Retry-After``, and then tries more again.
    - ``ordered``: True, the default, gives the results in the order of the items, False in the
      order in which they arrive.
    - ``journal``: the path of a file that keeps the results, so that a stopped run can continue.
      It contains results and digests of the items, never an item.
    - ``on_progress``: a function that is called with the numbers of items done, failed, and in all
      (None if unknown) before each result is returned. Failed items count as done, too. Or "bar",
      which draws a progress bar with rich on a terminal (stderr), or with tqdm in a notebook, if
      they are installed; otherwise it does nothing.
    - ``key``: a function that returns the key of an item's result.

    The input may be endless: at most ``4 * concurrency`` items are in memory at a time.
    """

    def __init__(self, api: SyncApi) -> None:
        self._api = api

    @discreet
    def map(
        self,
        function: Callable[[T], R],
        items: Items[T],
        **options: Unpack[BulkOptions],
    ) -> BulkResults[R]:
        """Call ``function`` with each item: any calls of this client, one or several.

        With a ``journal``, it must return a result of the SDK or a JSON value, and must not be a
        lambda, since a journal identifies functions by their names.
        """
        what = {"function": name_of(function, options.get("journal"))}
        return BulkResults(function, items, self._settings(what, options))

    @discreet
    def analyze(
        self, model_instance_id: int, prompts: Items[str], **options: Unpack[BulkOptions]
    ) -> BulkResults[AnalyzeResponse]:
        """Analyze each prompt, like ``client.prompt.analyze``."""
        instance = as_id("model_instance_id", model_instance_id)
        call = partial(Prompts(self._api).analyze, instance)
        what = {"operation": "analyze", "model_instance_id": instance}
        return BulkResults(call, prompts, self._settings(what, options))

    @discreet
    def cleanse(
        self,
        model_instance_id: int,
        prompts: Items[str],
        *,
        thread_id: int | None = None,
        **options: Unpack[BulkOptions],
    ) -> BulkResults[CleanseResponse]:
        """Cleanse each prompt, like ``client.prompt.cleanse``.

        With ``thread_id``, a value has the same placeholder in all prompts.
        """
        instance, thread = ids(model_instance_id, thread_id)
        call = partial(Prompts(self._api).cleanse, instance, thread_id=thread)
        what = {"operation": "cleanse", "model_instance_id": instance, "thread_id": thread}
        return BulkResults(call, prompts, self._settings(what, options))

    @discreet
    def submit(
        self,
        model_instance_id: int,
        prompts: Items[str],
        *,
        thread_id: int | None = None,
        **options: Unpack[BulkOptions],
    ) -> BulkResults[SubmitResponse]:
        """Submit each prompt, like ``client.prompt.submit``.

        With a ``journal``, a prompt that may have been processed by a run that was stopped is not
        sent again: its error is an APIConnectionError with ``may_have_been_processed``.
        """
        instance, thread = ids(model_instance_id, thread_id)
        call = partial(Prompts(self._api).submit, instance, thread_id=thread)
        what = {"operation": "submit", "model_instance_id": instance, "thread_id": thread}
        return BulkResults(call, prompts, self._settings(what, options))

    @discreet
    def hydrate(
        self,
        model_instance_id: int,
        texts: Items[str],
        *,
        thread_id: int | None = None,
        **options: Unpack[BulkOptions],
    ) -> BulkResults[HydrateResponse]:
        """Hydrate each text with the placeholders of the thread, like ``client.prompt.hydrate``."""
        instance, thread = ids(model_instance_id, thread_id)
        call = partial(Prompts(self._api).hydrate, instance, thread_id=thread)
        what = {"operation": "hydrate", "model_instance_id": instance, "thread_id": thread}
        return BulkResults(call, texts, self._settings(what, options))

    def _settings(self, what: Mapping[str, object], options: BulkOptions) -> Settings:
        runner = self._api.runner
        of_client = {"api_server_url": runner.server.text, **what}
        return Settings.of(options, what=of_client, is_closed=lambda: runner.http.closed)
