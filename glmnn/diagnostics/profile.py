"""Profile-likelihood intervals: the values of a coefficient that a likelihood-ratio test would not reject."""

from __future__ import annotations

from math import inf, sqrt

import numpy as np

from glmnn.data.blocks import Dataset
from glmnn.fitting import Stopping, fit
from glmnn.models.links import Array
from glmnn.problem import Problem
from glmnn.solvers.fisher import Fisher

FURTHEST = 2.0**9  # standard errors after which an interval that has not ended is without end
LOOSE = Stopping(tol=1e-6, max_iter=60)  # the deviance is flat at its minimum: this leaves twelve digits of it


def profile_interval(
    problem: Problem, coef: Array, j: int, std_error: float, cutoff: float, dispersion: float, deviance: float
) -> tuple[float, float]:
    """Return the ends of the profile-likelihood interval of coefficient `j` (Venzon & Moolgavkar, 1988).

    Parameters
    ----------
    problem : Problem
    coef : ndarray of shape (p,)
        The maximum likelihood estimate.
    j : int
    std_error : float
        Of this coefficient, the unit of the search.
    cutoff : float
        Signed root of the likelihood ratio at the ends: the quantile of z or t.
    dispersion, deviance : float
        At the estimate.

    Returns
    -------
    low, high : float
        -inf or inf where the likelihood never falls far enough.
    """
    from scipy.optimize import brentq

    whole = problem.data.whole
    kept = [k for k in range(coef.size) if k != j]
    X = np.ascontiguousarray(whole.X[:, kept])
    names = tuple(problem.names[k] for k in kept)
    last = coef[kept]

    def excess(distance: float) -> float:
        """Return the signed root minus the cutoff with the coefficient held so many standard errors away."""
        nonlocal last
        offset = whole.offset + whole.X[:, j] * (coef[j] + distance * std_error)
        held = Problem(problem.glm, Dataset(names, whole._replace(X=X, offset=offset)))
        if kept:
            run = fit(held, Fisher(subsample_start=False), LOOSE, start=last)
            last = run.coef
        here = held.first_order(last if kept else np.zeros(0))
        return sqrt(max(here.deviance - deviance, 0.0) / dispersion) - cutoff

    ends = []
    for side in (-1.0, 1.0):
        last, far = coef[kept], side * cutoff
        while excess(far) < 0 and abs(far) < FURTHEST:
            far *= 2.0
        if abs(far) >= FURTHEST:
            ends.append(side * inf)
            continue
        near = far / 2.0 if abs(far) > cutoff and excess(far / 2.0) < 0 else 0.0
        ends.append(coef[j] + std_error * float(brentq(excess, near, far, xtol=1e-10, rtol=1e-12)))
    return ends[0], ends[1]
