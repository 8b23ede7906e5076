"""The derivation of the blocking variant: what it rewrites, what it leaves, what it refuses."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.codegen.derive import ROOT, DeriveError, blocking, derive
from scripts.pythons import installed

SOURCE = '''"""Speak of neither ``async`` nor ``Client``."""

import anyio
import httpx


class Client:
    _http: httpx.AsyncClient

    async def aclose(self) -> "Client":
        note = f"{len(self.name)}: await Client"
        await anyio.sleep(1)
'''

DERIVED = '''# Derived from liminal/_async/client.py by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""Speak of neither ``async`` nor ``Client``."""

import time

import httpx


class SyncClient:
    _http: httpx.Client

    def close(self) -> "Client":
        note = f"{len(self.name)}: await Client"
        time.sleep(1)
'''

# Rules of every kind, apart from the project's own, which change with its sources.
USED = {
    "Client": "SyncClient",
    "aclose": "close",
    "httpx.AsyncClient": "httpx.Client",
    "anyio.sleep": "time.sleep",
}
RULES = USED | {
    "_async": "_sync",
    "AsyncGenerator": "Generator",
    "AsyncIterator": "Iterator",
    "__aenter__": "__enter__",
    ".asyncio": "sync",
}


def rewritten(source: str) -> str:
    """Return the twin of one file, unformatted, without its banner."""
    text = blocking(source, Path("liminal/_async/x.py"), RULES, set())
    assert text is not None
    return "".join(text.splitlines(keepends=True)[2:])


def project(root: Path, **files: str) -> Path:
    """Write a project that has these files in ``liminal/_async``; return its root."""
    folder = root / "liminal" / "_async"
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "pyproject.toml", root)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, "utf-8")
    return root


def test_a_file_comes_out_blocking_formatted_and_with_its_banner(tmp_path):
    root = project(tmp_path, client=SOURCE)
    written = derive(root, root, USED)
    assert written == [root / "liminal/_sync/client.py"]
    assert written[0].read_text("utf-8") == DERIVED


def test_tests_are_derived_beside_the_facade(tmp_path):
    root = project(tmp_path, client="")
    (root / "tests/_async/deep").mkdir(parents=True)
    (root / "tests/_async/deep/test_x.py").write_text("async def test_it():\n    pass\n", "utf-8")
    derive(root, root, {})
    assert "\ndef test_it():" in (root / "tests/_sync/deep/test_x.py").read_text("utf-8")


def test_files_without_a_source_are_deleted_and_the_target_may_be_elsewhere(tmp_path):
    root, target = project(tmp_path / "root", client=""), tmp_path / "target"
    for orphan in ("liminal/_sync/old.py", "tests/_sync/test_old.py"):
        (target / orphan).parent.mkdir(parents=True)
        (target / orphan).write_text("", "utf-8")
    derive(root, target, {})
    derived = [path.relative_to(target) for path in target.rglob("*.py")]
    assert derived == [Path("liminal/_sync/client.py")]
    assert not (target / "tests/_sync").exists()
    assert not (root / "liminal/_sync").exists()


def test_a_rule_that_matches_nothing_is_named(tmp_path):
    root = project(tmp_path, client="import anyio\n")
    with pytest.raises(DeriveError, match=r"match nothing: anext, anyio\.sleep$"):
        derive(root, root, {"anyio.sleep": "time.sleep", "anext": "next"})


def test_a_failure_leaves_the_target_as_it_was(tmp_path):
    root = project(tmp_path, client="")
    derive(root, root, {})
    before = (root / "liminal/_sync/client.py").read_text("utf-8")
    (root / "liminal/_async/client.py").write_text("undefined = 1\n", "utf-8")
    with pytest.raises(DeriveError):
        derive(root, root, {"nothing": "else"})
    assert (root / "liminal/_sync/client.py").read_text("utf-8") == before


def test_what_ruff_refuses_is_reported(tmp_path):
    root = project(tmp_path, client="value = Awaitable[\n    int\n]\n")
    with pytest.raises(DeriveError, match="ruff"):
        derive(root, root, {})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from liminal._async.thread import Thread", "from liminal._sync.thread import Thread"),
        ("async with a as b, c as d: pass", "with a as b, c as d: pass"),
        ("async for x in y: pass", "for x in y: pass"),
        ("async def __aenter__(self): pass", "def __enter__(self): pass"),
        ("x: AsyncIterator[int]", "x: Iterator[int]"),
        ("x = [await y async for y in z]", "x = [y for y in z]"),
        ("x = await  (await y)", "x = (y)"),
        ("x = (await y.z(1, (2)))[0]", "x = y.z(1, (2))[0]"),
        ("x = f(await y).z", "x = f(y).z"),
        ("é = (await é).z", "é = é.z"),
        ("x: Callable[[int], Awaitable[str]]", "x: Callable[[int], str]"),
        ("x: Awaitable[Awaitable[str]]", "x: str"),
        ("x: AsyncGenerator[int, None]", "x: Generator[int, None]"),
        ("httpx.AsyncClient(Client)", "httpx.Client(SyncClient)"),
        ("import asyncio; op.asyncio(client=c)", "import asyncio; op.sync(client=c)"),
        ("op.asyncio(c).Client", "op.sync(c).SyncClient"),
        ("AsyncClient = 'Client'", "AsyncClient = 'Client'"),
        ("__all__ = ['Client', 'Other']", "__all__ = [\"SyncClient\", 'Other']"),
        ("x = f'{x!r} {{await}} {y:{z}}'", "x = f'{x!r} {{await}} {y:{z}}'"),
        ("import anyio  # why", "import anyio  # why\nimport time"),
        ("def f():  # derive: async-only\n    pass\nx = 1", "x = 1"),
        ("@mark  # derive: async-only\ndef f():\n    pass\nx = 1", "x = 1"),
        ("f(\n    1,  # derive: async-only\n    2,\n)", "f(\n    2,\n)"),
        ("import anyio  # derive: async-only\nx = 1", "x = 1"),
    ],
)
def test_a_part_is_rewritten_or_dropped_by_its_marker(source, expected):
    assert rewritten(source + "\n") == expected + "\n"


def test_a_marker_on_a_line_of_its_own_drops_the_file():
    assert blocking("# derive: async-only\nx = 1\n", Path("x.py"), RULES, set()) is None


def test_what_a_marker_drops_uses_up_no_rule():
    unused = {"Client"}
    blocking("Client()  # derive: async-only\n", Path("x.py"), {"Client": "SyncClient"}, unused)
    assert unused == {"Client"}


@pytest.mark.parametrize(
    "code",
    ["{await x}", "{Client}", "{x.aclose}", "{x:{Client}}", "{f'{Client}'}", "{anyio.sleep}"],
)
def test_code_within_an_fstring_that_would_change_is_refused_with_its_line(code):
    source = f'x = 1\nasync def f():\n    return f"{code}"\n'
    with pytest.raises(DeriveError, match=r"^liminal/x.py:3: .* within an f-string"):
        blocking(source, Path("liminal/x.py"), RULES, set())


PRINT_TWINS = """
import sys
from pathlib import Path
from scripts.codegen.derive import RULES, blocking
for name in sys.argv[1:]:
    sys.stdout.write(blocking(Path(name).read_text("utf-8"), Path(name), RULES, set()) or "")
"""


def test_each_supported_python_gives_the_same_bytes(tmp_path):
    """Also on f-strings, whose tokens changed with Python 3.12."""
    sources = [tmp_path / "client.py", *sorted((ROOT / "liminal/_async").glob("*.py"))]
    sources[0].write_text(SOURCE, "utf-8")
    outcomes = {
        subprocess.run(
            [python, "-c", PRINT_TWINS, *map(str, sources)],
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
            check=True,
            capture_output=True,
        ).stdout
        for python in installed().values()
    }
    assert len(outcomes) == 1
    assert b"def __enter__" in outcomes.pop()
