"""``python -m liminal.sandbox``: serve on loopback until Ctrl-C, and print how to use it."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import threading
from typing import TYPE_CHECKING

from liminal._loopback import OneLineParser
from liminal.errors import LiminalError
from liminal.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Sequence

_USAGE = """\
Liminal sandbox on {url}

    export LIMINAL_API_SERVER_URL={url}
    export LIMINAL_TOKEN={token}
    export TOKEN={token}
    export SESSION_ID={session_id}
    export MODEL_INSTANCE_NAME={model_instance}

There is no real model and no real policy engine behind it: never send it real data.
Press Ctrl-C to stop."""


def main(arguments: Sequence[str] | None = None, *, name: str = "python -m liminal.sandbox") -> int:
    """Serve until SIGINT or SIGTERM; return the exit status. --help shows ``name``."""
    options = _parser(name).parse_args(arguments)
    stop = threading.Event()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    try:
        with _sandbox(options) as sandbox:
            print(_usage(sandbox), flush=True)  # noqa: T201 - a command
            while True:  # On Windows, Ctrl-C doesn't interrupt a wait without a timeout.
                if stop.wait(0.5):
                    return 0
    except LiminalError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command
        return 2


def _sandbox(options: argparse.Namespace) -> Sandbox:
    return Sandbox(
        token=options.token,
        port=options.port,
        session_ttl=options.session_ttl,
        stream_format=options.stream_format,
        chunk_delay=options.chunk_delay,
        terms=dict(options.term),
    )


def _usage(sandbox: Sandbox) -> str:
    return _USAGE.format(
        url=sandbox.url,
        token=shlex.quote(sandbox.token),
        session_id=sandbox.create_session(),
        model_instance="sandbox-model",
    )


def _parser(name: str) -> argparse.ArgumentParser:
    parser = OneLineParser(
        prog=name,
        description="A local server that implements Liminal's API, for development.",
    )
    add = parser.add_argument
    add("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    add("--token", default="sandbox-token", help="environment token to accept")
    add("--session-ttl", type=float, metavar="SECONDS", help="lifetime of a session")
    add("--stream-format", choices=("ndjson", "sse"), help="default: what the request accepts")
    add("--chunk-delay", type=float, default=0.0, metavar="SECONDS", help="wait before each chunk")
    add(
        "--term",
        type=_term,
        action="append",
        default=[],
        metavar="WORDS=TYPE",
        help='your own sensitive words, such as "Project Falcon=CUSTOM"; may be repeated',
    )
    return parser


def _term(text: str) -> tuple[str, str]:
    words, equals, kind = text.rpartition("=")
    if not (words and equals and kind):
        raise argparse.ArgumentTypeError(f"{text!r} is not WORDS=TYPE")
    return words, kind


if __name__ == "__main__":
    sys.exit(main())
