"""The instrumentor for every client, which ``opentelemetry-instrument`` finds and loads.

Needs ``opentelemetry-instrumentation``, which brings that command.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from opentelemetry.instrumentation.instrumentor import BaseInstrumentor

from . import instrument_all, uninstrument_all

__all__ = ["LiminalInstrumentor"]


class LiminalInstrumentor(BaseInstrumentor):
    """Instruments every client of the program.

    ``instrument()`` takes ``tracer_provider`` and ``meter_provider``.

        LiminalInstrumentor().instrument()
    """

    def instrumentation_dependencies(self) -> Collection[str]:
        """No dependencies: the instrumentor is part of the package that it instruments."""
        return ()

    def _instrument(self, **kwargs: Any) -> None:
        instrument_all(
            tracer_provider=kwargs.get("tracer_provider"),
            meter_provider=kwargs.get("meter_provider"),
        )

    def _uninstrument(self, **_: Any) -> None:
        uninstrument_all()
