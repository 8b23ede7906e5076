"""The operations of a contract, with what the generator's own parser does not keep of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scripts.codegen.contract import Contract, Where

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

# Answers of these types are streams; the schema that stands there is that of one chunk.
STREAM_TYPES = ("text/event-stream", "application/x-ndjson", "application/jsonl")

Answer = tuple[str, str | None]  # status ("200", "2XX"), media type if there is a body


def plain(media_type: str) -> str:
    """Give a media type without its parameters, such as ``charset=utf-8``."""
    return media_type.partition(";")[0].strip().lower()


def is_stream(media_type: str) -> bool:
    """Say whether a body of this type is a stream."""
    return plain(media_type) in STREAM_TYPES


@dataclass(frozen=True)
class Operation:
    """An operation, its references resolved. ``where`` is its place in the contract."""

    where: Where
    id: str
    method: str
    path: str
    data: dict[str, Any]
    parameters: dict[tuple[str, str], dict[str, Any]]  # (in, name) -> parameter
    responses: dict[str, dict[str, Any]]  # status -> response
    security: tuple[str, ...]

    @property
    def repeatable(self) -> bool:
        repeatable: bool = self.data.get("x-liminal-repeatable", self.method == "GET")
        return repeatable

    @property
    def deprecated(self) -> bool:
        return bool(self.data.get("deprecated"))

    @property
    def successes(self) -> list[str]:
        """Name the statuses of success; without any, ``default`` stands for them."""
        return [status for status in self.responses if status.startswith("2")] or ["default"]

    @property
    def answers(self) -> list[Answer]:
        """List the answers that are read as a whole."""
        return [
            (status, media_type)
            for status in self.successes
            for media_type in _whole(self.responses.get(status, {}))
        ]

    @property
    def streams(self) -> dict[str, Any]:
        """Map the media types of a streamed answer to the schema of a chunk."""
        contents = [self.responses.get(status, {}).get("content", {}) for status in self.successes]
        return {
            plain(media_type): content[media_type].get("schema", {})
            for content in contents
            for media_type in content
            if is_stream(media_type)
        }

    @property
    def chunk(self) -> str | None:
        """Name the schema of a stream's chunks."""
        references = [schema.get("$ref", "") for schema in self.streams.values()]
        return references[0].rsplit("/", 1)[-1] if references else None


def _whole(response: dict[str, Any]) -> list[str | None]:
    content = response.get("content", {})
    whole = [media_type for media_type in content if not is_stream(media_type)]
    return [*whole] if content else [None]


def operations(contract: Contract) -> Iterator[Operation]:
    """Go through the contract's operations."""
    for path, item in contract.data.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                yield _operation(contract, path, method, item)


def _operation(contract: Contract, path: str, method: str, item: dict[str, Any]) -> Operation:
    data = item[method]
    parameters = [*item.get("parameters", []), *data.get("parameters", [])]
    resolved = [contract.resolve(parameter) for parameter in parameters]
    security = data.get("security", contract.data.get("security", []))
    return Operation(
        where=("paths", path, method),
        id=data.get("operationId", ""),
        method=method.upper(),
        path=path,
        data=data,
        parameters={(parameter["in"], parameter["name"]): parameter for parameter in resolved},
        responses={
            str(status): contract.resolve(response)
            for status, response in data.get("responses", {}).items()
        },
        security=tuple(dict.fromkeys(name for choice in security for name in choice)),
    )
