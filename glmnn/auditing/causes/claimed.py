"""The claim before the court, what a hypothesis says of it, and how a hypothesis is weighed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from math import log10, sqrt

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.data.formula.names import INTERCEPT
from glmnn.fitting.estimate import Estimate
from glmnn.models.evaluation import SecondOrder
from glmnn.options.model import ModelOptions
from glmnn.problem.problem import Problem

FARTHEST = 1e3  # standard errors: beyond it a distance is no more surprising
FINEST = 1e-9  # standard errors: what is left of the distance below this is the rounding of any tool
WHOLE = 0.05  # standard errors that a full explanation may leave
PART = 0.1  # of the distance that a full explanation may leave
EXACTLY = 1e-9  # part of the distance that rounding leaves
LOOSE = 1e-4  # largest mean score at which scikit-learn's and glum's defaults stop


@dataclass(frozen=True)
class Case:
    """Claimed coefficients, the data, and the maximum.

    Attributes
    ----------
    estimate : Estimate
    options : ModelOptions
        Of the model that the claim is held against.
    claimed, half_units : ndarray of shape (p,)
        In the order of the design's terms, and half a unit of the last digit claimed.
    without_intercept : bool
        The claim has no intercept though the model has one; it stands as 0.
    named : bool
        Its values came with names.
    printed : bool
        It was written with few digits.
    """

    estimate: Estimate
    options: ModelOptions
    claimed: Array
    half_units: Array
    without_intercept: bool = False
    named: bool = False
    printed: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the p coefficients."""
        return self.estimate.design.data.names

    @cached_property
    def problem(self) -> Problem:
        """The model that the claim is held against."""
        return self.estimate.problem

    @cached_property
    def whole(self) -> Block:
        """All rows."""
        return self.problem.all_rows("a search for causes")

    @cached_property
    def maximum(self) -> Array:
        """The estimate, shape (p,)."""
        return self.estimate.maximum.coef

    @cached_property
    def second_order(self) -> SecondOrder:
        """Deviance, score and information at the claim."""
        return self.problem.second_order(self.claimed)

    @cached_property
    def slopes(self) -> Array:
        """1 for every coefficient but the intercept's 0, shape (p,)."""
        return np.array([float(name != INTERCEPT) for name in self.names])

    @property
    def intercept(self) -> int | None:
        """ParameterSlice of the intercept."""
        return self.names.index(INTERCEPT) if INTERCEPT in self.names else None

    @cached_property
    def information(self) -> Array:
        """Information at the maximum, for the data's own columns, shape (p, p)."""
        return self.problem.second_order(self.maximum).information

    @cached_property
    def metric(self) -> Array:
        """Information at the maximum per dispersion, by which distances are told in standard errors; shape (p, p)."""
        dispersion = self.estimate.maximum.dispersion
        usable = np.isfinite(dispersion) and dispersion > 0  # with no degrees of freedom left there is none
        return np.asarray(self.information / (dispersion if usable else 1.0))

    def length(self, difference: Array) -> float:
        """Return a difference of coefficients in standard errors: sqrt(d' information d)."""
        with np.errstate(all="ignore"):
            squared = float(difference @ self.metric @ difference)
        return sqrt(max(squared, 0.0)) if np.isfinite(squared) else np.inf

    @cached_property
    def distance(self) -> float:
        """Length of claim minus maximum."""
        return self.length(self.claimed - self.maximum)

    def floor(self, to_data: Array | None = None) -> float:
        """Return what the rounding of the claim hides, in standard errors."""
        units = self.half_units if to_data is None else np.abs(to_data) @ self.half_units
        return max(sqrt(max(float(units @ np.abs(self.metric) @ units), 0.0)), FINEST)


@dataclass(frozen=True)
class Replay:
    """What a cause implies.

    Attributes
    ----------
    coef : ndarray of shape (p,)
        The estimate, told as the claim is.
    mean_score : float
        Largest component of the mean score that the cause leaves at the claim; infinite where no rule stops on it.
    """

    coef: Array
    mean_score: float = np.inf


@dataclass(frozen=True)
class Cause:
    """A reason that fits, and how well.

    Attributes
    ----------
    key : str
        Short name, such as ``l2``; two of them joined by ``+`` where two are at work.
    says : str
        The reason in a sentence.
    left : float
        Standard errors that it does not explain.
    of : float
        Standard errors to be explained.
    strength : float
        Digits by which it fits better than a wrong reason would by chance.
    parameters : dict of str to float
        What was recovered, such as lambda.
    evidence : tuple of str
        What was seen, one line each.
    mend : tuple of (str, str)
        Tool and the call that gives the maximum there.
    usual : bool
        The number recovered is one that people choose.
    free : int
        Numbers that were taken from the claim.
    replay : callable, optional
        Computes the estimate that the cause implies; None while only a part of the claim is accounted for.
    """

    key: str
    says: str
    left: float
    of: float
    strength: float
    parameters: dict[str, float] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    mend: tuple[tuple[str, str], ...] = ()
    usual: bool = False
    free: int = 0
    replay: Callable[[], Replay | None] | None = field(default=None, compare=False, repr=False)


def explained(left: float, of: float) -> str:
    """Return how much of the distance between claim and maximum a cause explains.

    >>> explained(4.8e-6, 0.17)
    'explains the difference to 4.5 digits: of 0.17 standard errors (all coefficients together) 4.8e-06 are left'
    """
    if left <= EXACTLY * of:
        return f"explains the whole difference, {of:.2g} standard errors (all coefficients together)"
    digits = f"to {max(log10(of / left), 0.0):.1f} digits" if left < of else "in part"
    return (
        f"explains the difference {digits}: of {of:.2g} standard errors (all coefficients together) {left:.1e} are left"
    )


def strength(of: float, left: float, floor: float, equations: int, free: int, tried: float, prior: float) -> float:
    """Return the digits by which an explanation fits better than a wrong one would by chance.

    A wrong explanation leaves a part 1 / f of the distance in each of the (equations - free) directions that it has
    no say in with probability about 1 / f each; so many digits are gained, less those lost by having tried several.
    """
    if not left < np.inf:
        return -np.inf
    gain = log10(max(min(of, FARTHEST), FINEST) / max(left, floor))
    return (equations - free) * gain - log10(max(tried, 1.0)) + prior


def explains(of: float, left: float, floor: float) -> bool:
    """Say whether what is left is rounding, or little both in standard errors and as a part of the distance."""
    return left <= max(3.0 * floor, min(WHOLE, PART * of))


@dataclass(frozen=True)
class Found:
    """What the search for causes came to.

    Attributes
    ----------
    causes : tuple of Cause
        That explain the claim, the likeliest first.
    possible : tuple of Cause
        Where none can be named: those that would give the claim to its digits, which too few digits cannot exclude.
    few_digits : bool
        The digits of the claim are too few to tell one cause from another.
    skipped : tuple of str
        What was not tried for want of time.
    """

    causes: tuple[Cause, ...] = ()
    possible: tuple[Cause, ...] = ()
    few_digits: bool = False
    skipped: tuple[str, ...] = ()
