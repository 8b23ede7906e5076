"""Replaces findings with placeholders, and placeholders with their text."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from liminal.sandbox._service.detect import Finding

_NOT_IN_A_PLACEHOLDER = re.compile(r"[^A-Za-z0-9_]+")
_STARTS = re.compile(r"(?<![A-Za-z0-9_])[A-Z]")


class Vault:
    """A thread's placeholders: the same text of the same type always has the same one."""

    def __init__(self) -> None:
        self._placeholders: dict[tuple[str, str], str] = {}
        self._texts: dict[str, str] = {}
        self._next: dict[str, int] = {}
        self._patterns: dict[str, re.Pattern[str]] = {}  # one a stem, the longest first

    def placeholder(self, kind: str, text: str, prompt: str) -> str:
        """Return the placeholder of ``text``; a new one doesn't occur in ``prompt``."""
        known = self._placeholders.get((kind, text))
        if known is not None:
            return known
        stem = _NOT_IN_A_PLACEHOLDER.sub("_", kind).upper().lstrip("_0123456789") or "TERM"
        number = self._next.get(stem, 0)
        while f"{stem}_{number}" in prompt:
            number += 1
        made = f"{stem}_{number}"
        self._next[stem] = number + 1
        self._placeholders[kind, text] = made
        self._texts[made] = text
        if stem not in self._patterns:
            self._patterns[stem] = re.compile(rf"{stem}_[0-9]+".replace("_", r"\\?_"))
            self._patterns = dict(sorted(self._patterns.items(), key=lambda one: -len(one[0])))
        return made

    def places(self, text: str) -> Iterator[tuple[int, int, str, str]]:
        r"""Yield start, end, placeholder and its text for each placeholder in ``text``.

        There is no ASCII letter, digit or underscore directly before it and no digit directly after
        it. The longest match wins. Markdown's ``PERSON\_0`` is recognized, too.
        """
        for start in _STARTS.finditer(text):  # none is within a placeholder
            for pattern in self._patterns.values():
                match = pattern.match(text, start.start())
                placeholder = match[0].replace("\\", "") if match else ""
                if match and placeholder in self._texts:
                    yield *match.span(), placeholder, self._texts[placeholder]
                    break


class _Pieces:
    """Builds a text piece by piece and knows the offset of the next one."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self.length = 0

    def add(self, piece: str) -> tuple[int, int]:
        start = self.length
        self._pieces.append(piece)
        self.length += len(piece)
        return start, self.length

    def __str__(self) -> str:
        return "".join(self._pieces)


def cleanse(prompt: str, findings: Iterable[Finding], vault: Vault) -> dict[str, Any]:
    """Return the CleanseResponse. ``findings`` are in order and don't overlap."""
    text, hashed = _Pieces(), _Pieces()
    items: list[dict[str, Any]] = []
    items_hashed: list[dict[str, Any]] = []
    done = 0
    for finding in findings:
        secret = prompt[finding.start : finding.end]
        placeholder = vault.placeholder(finding.type, secret, prompt)
        for whole, piece, into in (
            (text, placeholder, items),
            (hashed, hash_of(secret), items_hashed),
        ):
            whole.add(prompt[done : finding.start])
            start, end = whole.add(piece)
            into.append({"start": start, "end": end, "entityType": placeholder})
        done = finding.end
    text.add(prompt[done:])
    hashed.add(prompt[done:])
    return {
        "text": str(text),
        "items": items,
        "textHashed": str(hashed),
        "itemsHashed": items_hashed,
    }


def hash_of(secret: str) -> str:
    """Return the SHA-256 in base64. Lone surrogates, which JSON allows, are hashed unchanged."""
    digest = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
    return base64.b64encode(digest).decode("ascii")


def hydrate(text: str, vault: Vault) -> dict[str, Any]:
    """Return the HydrateResponse. The items' offsets refer to the hydrated text."""
    items: list[dict[str, Any]] = []
    whole = _Pieces()
    position = 0
    for start, end, placeholder, secret in vault.places(text):
        whole.add(text[position:start])
        at, to = whole.add(secret)
        items.append({"start": at, "end": to, "entityType": placeholder, "text": secret})
        position = end
    whole.add(text[position:])
    return {"text": str(whole), "items": items}
