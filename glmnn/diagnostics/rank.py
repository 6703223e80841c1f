"""Aliased columns, and the linear relation between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.data.dataset import Dataset
from glmnn.data.summary import some_stride
from glmnn.kernels.gram import gram
from glmnn.models.evaluation import SecondOrder

MANY, FEW, THINNED = 20_000, 5_000, 4  # rows of which some may prove it for all, and how many these are at least
ALIASED = 1e-13  # part of a column outside the span of the earlier ones below which it is rounding


@dataclass(frozen=True)
class Alias:
    """A column that is a linear combination of earlier ones.

    Attributes
    ----------
    name : str
    relation : dict of str to float
        Coefficients of the earlier columns.
    """

    name: str
    relation: dict[str, float]

    def __str__(self) -> str:
        """Return the relation in words, such as ``x3 = x1 + x2``."""
        terms: list[str] = []
        for name, value in self.relation.items():
            size = "" if abs(abs(value) - 1.0) < 1e-9 else f"{abs(value):.6g} "
            sign = "- " if value < 0 else ("+ " if terms else "")
            shown = size.strip() or "1" if name == "(Intercept)" else f"{size}{name}"
            terms.append(sign + shown)
        return f"{self.name} = {' '.join(terms) or '0'}"


def aliased_columns(data: Dataset, first: Callable[[], SecondOrder] | None = None) -> tuple[Alias, ...]:
    """Return the columns that are linear combinations of the columns before them, in order.

    Columns are scaled to unit length first, so that 1e-8 and 1e8 columns are not taken for collinear. A Cholesky
    factor of the Gram matrix settles the ordinary case in one pass; what it leaves open goes to a QR factor built
    block by block, which does not square the condition.

    Parameters
    ----------
    data : Dataset
    first : callable, optional
        Returns sums with X' W X for some positive weights W, which settles as much, and which somebody needs anyway.
    """
    if data.rows > MANY:
        if _definite(data.every(some_stride(data.rows, THINNED)).sum(_gram), FEW):
            return ()
    elif first is not None and data.rows >= data.width and first().definite:
        return ()
    if _definite(data.sum(_gram), data.rows):
        return ()
    factor, scale = data.triangular_factor()
    length = np.linalg.norm(factor, axis=0)
    return _dependent(factor / np.where(length > 0, length, 1.0), length * scale, data.names)


def _definite(total: Array, rows: int) -> bool:
    """Say whether the pivots of X' W X prove full rank of the rows."""
    return rows >= len(total) and SecondOrder(rows, 0.0, total[0], total).definite


def _gram(block: Block) -> Array:
    return gram(block.X)


def _dependent(factor: Array, length: Array, names: tuple[str, ...]) -> tuple[Alias, ...]:
    kept: list[int] = []
    aliases: list[Alias] = []
    basis = np.zeros((factor.shape[0], 0))
    for j, name in enumerate(names):
        column = factor[:, j]
        rest = column - basis @ (basis.T @ column)
        rest -= basis @ (basis.T @ rest)  # once more: orthogonal to working precision
        if np.linalg.norm(rest) > ALIASED * np.sqrt(factor.shape[1]):
            kept.append(j)
            basis = np.column_stack([basis, rest / np.linalg.norm(rest)])
            continue
        relation: dict[str, float] = {}
        if kept and length[j] > 0:
            solution = np.linalg.lstsq(factor[:, kept], column, rcond=None)[0]
            relation = {
                names[k]: float(value * length[j] / length[k])
                for k, value in zip(kept, solution, strict=True)
                if abs(value) > 1e-9
            }
        aliases.append(Alias(name, relation))
    return tuple(aliases)
