"""The negative binomial's alpha by profile likelihood, where none is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf, nan, sqrt

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.data.dataset import Dataset
from glmnn.diagnostics.inference import infer
from glmnn.kernels.gram import cross_product
from glmnn.models.families.negative_binomial import negative_binomial, slopes_in_alpha
from glmnn.models.glm import GLM
from glmnn.models.links import Link
from glmnn.problem.problem import Problem
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import fit
from glmnn.solvers.stopping.standard_errors import StandardErrors

# alpha is the squared coefficient of variation of what makes counts differ beyond their means, so it has no unit
GRID = (1e-3, 1e-2, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)
LARGEST = 1e12
ROUGH = StandardErrors(tol=1e-3)  # for the grid, which looks for changes of sign
RELATIVE = 4.0 * float(np.finfo(float).eps)


@dataclass(frozen=True)
class Alpha:
    """Alpha at the maximum of the likelihood in alpha and the coefficients together.

    Attributes
    ----------
    value : float
        0 where the likelihood is highest at the Poisson model.
    std_error : float
        From the observed information at fixed means, as R's theta.ml has it; expected, the information of alpha and
        the coefficients is 0 (Lawless, 1987).
    score : float
        d log-likelihood / d alpha there; at most 0 where `value` is 0.
    distance : float
        The joint Newton step that is still to go, in standard errors; nan where `value` is 0.
    maxima : int
        Local maxima of the profile likelihood that were found.
    """

    value: float
    std_error: float
    score: float
    distance: float
    maxima: int

    @property
    def theta(self) -> float:
        """1 / alpha, as R has it."""
        return 1.0 / self.value if self.value else inf

    @property
    def theta_std_error(self) -> float:
        """Standard error of 1 / alpha, by the delta method; at a maximum the same as from its own information."""
        return self.std_error / self.value**2 if self.value else nan


def estimate_alpha(data: Dataset, link: Link, poisson: Array, poisson_log_likelihood: float) -> Alpha:
    """Return the alpha of the highest likelihood, of alpha and the coefficients together.

    The profile score, d log-likelihood / d alpha at the coefficients that are best for alpha, is looked at on a grid,
    and each change of sign is followed to its zero.

    Parameters
    ----------
    data : Dataset
        Of full rank, on which the Poisson model has a maximum.
    link : Link
    poisson : ndarray of shape (p,)
        The maximum of the Poisson model, which is that of alpha = 0.
    poisson_log_likelihood : float
    """
    profile = _Profile(data, link, poisson)
    scores = [(0.0, _score(data, link, 0.0, poisson))]
    for alpha in GRID:
        scores.append((alpha, profile(alpha, ROUGH)))
    while scores[-1][1] > 0 and scores[-1][0] < LARGEST:
        scores.append((10.0 * scores[-1][0], profile(10.0 * scores[-1][0], ROUGH)))
    best, highest, maxima = 0.0, poisson_log_likelihood, 0
    for (low, at_low), (high, at_high) in pairwise(scores):
        if at_low > 0 >= at_high:
            alpha = _zero(profile, low, high)
            likelihood = infer(profile.problem(alpha), profile.coef).log_likelihood
            maxima += 1
            if likelihood > highest:
                best, highest = alpha, likelihood
    if best == 0.0:
        return Alpha(0.0, nan, scores[0][1], nan, maxima)
    profile(best, StandardErrors())
    return replace(at_estimate(profile.problem(best), profile.coef), maxima=maxima)


def at_estimate(problem: Problem, coef: Array) -> Alpha:
    """Return alpha with what the data say of it and the coefficients together."""
    alpha = problem.glm.family.parameter
    assert alpha is not None
    sums = problem.data.sum(_joint, problem.glm, alpha, coef)
    first, second, mixed = float(sums[0]), float(sums[1]), sums[2:]
    information = np.block([[problem.observed_information(coef), -mixed[:, None]], [-mixed, -second]])
    gradient = np.append(problem.score(coef), first)
    scale = np.sqrt(np.abs(np.diagonal(information)))
    try:
        step = np.linalg.solve(information / np.outer(scale, scale), gradient / scale)
    except np.linalg.LinAlgError:
        step = np.full(scale.size, inf)
    squared = float(step @ (gradient / scale))
    distance = sqrt(squared) if squared >= 0 else inf  # negative: a saddle
    return Alpha(alpha, 1.0 / sqrt(-second) if second < 0 else nan, first, distance, 1)


@dataclass
class _Profile:
    """alpha to the profile score; keeps the coefficients, from which the next fit starts."""

    data: Dataset
    link: Link
    coef: Array

    def __call__(self, alpha: float, stopping: StandardErrors) -> float:
        fitted = fit(self.problem(alpha), Fisher(), stopping, self.coef)
        if np.all(np.isfinite(fitted.coef)):
            self.coef = fitted.coef
        return _score(self.data, self.link, alpha, self.coef)

    def problem(self, alpha: float) -> Problem:
        """Return the negative binomial problem at this alpha."""
        return Problem(GLM(negative_binomial(alpha), self.link), self.data)


def _zero(profile: Callable[[float, StandardErrors], float], low: float, high: float) -> float:
    """Return the alpha between two at which the profile score is 0, to rounding."""
    from scipy.optimize import brentq  # slow to load, and few fits need it

    end = StandardErrors()

    def score(alpha: float) -> float:
        return profile(max(alpha, low or np.finfo(float).tiny), end)

    if low == 0.0:
        while score(low := high / 10.0) <= 0.0:
            high = low
    if score(low) <= 0.0 or score(high) >= 0.0:  # the rough fit had the sign wrong: an end is the zero to its digits
        return low if abs(score(low)) < abs(score(high)) else high
    return float(brentq(score, low, high, xtol=np.finfo(float).tiny, rtol=RELATIVE))


def _score(data: Dataset, link: Link, alpha: float, coef: Array) -> float:
    return float(data.sum(_score_of_block, link, alpha, coef))


def _score_of_block(link: Link, alpha: float, coef: Array, block: Block) -> float:
    mu = link.inverse(block.X @ coef + block.offset)
    return float(block.prior_weight @ slopes_in_alpha(alpha, block.y, mu).first)


def _joint(model: GLM, alpha: float, coef: Array, block: Block) -> Array:
    """Return d / d alpha, d2 / d alpha2 and d2 / d alpha d coef of the log-likelihood, shape (2 + p,)."""
    eta = model.eta(coef, block)
    slopes = slopes_in_alpha(alpha, block.y, model.link.inverse(eta))
    weight = block.prior_weight
    mixed = cross_product(block.X, (weight * slopes.mixed * model.link.inverse_derivative(eta))[:, None])[:, 0]
    return np.concatenate([[weight @ slopes.first, weight @ slopes.second], mixed])
