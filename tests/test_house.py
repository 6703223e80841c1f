"""The rules of the house that a type checker and an import contract cannot see."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent / "glmnn"


@cache
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def files(*without: str) -> list[Path]:
    """Return the files of the package but those in folders or files of these names."""
    return [path for path in sorted(HOUSE.rglob("*.py")) if not {*path.relative_to(HOUSE).parts} & {*without}]


def weighted(node: ast.expr) -> bool:
    """Say whether an expression multiplies rows by a column, as in ``X * w[:, None]``."""
    return any(
        isinstance(inner, ast.BinOp)
        and isinstance(inner.op, ast.Mult)
        and ("[:, None]" in ast.unparse(inner.left) or "[:, None]" in ast.unparse(inner.right))
        for inner in ast.walk(node)
    )


def products_of_rows(module: ast.Module) -> Iterator[ast.AST]:
    """Yield every X' W X, X' W Z, X' X and quadratic form of rows written in a file."""
    for node in ast.walk(module):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            left = node.left
            if isinstance(left, ast.Attribute) and left.attr == "T":
                # a product with a vector, as in a projection on directions, is none
                matrix = weighted(node.right) or (weighted(left.value) and isinstance(node.right, ast.Attribute))
                if matrix or ast.dump(left.value) == ast.dump(node.right):
                    yield node
        elif isinstance(node, ast.Call) and "einsum('ij,ij->i'" in ast.unparse(node):
            yield node


@pytest.mark.parametrize(
    "written",
    ["X.T @ (X * w[:, None])", "np.abs(Z).T @ (off * w[:, None])", "(b.X * b.w[:, None]).T @ b.X", "X.T @ X",
     "np.einsum('ij,ij->i', X @ A, X)"],
)  # fmt: skip
def test_the_scan_knows_a_gram_matrix(written: str) -> None:
    assert list(products_of_rows(ast.parse(written)))


def test_rows_are_multiplied_with_each_other_in_one_place() -> None:
    found = [
        f"{path.relative_to(HOUSE)}:{getattr(node, 'lineno', 0)}"
        for path in files("kernels")
        for node in products_of_rows(tree(path))
    ]
    assert not found, "use glmnn.kernels.gram"
