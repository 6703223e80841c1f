"""What becomes of the likelihood of a row as eta goes to an end of its interval.

The log-likelihood of a row rises up to mu = y and falls beyond. So it rises all the way to an end where y is the mean
there, or beyond it. Otherwise it falls: to 0, or to what is left of it.
"""

from __future__ import annotations

from functools import cache
from math import isinf

import numpy as np

from glmnn.arrays import Array, Mask
from glmnn.models.glm import GLM


def rises_to(model: GLM, end: int, y: Array) -> Mask:
    """Return for which responses the likelihood rises all the way to an end.

    Parameters
    ----------
    model : GLM
    end : int
        0 for the lower end of `etas`, 1 for the upper.
    y : ndarray of shape (rows,)
    """
    means = _means(model)
    mean, other = means[end], means[1 - end]
    return np.asarray(y <= mean if mean < other else y >= mean)


def stays_positive(model: GLM, end: int) -> bool:
    """Say whether the likelihood of every response stays positive up to an end.

    It goes to 0 only where the mean goes to an end of the means of the family, and not at each of those: a response has
    a positive density under an inverse gaussian whose mean grows without bound.
    """
    low, high = model.family.means
    mean = _means(model)[end]
    return low < mean < high or (mean == high and model.family.positive_at_infinity)


def sides(model: GLM, y: Array) -> Array:
    """Return to which infinity of eta the likelihood of each row rises without bound: 1, -1, or 0 where it does not.

    With the log link a response of 0 rises to -infinity, with the inverse link to +infinity, 1 with the logit to
    +infinity.
    """
    side = np.zeros(np.shape(y))
    for end, eta in enumerate(model.etas):
        if np.isinf(eta):
            side[rises_to(model, end, y)] = np.sign(eta)
    return side


def rises(model: GLM, least: float, largest: float) -> bool:
    """Say whether the likelihood of some response, from the least to the largest, rises up to an infinite eta."""
    low, high = _means(model)
    to_low, to_high = (least <= low, largest >= high) if low < high else (largest >= low, least <= high)
    return (to_low and isinf(model.etas[0])) or (to_high and isinf(model.etas[1]))


@cache
def _means(model: GLM) -> tuple[float, float]:
    """Return the means at both ends of eta."""
    with np.errstate(all="ignore"):
        first, last = np.asarray(model.link.inverse(np.array(model.etas))).tolist()
    return first, last
