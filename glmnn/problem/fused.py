"""Sums of the common families and links by one compiled visit of the rows, where that pays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.engines.tree import leaf_rows, tree_sum
from glmnn.kernels.choice import compiled
from glmnn.models.evaluation import FirstOrder, SecondOrder
from glmnn.models.families import BINOMIAL, GAMMA, GAUSSIAN, POISSON, Family
from glmnn.models.links import IDENTITY, LOG, LOGIT, PROBIT, Link

if TYPE_CHECKING:
    from glmnn.data.dataset import Dataset
    from glmnn.models.model import Model

WIDEST = 64  # columns: beyond, products by BLAS are faster
PASSES, SECONDS, SECONDS_OF_PRODUCT = 5, 6e-8, 6.5e-11  # of a fit by NumPy; of a row, and of each product in it
PAIRS: dict[tuple[Family | None, Link | None], str] = {
    (BINOMIAL, LOGIT): "LOGISTIC",
    (POISSON, LOG): "POISSON_LOG",
    (GAMMA, LOG): "GAMMA_LOG",
    (GAUSSIAN, IDENTITY): "LINEAR",
    (BINOMIAL, PROBIT): "PROBIT",
}
NOTHING = np.empty(0)


class Sums(NamedTuple):
    """What one visit says of some rows."""

    rows: int
    score: Array  # (p,)
    information: Array  # (p, p)
    deviance: float
    pearson: float
    sizes: float  # sum of w (|y| + |mu|)^2 / V(mu)
    least: float  # least information of a row, its prior weight included


@dataclass(frozen=True)
class Fused:
    """A function of coefficients and rows, by one compiled visit of them.

    Attributes
    ----------
    pair : str
        The family and link, as `kernels.compiled.pairs` calls them.
    plain : bool
        All prior weights are 1 and all offsets 0.
    second : bool
        Whether the information is needed.
    value : callable
        From `Sums` to the value.
    instead : callable
        (coef, block) -> the value, for leaves that the visit declines: rows far out in a tail, shares of trials.
    """

    pair: str
    plain: bool
    second: bool
    value: Callable[[Sums], Any]
    instead: Callable[[Array, Block], Any]
    by_leaves: ClassVar[bool] = True

    def __call__(self, coef: Array, block: Block) -> Any:
        """Return the value of the rows, whose column of ones may be missing."""
        p, leaf = coef.size, leaf_rows(coef.size)
        sums = self._visited(coef, block, leaf)
        if sums is not None:
            return self.value(sums)
        if block.y.size > leaf:
            parts = (block.rows(slice(first, first + leaf)) for first in range(0, block.y.size, leaf))
            return tree_sum(self(coef, part) for part in parts)
        if block.X.shape[1] < p:
            block = block._replace(X=np.column_stack([np.ones(block.y.size), block.X]))
        with np.errstate(all="ignore"):
            return self.instead(coef, block)

    def _visited(self, coef: Array, block: Block, leaf: int) -> Sums | None:
        """Return the sums of a visit; None where it declines, or where a worker has no numba."""
        try:
            from glmnn.kernels.compiled import pairs, visit
        except ImportError:
            return None
        p, numbers = coef.size, visit.NUMBERS
        sums = np.empty(numbers + p + (p * p if self.second else 0))
        X, y, weight, offset = map(np.ascontiguousarray, block)
        if self.plain:
            weight = offset = NOTHING
        coef = np.ascontiguousarray(coef)
        if not visit.visit(getattr(pairs, self.pair), X, y, weight, offset, coef, self.second, leaf, sums):
            return None
        score, information = sums[numbers : numbers + p], sums[numbers + p :].reshape(-1, p)
        return Sums(block.y.size, score, information, *sums[:numbers].tolist())


def kernel_of(model: Model, data: Dataset) -> str | None:
    """Return the pair whose compiled visits take the sums of a model on data, loaded; None where NumPy takes them."""
    pair = PAIRS.get((getattr(model, "family", None), getattr(model, "link", None)))  # a network has neither
    p = len(data.names)
    if pair is None or p > WIDEST:
        return None
    seconds = PASSES * data.rows * (SECONDS + SECONDS_OF_PRODUCT * p * p)
    return pair if compiled("visit", seconds) else None


def fused(
    model: Model, data: Dataset, second: bool, value: Callable[[Sums], Any], instead: Callable[[Array, Block], Any]
) -> Fused | None:
    """Return the compiled function of these sums, or None where NumPy is to take them."""
    pair = kernel_of(model, data)
    return None if pair is None else Fused(pair, data.plain, second, value, instead)


def of_second_order(sums: Sums) -> SecondOrder:
    """Return deviance, score and information."""
    return SecondOrder(sums.rows, sums.deviance, sums.score, sums.information)


def of_first_order(sums: Sums) -> FirstOrder:
    """Return deviance and score."""
    return FirstOrder(sums.rows, sums.deviance, sums.score)


def of_score(sums: Sums) -> Array:
    """Return the score."""
    return sums.score
