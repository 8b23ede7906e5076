"""Turns what the generator parsed, and the contract itself, into what the templates need."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from itertools import chain
from typing import Any

from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import ModelProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol

from scripts.codegen.client.calls import Answer, Argument, Call, Listing
from scripts.codegen.client.fields import Field, attribute
from scripts.codegen.client.naming import KEY, parameter_names
from scripts.codegen.client.paging import paging
from scripts.codegen.client.prepare import ITEM, is_json
from scripts.codegen.client.properties import Known, shape_of
from scripts.codegen.client.shapes import (
    Array,
    Model,
    Nullable,
    Scalar,
    Shape,
    absent,
    needs_of,
    nullable,
)
from scripts.codegen.contract.document import Contract
from scripts.codegen.contract.operations import Operation

# Names that an operation's functions use, apart from builtins.
LOCAL = {"body", "client", "date", "datetime", "request", "get_kwargs", "stream_kwargs", "dumps"}
LOCAL |= {"as_form", "as_json", "as_parts", "as_utf8", "cookies", "in_cookie", "in_header"}
LOCAL |= {"in_object", "in_path", "in_query", "max_items"}


class Views:
    """Makes the views, from what the generator parsed and from the contract itself."""

    def __init__(self, contract: Contract, known: Known, endpoints: list[Endpoint]) -> None:
        """Take the copy of the contract that the generator was given."""
        self._contract = contract
        self._known = known
        self._endpoints = endpoints

    def fields(self, model: ModelProperty) -> list[Field]:
        """List a model's fields, those that are required first."""
        schemas = self._schemas(
            model.data.model_dump(mode="json", by_alias=True, exclude_unset=True)
        )
        props = [*(model.required_properties or []), *(model.optional_properties or [])]
        taken = {str(prop.python_name) for prop in props}
        module = model.class_info.module_name
        sent = module in self._sent
        only = sent and module not in self._answered
        return [self._field(prop, schemas, taken, sent=sent, only=only) for prop in props]

    def _field(
        self,
        prop: PropertyProtocol,
        schemas: dict[str, Any],
        taken: set[str],
        *,
        sent: bool,
        only: bool,
    ) -> Field:
        """View a field. In a model that is only sent, absent and null differ."""
        given = prop.name.get_untrusted_value()
        schema = schemas.get(given, {})
        shape = shape_of(prop, self._known)
        may_be_null = isinstance(shape, Nullable) or shape.annotation in {"Any", "None"}
        if only and not prop.required and may_be_null:
            shape = absent(shape)
        elif not prop.required:
            shape = nullable(shape)
        name = attribute(str(prop.python_name), taken)
        return Field(name, schema.get(KEY, given), prop.required, shape, schema, sent)

    @cached_property
    def _answered(self) -> set[str]:
        """Name the modules of the models that answers hold, whose absent fields are None."""
        return self._held(response.prop for one in self._endpoints for response in one.responses)

    @cached_property
    def _sent(self) -> set[str]:
        """Name the modules of the models that requests hold."""
        bodies = (body.prop for one in self._endpoints for body in one.bodies)
        queries = (prop for one in self._endpoints for prop in one.query_parameters)
        return self._held(chain(bodies, queries))

    def _held(self, props: Iterable[PropertyProtocol]) -> set[str]:
        modules = {module for module, _ in needs_of(shape_of(one, self._known) for one in props)}
        return modules.union(*map(self._reachable, modules))

    def shape(self, prop: PropertyProtocol) -> Shape:
        """Return the shape of a property; one that is optional may be None."""
        shape = shape_of(prop, self._known)
        return shape if prop.required else nullable(shape)

    def unknown(self, model: ModelProperty) -> Shape | None:
        """Return the shape of the fields that the contract doesn't know, if they are kept."""
        extra = model.additional_properties
        return None if extra is None else shape_of(extra, self._known)

    def needs(self, model: ModelProperty, *, cyclic: bool) -> list[tuple[str, str]]:
        """Name what a model's code needs of modules that import it back, or of all others."""
        own = model.class_info.module_name
        return [
            need
            for need in self._needed(model)
            if need[0] != own and (own in self._reachable(need[0])) == cyclic
        ]

    def _needed(self, model: ModelProperty) -> list[tuple[str, str]]:
        props = [*(model.required_properties or []), *(model.optional_properties or [])]
        extra = [] if model.additional_properties is None else [model.additional_properties]
        return needs_of(shape_of(prop, self._known) for prop in [*props, *extra])

    def _reachable(self, module: str) -> set[str]:
        """Name the modules that a module needs, directly or not."""
        reached: set[str] = set()
        waiting = [module]
        while waiting:
            for need in self._modules.get(waiting.pop(), ()):
                if need not in reached:
                    reached.add(need)
                    waiting.append(need)
        return reached

    @cached_property
    def _modules(self) -> dict[str, set[str]]:
        return {
            model.class_info.module_name: {module for module, _ in self._needed(model)}
            for model in self._known.models.values()
        }

    def _schemas(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Map an object's properties to their schemas, together with what a ``$ref`` leads to."""
        found: dict[str, Any] = {}
        for part in schema.get("allOf", []):
            found |= self._schemas(self._contract.resolve(part))
        for key, value in (schema.get("properties") or {}).items():
            found[key] = self._contract.resolve(value) | value
        return found

    def call(self, operation: Operation, endpoint: Endpoint) -> Call:
        """View an operation that the generator parsed."""
        locations = {
            "path": endpoint.path_parameters,
            "query": endpoint.query_parameters,
            "header": endpoint.header_parameters,
            "cookie": endpoint.cookie_parameters,
        }
        answers = self._answers(operation, endpoint)
        return Call(
            operation=operation,
            body=self._body(operation, endpoint),
            answers=answers,
            item=self._item(operation, endpoint),
            listing=self._listing(operation, answers),
            parameters={
                location: [self._argument(operation, location, prop) for prop in props]
                for location, props in locations.items()
            },
        )

    def _argument(self, operation: Operation, location: str, prop: PropertyProtocol) -> Argument:
        given = prop.name.get_untrusted_value()
        names = parameter_names(operation)
        renamed = {name: key for (place, key), name in names.items() if place == location}
        key = renamed.get(given, given)
        name = names.get((location, key), str(prop.python_name))
        return Argument(
            name=f"{name}_{location}" if name in LOCAL else name,
            key=key,
            shape=self.shape(prop),
            required=prop.required,
            schema=operation.parameters[location, key],
            value=self._contract.resolve(operation.parameters[location, key]["schema"])
            | operation.parameters[location, key]["schema"],
        )

    def _body(self, operation: Operation, endpoint: Endpoint) -> Argument | None:
        if not endpoint.bodies:
            return None
        request = self._contract.resolve(operation.data["requestBody"])
        media_type, prop = next(iter(request["content"])), endpoint.bodies[0].prop
        shape = self.shape(prop)
        if shape.annotation.startswith("File"):
            shape = Scalar("str" if media_type.startswith("text/") else "bytes")
            shape = shape if prop.required else nullable(shape)
        return Argument("body", media_type, shape, prop.required, request, {})

    def _answers(self, operation: Operation, endpoint: Endpoint) -> list[Answer]:
        """List the ways to read an answer, each once, the one for any other status last."""
        props = {response.status_code.pattern: response.prop for response in endpoint.responses}
        found: dict[tuple[str, str], Answer] = {}
        for status, media_type in operation.answers:
            shape, expression = self._parsing(media_type, props[status])
            answer = Answer(status, media_type, shape, expression)
            found.setdefault((shape.annotation, expression), answer)
        return sorted(found.values(), key=lambda answer: answer.is_general)

    def _item(self, operation: Operation, endpoint: Endpoint) -> Answer | None:
        """Return how an item of a streamed answer is read."""
        if operation.items is None:
            return None
        if operation.items.schema is None:
            return Answer(ITEM, None, Shape("str"), "a_text(content)")
        props = {response.status_code.pattern: response.prop for response in endpoint.responses}
        shape, expression = self._parsing("application/json", props[ITEM])
        return Answer(ITEM, None, shape, expression)

    def _listing(self, operation: Operation, answers: list[Answer]) -> Listing | None:
        """Return the paging of an operation's list, if it has one."""
        pages = paging(self._contract, operation)
        if pages is None:
            return None
        answer = answers[0].shape
        items, shape = self._at("answer", answer, pages.items)
        listed = shape.inner if isinstance(shape, Nullable) else shape
        if not isinstance(listed, Array):
            return None
        return Listing(
            pages,
            answer=answer,
            item=listed.item,
            items=f"{items} or []" if isinstance(shape, Nullable) else items,
            places={
                key: self._at("answer", answer, path)[0]
                for key in ("next", "more", "total")
                if (path := getattr(pages, key)) is not None
            },
        )

    def _at(self, value: str, shape: Shape, path: tuple[str, ...]) -> tuple[str, Shape]:
        """Return an expression for what is at a place in an answer, and its shape."""
        conditions = list[str]()
        for key in path:
            inner = shape.inner if isinstance(shape, Nullable) else shape
            if isinstance(shape, Nullable):
                conditions.append(f"{value} is not None")
            model = self._known.models[inner.annotation]
            field = next(one for one in self.fields(model) if one.key == key)
            value, shape = f"{value}.{field.name}", field.shape
        if conditions:
            return f"({value} if {' and '.join(conditions)} else None)", nullable(shape)
        return value, shape

    def _parsing(self, media_type: str | None, prop: PropertyProtocol) -> tuple[Shape, str]:
        if media_type is None:
            return Shape("None"), "None"
        if is_json(media_type):
            return self.shape(prop), _parsed(self.shape(prop))
        if media_type.startswith("text/"):
            return Shape("str"), "a_text(content)"
        return Shape("bytes"), "content"


def _parsed(shape: Shape) -> str:
    """Return an expression for what is in a JSON body."""
    if isinstance(shape, Model):
        return f"{shape.annotation}.from_dict(loads(content))"
    decoded = shape.decode("\0", "None")
    if decoded.count("\0") > 1:  # It asks for null first.
        decoded = decoded.replace("\0", "(value := loads(content))", 1)
        return decoded.replace("\0", "value")
    return decoded.replace("\0", "loads(content)")
