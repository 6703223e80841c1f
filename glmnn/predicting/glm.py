"""A saved generalised linear model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import Annotated

import numpy as np
from scipy.special import ndtri, stdtrit

from glmnn.arrays import Array
from glmnn.errors import OptionError, UsageError
from glmnn.fitting.compare import SolverComparison
from glmnn.kernels.gram import quadratic_forms
from glmnn.models.families import FAMILY_NAMES, WITH_PARAMETER, find_family
from glmnn.models.glm import GLM
from glmnn.models.links import find_link
from glmnn.predicting.options import PredictOptions
from glmnn.predicting.predictor import (
    CONVERGED,
    Ends,
    Names,
    Numbers,
    Predictor,
    Triangle,
    blocks,
    check_terms,
    check_triangle,
    linear_predictors,
    listing_of,
    of_maximum,
    rest_of,
    square,
    triangle,
)
from glmnn.report.schema import OPTIONAL, Count, Text, one_of

LEAST_DIGITS = 3.0  # of a variance, below which it is not told


@dataclass(frozen=True)
class SavedGLM:
    """The maximum of a generalised linear model, or of a penalised one."""

    family: Annotated[str, "Family of distributions, without its parameter.", one_of(*FAMILY_NAMES)]
    link: Annotated[Text, "Name of the link, as on the command line."]
    alpha: Annotated[float | None, "Negative binomial: variance is mu + alpha mu^2."]
    power: Annotated[float | None, "Tweedie: variance is mu^power."]
    estimate: Annotated[Text, "Maximum likelihood estimate, or the name of the penalised one."]
    penalised: Annotated[bool, "Whether it is a penalised one."]
    status: Annotated[str, "How the fit ended.", CONVERGED]
    terms: Annotated[Names, "Names of the columns of the design."]
    coefficients: Annotated[Numbers, "In the order of terms."]
    remainders: Annotated[Numbers, "What float64 cannot hold of the coefficients."]
    covariance: Annotated[
        Triangle | None,
        "Lower triangle of the covariance of the estimate, row by row; null where it could not be estimated.",
    ]
    std_error: Annotated[Text, "Which covariance it is."]
    dispersion: Annotated[float | None, "Of the family; null where it could not be estimated."]
    deviance: Annotated[float, "Deviance at the estimate."]
    df_residual: Annotated[Count, "Residual degrees of freedom."]
    root: Annotated[
        Triangle | None,
        OPTIONAL,
        "Lower triangle L with covariance L L', by which intervals keep their digits; where columns are "
        "ill-conditioned.",
    ] = None

    @classmethod
    def of(cls, comparison: SolverComparison) -> SavedGLM:
        """Return the maximum that a fit has found."""
        estimate, options = comparison.estimate, comparison.spec.options
        maximum, family = estimate.maximum, estimate.problem.glm.family
        given = {} if family.parameter is None else {WITH_PARAMETER[family.kind].flag: family.parameter}
        return cls(
            family=family.kind,
            link=options.link or estimate.model.link_name,
            alpha=given.get("alpha"),
            power=given.get("power"),
            terms=maximum.names,
            coefficients=tuple(maximum.coef.tolist()),
            remainders=tuple(rest_of(estimate).tolist()),
            root=triangle(maximum.spread.root),
            dispersion=maximum.dispersion if isfinite(maximum.dispersion) else None,
            deviance=maximum.deviance,
            df_residual=maximum.df_residual,
            **of_maximum(estimate),
        )

    @cached_property
    def model(self) -> GLM:
        """Family and link."""
        return GLM(find_family(self.family, self.alpha, self.power), find_link(self.link))

    def check(self) -> None:
        """Refuse numbers that cannot be those of a fit."""
        check_terms(self.terms, "glm")
        p = len(self.terms)
        for name, values in (("coefficients", self.coefficients), ("remainders", self.remainders)):
            if len(values) != p:
                raise UsageError(f"glm.{name} has {len(values)} numbers for {p} terms")
        check_triangle(self.covariance, p, "glm.covariance")
        check_triangle(self.root, p, "glm.root")
        assert self.model  # a family or link that is not known is refused

    def predictor(self) -> Predictor:
        """Return what it says of rows."""
        label = f"{self.model.family.name}, {self.model.link.name} link"
        return Predictor(
            self.model,
            self.model.capabilities,
            f"{label}, {self.estimate}" if self.penalised else label,
            self.terms,
            listing_of(self.terms, self.coefficients, self.covariance),
            self.eta,
            self.interval,
        )

    def eta(self, X: Array, offset: Array) -> Array:
        """Return the linear predictors, shape (rows,), each correctly rounded."""
        return linear_predictors(np.array([self.coefficients]), np.array([self.remainders]), X, offset)[:, 0]

    def interval(self, X: Array, eta: Array, options: PredictOptions) -> Ends:
        """Return the ends of Wald's interval of eta, taken to the scale asked for."""
        if self.covariance is None:
            raise OptionError(
                "interval", "needs a covariance; no row was left over to estimate the dispersion of this one"
            )
        error, rounding = np.empty(len(X)), np.empty(len(X))
        for rows in blocks(len(X)):
            error[rows], rounding[rows] = self._errors(X[rows])
        lost = ~(error > 10.0**LEAST_DIGITS * rounding) & (rounding > 0)
        half = self._width(options.level) * np.where(lost, np.nan, error)
        # an end outside of the domain is moved to its edge
        ends = [np.clip(end, *self.model.etas) for end in (eta - half, eta + half)]
        if options.type != "link":
            ends = [self.model.link.inverse(end) for end in ends]
        notes = [f"intervals do not allow for the bias of the penalty ({self.estimate})"] if self.penalised else []
        if lost.any():
            notes.append(f"no interval in {int(lost.sum())} rows: rounding leaves less than {LEAST_DIGITS:g} digits")
        return {"low": np.minimum(*ends), "high": np.maximum(*ends)}, tuple(notes)

    def _errors(self, X: Array) -> tuple[Array, Array]:
        """Return the standard errors of the linear predictors, and what rounding may have done to them."""
        eps = np.finfo(float).eps
        if self.root is not None:
            root = square(self.root)
            return np.linalg.norm(X @ root, axis=1), eps * np.linalg.norm(np.abs(X) @ np.abs(root), axis=1)
        lower = square(self.covariance or ())
        covariance = lower + np.tril(lower, -1).T
        error = np.sqrt(np.maximum(quadratic_forms(X, covariance), 0.0))
        rounding = eps * quadratic_forms(np.abs(X), np.abs(covariance))
        return error, rounding / np.maximum(error, 1e-300)

    def _width(self, level: float) -> float:
        """Return the quantile, in standard errors: of t where the dispersion was estimated."""
        if self.model.family.dispersion_known and self.dispersion == 1.0:
            return float(ndtri(0.5 + level / 2.0))
        return float(stdtrit(self.df_residual, 0.5 + level / 2.0)) if self.df_residual else float("nan")
