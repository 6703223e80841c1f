"""Sums over many rows without products with the column of ones, which need not be there then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from glmnn.arrays import Array, Block, without_ones
from glmnn.models.glm import GLM

LINE = 8  # numbers


@dataclass(frozen=True)
class Bordered(GLM):
    """A model of rows whose column of ones comes first and is not there: its products are sums.

    Attributes
    ----------
    plain : bool
        All prior weights are 1 and all offsets 0: they need not be read.
    """

    plain: bool = False

    def eta(self, coef: Array, block: Block) -> Array:  # noqa: D102
        eta = block.X @ coef[1:]
        eta += coef[0]
        if not self.plain:
            eta += block.offset
        return eta

    def slope(self, eta: Array, block: Block) -> Array:
        """Return the slope, written over eta."""
        slope = self.pointwise.score_into(eta, block.y)
        if not self.plain:
            slope *= block.prior_weight
        return slope

    def products(self, slope: Array, X: Array) -> Array:  # noqa: D102
        products = np.empty(X.shape[1] + 1)
        products[0] = slope.sum()
        slope.dot(X, products[1:])
        return products

    def weighted_gram(self, X: Array, weight: Array) -> Array:  # noqa: D102
        p = X.shape[1] + 1
        gram = np.empty((p, p))
        gram[0] = gram[:, 0] = self.products(weight, X)
        gram[1:, 1:] = super().weighted_gram(X, weight)
        return gram


@dataclass(frozen=True)
class Bare:
    """A value of leaves, to the same bits with their leading column of ones and without it.

    Attributes
    ----------
    evaluate : callable
        (model, coef, block) -> the value.
    model : GLM
    plain : bool
        As for `Bordered`.
    """

    evaluate: Callable[[GLM, Array, Block], Any]
    model: GLM
    plain: bool
    takes_bare: ClassVar[bool] = True

    def __call__(self, coef: Array, block: Block) -> Any:
        """Return the value."""
        X = without_ones(block.X, coef.size)
        if X is None:
            return self.evaluate(self.model, coef, block)
        if X is not block.X:  # a copy, which is in the cache
            return self.evaluate(self.bordered, coef, block._replace(X=X))
        _fetch(X)
        return self.evaluate(self.bordered, coef, block)

    @cached_property
    def bordered(self) -> GLM:
        """The model of rows without their ones."""
        return Bordered(self.model.family, self.model.link, self.plain)


def _fetch(X: Array) -> None:
    """Bring rows into the cache by reading a number of each line, which memory gives sooner than to products."""
    lines = X.reshape(-1)[::LINE]
    lines.dot(lines)
