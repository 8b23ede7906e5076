"""Runs a command by its name, and reports how it ended: exit status, error message."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

import liminal
from liminal.cli import _console
from liminal.cli._exits import INTERRUPTED, SOME_FAILED, USAGE, complain, line_about, status_of
from liminal.cli.commands import bulk, chat, doctor, lists, login, servers, texts
from liminal.errors import LiminalError

app = typer.Typer(
    name="liminal",
    help="Keep sensitive text from language models: a client of the Liminal API.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,  # they show local variables, which hold prompts
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(value: bool) -> None:  # noqa: FBT001 - a callback's signature
    if value:
        _console.emit(f"liminal {liminal.__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    pass


app.command()(login.login)
app.command()(login.logout)
app.command()(doctor.doctor)
app.command()(lists.models)
app.command()(lists.threads)
app.command()(texts.analyze)
app.command()(texts.cleanse)
app.command()(texts.hydrate)
app.command()(chat.chat)
app.command()(bulk.bulk)
app.command(context_settings=servers.PASSED_ON)(servers.sandbox)
app.command(context_settings=servers.PASSED_ON)(servers.proxy)


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit status. A failure prints one line on stderr."""
    with _console.standard_streams():
        return _run(arguments)


def _run(arguments: Sequence[str]) -> int:
    try:
        status = app(list(arguments) or ["--help"], prog_name="liminal", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        complain(f"{error.format_message().rstrip('.')} (see {_command(error, arguments)} --help)")
        return USAGE
    except LiminalError as error:
        complain(line_about(error))
        return status_of(error)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except OSError as error:
        return _not_written(error)
    except SystemExit as ended:  # of a server's own parser
        status = ended.code
    return status if isinstance(status, int) else 0


def _command(error: typer.TyperException, arguments: Sequence[str]) -> str:
    """Return the command whose help explains the error, if the error has one."""
    context: object = getattr(error, "ctx", None)
    names = {str(getattr(one.callback, "__name__", "")) for one in app.registered_commands}
    given = " ".join(["liminal", *(one for one in arguments[:1] if one in names)])
    return str(getattr(context, "command_path", given))


def _not_written(error: OSError) -> int:
    """Print why output could not be written, unless the reader closed the pipe (``| head``)."""
    if not isinstance(error, BrokenPipeError):
        where = f"{error.filename}: " if error.filename else ""
        complain(f"{where}{error.strerror or error}")
    _drop_output()
    return SOME_FAILED


def _drop_output() -> None:
    # Otherwise the interpreter would try to write the rest at its exit, and report the failure.
    with contextlib.suppress(io.UnsupportedOperation), Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())
