"""Analyzing, cleansing, submitting, streaming and hydrating prompts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from liminal._calls.arguments.checks import (
    as_id,
    check_text,
    findings_list,
    given,
    sendable,
)
from liminal._calls.discreet import discreet, discreet_async
from liminal.errors import LiminalError
from liminal_api.api.prompt import analyze_prompt, cleanse_prompt, hydrate_prompt, submit_prompt
from liminal_api.models import AnalyzeRequest, CleanseRequest, HydrateRequest, SubmitRequest

from .stream import AsyncPromptStream

if TYPE_CHECKING:
    from liminal_api.models import (
        AnalysisFinding,
        AnalyzeResponse,
        CleanseResponse,
        HydrateResponse,
        SubmitResponse,
    )

    from ._api import AsyncApi
    from ._streams.turn import Turn


class Prompts:
    """The operations on prompts: ``client.prompt``.

    - ``model_instance_id``: the model instance, whose policy applies and whose model answers.
    - ``findings``: what ``analyze`` returned for the same prompt, or some of it. The service then
      replaces only these and doesn't analyze again. An empty list replaces nothing.
    - ``thread_id``: the conversation that the turn belongs to. Without it, the service creates a
      thread.
    """

    def __init__(self, api: AsyncApi) -> None:
        self._api = api

    @discreet_async
    async def analyze(self, model_instance_id: int, prompt: str) -> AnalyzeResponse:
        """Find sensitive text. Nothing is replaced or sent to a model.

        findings = await client.prompt.analyze(instance.id, "Write to Ada Lovelace")
        """
        instance = as_id("model_instance_id", model_instance_id)
        check_text("prompt", prompt)
        body = AnalyzeRequest(model_instance_id=instance, text=prompt)
        with sendable():
            return (await analyze_prompt.asyncio(client=self._api, body=body)).data

    @discreet_async
    async def cleanse(
        self,
        model_instance_id: int,
        prompt: str,
        *,
        findings: AnalyzeResponse | Sequence[AnalysisFinding] | None = None,
        thread_id: int | None = None,
    ) -> CleanseResponse:
        """Replace sensitive text with placeholders such as ``PERSON_0``. Nothing goes to a model.

        To ``hydrate`` a text with these placeholders later, pass the same ``thread_id``.
        """
        instance, thread = ids(model_instance_id, thread_id)
        check_text("prompt", prompt)
        body = CleanseRequest(
            model_instance_id=instance,
            text=prompt,
            thread_id=given(thread),
            findings=given(findings_list(findings, prompt)),
        )
        with sendable():
            return (await cleanse_prompt.asyncio(client=self._api, body=body)).data

    @discreet_async
    async def submit(
        self,
        model_instance_id: int,
        prompt: str,
        *,
        findings: AnalyzeResponse | Sequence[AnalysisFinding] | None = None,
        thread_id: int | None = None,
    ) -> SubmitResponse:
        """Cleanse the prompt, let the model answer it, and restore the original text in the answer.

        A submit costs money, so it is never repeated once the service may have processed it. After
        an APIConnectionError with ``may_have_been_processed``, or a 5xx, check the thread first.
        """
        body = submission(model_instance_id, prompt, findings, thread_id)
        with sendable():
            return (await submit_prompt.asyncio(client=self._api, body=body)).data

    @discreet
    def stream(
        self,
        model_instance_id: int,
        prompt: str,
        *,
        findings: AnalyzeResponse | Sequence[AnalysisFinding] | None = None,
        thread_id: int | None = None,
        hydrate: bool = False,
    ) -> AsyncPromptStream:
        """Cleanse the prompt, and return the model's answer in chunks as it is written.

        With ``hydrate=True``, the chunks have the original text in place of the placeholders. This
        requires a ``thread_id``. Otherwise the chunks are the model's own words and may contain
        placeholders. The prompt is sent when the first chunk is read.

            stream = client.prompt.stream(instance.id, prompt, thread_id=thread.id, hydrate=True)
        """
        body = submission(model_instance_id, prompt, findings, thread_id, is_streaming=True)
        with sendable():
            request = submit_prompt.stream_kwargs(body=body)
        turn = self._turn(body) if hydrate else None
        return AsyncPromptStream(self._api, submit_prompt.OPERATION, request, turn)

    def _turn(self, body: SubmitRequest) -> Turn:
        if not isinstance(body.thread_id, int):
            raise LiminalError(
                "hydrate=True requires a thread_id, since placeholders belong to a thread: create"
                " one with client.thread.create(), or use client.conversation()"
            )
        from liminal._streams.resolver import Resolver  # noqa: PLC0415 - few streams need it

        from ._streams.turn import Turn  # noqa: PLC0415 - as above

        return Turn(self._api, body, Resolver())

    @discreet_async
    async def hydrate(
        self, model_instance_id: int, prompt: str, *, thread_id: int | None = None
    ) -> HydrateResponse:
        """Restore the original text in a text with placeholders of the thread ``thread_id``."""
        instance, thread = ids(model_instance_id, thread_id)
        check_text("prompt", prompt)
        body = HydrateRequest(model_instance_id=instance, text=prompt, thread_id=given(thread))
        with sendable():
            return (await hydrate_prompt.asyncio(client=self._api, body=body)).data


def ids(model_instance_id: int, thread_id: int | None) -> tuple[int, int | None]:
    """The checked ids of a model instance and a thread."""
    instance = as_id("model_instance_id", model_instance_id)
    return instance, None if thread_id is None else as_id("thread_id", thread_id)


def submission(
    model_instance_id: int,
    prompt: str,
    findings: AnalyzeResponse | Sequence[AnalysisFinding] | None,
    thread_id: int | None,
    *,
    is_streaming: bool | None = None,
) -> SubmitRequest:
    """The body of a submit, from arguments that are checked here."""
    instance, thread = ids(model_instance_id, thread_id)
    check_text("prompt", prompt)
    return SubmitRequest(
        model_instance_id=instance,
        text=prompt,
        thread_id=given(thread),
        findings=given(findings_list(findings, prompt)),
        is_streaming=given(is_streaming),
    )
