"""A saved multinomial logit model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import Annotated

import numpy as np

from glmnn.arrays import Array
from glmnn.errors import UsageError
from glmnn.fitting.compare import SolverComparison
from glmnn.models.multinomial import Multinomial
from glmnn.predicting.predictor import (
    CONVERGED,
    Classes,
    Names,
    Numbers,
    Predictor,
    Triangle,
    check_classes,
    check_terms,
    check_triangle,
    linear_predictors,
    listing_of,
    of_maximum,
    rest_of,
)
from glmnn.report.schema import SOME, Text

Rows = Annotated[tuple[Numbers, ...], SOME]


@dataclass(frozen=True)
class SavedMultinomial:
    """The maximum of a multinomial logit model, or of a penalised one."""

    classes: Annotated[Classes, "Labels, the base first."]
    estimate: Annotated[Text, "Maximum likelihood estimate, or the name of the penalised one."]
    penalised: Annotated[bool, "Whether it is a penalised one."]
    status: Annotated[str, "How the fit ended.", CONVERGED]
    terms: Annotated[Names, "Names of the columns of the design."]
    coefficients: Annotated[Rows, "A row for each class but the base, in the order of terms."]
    remainders: Annotated[Rows, "What float64 cannot hold of the coefficients."]
    covariance: Annotated[
        Triangle | None,
        "Lower triangle of the covariance of the coefficients, one row of them after the other; null where it could "
        "not be estimated.",
    ]
    std_error: Annotated[Text, "Which covariance it is."]
    deviance: Annotated[float, "Deviance at the estimate, without the penalty."]

    @classmethod
    def of(cls, comparison: SolverComparison) -> SavedMultinomial:
        """Return the maximum that a fit has found."""
        estimate = comparison.estimate
        coef, model = estimate.maximum.coef, estimate.model
        first = estimate.design.data.names[: estimate.design.data.width]  # those of the first class
        return cls(
            classes=model.labels,
            terms=tuple(name.removeprefix(f"{model.labels[1]}: ") for name in first),
            coefficients=_rows(coef, model.free),
            remainders=_rows(rest_of(estimate), model.free),
            deviance=replace(estimate.problem, penalty=None).first_order(coef).deviance,
            **of_maximum(estimate),
        )

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
        check_triangle(self.covariance, others * p, "multinomial.covariance")

    def predictor(self) -> Predictor:
        """Return what it says of rows."""
        model, label = Multinomial(self.classes), f"multinomial, {len(self.classes)} classes"
        return Predictor(
            model,
            model.capabilities,
            f"{label}, {self.estimate}" if self.penalised else label,
            self.terms,
            listing_of(model.terms(self.terms), chain(*self.coefficients), self.covariance),
            self.eta,
        )

    def eta(self, X: Array, offset: Array) -> Array:
        """Return the linear predictors, shape (rows, classes), each correctly rounded, 0 for the base."""
        others = linear_predictors(np.array(self.coefficients), np.array(self.remainders), X, offset)
        return np.column_stack([np.zeros(len(X)), others])


def _rows(flat: Array, count: int) -> Rows:
    return tuple(tuple(row) for row in flat.reshape(count, -1).tolist())
