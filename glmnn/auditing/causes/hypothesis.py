"""A reading: the problem whose solution the claim may be, and the claim in the units of that problem."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from glmnn.arrays import Array
from glmnn.auditing.causes.claimed import Case
from glmnn.data.formula.names import INTERCEPT
from glmnn.models.evaluation import SecondOrder
from glmnn.problem.problem import Problem

SCALES = ("standardized", "encoded")  # scaled columns; an indicator of every level, or without another one
SINGULAR = 1e13  # condition of the scaled information from which a step computed from it says nothing


@dataclass(frozen=True)
class Reading:
    """One way to read a claim.

    Attributes
    ----------
    key : str
    says : str
    problem : Problem
        Of which the claim would be the maximum.
    coef : ndarray of shape (p,)
        The claim in the data's units.
    to_data : ndarray of shape (p, p)
        coef = to_data gamma, gamma being the coefficients in whose units a penalty would be.
    from_claim : ndarray of shape (p, p), optional
        How the claim was mapped, for its rounding.
    embedded : ndarray of shape (p of the claim, p), optional
        From this reading's coefficients to those of the claim's model, where it has fewer.
    free : int
        Numbers that were fitted to the claim.
    tried : float
        Readings of this kind that were tried.
    prior : float
        Digits that common readings have ahead of rare ones.
    most : float
        Digits that it can gain: those by which it is ahead of its like.
    pulled : bool
        A penalty or an early stop may be at work as well.
    scale : str
        Columns on which such a penalty would stand, when they are not the claim's own: one of `SCALES`.
    """

    key: str
    says: str
    problem: Problem
    coef: Array
    to_data: Array
    from_claim: Array | None = None
    embedded: Array | None = None
    free: int = 0
    tried: float = 1.0
    prior: float = 0.0
    most: float = np.inf
    pulled: bool = False
    scale: str = ""
    parameters: dict[str, float] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()

    @cached_property
    def second_order(self) -> SecondOrder:
        """Deviance, score and information at `coef`, in the data's units."""
        with np.errstate(all="ignore"):
            return self.problem.second_order(self.coef)

    @property
    def sound(self) -> bool:
        """True when the model is defined at `coef` and its information says something there."""
        current = self.second_order
        finite = (
            np.isfinite(current.deviance)
            and np.all(np.isfinite(current.score))
            and np.all(np.isfinite(current.information))
        )
        return bool(finite) and bool(np.all(np.diagonal(current.information) > 0)) and current.condition() < SINGULAR

    @cached_property
    def gamma(self) -> Array:
        """The claim in the units of the penalty."""
        return np.asarray(np.linalg.solve(self.to_data, self.coef))

    @property
    def slopes(self) -> Array:
        """1 for every coefficient but the intercept's 0, shape (p,)."""
        return np.array([float(name != INTERCEPT) for name in self.problem.names])

    def left(self, case: Case, step: Array) -> float:
        """Return the length of a step of this reading's coefficients, in standard errors of the claim's model."""
        return case.length(step if self.embedded is None else self.embedded @ step)


def plain(case: Case) -> Reading:
    """Return the claim taken at its word."""
    return Reading("", "", case.problem, case.claimed, np.eye(case.claimed.size), pulled=True)


def without_scale(part: str) -> str:
    """Return a part of a cause's key without the columns on which its penalty stands.

    >>> without_scale("l2_standardized"), without_scale("standardized_units")
    ('l2', 'standardized_units')
    """
    return next((part.removesuffix(f"_{scale}") for scale in SCALES if part.endswith(f"_{scale}")), part)
