"""The score of many rows without a product with the column of ones, which need not be there then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.models.glm import GLM


@dataclass(frozen=True)
class BareScore:
    """The score of a leaf, to the same bits with its leading column of ones and without it.

    Attributes
    ----------
    model : GLM
    """

    model: GLM
    takes_bare: ClassVar[bool] = True

    def __call__(self, coef: Array, block: Block) -> Array:
        """Return the score, shape (p,)."""
        X = block.X
        if X.shape[1] == coef.size:
            if not (X[:, 0] == 1.0).all():
                return self.model.score(coef, block)
            X = X[:, 1:]
        X = np.ascontiguousarray(X)  # BLAS may sum rows that stand otherwise in another order
        eta = X @ coef[1:]
        eta += coef[0]
        eta += block.offset
        slope = self.model.slope(eta, block)
        score = np.empty(coef.size)
        score[0] = slope.sum()
        slope.dot(X, score[1:])
        return score
