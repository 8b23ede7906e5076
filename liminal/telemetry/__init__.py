"""Spans and metrics of OpenTelemetry for the calls of a client. Needs the extra ``otel``.

A span covers one call with all its retries, and each request carries it in its ``traceparent``
header. No prompt, finding, answer, token or session id is in a span or a metric, even if the
environment asks to capture content.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from liminal._calls.observing.observers import EVERY_CLIENT
from liminal.errors import LiminalError

try:
    from ._trace import Telemetry
except ModuleNotFoundError as _missing:
    raise ModuleNotFoundError(
        f'liminal.telemetry needs its extra: pip install "liminal-sdk-python[otel]" ({_missing})',
        name=_missing.name,
    ) from None

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

    from liminal import Client, SyncClient
    from liminal._calls.observing.observers import Follow, Observers

__all__ = ["instrument", "instrument_all", "uninstrument", "uninstrument_all"]

# One for all, so that no call has two spans.
_KEY: Final = "liminal.telemetry"


def instrument(
    client: Client | SyncClient,
    *,
    tracer_provider: TracerProvider | None = None,
    meter_provider: MeterProvider | None = None,
) -> None:
    """Record a span and metrics for each call of ``client`` from now on.

    This applies to all clients made by ``with_options`` from the same client, before or after.
    Without providers, the global ones are used. Instrumenting a client again replaces its
    providers.

        instrument(client)
    """
    _follows(client)[_KEY] = Telemetry(tracer_provider, meter_provider).follow


def uninstrument(client: Client | SyncClient) -> None:
    """Stop recording calls of ``client``, unless all clients are instrumented."""
    _follows(client).pop(_KEY, None)


def _follows(client: Client | SyncClient) -> dict[object, Follow]:
    runner = getattr(getattr(client, "api", None), "runner", None)
    if runner is None:
        raise LiminalError("only a Client or a SyncClient can be instrumented")
    observers: Observers = runner.observers
    return observers.follows


def instrument_all(
    *,
    tracer_provider: TracerProvider | None = None,
    meter_provider: MeterProvider | None = None,
) -> None:
    """Record a span and metrics for each call of every client, including existing ones.

    A client that was passed to ``instrument`` keeps its own providers.
    """
    EVERY_CLIENT[_KEY] = Telemetry(tracer_provider, meter_provider).follow


def uninstrument_all() -> None:
    """Undo ``instrument_all``."""
    EVERY_CLIENT.pop(_KEY, None)
