"""Solves that a bad scale of the columns does not spoil."""

from __future__ import annotations

from math import inf, isfinite, isnan

import numpy as np
from numpy.linalg import _umath_linalg as lapack  # whose callers in np.linalg take longer than a small system

from glmnn.arrays import Array
from glmnn.kernels.choice import compiled

FEW = 64  # columns, of whose systems compiled code has the factor before NumPy has called LAPACK


def all_finite(values: Array) -> bool:
    """Say whether every number is finite; one sum of squares most often settles it."""
    return isfinite(np.vdot(values, values)) or bool(np.isfinite(values).all())


def column_scale(information: Array) -> Array:
    """Return the root of the diagonal, by which columns are scaled before any solve (1 for an empty column)."""
    diagonal = information.diagonal()
    if min(diagonal.tolist(), default=1.0) > 0:
        return np.asarray(np.sqrt(diagonal))
    return np.where(diagonal > 0, np.sqrt(np.maximum(diagonal, 0.0)), 1.0)


def solve_scaled(information: Array, scale: Array, right: Array) -> Array:
    """Solve information x = right on columns of unit length; the shortest solution where it is singular.

    An information that is not finite has none: nan, for LAPACK would print its own words on the terminal.
    """
    return solve(on_unit_columns(information, scale), scale, right)


def on_unit_columns(information: Array, scale: Array) -> Array | None:
    """Return an information with its columns scaled to unit length; None where it is not finite."""
    scaled = information / (scale[:, None] * scale)
    return scaled if all_finite(scaled) else None


def least_pivot(scaled: Array) -> float:
    """Return the smallest pivot of Cholesky's factor of a matrix, nan where it is not positive definite."""
    with np.errstate(invalid="ignore"):
        return float(lapack.cholesky_lo(scaled).diagonal().min(initial=inf))


def solve(scaled: Array | None, scale: Array, right: Array) -> Array:
    """Solve as `solve_scaled` does with the matrix on columns of unit length, None where it is not finite."""
    if scaled is None:
        return np.full(right.shape, np.nan)
    if right.ndim == 1 and right.size <= FEW and (systems := compiled("systems", 0.0)) is not None:
        solution = np.empty_like(right)
        if systems.solve(np.ascontiguousarray(scaled), scale, np.ascontiguousarray(right), solution):
            return solution
    rows, solver = (scale, lapack.solve1) if right.ndim == 1 else (scale[:, None], lapack.solve)
    solution = solver(scaled, right / rows)
    if not (solution.size and isnan(solution.item(0))):
        return np.asarray(solution / rows)
    try:
        return np.asarray(np.linalg.solve(scaled, right / rows) / rows)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(scaled, right / rows, rcond=None)[0] / rows)
