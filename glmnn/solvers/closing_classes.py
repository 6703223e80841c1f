"""The last step and the pass at its end where the response is a class; see `closing`."""

from __future__ import annotations

from math import isfinite

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.engines.tree import Top
from glmnn.kernels.double_double import two_sum
from glmnn.kernels.gram import quadratic_forms
from glmnn.models.evaluation import SecondOrder
from glmnn.models.model import SecondOrderModel
from glmnn.problem.problem import Problem
from glmnn.solvers.closing import MANY, STILL, Besides, Closing, penalised
from glmnn.solvers.polish import needs_extended


def close_classes(problem: Problem, coef: Array, current: SecondOrder) -> tuple[Array, Array, Closing] | None:
    """Return the maximum as a pair and what the rows say there; None where it takes more than a step and a pass."""
    if not problem.additive or problem.rows < MANY or needs_extended(problem, coef, current):
        return None
    reached = coef + current.scoring_step()
    problem.passes += 1
    with np.errstate(all="ignore"):
        closing: Closing = problem.data.sum(_close, problem.model, current.covariance(), reached)
    closing = penalised(problem, reached, closing)
    last = closing.second_order
    sound = isfinite(last.deviance) and isfinite(closing.sizes) and last.finite
    if not sound or not last.decrement() * closing.besides["reach"].value <= STILL:
        return None
    return *two_sum(reached, last.scoring_step()), closing


def _close(model: SecondOrderModel, bread: Array, coef: Array, block: Block) -> Closing:
    """Return the sums of a block.

    "reach" is twice the most that a linear predictor changes over a standard error, and so the most that two of them
    move apart. `sizes` bounds w s' V^-1 s = w (sum_k s_k^2 / p_k + (sum_k s_k)^2 / p_0) whatever the signs of the
    scores s = y - p of the classes but the base, with V their information: it is below Pearson's part + 4 w / p_0.
    """
    codes, weight, width = block.y.astype(np.intp), block.prior_weight, block.X.shape[1]
    p = model.fitted(coef, block)
    squares = [
        quadratic_forms(block.X, bread[first : first + width, first : first + width]).max()
        for first in range(0, coef.size, width)
    ]
    pearson = float(weight @ (1.0 / p[np.arange(codes.size), codes] - 1.0))
    besides = Besides(null=np.bincount(codes, weight, model.outputs), reach=Top(2.0 * float(np.sqrt(np.max(squares)))))
    sizes = pearson + 4.0 * float(weight @ (1.0 / p[:, 0]))
    return Closing(model.second_order(coef, block), pearson, sizes, 0.0, 1, codes.size, besides)
