"""A proved enclosure of the maximum of a concave log-likelihood: where it must lie, rounding errors included."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.kernels.double_double import column_sums, linear_predictor
from glmnn.kernels.gram import cross_product, gram
from glmnn.models.families.family import LeastCurvature
from glmnn.models.glm import GLM
from glmnn.problem.problem import Problem
from glmnn.report.schema import NOT_NEGATIVE, where

UNIT = 2.0**-53  # unit roundoff of float64
ELEMENTARY = 16 * UNIT  # relative error allowed to a chain of exp, log, division and the like; numpy's is below 4
NEAR = 1e-3  # change of eta over which twice the information bounds it
ROUNDS = 40


@dataclass(frozen=True)
class Enclosure:
    """Proof that the maximum exists, is unique, and lies this near to a vector of shape (p,)."""

    radius: Annotated[
        Array,
        "The maximum is no further than this from each coefficient; shape (p,).",
        where(minItems=1, items={"type": "number", "minimum": 0}),
    ]
    in_std_errors: Annotated[
        float, "The same for all coefficients together, in standard errors of unit dispersion.", NOT_NEGATIVE
    ]


def enclose(problem: Problem, coef: Array) -> Enclosure | None:
    """Try to prove that the maximum lies near `coef`; None where the proof fails or the pair has no bounds here.

    Parameters
    ----------
    problem : Problem
        Without a penalty.
    coef : ndarray of shape (p,)
        Nearly the maximum.

    Notes
    -----
    In coordinates gamma in which the information is nearly the identity, let g be the score at `coef` and c a lower
    bound of the smallest eigenvalue of the observed information over the ball of radius r. Where |g| < c r, the
    log-likelihood is smaller on the whole sphere than at its centre, so by concavity the maximum is inside, within
    |g| / c (strong concavity: Boyd & Vandenberghe, 2004, eq. 9.11). Every rounding error on the way is bounded
    (Higham, 2002, chapter 3), with elementary functions taken to be correct to 16 units of roundoff.
    """
    bounds = problem.glm.family.least_curvature.get(problem.glm.link)
    if bounds is None or problem.penalty is not None:
        return None
    with np.errstate(all="ignore"):
        weight = partial(_weight, problem.glm, bounds, coef)
        if not all(np.all(np.isfinite(np.sqrt(weight(block)))) for block in problem.data.blocks()):
            return None
        try:
            to_data = problem.data.orthogonalising(weight) / np.sqrt(problem.rows)
        except np.linalg.LinAlgError:
            return None
        if not np.all(np.isfinite(to_data)):
            return None
        score = _score_bound(problem, bounds, coef, to_data)
        radius = 4.0 * score
        for _ in range(ROUNDS):
            if not 0.0 <= radius < NEAR:
                return None
            curvature = _least_curvature(problem, bounds, coef, to_data, radius)
            if curvature > 0 and score < curvature * radius * (1 - 8 * UNIT):
                within = score / curvature * (1 + 8 * UNIT)
                lengths = np.linalg.norm(to_data, axis=1) * (1 + 4 * UNIT * to_data.shape[0])
                return Enclosure(lengths * within, within)
            radius *= 2.0
    return None


def _weight(model: GLM, bounds: LeastCurvature, coef: Array, block: Block) -> Array:
    """Return the least curvature of each row at `coef`, shape (rows,)."""
    eta = model.eta(coef, block)
    return block.prior_weight * bounds.least(eta, eta, block.y)


def _score_bound(problem: Problem, bounds: LeastCurvature, coef: Array, to_data: Array) -> float:
    """Return an upper bound of the length of the score at `coef` in the coordinates gamma."""
    model, p = problem.glm, coef.size
    nothing, total, error = np.zeros(p), np.zeros(p), np.zeros(p)
    zeros = np.zeros_like(to_data[0])
    for block in problem.data.blocks():
        eta, rest = linear_predictor(block.X, coef, nothing, block.offset)
        off_eta = np.abs(rest) + UNIT * np.abs(eta) + _squared_rounding(block, coef)
        if np.any(off_eta > NEAR * np.minimum(1.0, np.abs(eta) if model.etas[0] == 0.0 else 1.0)):
            return np.inf
        score = model.pointwise.score(eta, block.y) * block.prior_weight
        off = block.prior_weight * (
            ELEMENTARY * bounds.terms(eta, block.y) + 2.0 * _information(model, block, eta) * off_eta
        )
        high, low = column_sums(block.X, score, np.zeros_like(score))
        in_gamma, remainder = linear_predictor(to_data.T, high, low, zeros)
        total += in_gamma + remainder
        sizes = np.abs(to_data).T @ (np.abs(block.X).T @ np.abs(score))
        error += np.abs(block.X @ to_data).T @ off * (1 + 1e-6) + np.abs(to_data).T @ (np.abs(block.X).T @ off) * 1e-12
        error += 2 * UNIT * (np.abs(in_gamma) + np.abs(total)) + 4 * (block.y.size + p) ** 2 * UNIT**2 * sizes
    return float(np.linalg.norm(np.abs(total) + error + 64 * UNIT * np.abs(total)) * (1 + 1e-12))


def _squared_rounding(block: Block, coef: Array) -> Array:
    """Return a bound of what the linear predictor in extended precision loses: second order in the roundoff."""
    sizes = np.abs(block.X) @ np.abs(coef) + np.abs(block.offset)
    return np.asarray((block.X.shape[1] + 2) ** 2 * UNIT**2 * 8 * sizes)


def _information(model: GLM, block: Block, eta: Array) -> Array:
    """Return |d score / d eta| of rows of unit weight, by differences; used doubled, near eta only."""
    step = 1e-5 * (np.abs(eta) if model.etas[0] == 0.0 else 1.0)
    score = model.pointwise.score
    return np.asarray(np.abs(score(eta + step, block.y) - score(eta - step, block.y)) / (2 * step) + 1e-8)


def _least_curvature(problem: Problem, bounds: LeastCurvature, coef: Array, to_data: Array, radius: float) -> float:
    """Return a lower bound of the smallest eigenvalue of the observed information over the ball, in gamma."""
    p = coef.size
    total, sizes, rows = np.zeros((p, p)), np.zeros((p, p)), 0
    inside = problem.in_coordinates(to_data) if problem.small else None
    blocks = zip(problem.data.blocks(), inside.data.blocks() if inside else problem.data.blocks(), strict=True)
    for block, rotated in blocks:
        eta = problem.glm.eta(coef, block)
        Z = rotated.X if inside else block.X @ to_data
        # what one rounding (small problems) or p of them (others) can do to Z
        off = 4 * UNIT * np.abs(Z) if inside else 2 * (p + 2) * UNIT * (np.abs(block.X) @ np.abs(to_data))
        reach = (np.linalg.norm(np.abs(Z) + off, axis=1) * radius) * (1 + 1e-9)
        reach += (p + 4) * UNIT * (np.abs(block.X) @ np.abs(coef) + np.abs(block.offset)) * 2
        low, high = eta - reach, eta + reach
        if not problem.glm.inside(low) or not problem.glm.inside(high):
            return 0.0
        least = bounds.least(low, high, block.y) * block.prior_weight * (1 - 4 * ELEMENTARY)
        total += gram(Z, least)
        across = cross_product(np.abs(Z), off, least)
        sizes += across + across.T + gram(off, least)
        sizes += 2 * (block.y.size + 4) * UNIT * gram(np.abs(Z), least)
        rows += 1
    sizes += 2 * rows * UNIT * np.abs(total)
    distance = np.abs(total - np.eye(p)) + sizes
    return float(1.0 - distance.sum(axis=1).max() * (1 + 1e-12))
