"""A service that knows a contract and nothing else: openapi-core judges requests and answers.

It answers with the examples in the contract, and fills in what these leave out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest
from werkzeug.datastructures import Headers

from tests.support.http import Handler, listening

STREAMS = ("text/event-stream", "application/x-ndjson")
PLAIN = {"integer": 7, "number": 0.5, "string": "text", "boolean": True}
FORMATS = {"date-time": "2024-05-14T09:26:53.589Z", "date": "2024-05-14"}


@dataclass
class Answer:
    """An answer, in openapi-core's terms too."""

    status_code: int
    content_type: str
    data: bytes | None
    headers: Headers = field(default_factory=Headers)


@dataclass
class Service:
    """``answers`` by operationId stand in for what the contract's examples would give.

    Afterwards, ``refusals`` says why a request was refused, ``served`` which operations were asked
    for, and ``sent`` what was answered to them.
    """

    data: dict[str, Any]
    url: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    refusals: list[str] = field(default_factory=list)
    served: list[str] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._api = judge(self.data)

    def answer(self, request: MockRequest) -> Answer:
        operation = self._operation(request)
        if operation is None:
            return self._refuse(404, f"no operation: {request.method} {request.path}")
        try:
            self._api.validate_request(request)
        except OpenAPIError as error:
            return self._refuse(400, f"{operation['operationId']}: {_reasons(error)}")
        self.served.append(operation["operationId"])
        given = self.answers.get(operation["operationId"])
        answer = given or self._exemplary(operation, str(request.parameters.header.get("Accept")))
        if answer.status_code < 300 and answer.content_type not in STREAMS:
            self._api.validate_response(request, answer)
        self.sent.append(answer.data or b"")
        return answer

    def _refuse(self, status: int, reason: str) -> Answer:
        self.refusals.append(reason)
        return Answer(status, "application/json", b'{"message": "refused"}')

    def _operation(self, request: MockRequest) -> dict[str, Any] | None:
        for path, item in self.data["paths"].items():
            pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path))
            if re.fullmatch(pattern, request.path) and request.method in item:
                found: dict[str, Any] = item[request.method]
                return found
        return None

    def _exemplary(self, operation: dict[str, Any], accept: str) -> Answer:
        status, response = next(
            (int(code), resolved(self.data, one))
            for code, one in operation["responses"].items()
            if code.startswith("2")
        )
        given = response.get("headers", {}).items()
        headers = Headers([(name, examples(self.data, one)[0]) for name, one in given])
        content = response.get("content", {})
        if not content:
            return Answer(status, "", b"", headers)
        chosen = next((name for name in content if name in accept or "*/*" in accept), None)
        if chosen is None:
            return self._refuse(406, f"{operation['operationId']}: can't answer {accept}")
        bodies = examples(self.data, content[chosen])
        return Answer(status, chosen, _written(chosen, bodies), headers)


def judge(data: dict[str, Any]) -> OpenAPI:
    """Have openapi-core judge requests and answers; the contract is judged by our own rules."""
    return OpenAPI.from_dict(
        data | {"servers": [{"url": "/"}]}, config=Config(spec_validator_cls=None)
    )


def resolved(data: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        found: Any = data
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        part = found
    return part


def examples(data: dict[str, Any], holder: dict[str, Any]) -> list[Any]:
    """Give all the examples, at least one, of what has a schema: a header, a media type."""
    schema = resolved(data, resolved(data, holder)["schema"])
    return [_value(data, schema, given) for given in schema.get("examples") or [None]]


def _value(data: dict[str, Any], schema: dict[str, Any], given: Any = None) -> Any:
    """Take the example that stands nearest, and fill in what it leaves out."""
    schema = resolved(data, schema)
    if given is None and schema.get("examples"):
        given = schema["examples"][0]
    if "properties" in schema:
        known = given if isinstance(given, dict) else {}
        inner = schema["properties"].items()
        return known | {key: _value(data, one, known.get(key)) for key, one in inner}
    if schema.get("type") == "array":
        return given or [_value(data, schema["items"])]
    return _plain(schema) if given is None else given


def _plain(schema: dict[str, Any]) -> Any:
    kind = schema.get("type", "object")
    if isinstance(kind, list):
        return None if "null" in kind else PLAIN[kind[0]]
    return schema.get("const") or FORMATS.get(schema.get("format", "")) or PLAIN.get(kind, {})


def _written(media_type: str, bodies: list[Any]) -> bytes:
    """Write an example, or all of them as a stream."""
    if media_type == "text/event-stream":
        return b"".join(b"data: " + json.dumps(body).encode() + b"\n\n" for body in bodies)
    if media_type == "application/x-ndjson":
        return b"".join(json.dumps(body).encode() + b"\n" for body in bodies)
    body = bodies[0]
    return (json.dumps(body) if media_type == "application/json" else str(body)).encode()


def _reasons(error: BaseException | None) -> str:
    reasons = []
    while error is not None:
        reasons.append(str(error))
        error = error.__cause__
    return " < ".join(reasons)


@contextmanager
def serving(data: dict[str, Any]) -> Iterator[Service]:
    """Serve a contract on loopback until the end of the block."""
    service = Service(data)

    class Answering(Handler):
        def answer(self) -> None:
            answer = service.answer(self._received())
            kind = {"Content-Type": answer.content_type} if answer.content_type else {}
            self.write(answer.status_code, {**answer.headers, **kind}, answer.data or b"")

        def _received(self) -> MockRequest:
            url, cookies = urlsplit(self.path), SimpleCookie(self.headers.get("Cookie", ""))
            return MockRequest(
                service.url,
                self.command,
                url.path,
                args=parse_qs(url.query, keep_blank_values=True),
                headers=dict(self.headers.items()),
                cookies={name: morsel.value for name, morsel in cookies.items()},
                data=self.read_body(),
                content_type=self.headers.get("Content-Type", ""),
            )

    with listening(Answering) as service.url:
        yield service
