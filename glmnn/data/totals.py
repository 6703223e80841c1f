"""Totals of columns over the rows of a block, which add over the blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from glmnn.arrays import Array, Block, without_ones
from glmnn.engines.tree import Factor, leaf_rows, leaf_slices, tree_sum
from glmnn.kernels.gram import gram
from glmnn.kernels.visits import visits

BESIDE = 16  # rows
FAR = 10.0  # squared mean by mean squared distance: a digit cancels


def products(block: Block) -> Array:
    """Return X' W X for prior weights W, shape (p, p)."""
    if (block.prior_weight == 1.0).all():
        return gram(block.X)
    return gram(block.X, block.prior_weight)


@dataclass(frozen=True)
class Products:
    """The same of many rows, of p columns, to the same bits with their leading column of ones and without it."""

    p: int
    takes_bare: ClassVar[bool] = True

    def __call__(self, block: Block) -> Array:
        """Return the products."""
        bare = without_ones(block.X, self.p)
        if bare is None:
            return products(block)
        total = np.empty((self.p, self.p))
        if (block.prior_weight == 1.0).all():
            total[0, 0], beside = block.y.size, _added(bare)
        else:
            total[0, 0], beside = block.prior_weight.sum(), block.prior_weight @ bare
        total[0, 1:] = total[1:, 0] = beside
        total[1:, 1:] = products(block._replace(X=bare))
        return total


@dataclass(frozen=True)
class VisitedProducts:
    """The same by compiled visits, as the information of least squares.

    Attributes
    ----------
    p : int
    plain : bool
        All prior weights are 1 and all offsets 0.
    """

    p: int
    plain: bool
    by_leaves: ClassVar[bool] = True

    def __call__(self, block: Block) -> Array:
        """Return the products of whole leaves, whose column of ones may be missing."""
        if found := visits("LINEAR", self.plain, np.zeros(self.p), block, leaf_rows(self.p)):
            return found[0].information
        instead = Products(self.p)
        return np.asarray(tree_sum(instead(block.rows(part)) for part in leaf_slices(block.y.size, self.p)))


class Moments(NamedTuple):
    """Mean of each column beside a constant one (else 0), mean squared distance from it, and the passes for both."""

    centre: Array  # (p,)
    squares: Array  # (p,)
    passes: int


def moments_of(gram: Array, constants: Array) -> Moments | None:
    """Return the mean of each column beside one of ones (else 0), and the mean squared distance from it.

    Parameters
    ----------
    gram : ndarray of shape (p, p)
        X' X / rows.
    constants : ndarray of shape (p,)
        The cell of each constant column, else 0.

    Returns
    -------
    Moments or None
        None where a mean is so far from 0 that digits would cancel, or no constant is 1.
    """
    centre, ones = np.zeros(constants.size), np.flatnonzero(constants == 1.0)
    if ones.size:
        centre = np.where(constants == 0, gram[ones[0]], 0.0)
    elif constants.any():
        return None
    away = gram.diagonal() - centre * centre
    return Moments(centre, away, passes=1) if (centre * centre <= FAR * away).all() else None


def equal(cells: Array, block: Block) -> Array:
    """Return how many rows have this cell in each column, of columns whose cell is not 0."""
    asked = np.flatnonzero(cells)
    counts = np.zeros(cells.size)
    counts[asked] = (block.X[:, asked] == cells[asked]).sum(axis=0)
    return counts


def factor(scale: Array, weight: Callable[[Block], Array] | None, block: Block) -> Factor:
    """Return the factor of the rows divided by the scales and weighted by their roots."""
    rows = block.X / scale
    if weight is not None:
        rows *= np.sqrt(weight(block))[:, None]
    return Factor.of(rows)


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
