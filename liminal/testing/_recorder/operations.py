"""Finds the operation of the contract that a request is for, and its models."""

from __future__ import annotations

import json
import pkgutil
import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast, get_type_hints

import liminal_api.api
from liminal.errors import LiminalError
from liminal.testing._recorder.redact import redacted
from liminal_api.decode import loads
from liminal_api.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from liminal_api.types import Operation


@dataclass(frozen=True, slots=True)
class Call:
    """A request: its operation, the key that identifies it, and its original body."""

    operation: Operation[Any]
    key: dict[str, Any]
    text: str
    streams: bool


@dataclass(frozen=True, slots=True)
class _Known:
    operation: Operation[Any]
    path: re.Pattern[str]
    body: Any


@cache
def _operations() -> tuple[_Known, ...]:
    found: list[_Known] = []
    package = liminal_api.api
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        module = import_module(info.name)
        operation: Operation[Any] | None = getattr(module, "OPERATION", None)
        if operation is not None:
            steps = re.split(r"\{[^}]*\}", operation.path)
            path = re.compile("(" + "[^/]+".join(map(re.escape, steps)) + ")$")
            body = get_type_hints(module.get_kwargs).get("body")
            found.append(_Known(operation, path, body))
    return tuple(found)


def read_call(request: httpx.Request, content: bytes) -> Call:
    """Read a request; LiminalError if the contract has no such operation."""
    for known in _operations():
        path = known.path.search(request.url.path)
        if path and request.method == known.operation.method:
            key: dict[str, Any] = {"operation": known.operation.id, "path": path[1]}
            if request.url.query:
                key["query"] = request.url.query.decode("ascii")
            text, streams = "", False
            if known.body is not None:
                body = _body(known, content)
                text, streams = (
                    getattr(body, "text", ""),
                    bool(getattr(body, "is_streaming", False)),
                )
                key["body"] = redacted(body).to_dict()
            return Call(known.operation, key, text, streams)
    raise LiminalError(
        "This request can't be redacted, since it is for none of the contract's operations"
    )


def _body(known: _Known, content: bytes) -> Any:
    try:
        return known.body.from_dict(loads(content))
    except DecodeError as error:
        problem = str(error)
    raise LiminalError(f"A request for {known.operation.id} can't be redacted: {problem}")


def differences(one: object, other: object) -> list[str]:
    """Return the places in which two JSON values differ, without the values."""
    left, right = dict(_leaves(one, "$")), dict(_leaves(other, "$"))
    places = dict.fromkeys([*left, *right])
    return [place for place in places if left.get(place) != right.get(place)]


def _leaves(value: object, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, item in cast("dict[str, object]", value).items():
            yield from _leaves(item, f"{place}.{name}")
    elif isinstance(value, list):
        for number, item in enumerate(cast("list[object]", value)):
            yield from _leaves(item, f"{place}[{number}]")
    else:
        yield place, json.dumps(value)
