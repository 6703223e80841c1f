"""Wald's tests and intervals, and the likelihood ratio: z and chi-squared, or t and F of an estimated dispersion."""

from __future__ import annotations

from math import isfinite, nan

import numpy as np
from scipy.special import chdtrc, fdtrc, ndtr, ndtri, stdtr, stdtrit

from glmnn.arrays import Array


def wald(coef: Array, std_error: Array, df_residual: int, known: bool, exact: bool) -> tuple[Array, Array]:
    """Return z or t with their two-sided p-values; nothing where they are ratios of rounding to rounding."""
    if exact and not known:
        return np.full_like(coef, nan), np.full_like(coef, nan)
    with np.errstate(all="ignore"):
        statistic = coef / std_error
        return statistic, 2.0 * (ndtr(-np.abs(statistic)) if known else stdtr(df_residual, -np.abs(statistic)))


def quantile(level: float, df_residual: int, known: bool) -> float:
    """Return how many standard errors an interval goes to each side."""
    if known:
        return float(ndtri(0.5 + level / 2.0))
    return float(stdtrit(df_residual, 0.5 + level / 2.0)) if df_residual > 0 else nan


def likelihood_ratio(gain: float, df: int, df_residual: int, dispersion: float, known: bool) -> tuple[float, float]:
    """Return statistic and p-value of a gain in deviance: chi-squared, or F where the dispersion is estimated."""
    if df <= 0 or not isfinite(gain):
        return nan, nan
    if known:
        return gain, float(chdtrc(df, max(gain, 0.0)))
    if not dispersion > 0:
        return nan, nan
    statistic = gain / df / dispersion
    return statistic, float(fdtrc(df, df_residual, max(statistic, 0.0)))
