"""Does a finite maximum exist? A cheap proof from the residuals; where it fails, the exact decision."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.diagnostics.separation.classes import separation_of_classes
from glmnn.diagnostics.separation.overlap import Multipliers, can_be_cancelled
from glmnn.diagnostics.separation.verdict import Separation, Unsettled, can_be_separated, find_separation
from glmnn.kernels.threads import one_thread
from glmnn.models.glm import GLM
from glmnn.models.limits import rises_to, sides, stays_positive
from glmnn.problem.problem import Problem, is_glm
from glmnn.solvers.closing import Closing
from glmnn.solvers.loop import Fit
from glmnn.solvers.polish import MILD
from glmnn.solvers.stopping import Status

SURE = 0.5  # part of the product that proves a maximum


def separation_of(problem: Problem, reference: Fit) -> Separation | Unsettled | None:
    """Return the separation of the data, or None when it is proved that no direction separates them.

    Parameters
    ----------
    problem : Problem
    reference : Fit
        A run of Fisher scoring, at whose end overlap is proved in three passes if the data overlap.

    Returns
    -------
    Separation, Unsettled or None
        Unsettled where neither could be proved in reasonable time.
    """
    if reference.status is Status.INTERRUPTED:
        return None
    if not is_glm(problem):
        if reference.closing is not None and maximum_of_classes_is_proved(reference.closing):
            return None
        return separation_of_classes(problem, reference.coef)
    if not can_be_separated(problem):
        return None
    if reference.closing is not None and maximum_is_proved(problem, reference.closing):
        return None
    if np.all(np.isfinite(reference.coef)) and overlap_is_proved(problem, reference.coef):
        return None
    return find_separation(problem)


def maximum_is_proved(problem: Problem, closing: Closing) -> bool:
    """Try to prove from the sums of the last pass that there is a maximum, and that it is near.

    Notes
    -----
    Let lam be the decrement, and rho the most that an eta changes over a standard error. Where each row's loss is
    self-concordant, |l'''| <= l'', the slope of the loss at a distance t in any direction is -lam + (1 - exp(-rho t)) /
    rho at least (Bach, 2010, "Self-concordant analysis for logistic regression", section 2). So rho lam < 1 implies a
    maximum, the only one, within -log(1 - rho lam) / rho standard errors of here. A half of that is asked for, and a
    condition that shows the information definite in spite of its rounding.

    Of other losses the scores prove that the data overlap, less I_i x_i' A^-1 s each, with A the information I_i x_i
    x_i' summed and s the sum of the scores: these multipliers add up to 0, and keep their signs where |s| in the metric
    of A is below |score_i| / (I_i |x_i|) of every row with a side (see `overlap_is_proved`).
    """
    model = problem.glm
    if "correction" in closing.besides:
        correction: float = closing.besides["correction"].value
        return correction * closing.decrement < SURE and closing.second_order.conditioned(MILD)
    if model.family.self_concordant != model.link:
        return False
    return closing.reach * closing.decrement < SURE and closing.second_order.conditioned(MILD)


def maximum_of_classes_is_proved(closing: Closing) -> bool:
    """Try to prove from the sums of the last pass that there is a maximum, where the response is a class.

    As `maximum_is_proved`: the third derivative of log sum_k exp(eta_k) along u is the third central moment of u under
    the probabilities, at most the range of u times their variance of it, which is the second.
    """
    reach: float = closing.besides["reach"].value
    return reach * closing.decrement_with(closing.sizes) < SURE and closing.second_order.conditioned(MILD)


def is_proof(problem: Problem) -> bool:
    """Say whether a finite maximum exists where no direction separates the data.

    It does where the likelihood of every row goes to 0 towards each infinite eta but that to which it rises: then the
    coefficients of a likelihood above any given one are bounded. A squared error, or an inverse gaussian row whose mean
    grows without bound, keeps a positive likelihood there instead.
    """
    if not is_glm(problem):
        return True
    return all(_vanishes(problem.model, block) for block in problem.data.blocks())


def _vanishes(model: GLM, block: Block) -> bool:
    """Say whether the likelihood of every row goes to 0 towards each infinite eta but that to which it rises."""
    return all(
        not stays_positive(model, end) or bool(np.all(rises_to(model, end, block.y)))
        for end, eta in enumerate(model.etas)
        if np.isinf(eta)
    )


def overlap_is_proved(problem: Problem, coef: Array) -> bool:
    """Try to prove, with all rounding errors bounded, that no direction separates the data.

    Multipliers m_i with sum_i m_i x_i = 0 that have the side of each row that may move, on rows of full column rank,
    leave a direction that no row forbids no row to move (Albert & Anderson, 1984, by Farkas' lemma). The scores of the
    rows have those signs and nearly that sum at a maximum; `can_be_cancelled` looks for the exact ones beside them.
    """
    with one_thread():
        return can_be_cancelled(partial(_scores, problem, coef), coef.size)


def _scores(problem: Problem, coef: Array) -> Iterator[Multipliers]:
    """Yield the rows with their scores, 0 where rounding took the sign; the information shares out the correction."""
    model = problem.glm
    for block in problem.data.blocks():
        with np.errstate(all="ignore"):
            _, score, information = model.pointwise.evaluate(model.eta(coef, block), block.y)
            score, information = score * block.prior_weight, information * block.prior_weight
        side = sides(model, block.y)
        sure = np.isfinite(score) & (information >= 0) & (information < np.inf)
        sure &= (side == 0) | (np.sign(score) == side)  # a score of 0 holds nothing
        score, information = np.where(sure, score, 0.0), np.where(sure, information, 0.0)
        yield Multipliers(block.X, score, np.where(side == 0, np.inf, np.abs(score)), information)
