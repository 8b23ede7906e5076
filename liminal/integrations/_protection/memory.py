"""Remembers cleansed texts, so that none is sent to the service twice."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final, cast

# Enough for a long conversation with many tools. The characters are those of the cleansed texts.
_MAX_TEXTS: Final = 4096
_MAX_CHARACTERS: Final = 8 * 1024 * 1024


class Memory:
    """Cleansed texts by the digest of the original; the least recently used are dropped first.

    The originals are not kept. What the model itself wrote is remembered as well, by the hydrated
    text that its user has seen: when that comes back in the history, the model gets its own words.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)  # so that a digest reveals nothing outside this process
        self._texts: OrderedDict[bytes, str] = OrderedDict()
        self._lock = threading.Lock()
        self._characters = 0

    def get(self, text: str) -> str | None:
        """Return the cleansed text, or None if it isn't known."""
        digest = self._digest(text)
        with self._lock:
            known = self._texts.get(digest)
            if known is not None:
                self._texts.move_to_end(digest)
            return known

    def put(self, text: str, cleansed: str) -> None:
        """Remember the cleansed form of ``text``."""
        digest = self._digest(text)
        with self._lock:
            self._characters += len(cleansed) - len(self._texts.pop(digest, ""))
            self._texts[digest] = cleansed
            while len(self._texts) > _MAX_TEXTS or self._characters > _MAX_CHARACTERS:
                _, forgotten = self._texts.popitem(last=False)
                self._characters -= len(forgotten)

    def put_all(self, hydrated: object, raw: object) -> None:
        """Remember the texts in a model's answer, given as hydrated and as original JSON."""
        if isinstance(hydrated, str) and isinstance(raw, str):
            # An unchanged text is not remembered, so it is cleansed like any other.
            if hydrated != raw:
                self.put(hydrated, raw)
        elif isinstance(hydrated, dict) and isinstance(raw, dict):
            # Hydrated keys have other names; the order is the same.
            pairs = zip(
                cast("Mapping[str, object]", hydrated).items(),
                cast("Mapping[str, object]", raw).items(),
                strict=False,
            )
            for one, other in pairs:
                self.put_all(list(one), list(other))
        elif isinstance(hydrated, list) and isinstance(raw, list):
            parts = zip(
                cast("Sequence[object]", hydrated), cast("Sequence[object]", raw), strict=False
            )
            for value, written in parts:
                self.put_all(value, written)

    def __len__(self) -> int:
        return len(self._texts)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self)} texts>"

    def _digest(self, text: str) -> bytes:
        data = text.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(data, digest_size=16, key=self._key).digest()
