"""The spans and measurements of an instrumented client."""

from collections.abc import Mapping
from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from liminal import telemetry

LOGIN = "login_with_environment_token"


class Recording:
    """Providers that keep the recorded data."""

    def __init__(self) -> None:
        self._spans, self._reader = InMemorySpanExporter(), InMemoryMetricReader()
        self.tracer_provider = TracerProvider(shutdown_on_exit=False)
        self.tracer_provider.add_span_processor(SimpleSpanProcessor(self._spans))
        self.meter_provider = MeterProvider([self._reader], shutdown_on_exit=False)
        self.tracer = self.tracer_provider.get_tracer("tests")

    @property
    def providers(self) -> dict[str, Any]:
        return {"tracer_provider": self.tracer_provider, "meter_provider": self.meter_provider}

    def instrument(self, client: Any) -> Any:
        telemetry.instrument(client, **self.providers)
        return client

    @property
    def spans(self) -> list[ReadableSpan]:
        """All ended spans, in order."""
        return list(self._spans.get_finished_spans())

    def span(self, name: str) -> ReadableSpan:
        """The only span of that name."""
        (span,) = [span for span in self.spans if span.name == name]
        return span

    def metrics(self) -> dict[str, Any]:
        """The data of each metric by its name."""
        data = self._reader.get_metrics_data()
        return {
            metric.name: metric.data
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    def points(self, metric: str) -> list[Any]:
        found = self.metrics().get(metric)
        return [] if found is None else list(found.data_points)

    def exported(self) -> str:
        """All data, as an exporter would send it."""
        data = self._reader.get_metrics_data()
        return "".join(span.to_json() for span in self.spans) + (data.to_json() if data else "")


def parent_of(span: ReadableSpan) -> str | None:
    return None if span.parent is None else f"{span.parent.span_id:016x}"


def id_of(span: Any) -> str:
    return f"{span.get_span_context().span_id:016x}"


def carried(headers: Mapping[str, str]) -> str:
    """The id of the span that a request carries."""
    return headers["traceparent"].split("-")[2]


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def events(span: ReadableSpan) -> list[tuple[str, dict[str, Any]]]:
    return [(event.name, dict(event.attributes or {})) for event in span.events]
