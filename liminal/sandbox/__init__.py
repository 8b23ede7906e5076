"""A local server that implements Liminal's API, for developing and testing without a tenant.

Requires the extra ``sandbox``: ``pip install "liminal-sdk-python[sandbox]"``.

    from liminal import SyncClient
    from liminal.sandbox import Sandbox

    with Sandbox(terms={"Project Falcon": "CUSTOM"}) as sandbox:
        client = SyncClient.authenticate_from_token(sandbox.url, sandbox.token)

Or from a shell: ``python -m liminal.sandbox``.

There is no real model behind it: a few lines of code write the answers. There is no real policy
engine either: findings come from patterns, so it misses much of what a tenant finds, and it redacts
every finding. It listens on loopback without TLS and keeps all that it receives in memory. Never
send it real data, and never make it reachable for others.
"""

from liminal.sandbox._controls import RecordedRequest
from liminal.sandbox._sandbox import Sandbox

__all__ = ["RecordedRequest", "Sandbox"]
