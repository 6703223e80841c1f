"""Estimators for scikit-learn's pipelines and searches: maximum likelihood, with standard errors and a certificate."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from glmnn.api.fitted import fit
from glmnn.api.results import FitResult
from glmnn.arrays import Array
from glmnn.models.families import Family, find_family, start_of
from glmnn.models.links import find_link
from glmnn.models.softmax import to_symmetric

TARGET, WEIGHTS = "y", "prior weight"


class _Linear(BaseEstimator):  # type: ignore[misc]
    """What the estimators share: columns to a fit, and a fit to attributes.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_outputs, n_features)
        Slopes; 0 for a column that is a combination of others.
    intercept_ : float or ndarray of shape (n_outputs,)
    std_error_ : ndarray like coef_
        Standard errors of the slopes; nan where there is none.
    n_iter_ : int
        Iterations of Fisher scoring.
    certificate_ : dict
        `maximum`: whether this is the maximum; `verdict`: in words; `max_score`: the largest component of the score
        there, nan where there is no maximum; `notes`.
    result_ : FitResult
        Everything.
    """

    fit_intercept: bool
    l2: float

    def _fitted(self, X: Array, y: Any, sample_weight: Array | None, options: dict[str, Any]) -> FitResult:
        names = [f"x{place + 1}" for place in range(X.shape[1])]
        frame = pd.DataFrame(X, columns=names)
        frame[TARGET] = y
        if sample_weight is not None:
            frame[WEIGHTS] = sample_weight
            options |= {"weights": WEIGHTS, "weights_type": "var"}
        if self.l2:
            options["l2"] = self.l2
        result: FitResult = fit(
            frame, target=TARGET, features=names, intercept=self.fit_intercept, solver="fisher", **options
        )
        comparison = result.comparison
        self.result_, self.n_iter_ = result, max(1, comparison.estimate.reference.iterations)
        self.certificate_: dict[str, Any] = {
            "maximum": result.exit_code == 0,
            "verdict": " ".join(result.verdict.splitlines()),
            "max_score": max((item.max_score for item in comparison.agreements), default=float("nan")),
            "notes": result.notes,
        }
        if not self.certificate_["maximum"]:
            warnings.warn(self.certificate_["verdict"], ConvergenceWarning, stacklevel=3)
        return result

    def _values(self, result: FitResult) -> tuple[Array, Array]:
        """Return coefficients and standard errors, the intercept's first where there is one; aliased ones are 0."""
        coef = result.coef if result.coef.notna().any() else result.coef_by_solver.iloc[:, 0]
        values = np.nan_to_num(coef.to_numpy(dtype=float), nan=0.0, posinf=0.0, neginf=0.0)
        return np.asarray(values), np.asarray(result.std_error.to_numpy(dtype=float))


class GLMRegressor(RegressorMixin, _Linear):  # type: ignore[misc]
    """A generalised linear model as a regressor: `predict` returns the mean.

    Parameters
    ----------
    family : str
        gaussian, poisson, gamma, inverse_gaussian, negative_binomial, tweedie or binomial.
    link : str, optional
        Without it the family's own.
    fit_intercept : bool
    l2 : float
        Penalty lambda / 2 sum b^2, not on the intercept; 0 for none.
    nb_alpha : float, optional
        Of the negative binomial: variance is mu + nb_alpha mu^2 (scikit-learn's alpha is a penalty); without it
        estimated by profile likelihood.
    power : float, optional
        Of Tweedie's family: variance is mu^power.

    Examples
    --------
    >>> import glmnn.sklearn  # doctest: +SKIP
    >>> model = glmnn.sklearn.GLMRegressor("poisson").fit([[0], [1], [2]], [1, 2, 5])  # doctest: +SKIP
    """

    def __init__(
        self,
        family: str = "gaussian",
        link: str | None = None,
        *,
        fit_intercept: bool = True,
        l2: float = 0.0,
        nb_alpha: float | None = None,
        power: float | None = None,
    ) -> None:
        self.family = family
        self.link = link
        self.fit_intercept = fit_intercept
        self.l2 = l2
        self.nb_alpha = nb_alpha
        self.power = power

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = self._family.support.low >= 0.0
        return tags

    @property
    def _family(self) -> Family:
        start = start_of(self.family, self.nb_alpha, self.power)
        return find_family(self.family, self.nb_alpha if start is None else start, self.power)

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit the model; weights are prior weights (inverse variances)."""
        X, y = validate_data(self, X, y, y_numeric=True, dtype=np.float64)
        weight = None
        if sample_weight is not None or self._family.rates:  # scikit-learn takes counts that are not whole, as rates
            weight = _check_sample_weight(sample_weight, X)
        options = {"family": self.family, "link": self.link, "alpha": self.nb_alpha, "power": self.power}
        result = self._fitted(X, y, weight, options)
        values, errors = self._values(result)
        first = int(self.fit_intercept)
        self.coef_, self.std_error_ = values[first:], errors[first:]
        self.intercept_ = float(values[0]) if first else 0.0
        return self

    def predict(self, X: Any) -> Array:
        """Return the mean of each row, shape (n_samples,)."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        link = self._family.default_link if self.link is None else find_link(self.link)
        return np.asarray(link.inverse(X @ self.coef_ + self.intercept_))


class LogisticRegressor(ClassifierMixin, _Linear):  # type: ignore[misc]
    """Logistic regression of two or more classes without a hidden penalty, as a classifier.

    Parameters
    ----------
    fit_intercept : bool
    l2 : float
        Penalty lambda / 2 sum b^2 (lambda = 1 / C of scikit-learn's own), not on the intercept; 0 for none. Where a
        line separates the classes there is no maximum without it, which is told by a ConvergenceWarning and by
        `certificate_`.
    """

    def __init__(self, *, fit_intercept: bool = True, l2: float = 0.0) -> None:
        self.fit_intercept = fit_intercept
        self.l2 = l2

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit the model to labels of two or more classes."""
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if self.classes_.size < 2:
            raise ValueError(f"This classifier needs 2 classes; the data contain only one class: {self.classes_[0]!r}")
        weight = None if sample_weight is None else _check_sample_weight(sample_weight, X)
        first = int(self.fit_intercept)
        if self.classes_.size == 2:
            result = self._fitted(X, codes.astype(float), weight, {"family": "binomial"})
            values, errors = (part[None, :] for part in self._values(result))
        else:
            labels = np.array([f"{code:09d}" for code in codes])
            result = self._fitted(X, labels, weight, {"family": "multinomial"})
            below, errors = (part.reshape(self.classes_.size - 1, -1) for part in self._values(result))
            values = to_symmetric(below)
        self.coef_, self.intercept_, self.std_error_ = values[:, first:], np.zeros(len(values)), errors[:, first:]
        if first:
            self.intercept_ = values[:, 0]
        return self

    def decision_function(self, X: Any) -> Array:
        """Return the linear predictor, shape (n_samples,) for two classes, else (n_samples, n_classes)."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        eta = np.asarray(X @ self.coef_.T + self.intercept_)
        return eta[:, 0] if self.classes_.size == 2 else eta

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class, shape (n_samples, n_classes)."""
        eta = self.decision_function(X)
        if eta.ndim == 1:
            eta = np.column_stack([np.zeros_like(eta), eta])
        eta = np.exp(eta - eta.max(axis=1, keepdims=True))
        return np.asarray(eta / eta.sum(axis=1, keepdims=True))

    def predict(self, X: Any) -> Any:
        """Return the likeliest class of each row, shape (n_samples,)."""
        eta = self.decision_function(X)
        chosen = (eta > 0).astype(int) if eta.ndim == 1 else eta.argmax(axis=1)
        return self.classes_[chosen]
