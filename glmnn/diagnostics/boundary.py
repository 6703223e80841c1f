"""A maximum on the boundary of the domain: a fitted probability of 1 with the log link, a fitted mean of 0."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

import numpy as np

from glmnn.data.blocks import Dataset
from glmnn.errors import DataError
from glmnn.fitting import fit
from glmnn.models.evaluation import Mask
from glmnn.models.glm import GLM
from glmnn.models.links import Array
from glmnn.problem import Problem
from glmnn.solvers.fisher import Fisher

NEAR = 1e-3  # of the spread of eta: rows this near to an end of the domain are tried as constraints first
MOST_ROUNDS = 30
ZERO = 1e-7  # of the largest multiplier


@dataclass(frozen=True)
class Boundary:
    """A maximum at which some linear predictors are at an end of their domain.

    Attributes
    ----------
    coef : ndarray of shape (p,)
    rows : ndarray of int
        Rows at the boundary.
    mean : float
        Their fitted mean.
    deviance : float
    """

    coef: Array
    rows: np.ndarray[tuple[int], np.dtype[np.intp]] = field(repr=False)
    mean: float
    deviance: float


def boundary_maximum(problem: Problem, coef: Array) -> Boundary | None:
    """Return the maximum on the boundary of the domain, or None where none is found.

    Parameters
    ----------
    problem : Problem
    coef : ndarray of shape (p,)
        Where Fisher scoring came to a stand, inside the domain.

    Notes
    -----
    An active-set method: rows at the boundary become equations, the rest is an ordinary fit in what is left of the
    coefficients, and the multipliers of the equations must push outwards (Karush, Kuhn & Tucker).
    """
    edge, mean = _edge(problem.glm)
    if edge is None:
        return None
    whole = problem.data.whole
    may = whole.y == mean  # elsewhere the likelihood is 0 at the boundary
    inwards = 1.0 if edge == problem.glm.etas[0] else -1.0
    distance = inwards * (problem.glm.eta(coef, whole) - edge)
    active = may & (distance <= NEAR * np.ptp(distance))
    if not active.any() and may.any():
        active[np.flatnonzero(may)[np.argmin(distance[may])]] = True
    for _ in range(MOST_ROUNDS):
        if not active.any():
            return None
        found, inside = _on_edge(problem, active, edge, coef)
        if found is None:
            return None
        if not inside:  # the fit came to a stand at another row: hold that one too
            slack = np.where(may & ~active, inwards * (problem.glm.eta(found, whole) - edge), inf)
            if not np.isfinite(slack.min()):
                return None
            active[np.argmin(slack)] = True
            continue
        push = _multipliers(problem, found, active, inwards)
        if push is None:
            return None
        if np.all(push >= -ZERO * max(float(np.abs(push).max()), 1e-300)):
            deviance = problem.glm.first_order(found, whole.rows(~active)).deviance
            return Boundary(found, np.flatnonzero(active), mean, deviance)
        active[np.flatnonzero(active)[np.argmin(push)]] = False
    return None


def _edge(model: GLM) -> tuple[float | None, float]:
    """Return the end of eta at which the likelihood stays positive for rows at the end of the response."""
    family = model.family.name.partition("(")[0]
    low, high = model.etas
    if family == "binomial" and model.link.name == "log":
        return high, 1.0
    if family in {"poisson", "negative_binomial"} and low > -inf and model.link.name in {"identity", "sqrt"}:
        return low, 0.0
    return None, 0.0


def _on_edge(problem: Problem, active: Mask, edge: float, near: Array) -> tuple[Array | None, bool]:
    """Return the maximum with the active rows held at the edge, and whether it is inside for the other rows."""
    whole = problem.data.whole
    X, target = whole.X[active], edge - whole.offset[active]
    base = np.asarray(np.linalg.lstsq(X, target, rcond=None)[0])
    if not np.allclose(X @ base, target, atol=1e-9 * (1.0 + np.abs(target).max())):
        return None, False
    _, values, right = np.linalg.svd(np.linalg.qr(X, mode="r"))
    rank = int(np.sum(values > 1e-10 * values[0]))
    free = right[rank:].T
    rest = whole.rows(~active)
    if free.shape[1] == 0:
        return base, bool(np.isfinite(problem.glm.first_order(base, rest).deviance))
    block = rest._replace(X=np.ascontiguousarray(rest.X @ free), offset=rest.offset + rest.X @ base)
    names = tuple(f"g{j}" for j in range(free.shape[1]))
    try:
        run = fit(Problem(problem.glm, Dataset(names, block)), Fisher(), start=free.T @ (near - base))
    except DataError:  # nothing inside the domain on this edge
        return None, False
    return base + free @ run.coef, run.converged


def _multipliers(problem: Problem, coef: Array, active: Mask, inwards: float) -> Array | None:
    """Return how hard each active row pushes against the boundary; all must be positive at a maximum."""
    whole, model = problem.data.whole, problem.glm
    rest = whole.rows(~active)
    with np.errstate(all="ignore"):
        score = model.score(coef, rest)
        nearly = np.full(int(active.sum()), model.etas[0] if inwards > 0 else model.etas[1]) + inwards * 1e-12
        own = model.pointwise.score(nearly, whole.y[active]) * whole.prior_weight[active]
    if not np.all(np.isfinite(score)):
        return None
    # the total score must be a combination of the active rows: score + X' own + X' (inwards push) = 0
    solved = np.linalg.lstsq(inwards * whole.X[active].T, -(score + own @ whole.X[active]), rcond=None)
    return np.asarray(solved[0])
