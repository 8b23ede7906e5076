"""Validates requests strictly; an error names the part that doesn't match the contract."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn, cast

from liminal.sandbox._service.detect import Finding, without_overlaps

if TYPE_CHECKING:
    from collections.abc import Callable


class Refusal(Exception):  # noqa: N818 - one of an operation's outcomes, not a fault
    """The request can't be carried out: the answer's status, and a message for its body."""

    def __init__(
        self, status: int, message: str, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers


def parse_json(body: bytes) -> Any:
    """Decode a body by RFC 8259; raises ValueError for anything else."""
    try:
        return json.loads(body, parse_constant=_no_constant)
    except RecursionError:
        pass
    raise ValueError("nested too deep")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


class Fields:
    """The fields of a JSON object, each read with the type that the contract gives it.

    An optional field may be absent or null, which mean the same.
    """

    def __init__(self, values: object, path: str = "$") -> None:
        if not isinstance(values, dict):
            raise Refusal(400, f"{path} should be an object.")
        self._values = cast("dict[str, Any]", values)
        self._path = path

    def text(self, name: str) -> str:
        """A string."""
        value: str = self._required(name, _is_text, "a string")
        return value

    def integer(self, name: str) -> int:
        """An integer; in JSON Schema, 1.0 is one."""
        return int(self._required(name, _is_integer, "an integer"))

    def number(self, name: str) -> float:
        """A number."""
        value: float = self._required(name, _is_number, "a number")
        return value

    def text_or_null(self, name: str) -> str | None:
        """A string or null."""
        value: str | None = self._required(name, _is_text_or_null, "a string or null")
        return value

    def optional_integer(self, name: str) -> int | None:
        """An integer; None if absent."""
        return None if self._is_left_out(name) else self.integer(name)

    def flag(self, name: str) -> bool:
        """A boolean; False if absent."""
        return not self._is_left_out(name) and self._required(name, _is_flag, "true or false")

    def findings(self, name: str, text: str) -> list[Finding] | None:
        """The findings of ``text``, without overlaps; None if absent."""
        if self._is_left_out(name):
            return None
        given: list[object] = self._required(name, _is_list, "a list")
        found = [_finding(one, f"{self._path}.{name}[{at}]", text) for at, one in enumerate(given)]
        return without_overlaps(found, len(text))

    def _is_left_out(self, name: str) -> bool:
        return self._values.get(name) is None

    def _required(self, name: str, fits: Callable[[object], bool], wanted: str) -> Any:
        if name not in self._values:
            raise Refusal(400, f"{self._path}.{name} is missing.")
        value = self._values[name]
        if not fits(value):
            raise Refusal(400, f"{self._path}.{name} should be {wanted}.")
        return value


def _finding(value: object, path: str, text: str) -> Finding:
    fields = Fields(value, path)
    start, end = fields.integer("start"), fields.integer("end")
    secret, kind = fields.text("text"), fields.text("type")
    score, term = fields.number("score"), fields.text_or_null("customTerm")
    fields.text("scoreCategory")
    fields.text("policyAction")
    if not 0 <= start < end <= len(text) or text[start:end] != secret:
        raise Refusal(422, f"{path} does not match the text: its offsets count code points.")
    if not kind:
        raise Refusal(422, f"{path}.type should not be empty.")
    if not 0 <= score <= 1:
        raise Refusal(422, f"{path}.score should be 0 to 1.")
    return Finding(start, end, kind, score, term)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_text_or_null(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_integer(value: object) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, float) and value.is_integer()
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_list(value: object) -> bool:
    return isinstance(value, list)
