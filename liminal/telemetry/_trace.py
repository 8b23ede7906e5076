"""The span and the measurements of one call, without any of its content."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import context, metrics, propagate, trace

from liminal._calls.observing.observers import Trace
from liminal._version import VERSION
from liminal.errors import LiminalError

from . import _conventions as names

if TYPE_CHECKING:
    from collections.abc import Generator

    import httpx

    from liminal import CallReport
    from liminal._http.settings.server_url import ServerUrl
    from liminal_api.types import Operation

Labels = dict[str, str | int | float | bool]

_SCOPE: Final = "liminal"
# The operation in which a model answers, whole or streamed.
_CHAT: Final = "submit_prompt"
_CHAT_LABELS: Final[Labels] = {
    names.GEN_AI_OPERATION_NAME: "chat",
    names.GEN_AI_PROVIDER_NAME: "liminal",
}
# The attributes of our events, by our own names.
_EVENT_ATTRIBUTES: Final = {"delay": names.LIMINAL_RETRY_DELAY, "error": names.ERROR_TYPE}


class Telemetry:
    """Begins the trace of each call of the instrumented clients."""

    def __init__(
        self,
        tracer_provider: trace.TracerProvider | None = None,
        meter_provider: metrics.MeterProvider | None = None,
    ) -> None:
        for name, method, provider in (
            ("tracer_provider", "get_tracer", tracer_provider),
            ("meter_provider", "get_meter", meter_provider),
        ):
            if provider is not None and not callable(getattr(provider, method, None)):
                raise LiminalError(
                    f"{name} must be one of OpenTelemetry's, with {method}(), or None"
                )
        self.tracer: trace.Tracer = trace.get_tracer(_SCOPE, VERSION, tracer_provider)
        meter = metrics.get_meter(_SCOPE, VERSION, meter_provider)
        self.active: metrics.UpDownCounter = meter.create_up_down_counter(
            names.LIMINAL_CLIENT_ACTIVE_CALLS, "{call}", "Calls in progress."
        )
        self.attempts: metrics.Histogram = meter.create_histogram(
            names.LIMINAL_CLIENT_CALL_ATTEMPTS,
            "{attempt}",
            "Attempts of a call, including the first.",
            explicit_bucket_boundaries_advisory=(1, 2, 3, 5, 10),
        )
        self.duration = _seconds(
            meter, names.LIMINAL_CLIENT_CALL_DURATION, "Duration of a call, retries included."
        )
        self.chat_duration = _seconds(
            meter, names.GEN_AI_CLIENT_OPERATION_DURATION, "GenAI operation duration."
        )
        self.first_chunk = _seconds(
            meter,
            names.GEN_AI_CLIENT_OPERATION_TIME_TO_FIRST_CHUNK,
            "Time to receive the first chunk of a stream.",
        )

    def follow(
        self, operation: Operation[Any], server: ServerUrl, above: Trace | None
    ) -> CallTrace:
        """Begin the trace of a call; ``above`` is the trace of the call that needs this login."""
        parent = above.context if isinstance(above, CallTrace) else context.get_current()
        return CallTrace(self, operation, server, parent)


def _seconds(meter: metrics.Meter, name: str, description: str) -> metrics.Histogram:
    return meter.create_histogram(
        name, "s", description, explicit_bucket_boundaries_advisory=names.SECONDS
    )


class CallTrace(Trace):
    """Records one call in a span, and its duration when it ends."""

    def __init__(
        self,
        telemetry: Telemetry,
        operation: Operation[Any],
        server: ServerUrl,
        parent: context.Context,
    ) -> None:
        self._telemetry = telemetry
        place: Labels = {names.SERVER_ADDRESS: server.host, names.SERVER_PORT: server.port}
        self._labels: Labels = place | {names.LIMINAL_OPERATION: operation.id}
        self._chat: Labels | None = None
        if operation.id == _CHAT:
            self._chat = place | _CHAT_LABELS
        self._span = telemetry.tracer.start_span(
            operation.id if self._chat is None else "chat",
            parent,
            trace.SpanKind.CLIENT,
            {
                names.HTTP_REQUEST_METHOD: operation.method,
                names.URL_TEMPLATE: operation.path,
                **self._labels,
                **(self._chat or {}),
            },
        )
        self.context: context.Context = trace.set_span_in_context(self._span, parent)
        telemetry.active.add(1, self._labels, self.context)

    def sends(self, headers: httpx.Headers, resends: int) -> AbstractContextManager[object]:
        if resends:
            self._span.set_attribute(names.HTTP_REQUEST_RESEND_COUNT, resends)
        propagate.inject(headers, self.context)
        return self._current()

    @contextmanager
    def _current(self) -> Generator[None, None, None]:
        """Make the spans of an instrumented HTTP library children of this call's."""
        token = context.attach(self.context)
        try:
            yield
        finally:
            context.detach(token)

    def notes(self, event: str, attributes: Mapping[str, str | float]) -> None:
        translated = {_EVENT_ATTRIBUTES[name]: value for name, value in attributes.items()}
        self._span.add_event(f"liminal.{event}", translated)

    def joins(self, thread_id: int) -> None:
        self._span.set_attribute(names.GEN_AI_CONVERSATION_ID, str(thread_id))

    def answers(self, value: object) -> None:
        if self._chat is None:
            return
        data = getattr(value, "data", None)
        model, thread = getattr(data, "llm_model", None), getattr(data, "thread_id", None)
        if isinstance(model, str):
            self._chat[names.GEN_AI_RESPONSE_MODEL] = model
            self._span.set_attribute(names.GEN_AI_RESPONSE_MODEL, model)
        if isinstance(thread, int):
            self.joins(thread)

    def ended(self, report: CallReport) -> None:
        self._telemetry.active.add(-1, self._labels, self.context)
        outcome = _outcome(report)
        self._measure(report, outcome)
        self._span.set_attributes(outcome | _details(report))
        if self._chat is not None and report.is_stream:
            self._span.set_attribute(names.GEN_AI_REQUEST_STREAM, value=True)
            if report.seconds_to_first_chunk is not None:
                self._span.set_attribute(
                    names.GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK, report.seconds_to_first_chunk
                )
        if report.error is not None:
            self._span.set_status(trace.StatusCode.ERROR)
        self._span.end()

    def _measure(self, report: CallReport, outcome: Labels) -> None:
        telemetry, labels = self._telemetry, self._labels | outcome
        telemetry.duration.record(report.seconds, labels, self.context)
        telemetry.attempts.record(report.attempts, labels, self.context)
        if self._chat is None:
            return
        telemetry.chat_duration.record(report.seconds, self._chat | outcome, self.context)
        if report.seconds_to_first_chunk is not None:
            telemetry.first_chunk.record(report.seconds_to_first_chunk, self._chat, self.context)


def _outcome(report: CallReport) -> Labels:
    """Attributes of the call's outcome that are also used for metrics, so they have few values."""
    outcome: Labels = {}
    if report.status is not None:
        outcome[names.HTTP_RESPONSE_STATUS_CODE] = report.status
    if report.error is not None:
        outcome[names.ERROR_TYPE] = report.error
    if report.cancelled:
        outcome[names.LIMINAL_CANCELLED] = True
    return outcome


def _details(report: CallReport) -> Labels:
    """Further attributes of the span, about the course of the call."""
    details: Labels = {
        names.LIMINAL_ATTEMPTS: report.attempts,
        names.LIMINAL_WAITING: report.seconds_waiting,
    }
    if report.request_id is not None:
        details[names.LIMINAL_REQUEST_ID] = report.request_id
    return details
