"""Several starts, where the log-likelihood is not concave and may have several maxima."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.errors import DataError
from glmnn.models.glm import GLM
from glmnn.problem.problem import Problem
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import Fit, fit

MOST_CELLS = 200_000  # of the design; above it other starts would cost more than the fit
SETS = 150  # fits through as many rows as columns
LIKELIEST = 5  # of them that are starts
BETTER = 1e-9  # part of the deviance by which another maximum must be better to be another


def best_of_starts(problem: Problem, reference: Fit, given: Sequence[Array] = ()) -> tuple[Fit, int]:
    """Return the run that came highest from several starts, and how many there were.

    One that did not converge is no maximum, but shows that a lower one is not either, and may lead to an edge.

    Parameters
    ----------
    problem : Problem
        With a log-likelihood that is not concave.
    reference : Fit
        Of Fisher scoring from its own start, the first of them.
    given : sequence of ndarray of shape (p,)
        Further starts.
    """
    best, tried = reference, 1
    if problem.data.rows * len(problem.names) > MOST_CELLS:
        return best, tried
    level = _deviance(problem, reference)
    for start in (*given, *_others(problem)):
        try:
            run = fit(problem.fresh(), Fisher(), start=start)
        except DataError:  # no legal means there
            continue
        tried += 1
        reached = _deviance(problem, run)
        margin = BETTER * abs(level)
        if reached < level - margin or (run.converged and not best.converged and reached <= level + margin):
            best, level = run, reached
    return best, tried


def _deviance(problem: Problem, run: Fit) -> float:
    return problem.fresh().first_order(run.coef).deviance if np.all(np.isfinite(run.coef)) else np.inf


def _others(problem: Problem) -> Iterator[Array]:
    """Yield the constant mean, means half way to it and the likeliest of many fits through as many rows as columns.

    A maximum of its own belongs to some rows that it fits closely, so fits through random rows come near each of them
    (elemental sets: Rousseeuw, 1984, who looks for a least median in that way).
    """
    model, data = problem.glm, problem.data.every(1).whole  # few enough for any memory
    p = len(problem.names)
    with np.errstate(all="ignore"):
        constant = problem.fresh().constant_start()
        yield constant
        lifted = model.reachable(model.family.starting_mean(data.y, data.prior_weight))
        mean = np.average(lifted, weights=data.prior_weight)
        for share in (0.5, 1.0):
            eta = model.link.link(share * lifted + (1.0 - share) * mean) - data.offset
            if np.all(np.isfinite(eta)):
                yield np.asarray(np.linalg.lstsq(data.X, eta, rcond=None)[0])
        target = model.link.link(lifted) - data.offset
        rng = np.random.default_rng(0)
        candidates: list[tuple[float, Array]] = []
        for _ in range(SETS):
            rows = rng.choice(data.y.size, size=min(p, data.y.size), replace=False)
            coef = np.asarray(np.linalg.lstsq(data.X[rows], target[rows], rcond=None)[0])
            coef = constant + _legal_share(model, data, constant, coef) * (coef - constant)
            candidates.append((model.first_order(coef, data).deviance, coef))
        candidates.sort(key=lambda item: item[0])
        for place, (deviance, coef) in enumerate(candidates[: 4 * LIKELIEST]):
            if np.isfinite(deviance) and place % 4 == 0:  # neighbours lead to the same maximum
                yield coef


def _legal_share(model: GLM, data: Block, inside: Array, coef: Array) -> float:
    """Return how far the way from coefficients inside the domain to others may be gone: 1 where all of it is legal."""
    change = data.X @ (coef - inside)
    room = model.room(model.eta(inside, data), change)
    share = float(np.min(room / np.maximum(np.abs(change), 1e-300), initial=np.inf))
    return 0.95 * share if share <= 1.0 else 1.0
