"""The commands by name, and how a command ends: its exit status, its last line."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Final

import typer

import liminal
from liminal.cli import _console
from liminal.cli._signin import is_in_environment
from liminal.cli.commands import lists, login, texts
from liminal.errors import AuthError, LiminalError, ModelInstanceUnknownError, RequestError

SOME_FAILED: Final = 1
USAGE: Final = 2
SIGN_IN: Final = 3
SERVICE: Final = 4
INTERRUPTED: Final = 130

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
app.command()(lists.models)
app.command()(lists.threads)
app.command()(texts.analyze)
app.command()(texts.cleanse)
app.command()(texts.hydrate)


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit status. What failed is told in one line on stderr."""
    try:
        status = app(list(arguments) or ["--help"], prog_name="liminal", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        _complain(f"{error.format_message().rstrip('.')} (see {_command(error)} --help)")
        return USAGE
    except LiminalError as error:
        _complain(_told(error))
        return status_of(error)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except OSError as error:
        return _not_written(error)
    return status if isinstance(status, int) else 0


def status_of(error: LiminalError) -> int:
    """Return the exit status that an error stands for."""
    if isinstance(error, AuthError):
        return SIGN_IN
    if isinstance(error, RequestError) and not isinstance(error, ModelInstanceUnknownError):
        return SERVICE
    return USAGE


def _complain(problem: str) -> None:
    _console.note(f"liminal: {problem}")


def _told(error: LiminalError) -> str:
    told = str(error)
    if isinstance(error, AuthError) and not is_in_environment() and "liminal login" not in told:
        told += "; to sign in again, run `liminal login`"
    request_id = getattr(error, "request_id", None)
    return f"{told} (request id {request_id})" if request_id else told


def _command(error: typer.TyperException) -> str:
    context: object = getattr(error, "ctx", None)
    return str(getattr(context, "command_path", "liminal"))


def _not_written(error: OSError) -> int:
    """Tell why output could not be written, unless the reader has closed the pipe: ``| head``."""
    if not isinstance(error, BrokenPipeError):
        where = f"{error.filename}: " if error.filename else ""
        _complain(f"{where}{error.strerror or error}")
    _drop_output()
    return SOME_FAILED


def _drop_output() -> None:
    # Or the interpreter would try once more to write what is left, and report that it can't.
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)
