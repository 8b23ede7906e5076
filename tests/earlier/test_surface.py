"""Each public name and keyword of 2025.5.0 exists, or is in the migration guide."""

import inspect
import json
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import liminal
from liminal._calls.arguments.client_options import AsyncClientOptions
from scripts.codegen.derive import ROOT
from scripts.earlier import SURFACE

# Reading an old name warns.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

NAMES: dict[str, list[str] | None] = json.loads(SURFACE.read_text("utf-8"))
GUIDE = (ROOT / "docs" / "migrating.md").read_text("utf-8")


@cache
def gone() -> list[str]:
    """The first column of the guide's table of what no longer works."""
    section = GUIDE.partition("## What no longer works")[2].partition("\nThe following")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    return [found for row in rows for found in re.findall(r"`([^`=]+)`", row.split("|")[1])]


def items() -> list[str]:
    """Each name, and for each keyword ``name(keyword)``."""
    keywords = [
        f"{name}({parameter.strip('*=')})"
        for name, parameters in NAMES.items()
        for parameter in parameters or []
    ]
    return [*NAMES, *keywords]


def is_gone(item: str) -> bool:
    return any(fnmatchcase(item, f"*.{pattern}") for pattern in gone())


def find(name: str) -> Any:
    """Resolve a dotted name: attributes of the longest part that is a module."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            found = getattr(found, part)
        return found
    raise AssertionError(name)


def keywords(call: Any) -> set[str]:
    found = set(getattr(call, "old_keywords", ()))
    for parameter in inspect.signature(call).parameters.values():
        is_options = parameter.kind is inspect.Parameter.VAR_KEYWORD
        found |= AsyncClientOptions.__optional_keys__ if is_options else {parameter.name}
    return found


def is_here(item: str) -> bool:
    name, _, keyword = item.partition("(")
    try:
        found = find(name)
    except AttributeError:
        return False
    return not keyword or keyword.rstrip(")") in keywords(found)


def test_the_recorded_surface_is_not_empty() -> None:
    assert len(items()) > 300
    assert "liminal.client.Client.authenticate_from_token(httpx_client)" in items()
    assert "liminal.endpoints.llm.LLMEndpoint.get_model_instance(model_instance_name)" in items()


def test_each_old_name_exists_or_the_guide_lists_it_as_removed() -> None:
    assert [item for item in items() if is_here(item) == is_gone(item)] == []


def test_each_removal_in_the_guide_existed_before() -> None:
    assert [p for p in gone() if not any(fnmatchcase(item, f"*.{p}") for item in items())] == []


@cache
def unchanged() -> dict[str, list[str]]:
    """Yield each callable with its old keywords."""
    return {
        name: parameters
        for name, parameters in NAMES.items()
        if parameters and not any(is_gone(f"{name}({one.strip('*=')})") for one in parameters)
    }


def is_enough(name: str) -> bool:
    """Whether all required keywords were required before."""
    call = find(name)
    renamed = getattr(call, "old_keywords", {})
    required = [renamed.get(one, one) for one in unchanged()[name] if one[-1] != "="]
    of_self = [None] if "self" in inspect.signature(call).parameters else []
    try:
        inspect.signature(call).bind(*of_self, **dict.fromkeys(one.lstrip("*") for one in required))
    except TypeError:
        return False
    return True


def has_its_places(name: str) -> bool:
    """Whether positional arguments have the same positions."""
    call = find(name)
    renamed = getattr(call, "old_keywords", {})
    before = [renamed.get(one, one) for one in unchanged()[name] if one[0] != "*"]
    here = [one for one in inspect.signature(call).parameters if one != "self"]
    return here[: len(before)] == before


@pytest.mark.parametrize("holds", [is_enough, has_its_places])
def test_old_calls_still_match_the_signatures(holds: Callable[[str], bool]) -> None:
    assert len(unchanged()) > 30
    assert [name for name in unchanged() if not holds(name)] == []


def test_the_old_names_are_those_of_the_table_and_no_others() -> None:
    from liminal._compat.names import NAMES as OLD
    from liminal._compat.names import SUBMODULES

    old = {f"{module}.{name}" for module, names in OLD.items() for name in names}
    assert old <= NAMES.keys()
    assert {f"{module}.{name}" for module, names in SUBMODULES.items() for name in names} <= (
        NAMES.keys()
    )


def test_an_old_class_name_gives_the_new_class() -> None:
    assert find("liminal.client.Client") is liminal.Client


def test_the_surface_is_a_small_file() -> None:
    assert Path(SURFACE).stat().st_size < 30_000
