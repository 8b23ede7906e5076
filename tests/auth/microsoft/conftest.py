"""A hook into the authority."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from liminal.sandbox.authority import Authority

Record = Callable[[str, Callable[[dict[str, str]], object]], None]


@pytest.fixture
def on_request(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Record:
    """Have a function called with the form of each request, before the authority answers it."""

    def on_request(handler: str, call: Callable[[dict[str, str]], object]) -> None:
        real = getattr(authority._app, handler)

        def handle(form: dict[str, str]) -> Any:
            call(form)
            return real(form)

        monkeypatch.setattr(authority._app, handler, handle)

    return on_request
