"""The null model with an offset: an intercept that no formula gives, from sums that ride along with another pass."""

from __future__ import annotations

from math import isfinite, sqrt
from typing import NamedTuple

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.data.summary import part_stride
from glmnn.models.glm import GLM
from glmnn.problem.problem import Problem
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import fit
from glmnn.solvers.polish import dispersion
from glmnn.solvers.stopping.standard_errors import StandardErrors

LEVELS = np.linspace(-1.0, 1.0, 4)  # of the intercept, in widths from that of a part of the rows
WIDTH = 4.0  # standard errors of that part
WIDEST = 0.25  # of a linear predictor of which 1 is much


class Levels(NamedTuple):
    """Deviance and score of some rows at a few intercepts; two of them add."""

    centre: float
    width: float
    deviance: Array  # (4,)
    score: Array  # (4,)

    def __add__(self, other: Levels) -> Levels:  # type: ignore[override]
        return self._replace(deviance=self.deviance + other.deviance, score=self.score + other.score)

    def least(self) -> float | None:
        """Return the least deviance between the levels; None where it lies outside.

        By Hermite's interpolation (Hildebrand, 1974, section 8.2), for the slope of the deviance is -2 score. Its error
        is D^(8) / 8! times the squared distances from the levels, about 1e-16 of the deviance D for `WIDTH` standard
        errors of 20,000 rows.
        """
        if not (self.score[0] > 0.0 > self.score[-1]) or not np.isfinite(self.deviance).all():
            return None
        powers = np.arange(2 * LEVELS.size)
        values = LEVELS[:, None] ** powers
        slopes = powers * LEVELS[:, None] ** np.maximum(powers - 1, 0)
        fall = np.concatenate([self.deviance - self.deviance[0], -2.0 * self.width * self.score])
        curve = np.polynomial.Polynomial(np.linalg.solve(np.vstack([values, slopes]), fall))
        flat = curve.deriv().roots()
        inside = flat.real[(np.abs(flat.imag) < 1e-9) & (np.abs(flat.real) <= 1.0)]
        return float(self.deviance[0] + np.min(curve(inside))) if inside.size else None


def levels_around(problem: Problem) -> tuple[float, float] | None:
    """Return an intercept and a width within which that of the null model lies, from every so many rows, if any."""
    part = Problem(problem.model, problem.data.every(part_stride(problem.rows)).constant())
    run = fit(part, Fisher(), StandardErrors())
    if not run.converged:
        return None
    there = part.second_order(run.coef)
    width = WIDTH * float(there.std_error()[0]) * sqrt(dispersion(part, there))
    width = min(width, WIDEST) if problem.model.unit_free else width
    return (float(run.coef[0]), width) if isfinite(width) and width > 0.0 else None


def at_levels(centre: float, width: float, model: GLM, block: Block) -> Levels:
    """Return deviance and score of a block at the intercepts around a centre."""
    sums = []
    for level in centre + width * LEVELS:
        deviance, score, _ = model.pointwise.evaluate(level + block.offset, block.y)
        sums.append((block.prior_weight @ deviance, block.prior_weight @ score))
    return Levels(centre, width, *np.array(sums).T)
