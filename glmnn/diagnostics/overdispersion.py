"""Do responses vary more than the family says? A score test, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, sqrt

import numpy as np
from scipy.special import ndtr

from glmnn.arrays import Array, Block
from glmnn.kernels.gram import quadratic_forms
from glmnn.models.evaluation import SecondOrder
from glmnn.models.glm import GLM
from glmnn.problem.problem import Problem, is_glm
from glmnn.solvers.polish import inside

SIGNIFICANT = 0.01  # p value from which on it is said


@dataclass(frozen=True)
class Overdispersion:
    """Whether responses vary more than their family allows.

    Attributes
    ----------
    ratio : float
        Pearson's chi-squared / residual degrees of freedom: about 1 where they do not.
    statistic, p_value : float
        Dean's score test, standard normal without overdispersion; one-sided.
    """

    ratio: float
    statistic: float
    p_value: float

    @property
    def found(self) -> bool:
        """Whether there is overdispersion, as far as the test can tell."""
        return self.p_value < SIGNIFICANT and self.ratio > 1.0


def overdispersion(
    problem: Problem,
    coef: Array,
    current: SecondOrder,
    pearson: float,
    df_residual: int,
    frequencies: bool = False,
    sums: Array | None = None,
) -> Overdispersion | None:
    """Return the score test for overdispersion, or None where the responses cannot show it.

    Parameters
    ----------
    problem : Problem
    coef : ndarray of shape (p,)
        The maximum likelihood estimate.
    current : SecondOrder
        The information there, in coordinates where it is well-conditioned.
    pearson : float
        Pearson's chi-squared.
    df_residual : int
    frequencies : bool
        The prior weights count equal rows.
    sums : ndarray of shape (2,), optional
        Of `excess_of`, where they are known.

    Notes
    -----
    The test is P_B of Dean (1992), for counts with the correction of Dean & Lawless (1989, eq. 2.6) for the fitted
    means: sum((y - mu)^2 - y + h mu) / sqrt(2 sum mu^2) with the leverages h, against V(mu) = mu + alpha mu^2. For y
    of m trials, against a variance of m p q (1 + (m - 1) rho), it is
    sum(((y - m p)^2 + p (y - m p) - y q) / (p q)) / sqrt(2 sum m (m - 1)), with q = 1 - p; single trials have none.
    """
    if df_residual <= 0 or not is_glm(problem) or not has_excess(problem):
        return None
    if sums is None:
        with np.errstate(all="ignore"):
            inner, gamma = (problem, coef) if current.to_data is None else inside(problem, current.to_data, coef)
            sums = inner.data.sum(excess_of, problem.model, gamma, current.inverse, frequencies)
    excess, variance = sums.tolist()
    if not (isfinite(excess) and isfinite(variance) and variance > 0):
        return None
    statistic = excess / sqrt(variance)
    return Overdispersion(pearson / df_residual, statistic, float(ndtr(-statistic)))


def has_excess(problem: Problem) -> bool:
    """Say whether the responses can show overdispersion; single trials cannot."""
    if not is_glm(problem) or problem.penalty is not None or problem.model.family.excess is None:
        return False
    return not (problem.model.family.trials and problem.data.summary.plain)


def excess_of(model: GLM, coef: Array, bread: Array, frequencies: bool, block: Block) -> Array:
    """Return excess and its variance over some rows."""
    assert model.family.excess is not None
    at, ones = model.eta(coef, block), np.ones_like(block.y)
    times, weight = (block.prior_weight, ones) if frequencies else (ones, block.prior_weight)
    excess, variance, fitted = model.family.excess(block.y, model.link.inverse(at), model.link.complement(at), weight)
    if fitted is not None:
        leverage = quadratic_forms(block.X, bread) * model.evaluate(at, block.y).information * weight
        excess = excess + leverage * fitted
    return np.array([times @ excess, times @ variance])


def overdispersion_note(test: Overdispersion, counts: bool) -> str:
    """Return what to say of overdispersion that was found."""
    model = ", --family negative_binomial models it" if counts else ""
    p = f"{test.p_value:.2g}" if test.p_value else "< 1e-300"
    return (
        f"overdispersed: Pearson chi-squared / df {test.ratio:.3g}, Dean's score test z {test.statistic:.3g}, "
        f"p {p}: standard errors are about {sqrt(test.ratio):.2g} times too small; "
        f"--dispersion pearson scales them{model}"
    )
