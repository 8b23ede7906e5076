"""Stable import paths for the models of the API's services, one folder for each service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liminal._compat.moved import moved

if not TYPE_CHECKING:
    __getattr__ = moved(__name__)
