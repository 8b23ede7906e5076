# Generated from openapi/liminal.yaml by ./codegen.sh; do not edit.

"""What the operations have in common: their description, their requests, their answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import IO, TYPE_CHECKING, Any, Final, Generic, Literal, Required, TypedDict, TypeVar

if TYPE_CHECKING:
    import httpx

__all__ = ("NOT_GIVEN", "File", "NotGiven", "Operation", "RequestKwargs", "Response")

T_co = TypeVar("T_co", covariant=True)

FileContent = IO[bytes] | bytes
FileTuple = tuple[str | None, FileContent, str | None]


class NotGiven(Enum):
    """The type of ``NOT_GIVEN``, which stands for a field that is left out of a request.

    ``None`` is sent as null, which a service may take for something else: in a PATCH, it empties a
    field that would otherwise stay as it is.
    """

    NOT_GIVEN = "not given"

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN: Final = NotGiven.NOT_GIVEN


class RequestKwargs(TypedDict, total=False):
    """A request, as the arguments of ``httpx.Client.build_request``. The URL is a path."""

    method: Required[str]
    url: Required[str]
    headers: Required[dict[str, str]]
    params: list[tuple[str, str | int | float | bool | None]]
    content: bytes
    data: dict[str, Any]
    files: list[tuple[str, FileTuple]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[T_co]):
    """What the contract says of an operation.

    ``repeatable``: to send it twice does no harm, so it may be tried again when it is not known
    whether it was carried out. ``security``: schemes, any of which will do; empty when none is
    needed. ``stream_types``: media types of a streamed answer, empty when there is none.
    ``stream_events``: names of the server-sent events that carry its items, ``*`` for any.
    """

    id: str
    method: str
    path: str
    repeatable: bool
    parse: Callable[[int, bytes], T_co]
    security: tuple[str, ...] = ()
    stream_types: tuple[str, ...] = ()
    stream_events: tuple[str, ...] = ("message",)
    deprecated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Response(Generic[T_co]):
    """An answer, with what it was parsed into. Its repr shows the status alone."""

    status_code: int
    headers: httpx.Headers = field(repr=False)
    content: bytes = field(repr=False)
    parsed: T_co = field(repr=False)


@dataclass(frozen=True, slots=True)
class File:
    """Something to upload, or what an answer brought."""

    payload: FileContent = field(repr=False)
    file_name: str | None = None
    mime_type: str | None = None

    def to_tuple(self) -> FileTuple:
        """Give what httpx takes for a part of a form."""
        return self.file_name, self.payload, self.mime_type
