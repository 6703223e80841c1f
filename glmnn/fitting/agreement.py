"""Compare fits with a reference: in standard errors, in digits, in deviance and in fitted means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.engines.tree import Top
from glmnn.models.evaluation import SecondOrder
from glmnn.models.model import SecondOrderModel
from glmnn.problem.problem import Problem
from glmnn.solvers.loop import Fit

LEAST_UNIT = 1e-9  # of a coefficient (or of 1), below which a standard error is taken for this
MOST_DIGITS = 15.95  # float64 holds no more
SURE = 14.7  # certain digits from which nothing is taken off: such an estimate is pessimistic by about one


class Measured(NamedTuple):
    """What it takes passes over the rows to know of a fit and the reference; see `Agreement`."""

    deviance_gap: float
    largest_mean_change: float
    max_score: float


@dataclass(frozen=True)
class Agreement:
    """How far one fit is from the reference.

    Attributes
    ----------
    solver : str
    difference : ndarray of shape (p,)
        Coefficient minus reference.
    in_units : ndarray of shape (p,)
        The same in standard errors of the reference; where it has none, in `LEAST_UNIT` of its coefficients.
    has_errors : bool
        Whether the reference has standard errors; a model that fits exactly may have none.
    digits : ndarray of shape (p,)
        -log10 of the relative difference (the LRE of McCullough, 1998), at most `MOST_DIGITS` and no more than rounding
        leaves to the reference.
    tolerance : float
        Standard errors up to which two fits agree.
    measure : callable
        Goes over the rows, when somebody first asks for what that takes: no verdict does.
    """

    solver: str
    difference: Array
    in_units: Array
    has_errors: bool
    digits: Array
    tolerance: float
    measure: Callable[[], Measured] = field(repr=False, compare=False)

    @cached_property
    def measured(self) -> Measured:
        """What the rows say of both."""
        return self.measure()

    @property
    def deviance_gap(self) -> float:
        """Deviance minus that of the reference."""
        return self.measured.deviance_gap

    @property
    def largest_mean_change(self) -> float:
        """Top absolute difference of a fitted mean."""
        return self.measured.largest_mean_change

    @property
    def max_score(self) -> float:
        """Top absolute component of the score."""
        return self.measured.max_score

    @property
    def in_std_errors(self) -> Array:
        """The differences in standard errors of the reference, nan where it has none, shape (p,)."""
        return self.in_units if self.has_errors else np.full_like(self.in_units, np.nan)

    @property
    def distance(self) -> float:
        """Top difference of a coefficient, in standard errors; nan where there are none."""
        return float(np.max(np.abs(self.in_std_errors)))

    @property
    def apart(self) -> float:
        """Top difference of a coefficient, in the units of `in_units`."""
        return float(np.max(np.abs(self.in_units)))

    @property
    def agrees(self) -> bool:
        """True when no coefficient is further away than the tolerance."""
        return self.apart <= self.tolerance


def compare(
    problem: Problem,
    fit: Fit,
    reference: Array,
    std_error: Array,
    tolerance: float = 1e-3,
    has_errors: bool = True,
    certain: Array | None = None,
    there: SecondOrder | None = None,
) -> Agreement:
    """Compare a fit with the maximum likelihood estimate.

    Parameters
    ----------
    problem : Problem
    fit : Fit
    reference, std_error : ndarray of shape (p,)
        The estimate and its standard errors.
    tolerance : float
        Standard errors up to which they agree.
    has_errors : bool
        Whether those standard errors mean anything.
    certain : ndarray of shape (p,), optional
        How many digits of the reference itself can be right.
    there : SecondOrder, optional
        What the rows say at the reference: then a fit that is the reference takes no pass to be measured.
    """
    difference = fit.coef - reference
    with np.errstate(all="ignore"):
        in_units = difference / std_error_units(reference, std_error)
        digits = honest_digits(fit.coef, reference, certain)
    measure = partial(_measure, problem, fit.coef, reference)
    there = there if fit.closing is None else fit.closing.second_order
    if there is not None and there.to_data is None and not difference.any():  # it is the reference
        measure = partial(Measured, 0.0, 0.0, float(np.max(np.abs(there.score))))
    return Agreement(fit.solver, difference, in_units, has_errors, digits, tolerance, measure)


def _measure(problem: Problem, coef: Array, reference: Array) -> Measured:
    with np.errstate(all="ignore"):
        at_fit, at_reference = problem.first_order(coef), problem.first_order(reference)
        return Measured(
            at_fit.deviance - at_reference.deviance,
            largest_mean_change(problem, coef, reference),
            float(np.max(np.abs(at_fit.score))),
        )


def std_error_units(reference: Array, std_error: Array) -> Array:
    """Return the standard errors in which differences are told, shape (p,).

    An exact fit has no standard errors, and one that is all but exact none that rounding could meet.
    """
    return np.fmax(std_error, LEAST_UNIT * np.fmax(np.abs(reference), 1.0))


def digits_agreed(coef: Array, reference: Array) -> Array:
    """Return -log10(|coef - reference| / |reference|) between 0 and `MOST_DIGITS`; absolute where the reference is 0.

    >>> digits_agreed(np.array([0.4783]), np.array([0.5518])).round(1)
    array([0.9])
    """
    difference = np.abs(coef - reference)
    if not difference.any():
        return np.full(difference.shape, MOST_DIGITS)
    size = np.where(reference != 0, np.abs(reference), 1.0)
    with np.errstate(divide="ignore"):
        digits = -np.log10(difference / size)
    return np.asarray(np.clip(np.nan_to_num(digits, nan=0.0, posinf=MOST_DIGITS), 0.0, MOST_DIGITS))


def honest_digits(coef: Array, reference: Array, certain: Array | None) -> Array:
    """Return the digits agreed, no more than are certain of the reference.

    >>> honest_digits(np.array([0.5]), np.array([0.5]), np.array([8.0]))
    array([8.])
    """
    agreed = digits_agreed(coef, reference)
    return agreed if certain is None else np.where(certain < SURE, np.minimum(agreed, certain), agreed)


def largest_mean_change(problem: Problem, coef: Array, reference: Array) -> float:
    """Return the largest absolute difference between the fitted means of two coefficient vectors."""
    model = problem.model
    with np.errstate(all="ignore"):
        largest: Top = problem.data.sum(_mean_change, model, coef, reference)
    return largest.value


def _mean_change(model: SecondOrderModel, coef: Array, reference: Array, block: Block) -> Top:
    return Top(float(np.max(np.abs(model.fitted(coef, block) - model.fitted(reference, block)))))
