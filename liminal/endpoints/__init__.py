"""The services of the API, one folder each; their models have a stable place here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liminal._compat.moved import moved

if not TYPE_CHECKING:
    __getattr__ = moved(__name__)
