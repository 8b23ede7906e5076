"""What all tests share: both event loops, hypothesis profiles, and no proxy between them."""

import gc
import os
import signal

import pytest
from hypothesis import HealthCheck, settings

# These need Ray, Dask and Spark, in an environment of their own: ./scripts/engines.
collect_ignore = ["engines"]

pytest_plugins = [
    "pytester",  # for the tests of our own plugin
    "tests.support.authority",
    "tests.support.libraries",
    "tests.support.order",
]

# ``deadline=None``: a slow machine must not fail a test. ``print_blob``: a failure can be repeated
# from its output alone, with ``@reproduce_failure``.
# CI tries three times as many examples as a developer's machine.
settings.register_profile("default", deadline=None, max_examples=30)
settings.register_profile("ci", settings.get_profile("default"), print_blob=True, max_examples=100)
settings.register_profile(
    "nightly",  # by ``--hypothesis-profile=nightly``
    settings.get_profile("ci"),
    max_examples=5000,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci" if os.environ.get("CI") else "default")

# httpx uses proxies for loopback addresses too, and a test must not use a developer's sign-in.
_FOREIGN = ("LIMINAL_", "SSL_CERT_", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTPX_")
for _name in tuple(os.environ):
    if _name.upper().endswith("_PROXY") or _name.upper().startswith(_FOREIGN):
        del os.environ[_name]

# A shell's background jobs ignore Ctrl-C, which would break the tests of Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# Modules stay until the end, so the garbage collector skips them: during the imports, and in the
# tests that look for leaks.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_xdist_auto_num_workers() -> int:
    """Give each core two workers: half of the time a test waits for a socket or a process."""
    return 2 * (os.cpu_count() or 1)


@pytest.fixture(scope="session")
def mypy_cache(pytestconfig):
    """mypy's cache, shared by tests and kept between runs."""
    assert pytestconfig.cache is not None
    return pytestconfig.cache.mkdir("mypy")


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request):
    """Run each test of a coroutine on both event loops."""
    backend: str = request.param
    return backend


@pytest.fixture
def sandbox():
    """Run a sandbox with its defaults."""
    from liminal.sandbox import Sandbox  # so late that its lines are measured

    with Sandbox() as sandbox:
        yield sandbox
