"""How well the outputs of a head fit responses, in the measures that suit the head."""

from __future__ import annotations

from math import inf

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.diagnostics import metrics
from glmnn.models.glm import GLM, has_one_output
from glmnn.models.links import LOGIT
from glmnn.models.model import Head

FAR = 36.0  # a linear predictor at which a bounded mean is as good as at its bound


def goodness(head: Head, eta: Array, block: Block) -> dict[str, float]:
    """Return measures by name, the deviance first."""
    with np.errstate(all="ignore"):
        deviance = float(block.prior_weight @ head.deviances(eta, block.y))
        deviance = deviance if np.isfinite(deviance) else inf
        if not has_one_output(head):
            return _of_classes(head.mean(eta), block, deviance)
        mu = head.mean(eta)
        if not np.all(np.isfinite(mu)):
            return {"deviance": deviance}
        if not gives_probabilities(head, block.y):
            return metrics.of_means(block.y, mu, block.prior_weight, deviance)
        logit = eta if head.link == LOGIT else np.log(mu) - np.log(head.link.complement(eta))
        return metrics.of_probabilities(block.y, mu, logit, block.prior_weight, deviance)


def gives_probabilities(head: GLM, y: Array) -> bool:
    """Say whether responses and means all lie between 0 and 1."""
    low, high = head.link.inverse(np.array([-FAR, FAR])) if head.etas == (-inf, inf) else (-inf, inf)
    bounded = head.family.means == (0.0, 1.0) or (low >= 0.0 and high <= 1.0)
    return bool(bounded and np.all((y >= 0.0) & (y <= 1.0)))


def _of_classes(p: Array, block: Block, deviance: float) -> dict[str, float]:
    """Return the measures of probabilities of several classes; Brier's score is that of 1950, summed over them."""
    codes = block.y.astype(np.intp)
    right = p.argmax(axis=1) == codes
    off = p.copy()
    off[np.arange(codes.size), codes] -= 1.0
    return {
        "deviance": deviance,
        "mean_loss": metrics.mean_loss(deviance, block.prior_weight),
        "accuracy": float(np.average(right, weights=block.prior_weight)),
        "brier": float(np.average(np.sum(off * off, axis=1), weights=block.prior_weight)),
    }
