"""``liminal models`` and ``liminal threads``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from liminal.cli import _console
from liminal.cli._options import Json
from liminal.cli._signin import connect

if TYPE_CHECKING:
    from liminal_api.models import ModelInstance


def models(*, json: Json = False) -> None:
    """List the model instances that you may use."""
    with connect() as client:
        found = sorted(client.llm.get_available_model_instances(), key=lambda one: one.id)
    if json:
        return _console.emit_json(
            [{"id": one.id, "name": one.name, "models": _models(one)} for one in found]
        )
    rows = [(one.id, one.name, ", ".join(_models(one)) or "none: can't be used") for one in found]
    return _console.emit_table(("ID", "NAME", "MODELS"), rows)


def _models(instance: ModelInstance) -> list[str]:
    # Not the whole connections, which contain the provider's credentials.
    return [connection.model for connection in instance.model_connections]


def threads(
    *,
    limit: Annotated[
        int | None,
        typer.Option("--limit", "-n", metavar="NUMBER", min=0, help="Show at most this many."),
    ] = None,
    json: Json = False,
) -> None:
    """List your threads: those created with an SDK."""
    with connect() as client:
        found = list(client.thread.list(max_items=limit))
    if json:
        return _console.emit_json(
            [
                {
                    "id": one.id,
                    "name": one.name,
                    "model_instance_id": one.model_instance_id,
                    "updated_at": one.updated_at.isoformat(),
                }
                for one in found
            ]
        )
    rows = [
        (one.id, one.name, one.model_instance.name, f"{one.updated_at.astimezone():%Y-%m-%d %H:%M}")
        for one in found
    ]
    return _console.emit_table(("ID", "NAME", "MODEL", "CHANGED"), rows)
