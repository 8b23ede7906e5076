# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""What can go wrong in this package. No message, repr or pickle holds what was sent or answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

__all__ = ("ApiError", "DecodeError", "InvalidParameter", "UnexpectedStatus")


class ApiError(Exception):
    """Any error of this package."""


class DecodeError(ApiError):
    """An answer does not fit the contract.

    ``path`` is the place as a JSON path, such as ``$.data[3].name``; keys that the contract doesn't
    know are ``*`` in it. ``problem`` says what is wrong there: ``is missing``, ``should be a string``.
    """

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.path} {self.problem}"


class InvalidParameter(ApiError, ValueError):
    """An argument can't be sent. ``name`` is that of the parameter, ``problem`` says why."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(name, problem)
        self.name = name
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.name} {self.problem}"


class UnexpectedStatus(ApiError):
    """The status of an answer is none of 2xx.

    ``headers`` and ``content`` are there for explicit access: a pickle leaves them out.
    """

    def __init__(
        self, status_code: int, headers: httpx.Headers | None = None, content: bytes = b""
    ) -> None:
        super().__init__(status_code)
        self.status_code = status_code
        self.headers = headers
        self.content = content

    def __str__(self) -> str:
        return f"The service answered with status {self.status_code}."

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.status_code,)
