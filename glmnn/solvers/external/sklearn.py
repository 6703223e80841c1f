"""scikit-learn's estimators without their penalty, everything else as they come, stopped by their own rule."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glmnn.arrays import Array, Index
from glmnn.models.softmax import to_baseline
from glmnn.problem.problem import Problem
from glmnn.solvers.external.framework import glm_of
from glmnn.solvers.external.library import ENOUGH, SKLEARN, Declined, guarded, imported, whole_of
from glmnn.solvers.steps import Step

POWERS = {"gaussian": 0.0, "poisson": 1.0, "gamma": 2.0, "inverse_gaussian": 3.0}  # variance = mu ** power


@dataclass(frozen=True)
class Columns:
    """How the columns of a design become features and the intercept of an estimator.

    Attributes
    ----------
    bias : int or None
        Place of the column of ones.
    inputs : tuple of int
        Places of the other columns.
    """

    bias: int | None
    inputs: tuple[int, ...]

    @classmethod
    def of(cls, X: Array) -> Columns:
        """Return those of a design; a lone column of ones is a feature, since an estimator needs one."""
        p = X.shape[1]
        ones = np.flatnonzero((X == 1.0).all(axis=0))
        bias = int(ones[0]) if ones.size and p > 1 else None
        return cls(bias, tuple(j for j in range(p) if j != bias))

    def split(self, gamma: Array) -> tuple[Array, float]:
        """Return the weights of the inputs and the bias."""
        return gamma[list(self.inputs)], 0.0 if self.bias is None else float(gamma[self.bias])

    def join(self, inputs: Array, bias: float) -> Array:
        """Return the coefficients in the order of the columns."""
        gamma = np.empty(len(self.inputs) + (self.bias is not None))
        gamma[list(self.inputs)] = inputs
        if self.bias is not None:
            gamma[self.bias] = bias
        return gamma


@dataclass(frozen=True)
class Sklearn:
    """`LogisticRegression(C=inf)`, `LinearRegression`, `PoissonRegressor(alpha=0)` and their relatives.

    Their tolerances are the defaults, so that the report says how far those lead.

    Attributes
    ----------
    method : str
        The estimator's own `solver`.
    seed : int
        Of sag and saga.
    tolerance : float
        The estimator's `tol`.
    """

    name: str = "sklearn"
    method: str = "lbfgs"
    max_iter: int = 100  # scikit-learn's default
    seed: int = 0
    stops_itself: bool = True
    tolerance: float = 1e-4  # scikit-learn's default

    @property
    def meaning(self) -> str:
        """What the tolerance bounds."""
        bounded = (
            "the change of the largest coefficient in one epoch, as a part of it"
            if self.method in ("sag", "saga")
            else "the largest component of the gradient of the mean loss, in the units of the columns"
        )
        return f"tol={self.tolerance:g} bounds {bounded}"

    def at(self, tolerance: float) -> Sklearn:
        """Return the same with another tolerance."""
        return replace(self, tolerance=tolerance, max_iter=max(self.max_iter, ENOUGH))

    def load(self) -> None:
        """Import scikit-learn's linear models."""
        imported("sklearn.linear_model")

    def steps(self, problem: Problem, start: Array | None = None) -> Iterator[Step]:
        """Yield where the estimator ended, after its run."""
        self.load()
        return guarded(self._steps(problem, start), SKLEARN.title)

    def _steps(self, problem: Problem, start: Array | None) -> Iterator[Step]:
        if problem.model.outputs > 1:
            yield self._classes(problem)
            return
        with problem.setup():
            columns = Columns.of(whole_of(problem).X)
            estimator, y, prior_weight, rows = self._estimator(problem, columns)
            X = np.ascontiguousarray(whole_of(problem).X[rows][:, list(columns.inputs)])
        if start is not None and hasattr(estimator, "warm_start"):
            estimator.set_params(warm_start=True)
            inputs, bias = columns.split(start)
            logistic = hasattr(estimator, "C")
            estimator.coef_ = inputs[None, :] if logistic else inputs
            estimator.intercept_ = np.array([bias]) if logistic else bias
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where it ended is judged here
            estimator.fit(X, y, sample_weight=prior_weight)
        iterations = int(np.max(getattr(estimator, "n_iter_", 1)))
        problem.passes += iterations
        coef = columns.join(np.ravel(estimator.coef_), float(np.ravel(estimator.intercept_)[0]))
        yield Step(max(iterations, 1), coef)

    def _classes(self, problem: Problem) -> Step:
        """Return where the multinomial `LogisticRegression` ended; its rows are those of a softmax layer."""
        from sklearn.linear_model import LogisticRegression

        if problem.penalty is not None:
            raise Declined("it is asked for maximum likelihood only, without a penalty")
        with problem.setup():
            whole, columns = whole_of(problem), Columns.of(whole_of(problem).X)
            X = whole.X[:, list(columns.inputs)]
        estimator = LogisticRegression(
            C=np.inf, solver=self.method, max_iter=self.max_iter, fit_intercept=columns.bias is not None,
            random_state=self.seed, tol=self.tolerance,
        )  # fmt: skip
        weights = None if problem.data.plain else whole.prior_weight
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where it ended is judged here
            estimator.fit(X, whole.y, sample_weight=weights)
        iterations = int(np.max(estimator.n_iter_))
        problem.passes += iterations
        nothing = np.zeros(len(estimator.coef_))
        biases = nothing if columns.bias is None else np.broadcast_to(estimator.intercept_, nothing.shape)
        rows = np.array([columns.join(row, float(bias)) for row, bias in zip(estimator.coef_, biases, strict=True)])
        # of two classes it keeps one row, which is the difference already
        coef = rows if len(rows) == 1 else to_baseline(rows)
        return Step(max(iterations, 1), coef.ravel())

    def _estimator(self, problem: Problem, columns: Columns) -> tuple[Any, Array, Array | None, Index]:
        """Return the estimator, what it is given as y and as weights, and the rows of the design that these are."""
        from sklearn import linear_model

        model, whole, intercept = glm_of(problem), whole_of(problem), columns.bias is not None
        family, link = model.family.kind, model.link.name
        every = np.arange(whole.y.size)
        prior_weight = None if problem.data.plain else whole.prior_weight
        if (family, link) == ("binomial", "logit"):
            if whole.offset.any():
                raise Declined("its LogisticRegression has no offset")
            logistic = linear_model.LogisticRegression(
                C=np.inf, solver=self.method, max_iter=self.max_iter, fit_intercept=intercept, random_state=self.seed,
                tol=self.tolerance,
            )  # fmt: skip
            if np.all((whole.y == 0) | (whole.y == 1)):
                return logistic, whole.y, prior_weight, every
            # a share of successes is two rows, one of each kind
            y = np.repeat([1.0, 0.0], whole.y.size)
            split = np.concatenate([whole.y, 1.0 - whole.y]) * np.tile(whole.prior_weight, 2)
            kept = split > 0
            return logistic, y[kept], split[kept], np.tile(every, 2)[kept]
        if (family, link) == ("gaussian", "identity") and self.method == "lbfgs":
            linear = linear_model.LinearRegression(fit_intercept=intercept)
            return linear, whole.y - whole.offset, prior_weight, every
        power = POWERS.get(family, model.family.parameter if family == "tweedie" else None)
        if power is None or link not in ("log", "identity"):
            raise Declined(f"it has no {family} family with the {link} link")
        if self.method not in ("lbfgs", "newton-cholesky"):
            raise Declined(f"its {self.method} is for logistic regression only")
        y = whole.y
        if whole.offset.any() and link != "log":
            raise Declined("its estimators have no offset")
        if whole.offset.any():  # an exposure goes into y and the weights, which changes the deviance by a constant
            y = whole.y / np.exp(whole.offset)
            prior_weight = whole.prior_weight * np.exp((2.0 - power) * whole.offset)
        given = {
            "alpha": 0.0, "solver": self.method, "max_iter": self.max_iter, "fit_intercept": intercept,
            "tol": self.tolerance,
        }  # fmt: skip
        if link == "log" and family == "poisson":
            return linear_model.PoissonRegressor(**given), y, prior_weight, every
        if link == "log" and family == "gamma":
            return linear_model.GammaRegressor(**given), y, prior_weight, every
        return linear_model.TweedieRegressor(power=power, link=link, **given), y, prior_weight, every
