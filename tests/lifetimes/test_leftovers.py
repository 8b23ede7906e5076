"""A client that was closed leaves no descriptor, no thread and no connection behind."""

import gc
import os
import sys
import threading
import time

import pytest

from tests.faults import steps
from tests.faults.operations import OPERATIONS
from tests.faults.server import FaultServer, Step, good
from tests.faults.variants import NAMES, Variant, variant

PLANS: dict[str, list[Step]] = {
    "good": [good],
    "lost": [steps.reset_after_headers, good],
    "cut": [steps.short_content_length, good],
    "refused": [steps.status(404)],
    "renewed": [steps.status(401), good],
}


def open_files() -> set[str]:
    """The descriptors of this process but those of directories, one of which is /proc/self/fd."""
    return {fd for fd in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{fd}")}  # noqa: PTH110, PTH208


def use(sdk: Variant, server: FaultServer) -> None:
    client = sdk.client(server.url)
    for operation in OPERATIONS.values():
        sdk.start(operation(client)).exception(timeout=10)
    sdk.run(client.close)
    server.wait_for(connections=0)
    gc.collect()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("plan", PLANS)
def test_nothing_is_left_open_after_close(name, plan):
    with FaultServer(*PLANS[plan]) as server, variant(name) as sdk:
        use(sdk, server)  # what is made once for a process is made now
        files, threads = len(open_files()), threading.active_count()
        for _ in range(2):
            use(sdk, server)
        assert len(open_files()) <= files
        patience = time.monotonic() + 5  # the server's threads end a moment after their connections
        while threading.active_count() > threads and time.monotonic() < patience:
            time.sleep(0.01)
        assert threading.active_count() <= threads


def test_a_client_starts_no_thread():
    with FaultServer() as server, variant("blocking") as sdk:
        client = sdk.client(server.url)
        before = {thread for thread in threading.enumerate() if thread.name != "fault-server"}
        for operation in OPERATIONS.values():
            sdk.run(operation(client))
        after = {thread for thread in threading.enumerate() if thread.name != "fault-server"}
        assert after == before
