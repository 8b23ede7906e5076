"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liminal.errors import LiminalError

if TYPE_CHECKING:
    from liminal import SyncClient

Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        metavar="NAME|ID",
        envvar="LIMINAL_MODEL_INSTANCE",
        help="The model instance; may be left out if there is only one.",
        show_default=False,
    ),
]
Thread = Annotated[
    int | None,
    typer.Option(
        "--thread",
        "-t",
        metavar="ID",
        min=1,
        help="The thread that the text belongs to.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]


def path(given: str) -> Path:
    """Return the path that was given. An empty one would stand for the current folder."""
    if not given:
        raise typer.BadParameter("the path is empty")
    return Path(given)


def folder(given: str) -> Path:
    """Return the path of a folder, which may not exist yet."""
    found = path(given)
    if found.exists() and not found.is_dir():
        raise typer.BadParameter(f"{found} is not a folder")
    return found


def model_instance_id(client: SyncClient, given: str | None) -> int:
    """Return the id of the model instance of this name or id; of the only one if none is given."""
    if given is not None and given.isdecimal():
        return int(given)
    if given is not None:
        return client.llm.get_model_instance(given).id
    usable = [one for one in client.llm.get_available_model_instances() if one.model_connections]
    if len(usable) == 1:
        return usable[0].id
    if not usable:
        raise LiminalError("This identity can use no model instance: ask an administrator for one")
    raise LiminalError(
        f"This identity can use {len(usable)} model instances: name one with --model or in"
        " LIMINAL_MODEL_INSTANCE; `liminal models` lists them"
    )
