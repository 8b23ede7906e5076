"""The operations of a contract, with what the generator's own parser does not keep of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from scripts.codegen.contract.document import Contract, Where
from scripts.codegen.contract.stream_items import Items, is_stream, items, plain

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

Answer = tuple[str, str | None]  # status ("200", "2XX"), media type if there is a body


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
    streams: dict[str, Items]  # media types of a streamed answer -> what its items are

    @property
    def repeatable(self) -> bool:
        repeatable: bool = self.data.get("x-liminal-repeatable", self.method == "GET")
        return repeatable

    @property
    def deprecated(self) -> bool:
        return bool(self.data.get("deprecated"))

    @property
    def successes(self) -> list[str]:
        return successes(self.responses)

    @property
    def answers(self) -> list[Answer]:
        """List the answers that are read as a whole."""
        return [
            (status, media_type)
            for status in self.successes
            for media_type in _whole(self.responses.get(status, {}))
        ]

    @property
    def items(self) -> Items | None:
        """Return what the items of a streamed answer are, the same for all its media types."""
        return next(iter(self.streams.values()), None)


def _whole(response: dict[str, Any]) -> list[str | None]:
    content = response.get("content", {})
    whole = [media_type for media_type in content if not is_stream(media_type)]
    return [*whole] if content else [None]


def successes(responses: Iterable[str]) -> list[str]:
    """Name the statuses of success; without any, ``default`` stands for them."""
    return [status for status in responses if status.startswith("2")] or ["default"]


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
    responses = {
        str(status): contract.resolve(response)
        for status, response in data.get("responses", {}).items()
    }
    return Operation(
        where=("paths", path, method),
        id=data.get("operationId", ""),
        method=method.upper(),
        path=path,
        data=data,
        parameters={(parameter["in"], parameter["name"]): parameter for parameter in resolved},
        responses=responses,
        security=tuple(dict.fromkeys(name for choice in security for name in choice)),
        streams={
            plain(media_type): items(contract, media_type, body)
            for status in successes(responses)
            for media_type, body in responses.get(status, {}).get("content", {}).items()
            if is_stream(media_type)
        },
    )
