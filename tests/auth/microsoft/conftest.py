"""A token cache with and without a sign-in, and what is logged about it."""

import logging
import sys

import pytest


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def plain(monkeypatch):
    """Be as without msal-extensions: caches are not encrypted."""
    monkeypatch.setitem(sys.modules, "msal_extensions", None)


@pytest.fixture
def warnings(caplog):
    """Return what was logged as a warning."""
    return lambda: [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]


@pytest.fixture
def stored(plain, authority, make_provider, path):
    """Store one person's sign-in, with an access token that needs renewal."""
    authority.token_lifetime = 60
    make_provider(token_cache=path).get_access_token_sync()
    authority.reset_requests()
    return path
