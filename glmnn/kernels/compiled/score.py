"""The score of the rows of each leaf: one read of them, and nothing else is summed.

A column of ones is not multiplied with, whether it stands in front of the others or is left out. What the others add up
to is the same then, to the bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from glmnn.kernels.compiled.cached import GIVEN, GIVEN_ROWS, kernel
from glmnn.kernels.compiled.columns import (
    CHUNK,
    STRICT,
    STRIDE,
    add_score_and_fetch,
    begins_with_ones,
    gather,
    predict_and_fetch,
    total,
)  # fmt: skip
from glmnn.kernels.compiled.pairs import LINEAR, LOGISTIC, POISSON_LOG
from glmnn.kernels.compiled.slopes import slopes

__all__ = ["LINEAR", "LOGISTIC", "POISSON_LOG", "score"]


def _score(pair: int, X: Any, y: Any, prior_weight: Any, offset: Any, coef: Any, leaf: int, scores: Any) -> bool:
    """Write the score of each leaf; False where a linear predictor leaves the range of the exponential."""
    p = coef.size
    columns, eta = np.empty((p, STRIDE)), np.empty(CHUNK)
    scores[:] = 0.0
    for place in range(scores.shape[0]):
        begin, end = place * leaf, min(place * leaf + leaf, y.size)
        ones = 1 if X.shape[1] < p or begins_with_ones(X[begin:end]) else 0
        for first in range(begin, end, CHUNK):
            n, soon = min(CHUNK, end - first), first + CHUNK
            gather(X, X.shape[1] - p + ones, first, n, columns)
            predict_and_fetch(columns, coef[ones:], n, eta, (X, soon, 2 * (p - ones), 0))
            if offset.size:
                for i in range(n):
                    eta[i] += offset[first + i]
            if ones:
                for i in range(n):
                    eta[i] += coef[0]
            if not slopes(pair, eta, y[first : first + n], n):
                return False
            if prior_weight.size:
                for i in range(n):
                    eta[i] *= prior_weight[first + i]
            add_score_and_fetch(columns, eta, n, scores[place, ones:], (X, soon, 2 * (p - ones), p - ones))
            if ones:
                scores[place, 0] += total(eta, n)
    return True


score: Callable[..., bool] = kernel(
    numba.boolean(
        numba.int64, GIVEN_ROWS, GIVEN, GIVEN, GIVEN, GIVEN, numba.int64, numba.types.Array(numba.float64, 2, "C")
    ),
    _score,
    fastmath=STRICT,
)
