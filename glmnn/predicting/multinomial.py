"""Prediction of a multinomial logit model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, NoReturn

import numpy as np

from glmnn.arrays import Array
from glmnn.errors import UsageError
from glmnn.fitting.compare import SolverComparison
from glmnn.kernels.double_double import linear_predictor
from glmnn.models.capabilities import OF_CLASSES, Capabilities
from glmnn.models.multinomial import Multinomial
from glmnn.predicting.options import PredictOptions
from glmnn.predicting.predictor import blocks, check_classes, check_covariance, check_terms, standard_errors, triangle

Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class MultinomialPredictor:
    """The maximum of a multinomial logit model, or of a penalised one.

    Attributes
    ----------
    classes : tuple of str
        The base first.
    estimate : str
        Whether it is the maximum likelihood estimate, or which penalised one.
    penalised : bool
    status : str
        How the fit ended.
    terms : tuple of str
        Names of the columns of the design.
    coefficients, remainders : tuple of tuple of float
        A row for each class but the base; the second hold what float64 cannot hold of the first.
    covariance : tuple of tuple of float, or None
        Lower triangle, row by row, of the coefficients one row after the other.
    std_error : str
        Which covariance it is.
    deviance : float
        Without the penalty.
    """

    classes: tuple[str, ...]
    estimate: str
    penalised: bool
    status: str
    terms: tuple[str, ...]
    coefficients: Rows
    remainders: Rows
    covariance: Rows | None
    std_error: str
    deviance: float

    @classmethod
    def of(cls, comparison: SolverComparison) -> MultinomialPredictor:
        """Return the maximum that a fit has found."""
        estimate = comparison.estimate
        found, rest, model = estimate.maximum, estimate.reference.rest, estimate.model
        first = estimate.design.data.names[: estimate.design.data.width]  # those of the first class
        return cls(
            classes=model.labels,
            estimate=estimate.goal if estimate.penalty is None else estimate.penalty.label,
            penalised=estimate.penalty is not None,
            status=estimate.reference.status.value,
            terms=tuple(name.removeprefix(f"{model.labels[1]}: ") for name in first),
            coefficients=_rows(found.coef, model.free),
            remainders=_rows(np.zeros_like(found.coef) if rest is None else rest, model.free),
            covariance=triangle(found.covariance),
            std_error=found.settings.label or "model",
            deviance=replace(estimate.problem, penalty=None).first_order(found.coef).deviance,
        )

    @property
    def label(self) -> str:
        """Number of classes, and the estimate where it is not the usual one."""
        label = f"multinomial, {len(self.classes)} classes"
        return f"{label}, {self.estimate}" if self.penalised else label

    @property
    def listing(self) -> dict[str, list[Any]]:
        """Term, estimate and standard error."""
        terms = Multinomial(self.classes).terms(self.terms)
        return {
            "term": list(terms),
            "estimate": list(chain(*self.coefficients)),
            "std.error": standard_errors(self.covariance, len(terms)),
        }

    @property
    def distribution(self) -> Multinomial:
        """The classes."""
        return Multinomial(self.classes)

    @property
    def capabilities(self) -> Capabilities:
        """What goes with classes."""
        return OF_CLASSES

    def check(self) -> None:
        """Refuse numbers that cannot be those of a fit."""
        check_classes(self.classes, "multinomial.classes")
        check_terms(self.terms, "multinomial")
        others, p = len(self.classes) - 1, len(self.terms)
        for name, values in (("coefficients", self.coefficients), ("remainders", self.remainders)):
            if [len(row) for row in values] != [p] * others:
                raise UsageError(
                    f"multinomial.{name} must be rows of {p} numbers, one for each class but the base: {others}"
                )
        check_covariance(self.covariance, others * p, "multinomial")

    def eta(self, X: Array, _offset: Array) -> Array:
        """Return the linear predictors, each correctly rounded, 0 for the base."""
        eta, nothing = np.zeros((len(X), len(self.classes))), np.zeros(len(X))
        pairs = [(np.array(high), np.array(low)) for high, low in zip(self.coefficients, self.remainders, strict=True)]
        for rows in blocks(len(X)):
            for k, (high, low) in enumerate(pairs, 1):
                eta[rows, k] = linear_predictor(X[rows], high, low, nothing[rows])[0]
        return eta

    def interval(self, _X: Array, _eta: Array, _options: PredictOptions) -> NoReturn:
        """Refuse: there are none."""
        raise UsageError(self.capabilities.interval)


def _rows(flat: Array, count: int) -> Rows:
    return tuple(tuple(row) for row in flat.reshape(count, -1).tolist())
