"""Totals of columns over the rows of a block, which add over the blocks."""

from __future__ import annotations

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.kernels.gram import gram

BESIDE = 16  # rows


def products(block: Block) -> Array:
    """Return X' W X for prior weights W, shape (p, p)."""
    if (block.prior_weight == 1.0).all():
        return gram(block.X)
    return gram(block.X, block.prior_weight)


def equal(cells: Array, block: Block) -> Array:
    """Return how many rows have this cell in each column, of columns whose cell is not 0."""
    asked = np.flatnonzero(cells)
    counts = np.zeros(cells.size)
    counts[asked] = (block.X[:, asked] == cells[asked]).sum(axis=0)
    return counts


def sums(block: Block) -> Array:
    """Return the sum of each column, shape (p,)."""
    return _added(np.ascontiguousarray(block.X))


def squares(centre: Array, block: Block) -> Array:
    """Return the sum of squared distances from the centre of each column, shape (p,)."""
    away = np.subtract(block.X, centre, order="C")
    return _added(np.multiply(away, away, away))


def _added(X: Array) -> Array:
    """Return the sums of columns of rows that stand one after the other; many rows side by side are added faster."""
    rows, p = X.shape
    whole = rows - rows % BESIDE
    total = X[whole:].sum(axis=0)
    if whole:
        total += X[:whole].reshape(-1, BESIDE * p).sum(axis=0).reshape(BESIDE, p).sum(axis=0)
    return np.asarray(total)
