"""How far claimed coefficients are from the maximum, against what the digits claimed allow."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.auditing.enclosure import Enclosure, enclose
from glmnn.fitting.agreement import honest_digits, largest_mean_change, std_error_units
from glmnn.problem.problem import Problem

SLACK = 1e-6  # relative, of a limit: so much is lost in computing it
PLACES = 9  # of the box, at which the slope of the score is looked at
MEASURES = (
    "distance of a coefficient in standard errors",
    "score at the claim (max)",
    "deviance above the minimum",
    "Newton decrement",
    "largest change of a fitted mean",
)
VISIBLE = 1e-8  # part of the deviance from which a difference of two is better than its second-order value


@dataclass(frozen=True)
class Check:
    """One measure of how far the claim is from the maximum, and the most that the digits claimed allow."""

    name: str
    value: float
    limit: float

    @property
    def passed(self) -> bool:
        """True when the value is within the limit."""
        return self.value <= self.limit * (1.0 + SLACK)


@dataclass(frozen=True)
class Certificate:
    """What can be said about claimed coefficients.

    Attributes
    ----------
    claimed, maximum, std_error : ndarray of shape (p,)
    allowed : ndarray of shape (p,)
        Half a unit of the last digit claimed; for full-precision numbers the tolerance in standard errors.
    half_units : ndarray of shape (p,)
        Half a unit of the last digit claimed.
    difference, in_std_errors, digits : ndarray of shape (p,)
        Claimed minus maximum; the same in standard errors; digits agreed.
    rounded : bool
        Every coefficient is the maximum, correctly rounded to the digits claimed.
    checks : tuple of Check
        One for each of `MEASURES`.
    enclosure : Enclosure or None
        Proof of where the maximum lies.
    tolerance : float
        Standard errors up to which a claim counts as the maximum.
    """

    claimed: Array
    maximum: Array
    std_error: Array
    allowed: Array
    half_units: Array
    difference: Array
    in_std_errors: Array
    digits: Array
    rounded: bool
    checks: tuple[Check, ...]
    enclosure: Enclosure | None
    tolerance: float

    @property
    def distance(self) -> float:
        """Largest difference of a coefficient, in standard errors."""
        return float(np.max(np.abs(self.in_std_errors)))

    @property
    def is_maximum(self) -> bool:
        """True when the claim is the maximum: correctly rounded, or within the tolerance."""
        return self.rounded or self.distance <= self.tolerance

    @property
    def proved(self) -> bool:
        """True when `is_maximum` holds for every place that the enclosure leaves for the maximum."""
        if self.enclosure is None:
            return False
        apart, radius = np.abs(self.claimed - self.maximum), self.enclosure.radius  # its centre is the float64 maximum
        if self.rounded:
            return bool(np.all(apart + radius <= self.allowed))
        bound = self.tolerance * self.std_error
        return bool(np.all(apart + radius <= bound) if self.is_maximum else np.any(apart - radius > bound))


def certify(
    problem: Problem,
    claimed: Array,
    half_units: Array,
    maximum: Array,
    std_error: Array,
    rest: Array | None = None,
    printed: bool = True,
    tolerance: float = 1e-3,
    certain: Array | None = None,
) -> Certificate:
    """Certify claimed coefficients against the maximum.

    Parameters
    ----------
    problem : Problem
    claimed, half_units : ndarray of shape (p,)
        The claim, and half a unit of its last digit.
    maximum, std_error : ndarray of shape (p,)
        The estimate and its standard errors.
    rest : ndarray of shape (p,), optional
        What float64 cannot hold of the maximum.
    printed : bool
        The claim was written with few digits, so that they say what may be asked of it.
    tolerance : float
        Standard errors up to which a claim counts as the maximum.
    certain : ndarray of shape (p,), optional
        How many digits of the estimate itself can be right.
    """
    rest = np.zeros_like(maximum) if rest is None else rest
    difference = (claimed - maximum) - rest
    allowed = half_units if printed else np.maximum(half_units, tolerance * std_error)
    rounded = bool(np.all(np.abs(difference) <= half_units * (1.0 + 1e-9) + np.spacing(np.abs(claimed)) / 2))
    with np.errstate(all="ignore"):
        in_std_errors = difference / std_error_units(maximum, std_error)
        # whoever claims few digits may be as far off as these allow
        farthest = max(tolerance, float(np.max(np.abs(in_std_errors)))) if rounded else tolerance
        distance = float(np.max(np.abs(in_std_errors))), farthest
        checks = _checks(problem, claimed, maximum, difference, allowed, distance)
        return Certificate(
            claimed,
            maximum,
            std_error,
            allowed,
            half_units,
            difference,
            in_std_errors,
            honest_digits(claimed, maximum, certain),
            rounded,
            checks,
            enclose(problem, maximum),
            tolerance,
        )


def _checks(
    problem: Problem,
    claimed: Array,
    maximum: Array,
    difference: Array,
    allowed: Array,
    distance: tuple[float, float],
) -> tuple[Check, ...]:
    """Return the measures with their limits: but of the distance, the most that each can be in the box of `allowed`."""
    at_maximum, at_claim = problem.second_order(maximum), problem.first_order(claimed)
    limits = _limits(problem, maximum, allowed)
    gap = at_claim.deviance - at_maximum.deviance
    if not abs(gap) > VISIBLE * abs(at_maximum.deviance):
        gap = float(difference @ at_maximum.information @ difference)
    score = np.abs(at_claim.score)
    worst = int(np.argmax(score / np.where(limits.score > 0, limits.score, np.inf)))
    decrement = at_maximum._replace(score=at_claim.score).decrement()
    measured = (
        distance,
        (float(score[worst]), float(limits.score[worst])),
        (max(gap, 0.0), limits.deviance),
        (decrement, limits.decrement),
        (largest_mean_change(problem, claimed, maximum), limits.mean),
    )
    return tuple(Check(name, *pair) for name, pair in zip(MEASURES, measured, strict=True))


class _Limits(NamedTuple):
    """The most that |score|, shape (p,), and the other measures can be."""

    score: Array
    deviance: float
    decrement: float
    mean: float


def _limits(problem: Problem, coef: Array, allowed: Array) -> _Limits:
    """Return what the measures can be over the box coef +- allowed; infinite where that leaves the model.

    With w the largest |d score / d eta| of a row in the box, v its information at the maximum and r its largest
    change of eta, the score is at most |X|' w r, the deviance w'r^2 and the squared decrement (w^2 / v)'r^2.
    """
    model, p = problem.glm, coef.size
    score, deviance, squared, mean = np.zeros(p), 0.0, 0.0, 0.0
    for block in problem.data.blocks():
        eta, reach = model.eta(coef, block), np.abs(block.X) @ allowed
        if not (model.inside(eta - reach) and model.inside(eta + reach)):
            return _Limits(np.full(p, np.inf), np.inf, np.inf, np.inf)
        information = model.pointwise.evaluate(eta, block.y)[2]
        largest = np.maximum(_largest_slope(problem, block, eta, reach), information)
        slope = largest * block.prior_weight * reach
        score += np.abs(block.X).T @ slope
        deviance += float(slope @ reach)
        squared += float((slope * reach) @ np.where(largest > 0, largest / information, 0.0))
        centre = model.link.inverse(eta)
        ends = [np.abs(model.link.inverse(eta + side * reach) - centre) for side in (-1.0, 1.0)]
        mean = max(mean, float(np.max(ends)))
    if problem.penalty is not None and problem.penalty.smooth:
        pull = problem.penalty.curvature(p) @ allowed
        score, deviance, squared = score + pull, deviance + float(allowed @ pull), squared + float(allowed @ pull)
    return _Limits(score, deviance, sqrt(squared), mean)


def _largest_slope(problem: Problem, block: Block, eta: Array, reach: Array) -> Array:
    """Return a bound of |d score / d eta| of each row over eta +- reach: the largest of some, and half a jump."""
    slopes = np.array([_slope(problem, block, eta + side * reach) for side in np.linspace(-1.0, 1.0, PLACES)])
    return np.asarray(slopes.max(axis=0) + 0.5 * np.abs(np.diff(slopes, axis=0)).max(axis=0))


def _slope(problem: Problem, block: Block, eta: Array) -> Array:
    """Return |d score / d eta| of each row."""
    low, high = problem.glm.etas
    step = 1e-6 * (np.abs(eta) + ((low, high) == (-np.inf, np.inf)))
    score = problem.glm.pointwise.score
    slopes = np.abs(score(eta + step, block.y) - score(eta - step, block.y)) / (2.0 * step)
    return np.where(np.isfinite(slopes), slopes, 0.0)
