"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liminal.errors import LiminalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liminal import SyncClient
    from liminal_api.models import ModelInstance


def _name(given: str) -> str:
    """Parse a name. An empty one may come from a shell variable that is not set."""
    if not given:
        raise typer.BadParameter("the name is empty")
    return given


Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        metavar="NAME|ID",
        envvar="LIMINAL_MODEL_INSTANCE",
        help="The model instance; optional if there is only one.",
        parser=_name,
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
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def path(given: str) -> Path:
    """Parse a path. An empty one would mean the current folder, and is refused."""
    if not given:
        raise typer.BadParameter("the path is empty")
    return Path(given)


def folder(given: str) -> Path:
    """Parse the path of a folder, which need not exist yet."""
    found = path(given)
    if found.exists() and not found.is_dir():
        raise typer.BadParameter(f"{found} is not a folder")
    return found


def model_instance_id(client: SyncClient, given: str | None) -> int:
    """Return the id of the model instance with this name or id; without one, of the only one."""
    if given is not None and not given.isdecimal():
        return client.llm.get_model_instance(given).id
    found = client.llm.get_available_model_instances()
    if given is not None:
        return _of_id(given, found)
    usable = [one for one in found if one.model_connections]
    if len(usable) == 1:
        return usable[0].id
    if not usable:
        raise LiminalError("You have no model instance to use: ask an administrator for one")
    raise LiminalError(
        f"You can use {len(usable)} model instances: name one with --model or in"
        " LIMINAL_MODEL_INSTANCE; `liminal models` lists them"
    )


def _of_id(given: str, found: Sequence[ModelInstance]) -> int:
    chosen = [one for one in found if str(one.id) == given]
    if not chosen:
        raise LiminalError(
            f"no model instance has that id: `liminal models` lists the {len(found)} that you can"
            " see"
        )
    if not chosen[0].model_connections:
        raise LiminalError(
            "the model instance with that id has no model connections, so it can't be used: ask an"
            " administrator to connect a model to it"
        )
    return chosen[0].id
