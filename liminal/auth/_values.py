"""Secrets as values: checked once when created, and never shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NoReturn, Self

from liminal._calls.discreet import discreetly_made
from liminal.errors import AuthError

# A cookie's value ends at these, or is read differently by different servers (RFC 6265, 4.1.1).
_NOT_IN_A_COOKIE: Final = frozenset(",;\\")


def secret_problem(value: object) -> str | None:
    """Return why ``value`` can't be sent as a secret in a header, without repeating it, or None.

    Visible ASCII is what a bearer token is made of (RFC 6750, 2.1) and what no header can be
    split with.
    """
    if not isinstance(value, str):
        return f"should be a str, but is {_an(type(value).__name__)}"
    if not value:
        return "is empty"
    if not (value.isascii() and value.isprintable()) or " " in value:
        return "contains white space, a line break or another character that is not visible ASCII"
    return None


def _an(name: str) -> str:
    return "None" if name == "NoneType" else f"of type {name}"


@dataclass(frozen=True, slots=True, repr=False)
class _Secret:
    value: str

    def __post_init__(self) -> None:
        problem = secret_problem(self.value) or self._extra_problem()
        if problem is not None:
            kind = type(self).__name__
            raise AuthError(f"This {kind} {problem}: check where it was copied from")

    def _extra_problem(self) -> str | None:
        """Return what else is wrong with a value that is valid in a header, or None."""
        return None

    def __repr__(self) -> str:
        return f"{type(self).__name__}('**********')"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        name = type(self).__name__
        raise AuthError(f"A {name} can't be pickled: it is a secret. Send its .value, if you must")


@discreetly_made
@dataclass(frozen=True, slots=True, repr=False)
class Token(_Secret):
    """An environment token from Liminal.

    ``value`` is the token: visible ASCII, not empty; anything else raises AuthError. The repr hides
    it, and the object can't be pickled.

        client = Client(url, auth=Token(os.environ["TOKEN"]))
    """


@discreetly_made
@dataclass(frozen=True, slots=True, repr=False)
class SessionId(_Secret):
    """The id of a session opened earlier, from a client's ``session_id`` or a ``SessionFile``.

    ``value`` must be valid in a cookie: visible ASCII without comma, semicolon and backslash
    (RFC 6265, 4.1.1); anything else raises AuthError. The repr hides it, and the object can't be
    pickled. Anyone who has it can act as the user who signed in.

        client = Client(url, auth=SessionId(stored))
    """

    def _extra_problem(self) -> str | None:
        """Check what is valid in a header but not in a cookie."""
        if _NOT_IN_A_COOKIE.isdisjoint(self.value):
            return None
        return "contains a comma, a semicolon or a backslash, which cookies can't contain"
