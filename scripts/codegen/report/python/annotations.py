"""Compares type annotations by their text: whether one accepts more than another."""

from __future__ import annotations

import ast
from enum import Enum, auto

# Wrappers that change nothing about the type in them.
WRAPPERS = {"ClassVar", "Final", "Operation", "Required", "Response"}
# `list[int]` is not a `list[int | str]`: a list is written to as well as read.
COVARIANT = {"AsyncIterator", "Awaitable", "Iterator", "Mapping", "Sequence", "tuple", "type"}


class Fit(Enum):
    """How a type relates to the one before it."""

    SAME = auto()
    MORE = auto()
    LESS = auto()
    OTHER = auto()


def core(annotation: str) -> str:
    """Remove the wrapper of a type, such as ``Response[…]``."""
    node = _parsed(annotation)
    while isinstance(node, ast.Subscript) and ast.unparse(node.value).split(".")[-1] in WRAPPERS:
        node = node.slice
    return ast.unparse(node)


def fit(old: str, new: str) -> Fit:
    """Compare two annotations."""
    before, after = _parsed(core(old)), _parsed(core(new))
    if _accepts(after, before):
        return Fit.SAME if _accepts(before, after) else Fit.MORE
    return Fit.LESS if _accepts(before, after) else Fit.OTHER


def _parsed(annotation: str) -> ast.expr:
    return ast.parse((annotation or "object").replace("builtins.", ""), mode="eval").body


def _accepts(wide: ast.expr, narrow: ast.expr) -> bool:
    """Return whether each member of a union passes for one of another."""
    return all(any(_passes(one, other) for other in _members(wide)) for one in _members(narrow))


def _members(node: ast.expr) -> list[ast.expr]:
    """Take a union apart; a literal is given as its value."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_members(node.left), *_members(node.right)]
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal":
        return node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    return [node]


def _passes(one: ast.expr, other: ast.expr) -> bool:
    """Return whether one type passes for another; by PEP 484 an integer does for a float."""
    text, wide = ast.unparse(one), ast.unparse(other)
    if text == wide or wide in {"Any", "object"} or (text, wide) == ("int", "float"):
        return True
    if isinstance(one, ast.Constant):
        return type(one.value).__name__ == wide
    if isinstance(one, ast.Subscript) and isinstance(other, ast.Subscript):
        head = ast.unparse(one.value)
        same = head == ast.unparse(other.value) and head in COVARIANT
        return same and _accepts(other.slice, one.slice)
    return False
