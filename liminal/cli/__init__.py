"""The command ``liminal``, of the extra ``cli``.

``main`` is its entry point. Nothing else here is for programs: they have ``SyncClient``.
"""

from __future__ import annotations

import sys
from typing import NoReturn

__all__ = ["main"]


def main() -> NoReturn:
    """Run the command with the arguments of this process, and exit with its status.

    0: done; 1: some items failed; 2: wrong usage; 3: the sign-in failed; 4: the service failed;
    130: Ctrl-C.
    """
    try:
        from liminal.cli._app import run  # noqa: PLC0415 - the extra may be missing
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] in {"liminal", "liminal_api"}:
            raise
        sys.exit(
            "The command liminal needs its extra, which is not installed:"
            f' pip install "liminal-sdk-python[cli]" ({error})'
        )
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(run(sys.argv[1:]))
