"""``python -m liminal.integrations.proxy``: serve until Ctrl-C, and print how to use it."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import secrets
import signal
import sys
from typing import TYPE_CHECKING, Final

from liminal import Client
from liminal._loopback import OneLineParser
from liminal.errors import LiminalError

try:
    from liminal.integrations.proxy._server import Running, Settings, proxying
except ImportError as _error:
    sys.exit(f'The proxy needs its extra: pip install "liminal-sdk-python[proxy]" ({_error})')

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

KEY: Final = "LIMINAL_PROXY_KEY"
UPSTREAM_KEY: Final = "LIMINAL_PROXY_UPSTREAM_KEY"
MODEL: Final = "LIMINAL_MODEL_INSTANCE"

_USAGE: Final = """\
Liminal proxy on {url}

    export OPENAI_BASE_URL={url}/v1
    export OPENAI_API_KEY={key}
    export ANTHROPIC_BASE_URL={url}
    export ANTHROPIC_API_KEY={key}

Press Ctrl-C to stop."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; return the exit status."""
    try:
        run(arguments)
    except LiminalError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command
        return 2
    except KeyboardInterrupt:  # during the sign-in
        return 130
    return 0


def run(
    arguments: Sequence[str] | None = None,
    *,
    name: str = "python -m liminal.integrations.proxy",
    connect: Callable[[], Client] = Client.from_env,
) -> None:
    """Serve until SIGINT or SIGTERM. ``connect`` makes the client of Liminal that signs in.

    Raises LiminalError if it can't serve.
    """
    options = _parser(name).parse_args(arguments)
    asyncio.run(_serve(_settings(options, os.environ, connect)))


async def _serve(settings: Settings) -> None:
    async with proxying(settings) as running:
        # The server raises a signal again after it has stopped; ignore it.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda _number, _frame: None)
        print(_usage(running, settings), flush=True)  # noqa: T201 - a command
        await running.serve()


def _settings(
    options: argparse.Namespace, environ: Mapping[str, str], connect: Callable[[], Client]
) -> Settings:
    return Settings(
        upstream=options.upstream,
        model_instance=options.model_instance,
        key=_key(environ, KEY) or secrets.token_urlsafe(32),
        upstream_key=_key(environ, UPSTREAM_KEY, at_least=1),
        port=options.port,
        is_isolated=options.isolate,
        is_lenient=options.lenient,
        connect=connect,
    )


def _key(environ: Mapping[str, str], name: str, *, at_least: int = 16) -> str | None:
    key = environ.get(name, "").strip()
    if not key:
        return None
    if len(key) < at_least or not re.fullmatch("[!-~]+", key):
        raise LiminalError(f"{name} must be ASCII without spaces, of length {at_least} or more")
    return key


def _usage(running: Running, settings: Settings) -> str:
    """Return the variables to set. A key that the user has set isn't shown."""
    own = os.environ.get(KEY, "").strip() == settings.key
    return _USAGE.format(url=running.url, key=f'"${KEY}"' if own else settings.key)


def _parser(name: str) -> argparse.ArgumentParser:
    parser = OneLineParser(
        prog=name,
        description="A proxy on 127.0.0.1 that cleanses calls to OpenAI's or Anthropic's API and"
        " hydrates the answers.",
        epilog=f"Environment: {KEY}, the key that programs have to send (default: a new one is"
        f" printed); {UPSTREAM_KEY}, the API key for the upstream; LIMINAL_API_SERVER_URL and"
        " LIMINAL_TOKEN or another way to sign in.",
    )
    add = parser.add_argument
    add("--upstream", required=True, metavar="URL", help="such as https://api.openai.com")
    model = os.environ.get(MODEL) or None
    add(
        *("--model", "-m"),
        dest="model_instance",
        default=model,
        required=model is None,
        metavar="NAME|ID",
        help=f"the model instance whose policy applies (default: {MODEL})",
    )
    add("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    add("--lenient", action="store_true", help="hydrate placeholders that were rewritten, too")
    add("--isolate", action="store_true", help="a new Liminal conversation for each request")
    return parser


if __name__ == "__main__":  # pragma: no cover - run in a separate process
    sys.exit(main())
