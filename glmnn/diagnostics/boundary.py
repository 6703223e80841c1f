"""A maximum on the boundary of the domain: a fitted probability of 1 with the log link, a fitted mean of 0."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, isfinite, nan

import numpy as np
from numpy.typing import NDArray

from glmnn.arrays import Array, Block, Mask
from glmnn.data.dataset import InMemory
from glmnn.errors import DataError
from glmnn.models.glm import GLM
from glmnn.models.limits import rises_to, stays_positive
from glmnn.problem.problem import Problem
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.interior import LEAST, interior_point
from glmnn.solvers.loop import fit
from glmnn.solvers.stopping import Status

NEEDED = "a maximum on the boundary"
NEAR = 1e-3  # of the spread of eta: rows this near to an end of the domain are tried as constraints first
FEWEST_ROUNDS = 30
ZERO = 1e-7  # of the sizes that a sum is made of, below which it is rounding
INFINITE = 1e15  # a slope at the edge beyond which the row holds itself there, whatever the others do


@dataclass(frozen=True)
class Boundary:
    """A maximum at which some linear predictors are at an end of their domain.

    Attributes
    ----------
    coef : ndarray of shape (p,)
    rows : ndarray of int
        Rows at the boundary; none where a parameter of the family is.
    means : ndarray
        Their fitted means.
    deviance : float
    """

    coef: Array
    rows: NDArray[np.intp] = field(repr=False)
    means: Array = field(repr=False)
    deviance: float

    @property
    def mean(self) -> float:
        """Their fitted mean, nan where it is not the same in all."""
        return float(self.means[0]) if self.means.size and np.all(self.means == self.means[0]) else nan


@dataclass(frozen=True)
class _Edges:
    """The end of the domain at which the likelihood of each row stays positive.

    Attributes
    ----------
    end : ndarray of shape (rows,)
        nan for a row that has none.
    inwards : ndarray of shape (rows,)
        1 where the domain lies above the end, -1 where it lies below.
    """

    end: Array
    inwards: Array

    @property
    def may(self) -> Mask:
        """Which rows have such an end."""
        return np.asarray(np.isfinite(self.end))


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
    coefficients, and the multipliers of the equations must push outwards (Karush, Kuhn & Tucker). Where the
    log-likelihood is not concave the maximum is a local one.
    """
    whole = problem.all_rows(NEEDED)
    edges = _edges(problem.glm, whole.y)
    if not edges.may.any() or not np.all(np.isfinite(coef)):
        return None
    active = _nearest(_slack(problem.glm, edges, coef, whole), edges.may)
    seen: set[bytes] = set()
    for _ in range(FEWEST_ROUNDS + 3 * coef.size):
        face = _face(whole, edges, active)
        if face is None or face.active.tobytes() in seen:
            return None
        active = face.active
        seen.add(active.tobytes())
        reached, more = _on_face(problem, edges, face, coef)
        if reached is None:
            return None
        coef = reached
        if more.any():  # the fit came to a stand at other rows: hold those too
            active = active | more
            continue
        drop = _wrongly_held(problem, edges, reached, active)
        if drop is None:
            return _described(problem, edges, reached, active)
        active = active & ~drop
        if not drop.any() or not active.any():
            return None
    return None


def _edges(model: GLM, y: Array) -> _Edges:
    end, inwards = np.full(y.shape, np.nan), np.ones(y.shape)
    for place, side in ((0, 1.0), (1, -1.0)):
        if isfinite(model.etas[place]):
            finite = rises_to(model, place, y) | stays_positive(model, place)
            end[finite], inwards[finite] = model.etas[place], side
    return _Edges(end, inwards)


def _slack(model: GLM, edges: _Edges, coef: Array, whole: Block) -> Array:
    """Return how far each row is from its edge, nan for a row without one."""
    return np.asarray(edges.inwards * (model.eta(coef, whole) - edges.end))


def _nearest(slack: Array, may: Mask) -> Mask:
    reach = NEAR * float(np.ptp(slack[may])) if may.any() else 0.0
    active = may & (np.where(may, slack, inf) <= reach)
    if not active.any():
        active[np.argmin(np.where(may, slack, inf))] = True
    return np.asarray(active)


@dataclass(frozen=True)
class _Face:
    """The coefficients base + free gamma, at which the active rows are at their edges.

    The columns of `free` are orthonormal on columns of unit size.
    """

    active: Mask
    base: Array
    free: Array
    size: Array

    def nearest(self, coef: Array) -> Array:
        """Return the gamma of the point of the face that is nearest to coefficients, on columns of unit size."""
        return (self.free * self.size[:, None]).T @ ((coef - self.base) * self.size)


def _face(whole: Block, edges: _Edges, active: Mask) -> _Face | None:
    """Return the face on which the active rows, and all whose edge follows from theirs, are at their edges."""
    size = np.abs(whole.X).max(axis=0)
    size[size == 0] = 1.0
    scaled = whole.X / size
    X, target = scaled[active], edges.end[active] - whole.offset[active]
    base = np.asarray(np.linalg.lstsq(X, target, rcond=None)[0])
    if not np.allclose(X @ base, target, atol=1e-9 * (1.0 + np.abs(target).max())):
        return None
    _, values, right = np.linalg.svd(np.linalg.qr(X, mode="r"))
    rank = int(np.sum(values > 1e-10 * values[0])) if values.size else 0
    free = right[rank:].T
    fixed = np.linalg.norm(scaled @ free, axis=1) <= 1e-10 * np.linalg.norm(scaled, axis=1)
    eta = scaled @ base + whole.offset
    at_edge = edges.may & (np.abs(eta - edges.end) <= 1e-9 * (1.0 + np.abs(eta)))
    return _Face(active | (fixed & at_edge), base / size, free / size[:, None], size)


def _on_face(problem: Problem, edges: _Edges, face: _Face, near: Array) -> tuple[Array | None, Mask]:
    """Return the maximum on a face, or where the fit came to a stand with the further rows whose edge is there."""
    model, rest = problem.glm, problem.all_rows(NEEDED).rows(~face.active)
    nothing = np.zeros_like(face.active)
    if face.free.shape[1] == 0 or not rest.y.size:
        inside = not rest.y.size or bool(np.isfinite(model.first_order(face.base, rest).deviance))
        return (face.base if inside else None), nothing
    block = rest._replace(X=np.ascontiguousarray(rest.X @ face.free), offset=rest.offset + rest.X @ face.base)
    names = tuple(f"g{j}" for j in range(face.free.shape[1]))
    start = face.nearest(near)
    if not np.isfinite(model.first_order(start, block).deviance):
        point = interior_point(block, model.etas)
        if point is None:
            return None, nothing
        start, slack = point
        if slack.min() <= LEAST:  # the face has no inside: these rows are at their edge wherever the others are
            forced = nothing.copy()
            forced[np.flatnonzero(~face.active)[slack <= LEAST]] = True
            return (None, nothing) if np.any(forced & ~edges.may) else (face.base + face.free @ start, forced)
    try:
        run = fit(Problem(model, InMemory(names, block)), Fisher(), start=start)
    except DataError:  # nothing inside the domain on this edge
        return None, nothing
    reached = face.base + face.free @ run.coef
    if run.status is Status.CONVERGED:
        return reached, nothing
    slack = np.where(edges.may & ~face.active, _slack(model, edges, reached, problem.all_rows(NEEDED)), inf)
    nearest = float(slack.min())
    # with a row that has come very near go all that are as near as it
    more = slack <= (1e3 * max(nearest, 0.0) if nearest < NEAR else nearest)
    return (reached, more) if isfinite(nearest) else (None, nothing)


def _wrongly_held(problem: Problem, edges: _Edges, coef: Array, active: Mask) -> Mask | None:
    """Return the rows that the likelihood pulls off their edge, or None at a maximum.

    At a maximum the score of all rows, those at the edge with their slope there, is a combination of the active rows
    whose multipliers push outwards. A row whose slope at the edge is infinite holds itself there.
    """
    from scipy.optimize import nnls

    whole, model = problem.all_rows(NEEDED), problem.glm
    held, rest = whole.rows(active), whole.rows(~active)
    with np.errstate(all="ignore"):
        eta = model.eta(coef, rest)
        each = model.pointwise.score(eta, rest.y) * rest.prior_weight
        pull = each @ rest.X
        _, _, information = model.pointwise.evaluate(eta, rest.y)
        rounding = np.where(eta == 0, 0.0, information * np.abs(eta)) * rest.prior_weight
        terms = (np.abs(each) + 1e-5 * rounding) @ np.abs(rest.X)
        nearly = edges.end[active] + edges.inwards[active] * np.where(edges.end[active] == 0, 1e-60, 1e-12)
        # a mean that underflows has a slope of 0 there
        own = np.nan_to_num(model.pointwise.score(nearly, held.y), nan=0.0, posinf=inf, neginf=-inf) * held.prior_weight
    if not np.all(np.isfinite(pull)):
        return np.zeros_like(active)
    X, places = np.unique(held.X, axis=0, return_inverse=True)  # equal rows can only leave the edge together
    group = np.ravel(places)
    own = np.asarray(np.bincount(group, own), dtype=float)
    inwards = np.zeros(len(X))
    inwards[group] = edges.inwards[active]
    stuck = np.abs(own) > INFINITE
    if np.any(stuck & (own * inwards > 0)):
        return _only(active, (stuck & (own * inwards > 0))[group])
    own = np.where(stuck, 0.0, own)
    pull = pull + own @ X
    # pull + sum_i push_i (-inwards_i) x_i = 0 with push >= 0; a stuck row may push either way
    columns = np.hstack([(inwards[:, None] * X).T, -(inwards[stuck, None] * X[stuck]).T])
    size = np.maximum(np.abs(columns).max(axis=1), 1e-300)
    _, left = nnls(-columns / size[:, None], pull / size, maxiter=100 * (columns.shape[1] + 10))
    if left <= ZERO * float(np.linalg.norm((terms + np.abs(own) @ np.abs(X)) / size)):
        return None
    solved = np.linalg.lstsq(-(inwards[:, None] * X).T / size[:, None], pull / size, rcond=None)[0]
    solved = np.where(stuck, inf, solved)
    worst = (solved <= solved.min() + 1e-9 * abs(solved.min())) & ~stuck
    return _only(active, worst[group])


def _only(active: Mask, chosen: Mask) -> Mask:
    """Return the mask of all rows that picks the chosen ones of the active rows."""
    picked = np.zeros(active.shape, dtype=bool)
    picked[np.flatnonzero(active)[chosen]] = True
    return picked


def _described(problem: Problem, edges: _Edges, coef: Array, active: Mask) -> Boundary | None:
    whole, model = problem.all_rows(NEEDED), problem.glm
    rest, ends = whole.rows(~active), edges.end[active]
    with np.errstate(all="ignore"):
        means = model.link.inverse(ends)
        own = float(whole.prior_weight[active] @ model.pointwise.evaluate(ends, whole.y[active])[0])
        others = model.first_order(coef, rest).deviance if rest.y.size else 0.0
    return Boundary(coef, np.flatnonzero(active), means, others + (own if isfinite(own) else 0.0))
