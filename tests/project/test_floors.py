"""The floors of the house: imports go down only, and some things live in one place."""

import ast
import sys
import tomllib
from functools import cache

import pytest

from scripts.codegen.derive import ROOT
from tests.project.imports import Module, modules, parse, within
from tests.support.order import FIRST

# The longest prefix counts. A module that isn't named here lives on the floor of ``liminal._``.
FLOORS = {
    "liminal": 5,
    "liminal._async": 4,
    "liminal._sync": 4,
    "liminal._session": 3,
    "liminal.bulk": 5,  # Recipe makes clients; what the facade imports lies below that
    "liminal.bulk._": 3,
    "liminal.bulk._engines": 5,
    "liminal.auth": 3,
    "liminal._calls": 2,
    "liminal._http": 1,
    "liminal._session.state": 2,
    "liminal._streams": 2,
    "liminal.placeholders": 2,
    "liminal.streaming": 2,
    "liminal.endpoints": 5,  # names for what lies below, old ones included
    "liminal._compat": 2,
    "liminal.errors": 1,
    "liminal._version": 1,
    "liminal_api": 0,
}
SERVER = ("liminal.sandbox", "liminal.testing")
BESIDE = (*SERVER, "liminal.integrations", "liminal.cli", "liminal.telemetry")  # the floors
PURE = (
    "liminal.bulk._pieces",
    "liminal.bulk._rate",
    "liminal.bulk._result",
    "liminal.bulk._values",
    "liminal._calls.arguments.checks",
    "liminal._calls.codings",
    "liminal._calls.content",
    "liminal._calls.arguments.options",
    "liminal._calls.retry",
    "liminal._http.settings.server_url",
    "liminal._session.state",
    "liminal._streams",
    "liminal.placeholders",
    "liminal.streaming",
)
# The session's one renewal; what makes, keeps and waits for connections; a bulk run's workers.
LOCK_OWNERS = ("liminal._session", "liminal._http", "liminal.bulk")
LOCKS = {"Condition", "Event", "Lock", "RLock", "Semaphore", "BoundedSemaphore", "CapacityLimiter"}


@cache
def client_modules() -> tuple[Module, ...]:
    return tuple(module for module in modules("liminal") if not within(module.name, *BESIDE))


def floor(name: str) -> int | None:
    prefixes = [p for p in FLOORS if within(name, p) or (p.endswith("_") and name.startswith(p))]
    return FLOORS[max(prefixes, key=len)] if prefixes else None


def offences(*packages: str, allowed: tuple[str, ...]) -> list[str]:
    """Name the modules of the client that import from ``packages`` and may not."""
    return [
        f"{module.name} imports {name}"
        for module in modules("liminal")
        for name in sorted(module.imports())
        if within(name, *packages) and not within(module.name, *allowed)
    ]


def test_the_reader_of_imports_sees_every_form() -> None:
    source = "import a.b\nfrom c import d\ndef f():\n    from . import e\n    from ..g import h\n"
    assert parse("p.q.r", source).imports() == {"a.b", "c.d", "p.q.e", "p.g.h"}
    assert parse("p.q", "from .r import s", is_package=True).imports() == {"p.q.r.s"}


def test_what_is_imported_for_types_is_told_from_what_runs() -> None:
    module = parse("p", "import a\nif TYPE_CHECKING:\n    import b\n")
    assert module.imports() == {"a", "b"}
    assert module.imports_when_run() == {"a"}


def test_imports_go_down_only() -> None:
    found = [
        f"{module.name} imports {name}"
        for module in client_modules()
        for name in sorted(module.imports())
        if (floor(name) or 0) > (floor(module.name) or 0)
    ]
    assert found == []


def test_the_generated_layer_knows_nothing_above_it() -> None:
    found = [m.name for m in modules("liminal_api") for n in m.imports() if within(n, "liminal")]
    assert found == []


def test_no_module_needs_itself() -> None:
    """An import cycle, be it for types alone, means that two modules are one."""
    names = {module.name for module in client_modules()}
    edges = {
        module.name: {
            target
            for name in module.imports()
            for target in (name, name.rpartition(".")[0])
            if target in names - {module.name, "liminal"}
        }
        for module in client_modules()
    }
    while leaves := [name for name, targets in edges.items() if not targets & edges.keys()]:
        for name in leaves:
            del edges[name]
    assert edges == {}


@pytest.mark.parametrize(("one", "other"), [("_async", "_sync"), ("_sync", "_async")])
def test_neither_variant_imports_the_other(one: str, other: str) -> None:
    found = [
        module.name
        for module in client_modules()
        if within(module.name, f"liminal.{one}")
        and any(within(name, f"liminal.{other}") for name in module.imports())
    ]
    assert found == []


def test_msal_is_known_to_the_microsoft_providers_alone() -> None:
    assert offences("msal", "msal_extensions", allowed=("liminal.auth.microsoft",)) == []


def test_the_server_s_libraries_are_known_to_servers_alone() -> None:
    assert offences("trustme", "phonenumbers", "stdnum", allowed=SERVER) == []
    assert offences("liminal.sandbox", allowed=(*SERVER, "liminal.cli")) == []
    proxy = "liminal.integrations.proxy"
    assert offences("starlette", "uvicorn", allowed=(*SERVER, proxy)) == []


def test_the_command_is_known_to_nobody_and_its_libraries_to_it_alone() -> None:
    assert offences("liminal.cli", "typer", "keyring", allowed=("liminal.cli",)) == []
    assert offences("rich", allowed=("liminal.cli", "liminal.bulk._bars._rich")) == []


def test_opentelemetry_is_known_to_telemetry_alone() -> None:
    assert offences("opentelemetry", allowed=("liminal.telemetry",)) == []
    instrumentor = "liminal.telemetry.instrumentor"
    assert offences("opentelemetry.instrumentation", allowed=(instrumentor,)) == []


def test_locks_have_three_owners() -> None:
    found = [
        f"{module.name} uses {name}"
        for module in client_modules()
        for name in sorted(_locks(module))
        if not within(module.name, *LOCK_OWNERS)
    ]
    assert found == []


def _locks(module: Module) -> set[str]:
    """Name the locks of threading, asyncio and anyio that a module names."""
    names = {name.rpartition(".")[2] for name in module.imports()}
    names |= {node.attr for node in ast.walk(module.tree) if isinstance(node, ast.Attribute)}
    return names & LOCKS


def test_locks_are_found_in_every_form() -> None:
    assert _locks(parse("m", "from threading import Lock")) == {"Lock"}
    assert _locks(parse("m", "import anyio\nx = anyio.Condition()")) == {"Condition"}


def test_what_decides_and_decodes_has_no_socket_no_task_and_no_thread() -> None:
    """Values in, values out: so it serves both variants, and its tests need no server."""
    found = [
        f"{module.name} imports {name}"
        for module in client_modules()
        for name in sorted(module.imports())
        if within(module.name, *PURE)
        and within(name, "anyio", "asyncio", "httpcore", "socket", "ssl", "threading", "trio")
    ]
    assert found == []
    assert {module.name for module in client_modules()} >= set(PURE)


def test_the_generated_client_is_named_in_one_module() -> None:
    found = {
        module.name
        for module in client_modules()
        for name in module.imports()
        if name in {"liminal_api.Client", "liminal_api.client.Client"}
    }
    assert found == {"liminal._calls.result"}


def test_every_library_that_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = {need.partition(">")[0] for need in project["dependencies"]}
    declared |= {"attr", "liminal", "liminal_api", *sys.stdlib_module_names}
    undeclared = {
        (module.name, name.partition(".")[0])
        for module in (*client_modules(), *modules("liminal_api"))
        for name in module.imports_when_run()
        if name.partition(".")[0] not in declared
    }
    assert undeclared == {
        ("liminal.bulk._bars", "tqdm"),  # loaded by who asks for a bar
        ("liminal.bulk._bars._rich", "rich"),  # likewise
        ("liminal._http.route", "socksio"),  # an extra, for SOCKS proxies
        ("liminal._http.sockets.trio_wire", "trio"),  # loaded by who runs on trio
    }


@cache
def facade() -> list[Module]:
    return [m for m in client_modules() if within(m.name, "liminal._async", "liminal._sync")]


def test_the_facade_holds_no_url_path() -> None:
    found = [
        f"{module.name}:{node.lineno}"
        for module in facade()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and (node.value.startswith("/") or "/api/" in node.value)
    ]
    assert found == []


def test_the_facade_writes_no_json() -> None:
    found = [module.name for module in facade() if "json" in module.imports()]
    assert found == []


def test_there_is_a_facade_to_judge() -> None:
    assert len([m for m in facade() if within(m.name, "liminal._async")]) > 1
    assert len([m for m in facade() if within(m.name, "liminal._sync")]) > 1


def test_the_files_that_are_run_first_are_there() -> None:
    assert [file for file in FIRST if not (ROOT / "tests" / file).is_file()] == []
