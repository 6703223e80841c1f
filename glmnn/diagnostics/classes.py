"""What fit statistics are for a response that is a class."""

from __future__ import annotations

from math import inf, log

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.models.model import SecondOrderModel
from glmnn.problem.problem import Problem


def fit_of_classes(problem: Problem, coef: Array) -> tuple[float, float, float]:
    """Return Pearson chi-squared, deviance and log-likelihood, without a penalty.

    Pearson's is the sum over rows and classes of (y - p)^2 / p: (1 - p)^2 / p of the class that came and p of the
    others add up to 1 / p - 1.
    """
    with np.errstate(all="ignore"):
        pearson: float = problem.data.sum(_pearson, problem.model, coef)
    deviance = Problem(problem.model, problem.data).first_order(coef).deviance
    return pearson if np.isfinite(pearson) else inf, deviance, -0.5 * deviance


def _pearson(model: SecondOrderModel, coef: Array, block: Block) -> float:
    chosen = model.fitted(coef, block)[np.arange(block.y.size), block.y.astype(int)]
    return float(block.prior_weight @ (1.0 / chosen - 1.0))


def null_deviance_of_classes(problem: Problem, has_constant: bool, counts: Array | None = None) -> float:
    """Return the deviance of equal shares, or with intercepts that of the shares of the classes, counted or not."""
    if not has_constant:
        return 2.0 * problem.data.summary.weight * log(problem.model.outputs)
    counts = problem.data.sum(_counts, problem.model.outputs) if counts is None else counts
    return float(-2.0 * np.sum(counts * np.log(counts / counts.sum())))


def _counts(classes: int, block: Block) -> Array:
    """Return the sum of the prior weights of each class, shape (classes,)."""
    return np.asarray(np.bincount(block.y.astype(int), weights=block.prior_weight, minlength=classes), dtype=float)
