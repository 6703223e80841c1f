"""The score of the same rows again and again, in memory that is taken once: the loop of gradient descent."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.models.glm import GLM


def scorer(model: GLM, block: Block, plain: bool) -> Callable[[Array], Array]:
    """Return the function from coefficients to the score of a block, to the bits of `GLM.score`.

    Parameters
    ----------
    model : GLM
    block : Block
    plain : bool
        All prior weights are 1 and all offsets 0, so that neither changes a bit.
    """
    X, y, prior_weight, offset = block
    eta, into = np.empty(y.size), model.pointwise.score_into

    def score(coef: Array) -> Array:
        np.dot(X, coef, out=eta)
        if plain:
            return np.asarray(into(eta, y) @ X)
        np.add(eta, offset, out=eta)
        slope = into(eta, y)
        np.multiply(slope, prior_weight, out=slope)
        return np.asarray(slope @ X)

    return score
