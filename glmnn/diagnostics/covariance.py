"""The covariance of the estimate, and the variance of what is linear in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import nan
from typing import Any

import numpy as np

from glmnn.arrays import Array
from glmnn.diagnostics.robust import KINDS, clustered, number_of_rows, sandwich
from glmnn.diagnostics.settings import InferenceSettings
from glmnn.kernels.double_double import transformed
from glmnn.kernels.gram import quadratic_forms
from glmnn.models.evaluation import SecondOrder
from glmnn.problem.problem import Problem
from glmnn.solvers.polish import inside


@dataclass(frozen=True)
class Covariance:
    """The covariance of the estimate, in coordinates where it keeps its digits.

    Attributes
    ----------
    inner : ndarray of shape (p, p)
        That of gamma, where coef = to_data gamma.
    to_data : ndarray of shape (p, p) or None
        None where the columns are well-conditioned and gamma are the coefficients themselves.
    """

    inner: Array
    to_data: Array | None = None

    @classmethod
    def unscaled(cls, current: SecondOrder) -> Covariance:
        """Return the inverse of an information: the covariance per unit of dispersion."""
        return cls(current.inverse, current.to_data)

    @cached_property
    def matrix(self) -> Array:
        """The covariance of the coefficients, shape (p, p)."""
        return self.inner if self.to_data is None else np.asarray(self.to_data @ self.inner @ self.to_data.T)

    @cached_property
    def root(self) -> Array | None:
        """A lower triangular L with L L' the covariance, shape (p, p); None where the columns are well-conditioned.

        The variance of g' coef is the squared length of L' g. As g' C g it would be a small difference of large numbers
        and lose twice as many digits (Higham, 2002, section 20.4, on normal equations). It is for those who
        keep it in a file: `variances` loses none.
        """
        if self.to_data is None or not np.isfinite(self.inner).all():
            return None
        scale = np.sqrt(np.maximum(self.inner.diagonal(), 1e-300))
        values, vectors = np.linalg.eigh(self.inner / np.outer(scale, scale))
        root = self.to_data @ (scale[:, None] * vectors * np.sqrt(np.maximum(values, 0.0)))
        _, upper = np.linalg.qr(root.T)
        return np.asarray(upper.T * np.where(upper.diagonal() < 0, -1.0, 1.0))

    def variances(self, gradients: Array) -> Array:
        """Return the variance of g' coef for each row g of the gradients, shape (k,)."""
        if self.to_data is None:
            return quadratic_forms(gradients, self.inner)
        return quadratic_forms(transformed(gradients, self.to_data), self.inner)


def covariance_of(
    problem: Problem,
    coef: Array,
    current: SecondOrder,
    dispersion: float,
    settings: InferenceSettings,
    besides: Mapping[str, Any],
) -> Covariance:
    """Return the covariance that the settings ask for.

    Parameters
    ----------
    problem : Problem
    coef : ndarray of shape (p,)
        The estimate.
    current : SecondOrder
        The information there.
    dispersion : float
    settings : InferenceSettings
    besides : mapping
        Sums that the closing pass has made already, by name.
    """
    to_data, bread = current.to_data, current.inverse
    if to_data is not None and settings.covariance != "model":
        # of ill-conditioned columns the products cancel in any other coordinates
        (problem, coef), besides = inside(problem, to_data, coef), {}
    rows = number_of_rows(problem, settings.weights == "freq") * problem.model.free
    if settings.covariance != "model" and rows <= coef.size and problem.penalty is None:
        inner = np.full_like(bread, nan)  # there are no residuals to take it from
    elif settings.clusters is not None:
        inner = clustered(problem, coef, bread, settings.clusters, settings.weights == "freq", besides.get("clusters"))
    elif settings.covariance in KINDS:
        inner = sandwich(problem, coef, bread, settings.covariance, settings.weights == "freq", besides.get("meat"))
    else:
        inner = dispersion * bread
    return Covariance(inner, to_data)
