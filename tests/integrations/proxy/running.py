"""Runs a proxy in this process, as the command does."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from anyio.from_thread import start_blocking_portal

from liminal.integrations.proxy._server import Running, Settings, proxying

KEY = "the-key-of-the-proxy"
ADA = "Ada Lovelace"
SAID = f"Dear {ADA}, yes, {ADA}"


@contextmanager
def running(upstream: str, **options: Any) -> Iterator[Running]:
    """Run a proxy during the block. The environment must name a sandbox."""
    given: dict[str, Any] = {"model_instance": "sandbox-model", "key": KEY}
    settings = Settings(upstream=upstream, **given | options)
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(proxying(settings)) as proxy,
    ):
        serving = portal.start_task_soon(proxy.serve)
        try:
            yield proxy
        finally:
            proxy.server.should_exit = True
            serving.result(20)
