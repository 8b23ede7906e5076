"""A sandbox in the environment, and a settings folder and a keyring for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import NoKeyringError, PasswordDeleteError

from liminal.sandbox import Sandbox


class Keyring(KeyringBackend):
    """A keyring in memory. With ``is_there`` False, it acts like a machine without one."""

    priority = 1  # pyright: ignore[reportAssignmentType] - a class property there

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.is_there = True

    def set_password(self, service: str, username: str, password: str) -> None:
        if not self.is_there:
            raise NoKeyringError
        self.kept[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        if not self.is_there:
            raise NoKeyringError
        return self.kept.get((service, username))

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError


@pytest.fixture(scope="package")
def one_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which a sign-in is saved."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "liminal"


@pytest.fixture(autouse=True)
def safe() -> Iterator[Keyring]:
    """Return the keyring that the command finds."""
    before, safe = keyring.get_keyring(), Keyring()
    keyring.set_keyring(safe)
    yield safe
    keyring.set_keyring(before)


@pytest.fixture
def server(one_sandbox: Sandbox) -> Sandbox:
    """Run a sandbox without a signed-in user."""
    one_sandbox.chunk_delay = one_sandbox.answer_delay = 0
    return one_sandbox


@pytest.fixture
def sandbox(server: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Run a sandbox to which the environment signs in."""
    monkeypatch.setenv("LIMINAL_API_SERVER_URL", server.url)
    monkeypatch.setenv("LIMINAL_TOKEN", server.token)
    return server
