"""What a block of rows says about the coefficients: it adds up, so memory, files and clusters only sum differently."""

from __future__ import annotations

from functools import cached_property
from math import inf, isfinite, nan, sqrt
from typing import NamedTuple

import numpy as np

from glmnn.arrays import Array
from glmnn.kernels.linear_algebra import column_scale, least_pivot, on_unit_columns, solve

MILD = 1e6  # condition up to which a bound of it by traces has digits
SURE = 1e-5  # smallest pivot of the scaled information that proves full rank in spite of its squared condition


class Totals(NamedTuple):
    """What the log-likelihood of a block asks of all rows."""

    rows: int
    weight: float  # sum of the prior weights
    deviance: float
    whole_numbers: bool  # all responses are whole
    logs: float = nan  # sum of the logarithms of the responses, where somebody has asked for it


class FirstOrder(NamedTuple):
    """Deviance and score of some rows; two of them add."""

    rows: int
    deviance: float  # inf outside the domain of the model
    score: Array  # (p,), derivative of the log-likelihood per unit of dispersion

    def __add__(self, other: FirstOrder) -> FirstOrder:  # type: ignore[override]
        return FirstOrder(self.rows + other.rows, self.deviance + other.deviance, self.score + other.score)


class _Sums(NamedTuple):
    rows: int
    deviance: float
    score: Array  # (p,)
    information: Array  # (p, p), expected Fisher information per unit of dispersion
    to_data: Array | None = None  # (p, p): score and information are those of gamma, coef = to_data gamma


class SecondOrder(_Sums):
    """Deviance, score and expected information of some rows; two of them add. What is solved is solved once."""

    observed: Array | None = None  # (p, p), the observed information where it was summed as well

    def observing(self, observed: Array) -> SecondOrder:
        """Return the same with the observed information."""
        self.__dict__["observed"] = observed
        return self

    @cached_property
    def newton(self) -> SecondOrder | None:
        """The same with the observed information in the place of the expected one; None where it is not definite."""
        newton = self if self.observed is None else self._replace(information=self.observed)
        return newton if newton is not self and newton.conditioned(MILD) else None

    def __add__(self, other: SecondOrder) -> SecondOrder:  # type: ignore[override]
        return SecondOrder(
            self.rows + other.rows,
            self.deviance + other.deviance,
            self.score + other.score,
            self.information + other.information,
        )

    def scoring_step(self) -> Array:
        """Return information^-1 score, the step of Fisher scoring in the data's coordinates, shape (p,)."""
        return self._step if self.to_data is None else self.to_data @ self._step

    def solved(self, step: Array, variance: Array) -> SecondOrder:
        """Return the same, with information^-1 score and the diagonal of information^-1 from somebody who has solved.

        By pivots that are sure; a step of nan says that nobody could.
        """
        if isfinite(step[0]):
            decrement = sqrt(max(float(self.score.dot(step)), 0.0))
            self.__dict__.update(_step=step, _variance=variance, _decrement=decrement, finite=True, definite=True)
        return self

    def decrement(self) -> float:
        """Return sqrt(score' information^-1 score): the scoring step in standard errors of unit dispersion."""
        return self._decrement

    @cached_property
    def _decrement(self) -> float:
        return sqrt(max(float(self.score.dot(self._step)), 0.0))

    @cached_property
    def _step(self) -> Array:
        return self._solved(self.score)

    def length(self, coef: Array) -> float:
        """Return sqrt(coef' information coef), the length of `coef` on the same scale as `decrement`."""
        gamma = coef if self.to_data is None else np.linalg.solve(self.to_data, coef)
        return sqrt(max(float(self.information.dot(gamma).dot(gamma)), 0.0))

    def covariance(self) -> Array:
        """Return information^-1, shape (p, p): the covariance of the estimate per unit of dispersion."""
        return self._covariance

    @cached_property
    def _covariance(self) -> Array:
        inverse = self.inverse
        return inverse if self.to_data is None else self.to_data @ inverse @ self.to_data.T

    @cached_property
    def inverse(self) -> Array:
        """information^-1 in the coordinates of gamma, shape (p, p)."""
        return self._solved(np.eye(self.score.size))

    def std_error(self) -> Array:
        """Return the roots of the diagonal of the covariance, shape (p,): standard errors of unit dispersion."""
        return self._std_error

    @cached_property
    def _std_error(self) -> Array:
        return np.sqrt(np.maximum(self._variance, 0.0))

    @cached_property
    def _variance(self) -> Array:
        return self.covariance().diagonal()

    @cached_property
    def finite(self) -> bool:
        """Whether the information is finite."""
        return self._system[0] is not None

    @cached_property
    def definite(self) -> bool:
        """Whether the pivots of the information on columns of unit length prove its rank, for all their rounding."""
        scaled, _ = self._system
        return scaled is not None and least_pivot(scaled) > SURE

    def condition(self) -> float:
        """Return the condition number of the information with its columns scaled to unit length."""
        return self._condition

    @cached_property
    def _condition(self) -> float:
        scaled, _ = self._system
        if scaled is None:
            return inf
        values = np.linalg.eigvalsh(scaled)
        return float(values[-1] / values[0]) if values[0] > 0 else inf

    def conditioned(self, limit: float) -> bool:
        """Say whether the condition number is below a limit; where it surely is, without its eigenvalues.

        For a definite matrix of unit diagonal it is at most the product of the traces of matrix and inverse, and no
        diagonal element of the inverse is below 1.
        """
        return self._bound < min(limit, MILD) or self.condition() < limit

    @cached_property
    def _bound(self) -> float:
        """That product; inf where it has no digits."""
        if self.to_data is not None or not self.finite:
            return inf
        diagonal = (self._variance * self.information.diagonal()).tolist()
        return len(diagonal) * sum(diagonal) if min(diagonal, default=inf) > 0.5 else inf

    def _solved(self, right: Array) -> Array:
        return solve(*self._system, right)

    @cached_property
    def _system(self) -> tuple[Array | None, Array]:
        """The information with its columns scaled to unit length, None where it is not finite, and their scale."""
        scale = column_scale(self.information)
        return on_unit_columns(self.information, scale), scale
