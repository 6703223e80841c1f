"""Simulated logistic rows and fits of them that need no library."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def logistic_rows(n: int, p: int, seed: int = 0) -> tuple[Array, Array]:
    """Return X with an intercept and p - 1 normal columns, and a response of 0 and 1 with a known truth."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p))
    X[:, 0] = 1.0
    beta = np.where(np.arange(p) % 2, -1.0, 1.0) * np.linspace(0.3, 0.8, p) / np.sqrt(p / 3.0)
    y = (rng.random(n) < 1.0 / (1.0 + np.exp(-(X @ beta)))).astype(float)
    return X, y


def newton(X: Array, y: Array, steps: int = 25) -> Array:
    """Return the maximum likelihood estimate by whole-array Newton steps, as in a textbook."""
    coef = np.zeros(X.shape[1])
    for _ in range(steps):
        mu = 1.0 / (1.0 + np.exp(-(X @ coef)))
        change = np.linalg.solve(X.T @ ((mu * (1.0 - mu))[:, None] * X), X.T @ (y - mu))
        coef = coef + change
        if np.max(np.abs(change)) < 1e-8:  # the error is about the square of this
            break
    return coef


def exact(X: Array, y: Array, coef: Array) -> Array:
    """Return the estimate next to `coef` from Newton steps whose score is summed in extended precision."""
    step_rows = 50_000
    mu = 1.0 / (1.0 + np.exp(-(X @ coef)))
    information = np.linalg.inv(X.T @ ((mu * (1.0 - mu))[:, None] * X))
    coef = coef.astype(np.longdouble)
    for _ in range(3):
        score = np.zeros(coef.size, dtype=np.longdouble)
        for first in range(0, y.size, step_rows):
            part = X[first : first + step_rows].astype(np.longdouble)
            score += (y[first : first + step_rows] - 1.0 / (1.0 + np.exp(-(part @ coef)))) @ part
        coef = coef + information @ score.astype(float)
    return coef.astype(float)
