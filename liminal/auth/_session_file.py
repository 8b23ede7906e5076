"""Saves a session id to a file, so that the next run of a program need not sign in."""

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
    """A file for one session id, readable only by its owner (mode 0600).

    The file is replaced atomically, and several processes may share it; the last one to save wins.
    Keep it out of backups and version control: anyone who has the session id can act as the user
    who signed in.

        file = SessionFile(Path.home() / ".my-program" / "session")
        client = Client(url, auth=file.load() or provider)
        client.on_session_change(file.save)

    Raises AuthError if ``path`` can't be the path of a file.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._file = PrivateFile(file_path("path", path))

    @discreet
    def load(self) -> SessionId | None:
        """Return the saved session id, or None if there is none.

        A file that is damaged, owned by another user or accessible to others counts as none; a
        warning is logged, and the next ``save`` replaces it.
        """
        try:
            content = self._file.read()
            return None if content is None else _parsed(content)
        except Unusable as problem:
            _logger.warning("The session file %s is not used: %s", self._file.path, problem)
            return None

    @discreet
    def save(self, session_id: str | SessionId) -> None:
        """Write ``session_id`` to the file and create its folder if necessary.

        Raises AuthError for an invalid session id, and LiminalError if the file can't be written.
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
    raise Unusable("it has no valid session id")
