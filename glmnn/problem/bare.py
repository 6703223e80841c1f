"""Sums over many rows without products with the column of ones, which need not be there then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.models.glm import GLM


class Bordered(GLM):
    """A model of rows whose column of ones comes first and is not there: its products are sums."""

    def eta(self, coef: Array, block: Block) -> Array:  # noqa: D102
        eta = block.X @ coef[1:]
        eta += coef[0]
        eta += block.offset
        return eta

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
    """

    evaluate: Callable[[GLM, Array, Block], Any]
    model: GLM
    takes_bare: ClassVar[bool] = True

    def __call__(self, coef: Array, block: Block) -> Any:
        """Return the value."""
        X, whole = block.X, block.X.shape[1] == coef.size
        if whole and X[0, 0] != 1.0:
            return self.evaluate(self.model, coef, block)
        # BLAS may sum rows that stand otherwise in another order; and a column is quickly read of rows just copied
        bare = np.ascontiguousarray(X[:, 1:] if whole else X)
        if whole and not (X[:, 0] == 1.0).all():
            return self.evaluate(self.model, coef, block)
        return self.evaluate(self.bordered, coef, block._replace(X=bare))

    @cached_property
    def bordered(self) -> GLM:
        """The model of rows without their ones."""
        return Bordered(self.model.family, self.model.link)
