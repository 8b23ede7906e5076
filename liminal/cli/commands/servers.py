"""``liminal sandbox`` and ``liminal proxy``: run the modules of these names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import typer

from liminal.cli._signin import server_and_credential

if TYPE_CHECKING:
    from liminal import Client

# Options are passed to the modules' own parsers, so that they are the same as with `python -m`.
PASSED_ON: Final[dict[str, Any]] = {
    "ignore_unknown_options": True,
    "allow_extra_args": True,
    "help_option_names": [],
}


def sandbox(context: typer.Context) -> None:
    """Serve Liminal's API locally, for development."""
    from liminal.sandbox.__main__ import main  # noqa: PLC0415 - loads a server

    raise typer.Exit(main(context.args, name="liminal sandbox"))


def proxy(context: typer.Context) -> None:
    """Protect programs that call OpenAI or Anthropic."""
    from liminal.integrations.proxy.__main__ import run  # noqa: PLC0415 - as above

    run(context.args, name="liminal proxy", connect=_client)


def _client() -> Client:
    from liminal import Client  # noqa: PLC0415 - --help needs none

    server, credential = server_and_credential()
    return Client(server, auth=credential)
