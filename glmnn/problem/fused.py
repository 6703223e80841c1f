"""Sums of the common families and links by one compiled visit of the rows, where that pays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.engines.tree import leaf_rows, tree_sum
from glmnn.kernels.choice import compiled, work, worked
from glmnn.kernels.visits import NOTHING, WIDEST, Sums, visits
from glmnn.models.evaluation import FirstOrder, SecondOrder

if TYPE_CHECKING:
    from glmnn.data.dataset import Dataset
    from glmnn.models.model import Model

PASSES, SECONDS, SECONDS_OF_PRODUCT = 5, 6e-8, 6.5e-11  # of a fit by NumPy; of a row, and of each product in it
ROW_BY_ROW = {"LOGISTIC", "POISSON_LOG", "LINEAR"}  # whose score alone has a kernel


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
    start : callable or None
        From a block to the linear predictors at which Fisher scoring starts, where the sums of its first step are
        asked for.
    """

    pair: str
    plain: bool
    second: bool
    value: Callable[[Sums], Any]
    instead: Callable[[Array, Block], Any]
    start: Callable[[Block], Array] | None = None
    by_leaves: ClassVar[bool] = True

    def __call__(self, coef: Array, block: Block) -> Any:
        """Return the value of the rows, whose column of ones may be missing."""
        p, leaf = coef.size, leaf_rows(coef.size)
        value = self._visited(coef, block)
        if value is not None:
            return value
        if block.y.size > leaf:
            parts = (block.rows(slice(first, first + leaf)) for first in range(0, block.y.size, leaf))
            return tree_sum(self(coef, part) for part in parts)
        if block.X.shape[1] < p:
            block = block._replace(X=np.column_stack([np.ones(block.y.size), block.X]))
        with np.errstate(all="ignore"):
            return self.instead(coef, block)

    def _visited(self, coef: Array, block: Block) -> Any:
        """Return the value by a visit; None where it declines, or where a worker has no numba."""
        start = None if self.start is None else self.start(block)
        sums = visits(self.pair, self.plain, coef, block, leaf_rows(coef.size), start, self.second)
        return self.value(sums[0]) if sums else None


@dataclass(frozen=True)
class FusedScore(Fused):
    """The score alone, by rows as they stand."""

    def _visited(self, coef: Array, block: Block) -> Any:
        try:
            from glmnn.kernels.compiled import score
        except ImportError:
            return None
        leaf = leaf_rows(coef.size)
        scores = np.empty((-(-block.y.size // leaf), coef.size))
        X, y, weight, offset = map(np.ascontiguousarray, block)
        if self.plain:
            weight = offset = NOTHING
        pair, coef = getattr(score, self.pair), np.ascontiguousarray(coef)
        return tree_sum(scores) if score.score(pair, X, y, weight, offset, coef, leaf, scores) else None


def kernel_of(model: Model, data: Dataset, module: str = "visit") -> str | None:
    """Return the pair whose compiled visits take the sums of a model on data, loaded; None where NumPy takes them."""
    pair, seconds = _pair_of(model, data)
    return pair if pair is not None and compiled(module, seconds) else None


def prepare(model: Model, data: Dataset) -> None:
    """Load the kernels for a fit before its clock runs, where it pays, or has paid by the fits before it."""
    pair, seconds = _pair_of(model, data)
    if pair is not None and not compiled("visit", seconds + worked("visit")):
        work("visit", seconds)


def _pair_of(model: Model, data: Dataset) -> tuple[str | None, float]:
    """Return the pair that there are visits for, if any, and the seconds of a fit by NumPy."""
    pair = getattr(model, "pair", None)  # other models have none
    p = len(data.names)
    return (pair if p <= WIDEST else None), PASSES * data.rows * (SECONDS + SECONDS_OF_PRODUCT * p * p)


def fused(
    model: Model,
    data: Dataset,
    second: bool,
    value: Callable[[Sums], Any],
    instead: Callable[[Array, Block], Any],
    start: Callable[[Block], Array] | None = None,
) -> Fused | None:
    """Return the compiled function of these sums, or None where NumPy is to take them."""
    pair = kernel_of(model, data)
    return None if pair is None else Fused(pair, data.known_plain, second, value, instead, start)


def fused_score(model: Model, data: Dataset, instead: Callable[[Array, Block], Array]) -> Fused | None:
    """Return the compiled function of the score alone, or None where NumPy is to take it."""
    pair = kernel_of(model, data)
    if pair in ROW_BY_ROW and kernel_of(model, data, "score"):
        return FusedScore(pair, data.known_plain, False, of_score, instead)
    return None if pair is None else Fused(pair, data.known_plain, False, of_score, instead)


def of_second_order(sums: Sums) -> SecondOrder:
    """Return deviance, score and information, with the step from there."""
    return SecondOrder(sums.rows, sums.deviance, sums.score, sums.information).solved(sums.step, sums.variance)


def of_first_order(sums: Sums) -> FirstOrder:
    """Return deviance and score."""
    return FirstOrder(sums.rows, sums.deviance, sums.score)


def of_score(sums: Sums) -> Array:
    """Return the score."""
    return sums.score
