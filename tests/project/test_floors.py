"""The layers: imports go down only, and some things are used in one place only."""

import ast
import sys
import tomllib
from collections.abc import Iterable
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
    "liminal._loopback": 2,  # for the servers beside the floors
    "liminal._version": 1,
    "liminal_api": 0,
}
SERVER = ("liminal.sandbox", "liminal.testing")
BESIDE = (*SERVER, "liminal.integrations", "liminal.cli", "liminal.telemetry")  # the floors
# Values in, values out: so they serve both variants, and their tests need no server.
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
CONCURRENCY = ("anyio", "asyncio", "httpcore", "socket", "ssl", "threading", "trio")
# The session's one renewal; what makes, keeps and waits for connections; a bulk run's workers.
LOCK_OWNERS = ("liminal._session", "liminal._http", "liminal.bulk")
LOCKS = {"Condition", "Event", "Lock", "RLock", "Semaphore", "BoundedSemaphore", "CapacityLimiter"}
# Libraries, and the packages that alone may import them.
KNOWN_TO = {
    ("msal", "msal_extensions"): ("liminal.auth.microsoft",),
    ("trustme", "phonenumbers", "stdnum"): SERVER,
    ("liminal.sandbox",): (*SERVER, "liminal.cli"),
    ("starlette", "uvicorn"): (*SERVER, "liminal.integrations.proxy"),
    ("liminal.cli", "typer", "keyring"): ("liminal.cli",),
    ("rich",): ("liminal.cli", "liminal.bulk._bars._rich"),
    ("opentelemetry",): ("liminal.telemetry",),
    ("opentelemetry.instrumentation",): ("liminal.telemetry.instrumentor",),
}


@cache
def client_modules() -> tuple[Module, ...]:
    return tuple(module for module in modules("liminal") if not within(module.name, *BESIDE))


def floor(name: str) -> int:
    prefixes = [p for p in FLOORS if within(name, p) or (p.endswith("_") and name.startswith(p))]
    return FLOORS[max(prefixes, key=len)] if prefixes else 0


def imports(among: Iterable[Module]) -> list[tuple[str, str]]:
    """Each module's name with the name of each thing that it imports."""
    return [(module.name, name) for module in among for name in sorted(module.imports())]


def test_imports_go_down_only():
    found = imports(client_modules())
    assert [pair for pair in found if floor(pair[1]) > floor(pair[0])] == []


def test_the_generated_layer_knows_nothing_above_it():
    assert [pair for pair in imports(modules("liminal_api")) if within(pair[1], "liminal")] == []


def test_there_is_no_import_cycle():
    """Modules in an import cycle, even one of types alone, belong together."""
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
def test_neither_variant_imports_the_other(one, other):
    ours = [module for module in client_modules() if within(module.name, f"liminal.{one}")]
    assert len(ours) > 1
    assert [pair for pair in imports(ours) if within(pair[1], f"liminal.{other}")] == []


@pytest.mark.parametrize("packages", KNOWN_TO, ids=" ".join)
def test_a_library_is_imported_by_its_own_packages_alone(packages):
    others = [m for m in modules("liminal") if not within(m.name, *KNOWN_TO[packages])]
    assert [pair for pair in imports(others) if within(pair[1], *packages)] == []


def test_locks_have_three_owners():
    others = [module for module in client_modules() if not within(module.name, *LOCK_OWNERS)]
    assert [(module.name, found) for module in others if (found := _locks(module))] == []
    assert _locks(parse("m", "from threading import Lock\nx = anyio.Event()")) == {"Lock", "Event"}


def _locks(module: Module) -> set[str]:
    """Name the locks of threading, asyncio and anyio that a module names."""
    names = {name.rpartition(".")[2] for name in module.imports()}
    names |= {node.attr for node in ast.walk(module.tree) if isinstance(node, ast.Attribute)}
    return names & LOCKS


def test_pure_modules_import_nothing_that_waits():
    pure = [module for module in client_modules() if within(module.name, *PURE)]
    assert {module.name for module in pure} >= set(PURE)
    assert [pair for pair in imports(pure) if within(pair[1], *CONCURRENCY)] == []


def test_the_generated_client_is_named_in_one_module():
    clients = {"liminal_api.Client", "liminal_api.client.Client"}
    found = {module for module, name in imports(client_modules()) if name in clients}
    assert found == {"liminal._calls.api_client"}


def test_every_library_that_is_imported_is_declared():
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


def test_the_facade_holds_no_url_path_and_writes_no_json():
    facade = [m for m in client_modules() if within(m.name, "liminal._async", "liminal._sync")]
    paths = [
        f"{module.name}:{node.lineno}"
        for module in facade
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and (node.value.startswith("/") or "/api/" in node.value)
    ]
    assert paths == []
    assert [module.name for module in facade if "json" in module.imports()] == []


def test_imports_are_read_in_every_form():
    source = "import a.b\nfrom c import d\ndef f():\n    from . import e\n    from ..g import h\n"
    assert parse("p.q.r", source).imports() == {"a.b", "c.d", "p.q.e", "p.g.h"}
    assert parse("p.q", "from .r import s", is_package=True).imports() == {"p.q.r.s"}
    typed = parse("p", "import a\nif TYPE_CHECKING:\n    import b\n")
    assert (typed.imports(), typed.imports_when_run()) == ({"a", "b"}, {"a"})


def test_the_files_that_are_run_first_are_there():
    assert [file for file in FIRST if not (ROOT / "tests" / file).is_file()] == []
