"""An operation as the templates show it: its arguments and its answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scripts.codegen.client import defaults
from scripts.codegen.client.docstrings import docstring, literal, text
from scripts.codegen.client.paging import Paging
from scripts.codegen.client.prepare import is_json
from scripts.codegen.client.shapes import Constant, Mapped, Model, Nullable, Shape, needs_of
from scripts.codegen.contract.operations import Operation


@dataclass(frozen=True)
class Argument:
    """A parameter of an operation, or its body, as an argument of its functions."""

    name: str
    key: str  # a body's media type
    shape: Shape
    required: bool
    schema: dict[str, Any]  # of the parameter or the body as a whole
    value: dict[str, Any]  # of its value

    @property
    def doc(self) -> str:
        return defaults.described(text(self.schema), self.value, self.shape, required=self.required)

    @property
    def signature(self) -> str:
        default = " = None" if not self.required else ""
        if self.applied is not None:
            default = f" = {self.applied}"
        if isinstance(self.shape, Constant):
            default = f" = {self.shape.literal}"
        return f"{self.name}: {self.shape.annotation}{default}"

    @property
    def applied(self) -> str | None:
        """Return the default that the client sends by itself; arguments for the path have none."""
        if self.schema.get("in") == "path":
            return None
        return defaults.applied(self.value, self.shape, required=self.required)

    @property
    def always(self) -> bool:
        """Return whether it is always sent: a query or a header can't hold null."""
        return self.required and not (
            isinstance(self.shape, Nullable) or self.shape.annotation in {"Any", "None"}
        )

    @property
    def in_query(self) -> str:
        """Return an expression for a list of this parameter's names and values."""
        key, name = literal(self.key), self.name
        if self.schema.get("style") == "deepObject":
            return f"in_object({key}, {self._encoded})"
        if self.shape.annotation.startswith("list[") and self.schema.get("explode", True):
            return f"[({key}, in_query({key}, item)) for item in {name}]"
        return f"[({key}, in_query({key}, {name}))]"

    @property
    def _encoded(self) -> str:
        shape = self.shape.inner if isinstance(self.shape, Nullable) else self.shape
        if isinstance(shape, Model):
            return f"as_fields({self.name}, {shape.annotation}, {literal(self.key)})"
        return shape.encode(self.name) if isinstance(shape, Mapped) else f"as_json({self.name})"

    @property
    def in_cookie(self) -> str:
        return f"in_cookie({literal(self.key)}, {self.name})"

    @property
    def in_header(self) -> str:
        return f"in_header({literal(self.key)}, {self.name})"

    @property
    def in_body(self) -> tuple[str, str]:
        """Return the body's key in the request, and an expression for the body."""
        inner = (
            self.shape.inner
            if isinstance(self.shape, Nullable) and not self.required
            else self.shape
        )
        is_model = isinstance(inner, Model)
        encoded = (
            f"as_fields({self.name}, {inner.annotation})" if is_model else inner.encode(self.name)
        )
        if is_json(self.key):
            return "content", f"dumps({encoded})"
        if self.key == "multipart/form-data":
            return "files", f"as_parts({encoded})"
        if self.key == "application/x-www-form-urlencoded":
            return "data", f"as_form({encoded})"
        return "content", f"as_utf8({encoded})" if inner.annotation == "str" else encoded

    @property
    def content_type(self) -> str | None:
        """Return the media type, unless httpx adds it, with the boundary that it chose."""
        return None if self.key == "multipart/form-data" else self.key


@dataclass(frozen=True)
class Answer:
    """A way in which an answer is read."""

    status: str
    media_type: str | None
    shape: Shape
    expression: str

    @property
    def is_general(self) -> bool:
        """Return whether it also covers success statuses that the contract doesn't name."""
        return self.status in {"200", "2XX", "default"}

    @property
    def condition(self) -> str:
        if self.status.endswith("XX"):
            return f"status_code // 100 == {self.status[0]}"
        return f"status_code == {self.status}"


@dataclass(frozen=True)
class Listing:
    """How the list that an operation answers is paged through.

    ``items`` and ``places`` are expressions on the name ``answer``.
    """

    pages: Paging
    answer: Shape
    item: Shape
    items: str
    places: dict[str, str]

    @property
    def next(self) -> str:
        """Return an expression for the start of the page after the one at ``at``."""
        extra = {key: self.places[key] for key in ("total", "more") if key in self.places}
        if self.pages.way == "cursor":
            more = f"{extra['more']} is not False" if "more" in extra else ""
            place = self.places["next"]
            return f"{place} if {more} else None" if more else place
        if self.pages.way == "page":
            extra.pop("total", None)
        given = "".join(f", {key}={expression}" for key, expression in extra.items())
        function = {"offset": "next_offset", "page": "next_page"}.get(self.pages.way)
        return f"{function}(at, len(items){given})" if function else "None"

    @property
    def path(self) -> str:
        """Name the place of the next cursor, as errors do."""
        return "$" + "".join(f".{key}" for key in self.pages.next or ())


@dataclass(frozen=True)
class Call:
    """The arguments and the answers of an operation."""

    operation: Operation
    body: Argument | None
    answers: list[Answer]
    item: Answer | None  # of a streamed answer
    listing: Listing | None
    parameters: dict[str, list[Argument]]

    @property
    def pager(self) -> Argument | None:
        """Return the argument that gives the first page."""
        name = "" if self.listing is None else self.listing.pages.parameter
        return next((one for one in self.parameters["query"] if one.key == name), None)

    @property
    def start(self) -> str:
        """Return an expression for the start of the first page."""
        if self.listing is None or self.pager is None:
            return "None"
        if self.listing.pages.way == "cursor" or not self.pager.shape.annotation.endswith("None"):
            return self.pager.name
        first = defaults.default_of(self.pager.value)
        if first is None:
            is_number = self.listing.pages.way == "page"
            first = self.pager.value.get("minimum", 1) if is_number else 0
        return f"{first} if {self.pager.name} is None else {self.pager.name}"

    @property
    def path(self) -> list[Argument]:
        return self.parameters["path"]

    @property
    def keywords(self) -> list[Argument]:
        body = [] if self.body is None else [self.body]
        places = ("query", "header", "cookie")
        return [*body, *(one for place in places for one in self.parameters[place])]

    @property
    def arguments(self) -> list[Argument]:
        return [*self.path, *self.keywords]

    @property
    def url(self) -> str:
        """Return an expression for the path."""
        url = self.operation.path
        for argument in self.path:
            quoted = f"in_path({argument.key!r}, {argument.name})"
            url = url.replace(f"{{{argument.key}}}", f"{{{quoted}}}")
        return f"f{literal(url)}" if self.path else literal(url)

    @property
    def query(self) -> str:
        """Return an expression for the parameters of the query that are always sent."""
        required = [one.in_query for one in self.parameters["query"] if one.always]
        return (
            required[0] if len(required) == 1 else f"[{', '.join(f'*{one}' for one in required)}]"
        )

    @property
    def headers(self) -> dict[str, str]:
        """Map the headers that are always sent to expressions."""
        headers = {"Accept": literal(self.accept)}
        if self.body is not None and self.body.required and self.body.content_type:
            headers["Content-Type"] = literal(self.body.content_type)
        required = [one for one in self.parameters["header"] if one.always]
        return headers | {one.key: one.in_header for one in required}

    @property
    def accept(self) -> str:
        types = [answer.media_type for answer in self.answers if answer.media_type]
        return ", ".join(dict.fromkeys(types)) or self.accept_stream or "*/*"

    @property
    def accept_stream(self) -> str:
        return ", ".join(self.operation.streams)

    @property
    def summary(self) -> str:
        """Return the operation's summary, as a sentence."""
        words = text(self.operation.data, "summary") or self.operation.id
        return words if words.endswith(".") else f"{words}."

    @property
    def request_doc(self) -> str:
        """Return the docstring of the function that makes the request."""
        return docstring("Make the request.", *self.argument_docs)

    @property
    def argument_docs(self) -> list[str]:
        return [f"``{one.name}``: {one.doc}" for one in self.arguments if one.doc]

    @property
    def answer_type(self) -> str:
        """Return the type that an answer is parsed into."""
        annotations = dict.fromkeys(answer.shape.annotation for answer in self.answers)
        return " | ".join(sorted(annotations, key="None".__eq__)) or "None"

    @property
    def optional(self) -> bool:
        """Return whether any part of the request is optional."""
        sent = [one.always for one in (*self.parameters["query"], *self.parameters["header"])]
        if self.parameters["cookie"]:
            return True
        return not all(sent) or (self.body is not None and not self.body.required)

    @property
    def needs(self) -> list[tuple[str, str]]:
        shapes = [argument.shape for argument in self.arguments]
        item = [] if self.item is None else [self.item]
        listed = [] if self.listing is None else [self.listing.answer, self.listing.item]
        return needs_of([*shapes, *listed, *(answer.shape for answer in (*self.answers, *item))])
