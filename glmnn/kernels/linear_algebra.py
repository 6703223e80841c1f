"""Solves that a bad scale of the columns does not spoil."""

from __future__ import annotations

from math import inf, isfinite, isnan, nan
from typing import Any

import numpy as np
from numpy.linalg import LinAlgError

from glmnn.arrays import Array
from glmnn.kernels.choice import compiled

FEW = 64  # columns, of whose systems compiled code has the factor before NumPy has called LAPACK


def _loops() -> tuple[Any, Any, Any]:
    """Return Cholesky's factor and the solves of a vector and of a matrix, as NumPy itself calls LAPACK.

    What it offers to all looks at types first, which takes longer than a small system; it raises where these say nan.
    """
    try:
        from numpy.linalg import _umath_linalg as lapack

        return lapack.cholesky_lo, lapack.solve1, lapack.solve
    except (ImportError, AttributeError):  # a version of NumPy that keeps them elsewhere
        return np.linalg.cholesky, np.linalg.solve, np.linalg.solve


cholesky: Any
solve_vector: Any
solve_matrix: Any
cholesky, solve_vector, solve_matrix = _loops()


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
    try:
        with np.errstate(invalid="ignore"):
            return float(cholesky(scaled).diagonal().min(initial=inf))
    except LinAlgError:
        return nan


def solve(scaled: Array | None, scale: Array, right: Array) -> Array:
    """Solve as `solve_scaled` does with the matrix on columns of unit length, None where it is not finite."""
    if scaled is None:
        return np.full(right.shape, np.nan)
    if right.ndim == 1 and right.size <= FEW and (systems := compiled("systems", 0.0)) is not None:
        solution = np.empty_like(right)
        if systems.solve(np.ascontiguousarray(scaled), scale, np.ascontiguousarray(right), solution):
            return solution
    rows, solver = (scale, solve_vector) if right.ndim == 1 else (scale[:, None], solve_matrix)
    try:
        with np.errstate(invalid="ignore"):
            solution = solver(scaled, right / rows)
        if not (solution.size and isnan(solution.item(0))):
            return np.asarray(solution / rows)
        return np.asarray(np.linalg.solve(scaled, right / rows) / rows)
    except LinAlgError:
        return np.asarray(np.linalg.lstsq(scaled, right / rows, rcond=None)[0] / rows)
