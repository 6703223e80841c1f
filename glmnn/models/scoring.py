"""The score again and again, in memory that is taken once: the loops of gradient descent."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.models.pointwise import Pointwise


def scorer(pointwise: Pointwise, rows: int, plain: bool) -> Callable[[Array, Block], Array]:
    """Return the function from coefficients and a block to its score, to the bits of `GLM.score`.

    Parameters
    ----------
    pointwise : Pointwise
    rows : int
        The most rows of a block.
    plain : bool
        All prior weights are 1 and all offsets 0, so that neither changes a bit.
    """
    memory, into = np.empty(rows), pointwise.score_into

    def score(coef: Array, block: Block) -> Array:
        X, y, prior_weight, offset = block
        eta = memory if y.size == rows else memory[: y.size]
        X.dot(coef, eta)
        if plain:
            product: Array = into(eta, y).dot(X)
            return product
        np.add(eta, offset, eta)
        slope = into(eta, y)
        np.multiply(slope, prior_weight, slope)
        return np.asarray(slope.dot(X))

    return score
