"""What the commands that serve on 127.0.0.1 share: the sandbox and the proxy."""

from __future__ import annotations

import argparse
import os
import socket
from typing import Final, NoReturn

from liminal.errors import LiminalError

HOST: Final = "127.0.0.1"


class OneLineParser(argparse.ArgumentParser):
    """Prints an error in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message} (see --help)\n")


def listen(name: str, port: int) -> socket.socket:
    """Return a socket that listens on 127.0.0.1; LiminalError names the server ``name``."""
    # asyncio disables Nagle's algorithm only if the protocol is given.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # On Windows, the option lets two servers share a port.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(1024)
    except (OSError, OverflowError) as error:
        listener.close()
        problem = getattr(error, "strerror", None) or "port must be 0 to 65535"
    else:
        return listener
    raise LiminalError(f"the {name} can't listen on {HOST}:{port}: {problem}")
