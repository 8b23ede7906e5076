"""Keeps a session id in a file, so that the next run of a program need not sign in."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from liminal._calls.discreet import discreet
from liminal.auth._private_file import PrivateFile, Unusable, file_path
from liminal.auth._values import SessionId
from liminal.errors import LiminalError

if TYPE_CHECKING:
    import os

_logger = logging.getLogger("liminal")


class SessionFile:
    """A file that holds one session id, readable by its owner alone (mode 0600).

    It is replaced as a whole: a program that is killed while it writes leaves the old session or
    the new one. Several processes may share it; the last one to save wins. Keep it out of backups
    and version control: whoever has the session can act as the person who signed in.

        file = SessionFile(Path.home() / ".my-program" / "session")
        client = Client(url, auth=file.load() or provider)
        client.on_session_change(file.save)

    AuthError, here, for a ``path`` that can't be a file's.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._file = PrivateFile(file_path("path", path))

    @discreet
    def load(self) -> SessionId | None:
        """Return the session that was saved last.

        None if there is none, and also if the file is damaged, belongs to somebody else or is open
        to others: that is logged as a warning, and the next ``save`` replaces it.
        """
        try:
            content = self._file.read()
            return None if content is None else _parsed(content)
        except Unusable as problem:
            _logger.warning("The session file %s is not used: %s", self._file.path, problem)
            return None

    @discreet
    def save(self, session_id: str | SessionId) -> None:
        """Put ``session_id`` into the file, making its folder if need be.

        AuthError for what can't be a session id; LiminalError if the file can't be written.
        """
        session = session_id if isinstance(session_id, SessionId) else SessionId(session_id)
        reason = ""
        try:
            with self._file.locked():
                self._file.write(f"{session.value}\n".encode())
        except OSError as error:
            reason = error.strerror or str(error)
        if reason:
            raise LiminalError(f"The session file {self._file.path} can't be written: {reason}")


def _parsed(content: bytes) -> SessionId:
    try:
        return SessionId(content.decode("ascii").removesuffix("\n"))
    except (UnicodeDecodeError, LiminalError):
        pass
    raise Unusable("it holds no session id")
