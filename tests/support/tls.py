"""TLS contexts that are made once: to load or to issue certificates takes 30 to 60 ms."""

import ssl
from functools import cache
from typing import Any

import trustme

# For clients that never use it.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

authority = cache(trustme.CA)


@cache
def serving() -> ssl.SSLContext:
    """For a server on this machine."""
    return serving_as("127.0.0.1", "localhost")


def serving_as(*names: str, **options: Any) -> ssl.SSLContext:
    """For a server with these names; a context of its own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert(*names, **options).configure_cert(context)
    return context


@cache
def trusting() -> ssl.SSLContext:
    """For a client of that server."""
    context = ssl.create_default_context()
    authority().configure_trust(context)
    return context
