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
    before, after = _members(_parsed(core(old))), _members(_parsed(core(new)))
    if before.keys() == after.keys():
        return Fit.SAME
    if "Any" in before or "object" in before:
        return Fit.LESS
    if "Any" in after or "object" in after:
        return Fit.MORE
    if before.keys() <= after.keys():
        return Fit.MORE
    if after.keys() <= before.keys():
        return Fit.LESS
    return _inner(before, after)


def _parsed(annotation: str) -> ast.expr:
    return ast.parse((annotation or "object").replace("builtins.", ""), mode="eval").body


def _members(node: ast.expr) -> dict[str, ast.expr]:
    """Take a union apart. By PEP 484 an integer passes for a float."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _members(node.left) | _members(node.right)
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal":
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return {f"Literal[{ast.unparse(part)}]": part for part in parts}
    found = {ast.unparse(node): node}
    return found | {"int": node} if "float" in found else found


def _inner(before: dict[str, ast.expr], after: dict[str, ast.expr]) -> Fit:
    """Compare the items of a covariant container, if nothing else differs."""
    old, new = (
        [two[key] for key in two if key not in one]
        for one, two in ((after, before), (before, after))
    )
    if len(old) == len(new) == 1:
        (one,), (other,) = old, new
        if isinstance(one, ast.Constant) and isinstance(other, ast.Name):
            return Fit.MORE if type(one.value).__name__ == other.id else Fit.OTHER
        if isinstance(one, ast.Name) and isinstance(other, ast.Constant):
            return Fit.LESS if type(other.value).__name__ == one.id else Fit.OTHER
        if isinstance(one, ast.Subscript) and isinstance(other, ast.Subscript):
            heads = {ast.unparse(each.value) for each in (one, other)}
            if len(heads) == 1 and heads <= COVARIANT:
                return fit(ast.unparse(one.slice), ast.unparse(other.slice))
    return Fit.OTHER
