"""A local server that speaks Liminal's API, for developing and testing without a tenant.

It needs the extra ``sandbox``: ``pip install "liminal-sdk-python[sandbox]"``.

    from liminal import SyncClient
    from liminal.sandbox import Sandbox

    with Sandbox(terms={"Project Falcon": "CUSTOM"}) as sandbox:
        client = SyncClient.authenticate_from_token(sandbox.url, sandbox.token)

Or from a shell: ``python -m liminal.sandbox``.

What it is not: there is no real model behind it (answers are made by a few lines of code), and no
real policy engine (findings come from patterns, so much of what a tenant would find stays
unfound, and every finding is redacted). It listens on loopback without TLS and keeps all it is
sent in memory. Never give it real data, and never put it where others can reach it.
"""

from liminal.sandbox._controls import RecordedRequest
from liminal.sandbox._sandbox import Sandbox

__all__ = ["RecordedRequest", "Sandbox"]
