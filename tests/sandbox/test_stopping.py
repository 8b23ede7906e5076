"""A sandbox that stops while somebody knocks."""

import gc
import socket
from urllib.parse import urlsplit

from liminal.sandbox import Sandbox


def test_a_connection_that_was_just_made_is_closed_too() -> None:
    """One that was accepted and not yet served would be left open: a warning, here an error."""
    for _ in range(20):
        with Sandbox() as sandbox:
            address = urlsplit(sandbox.url)
            knocking = [
                socket.create_connection((address.hostname, address.port)) for _ in range(5)
            ]
        for each in knocking:
            each.close()
    gc.collect()
