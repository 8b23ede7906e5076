"""Derive the blocking facade and its tests from the asyncio ones, token by token.

``liminal/_async`` becomes ``liminal/_sync``, ``tests/_async`` becomes ``tests/_sync``:

- ``async`` and ``await`` go, names are replaced by ``RULES``, ``Awaitable[T]`` becomes ``T``.
- Strings stay as they are, except in ``__all__``, so docstrings speak of neither variant. Code in
  an f-string that would have to change is refused: f-strings are one token up to Python 3.11 and
  many from 3.12 on, and the outcome is to be the same bytes on each of them.
- ``# derive: async-only`` behind the first line of a statement (of its decorators, if any) drops
  the statement, behind another line that line, and on a line of its own the whole file.
- A rule that matches nothing in all the sources is an error: it is a leftover or a slip.
"""

import ast
import io
import shutil
import subprocess
import sys
import tempfile
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path

from scripts.codegen.trees import replace

ROOT = Path(__file__).parents[2]

FOLDERS = {"liminal/_async": "liminal/_sync", "tests/_async": "tests/_sync"}

# "name" is that identifier wherever it stands, ".name" only as an attribute, "module.name" only so
# qualified. The longest wins, so that "httpx.AsyncClient" is never taken for a "Client" of ours.
# Where the module changes too, its import is added; ruff removes those that became unused.
RULES: Mapping[str, str] = {
    # Public names.
    "Client": "SyncClient",
    "AsyncBulkResults": "BulkResults",
    "AsyncConversation": "Conversation",
    "AsyncPromptStream": "PromptStream",
    # The pairs that stand side by side below the facade.
    "AsyncApi": "SyncApi",
    "AsyncClientOptions": "SyncClientOptions",
    "AsyncDroppedStreamCloser": "DroppedStreamCloser",
    "AsyncHttp": "Http",
    "AsyncHttpxClient": "HttpxClient",
    "AsyncOnce": "Once",
    "AsyncItems": "Items",
    "AsyncItemStream": "ItemStream",
    "ASYNC_PACER": "PACER",
    "AsyncPacer": "Pacer",
    "AsyncPages": "Pages",
    "AsyncResponseBody": "ResponseBody",
    "AsyncRenewal": "Renewal",
    "discreet_async": "discreet",
    "fetch_token": "fetch_token_sync",
    "hide_async": "hide",
    "limit_async": "limit_sync",
    "_tasks": "_threads",
    # The language's protocols.
    "AsyncIterable": "Iterable",
    "AsyncIterator": "Iterator",
    "AsyncExitStack": "ExitStack",
    "asynccontextmanager": "contextmanager",
    "enter_async_context": "enter_context",
    "StopAsyncIteration": "StopIteration",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
    "aclose": "close",
    "aiter": "iter",
    "anext": "next",
    # httpx.
    "httpx.AsyncClient": "httpx.Client",
    "httpx.AsyncByteStream": "httpx.SyncByteStream",
    "aiter_bytes": "iter_bytes",
    "aiter_lines": "iter_lines",
    "aiter_raw": "iter_raw",
    "aiter_text": "iter_text",
    "aread": "read",
    # The generated operations, and ours.
    "call_async": "call",
    "items_async": "items",
    "stream_async": "stream",
    ".asyncio": "sync",
    ".asyncio_detailed": "sync_detailed",
    ".asyncio_iterate": "iterate",
    ".asyncio_stream": "stream",
    # Waiting.
    "anyio.sleep": "time.sleep",
    # Support modules of the tests.
    "TaskGroup": "ThreadGroup",
}

BANNER = """\
# Derived from {source} by scripts/codegen/derive.py. Do not edit:
# change that file and run ./codegen.sh.
"""
MARKER = "# derive: async-only"

Edit = tuple[int, int, int, str]  # line (from 1), first column, end column, what to put there


class DeriveError(Exception):
    """What can't be derived, with its file and line."""


def derive(root: Path, target: Path, rules: Mapping[str, str] = RULES) -> list[Path]:
    """Write ``liminal/_sync`` and ``tests/_sync`` under ``target`` and return the files written.

    Formatted by ruff with the configuration of ``root``. What the two folders held before is gone.
    When anything is wrong (DeriveError), ``target`` is left as it was.
    """
    unused = set(rules)
    with tempfile.TemporaryDirectory() as folder:
        for source, derived in FOLDERS.items():
            for path in sorted((root / source).rglob("*.py")):
                text = blocking(path.read_text("utf-8"), path.relative_to(root), rules, unused)
                if text is not None:
                    place = Path(folder, derived, path.relative_to(root / source))
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_text(text, "utf-8")
        if unused:
            raise DeriveError(f"rules that match nothing: {', '.join(sorted(unused))}")
        _format(root, Path(folder))
        return [path for derived in FOLDERS.values() for path in _install(folder, target, derived)]


def blocking(source: str, path: Path, rules: Mapping[str, str], unused: set[str]) -> str | None:
    """Return the blocking twin of ``source``, not yet formatted, or None where it is to have none.

    Rules that matched are taken out of ``unused``.
    """
    lines = source.splitlines(keepends=True)
    if any(line.strip() == MARKER for line in lines):
        return None
    tree = _tree(source, path)
    _refuse_fstrings(tree, path, rules)
    dropped = set(_dropped(tree, lines))
    edits = [*_tokens(source, rules, unused, dropped), *_exported(tree, rules)]
    edits += [*_unwrapped(tree, lines), *_imports(tree, lines, rules)]
    for line, start, end, new in sorted(set(edits), reverse=True):
        lines[line - 1] = lines[line - 1][:start] + new + lines[line - 1][end:]
    kept = (line for number, line in enumerate(lines, 1) if number not in dropped)
    return BANNER.format(source=path.as_posix()) + "".join(kept)


def _tree(source: str, path: Path) -> ast.Module:
    try:
        return ast.parse(source, str(path))
    except SyntaxError as error:
        place, reason = f"{path}:{error.lineno}", error.msg
    raise DeriveError(f"{place}: this is not valid Python: {reason}")


def _tokens(
    source: str, rules: Mapping[str, str], unused: set[str], dropped: set[int]
) -> Iterator[Edit]:
    """Take out ``async`` and ``await``, and replace the names."""
    tokens = [token for token in _outside_fstrings(source) if token.start[0] not in dropped]
    for index, token in enumerate(tokens):
        if token.string in {"async", "await"}:
            after = tokens[index + 1]
            yield _edit(token, "", after.start[1] if after.start[0] == token.start[0] else None)
        elif token.type == tokenize.NAME:
            qualified = tokens[index - 1].string == "."
            module = tokens[index - 2]
            rule = _rule(token.string, module.string if qualified else None, rules)
            if rule is not None:
                unused.discard(rule)
                new_module, _, name = rules[rule].rpartition(".")
                yield _edit(token, name)
                if new_module:
                    yield _edit(module, new_module)


def _rule(name: str, module: str | None, rules: Mapping[str, str]) -> str | None:
    """Return the rule for ``name``, here qualified by ``module``."""
    qualified = () if module is None else (f"{module}.{name}", f".{name}")
    return next((rule for rule in (*qualified, name) if rule in rules), None)


def _edit(token: tokenize.TokenInfo, new: str, end: int | None = None) -> Edit:
    return *token.start, token.end[1] if end is None else end, new


def _outside_fstrings(source: str) -> Iterator[tokenize.TokenInfo]:
    """Tokenize, leaving out what stands within f-strings, on Python 3.12 and later as on 3.11."""
    depth = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        kind = tokenize.tok_name[token.type]
        depth += kind.endswith("STRING_START")
        if depth == 0 and kind not in {"COMMENT", "NL"}:
            yield token
        depth -= kind.endswith("STRING_END")


def _refuse_fstrings(tree: ast.AST, path: Path, rules: Mapping[str, str]) -> None:
    names = {rule.rpartition(".")[2] for rule in rules}
    for string in (node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)):
        for node in ast.walk(string):
            name = getattr(node, "attr", None) or getattr(node, "id", None)
            if name in names or isinstance(node, ast.Await):
                what = f"{path}:{string.lineno}: {name or 'await'} within an f-string"
                raise DeriveError(f"{what} is not rewritten: give it a name before")


def _exported(tree: ast.Module, rules: Mapping[str, str]) -> Iterator[Edit]:
    """Replace the names in ``__all__``, which are ASCII: bytes and characters count alike."""
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__":
            for node in ast.walk(statement):
                name = getattr(node, "value", None)
                if isinstance(node, ast.Constant) and isinstance(name, str) and name in rules:
                    new = f'"{rules[name]}"'
                    yield node.lineno, node.col_offset, node.end_col_offset or 0, new


def _unwrapped(tree: ast.AST, lines: list[str]) -> Iterator[Edit]:
    """Turn ``Awaitable[T]`` into ``T``, and ``(await x()).y`` into ``x().y``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Awaitable":
            (first, start), (last, end) = _span(node, lines)
            yield first, start, start + len("Awaitable["), ""
            yield last, end - 1, end, ""
        elif isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.value, ast.Await):
            (first, start), (last, end) = _span(node.value, lines)
            if lines[first - 1][start - 1] == "(" and lines[last - 1][end] == ")":
                yield first, start - 1, start, ""
                yield last, end, end + 1, ""


def _span(node: ast.expr, lines: list[str]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the place of ``node``; ast counts columns in bytes, we in characters."""
    ends = (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)
    first, last = ((line, len(lines[line - 1].encode()[:column].decode())) for line, column in ends)
    return first, last


def _imports(tree: ast.Module, lines: list[str], rules: Mapping[str, str]) -> Iterator[Edit]:
    """Import, beside a module that a rule replaces by another, that other."""
    changes = [(old.rpartition(".")[0], new.rpartition(".")[0]) for old, new in rules.items()]
    for statement in tree.body:
        if isinstance(statement, ast.Import):
            for old, new in changes:
                if old and new and old != new and old in {name.name for name in statement.names}:
                    end = len(lines[statement.lineno - 1])
                    yield statement.lineno, end, end, f"import {new}\n"


def _dropped(tree: ast.AST, lines: list[str]) -> Iterator[int]:
    """Name the lines that are for the asyncio variant alone."""
    yield from (number for number, line in enumerate(lines, 1) if line.rstrip().endswith(MARKER))
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            decorators: list[ast.expr] = getattr(node, "decorator_list", [])
            first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
            if lines[first - 1].rstrip().endswith(MARKER):
                yield from range(first, (node.end_lineno or first) + 1)


def _format(root: Path, folder: Path) -> None:
    """Sort imports, take out unused ones, and lay out, as ``root`` does."""
    fixes = ["check", "--fix", "--quiet", "--select", "I001,F401,TC005"]
    for command in (fixes, ["format", "--quiet"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--no-cache"]
        config = ["--config", str(root / "pyproject.toml"), "."]
        done = subprocess.run(
            [*ruff, *config], cwd=folder, check=False, capture_output=True, text=True
        )
        if done.returncode:
            raise DeriveError(f"ruff {command[0]}: {done.stdout}{done.stderr}")


def _install(folder: str, target: Path, derived: str) -> list[Path]:
    """Put the derived folder in place of the old one."""
    if Path(folder, derived).exists():
        replace(Path(folder, derived), target / derived)
    else:
        shutil.rmtree(target / derived, ignore_errors=True)
    return sorted((target / derived).rglob("*.py"))
