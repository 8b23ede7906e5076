"""Expects an error of this package, which holds nothing of its cause."""

from contextlib import contextmanager

import pytest

from liminal.errors import AuthError


@contextmanager
def refused(message, kind=AuthError):
    """Expect it to be raised, with a message that matches; give what ``pytest.raises`` gives."""
    with pytest.raises(kind, match=message) as caught:
        yield caught
    assert caught.value.__cause__ is caught.value.__context__ is None
    assert not any(secret in repr(caught.value) for secret in ("hush", "Trace ID"))
