"""Steps of gradient descent, many in one call: what `solvers/descent.py` and `solvers/updates.py` do one by one.

Each function writes the coefficients after every update into a path and returns how many updates it made: fewer than
asked for where a linear predictor leaves the range of the exponential, and NumPy's own road is to be taken.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any

import numba
import numpy as np

from glmnn.kernels.compiled.cached import GIVEN, GIVEN_ROWS, kernel
from glmnn.kernels.compiled.columns import add_score, predict
from glmnn.kernels.compiled.pairs import LINEAR, LOGISTIC, POISSON_LOG
from glmnn.kernels.compiled.slopes import slopes

__all__ = ["LINEAR", "LOGISTIC", "POISSON_LOG", "chunks", "on_all_rows", "on_batches"]
GD, MOMENTUM, NESTEROV, ADAM = range(4)
CHUNK = 512  # rows that stand column by column
STRICT = {"contract"}
SUMS = {"contract", "reassoc", "nsz"}


@numba.njit(nogil=True, error_model="numpy", fastmath=STRICT)
def _move(
    rule: Any, factor: float, to_data: Any, count: int, memory: Any, gradient: Any, turned: Any, coef: Any
) -> None:
    """Take one step from the gradient of the mean loss, which is written over."""
    kind, lr, first, second, floor = rule
    p = coef.size
    if to_data.size:
        for j in range(p):
            total = 0.0
            for k in range(p):
                total += to_data[k, j] * gradient[k]
            turned[j] = total
        gradient[:] = turned
    if kind == GD:
        for j in range(p):
            gradient[j] = factor * (-lr * gradient[j])
    elif kind == MOMENTUM:
        for j in range(p):
            memory[0, j] = first * memory[0, j] + gradient[j]
            gradient[j] = factor * (-lr * memory[0, j])
    elif kind == NESTEROV:
        for j in range(p):
            memory[0, j] = first * memory[0, j] + gradient[j]
            gradient[j] = factor * (-lr * (gradient[j] + first * memory[0, j]))
    else:
        size, short = -lr / (1.0 - first ** float(count)), 1.0 - second ** float(count)
        for j in range(p):
            g = gradient[j]
            memory[0, j] = first * memory[0, j] + (1.0 - first) * g
            memory[1, j] = second * memory[1, j] + (1.0 - second) * g * g
            gradient[j] = factor * (size * memory[0, j] / (sqrt(memory[1, j] / short) + floor))
    if to_data.size:
        for j in range(p):
            total = 0.0
            for k in range(p):
                total += to_data[j, k] * gradient[k]
            turned[j] = total
        gradient[:] = turned
    for j in range(p):
        coef[j] += gradient[j]


@numba.njit(nogil=True, error_model="numpy", fastmath=STRICT)
def _score(pair: int, columns: Any, y: Any, weight: Any, offset: Any, coef: Any, eta: Any, score: Any) -> bool:
    """Write the score of rows in `chunks`."""
    score[:] = 0.0
    for chunk in range(columns.shape[0]):
        first = chunk * CHUNK
        n = min(CHUNK, y.size - first)
        predict(columns[chunk], coef, offset[first : first + n], n, eta, (columns[chunk], columns.shape[1], 1, 0))
        if not slopes(pair, eta, y[first : first + n], n):
            return False
        if weight.size:
            for i in range(n):
                eta[i] *= weight[first + i]
        add_score(columns[chunk], eta, n, score, (columns[chunk], columns.shape[1], 1, 0))
    return True


def chunks(X: Any) -> Any:
    """Return rows as `on_all_rows` takes them: chunks whose columns stand one after the other, the last one padded."""
    rows, p = X.shape
    padded = np.zeros((-(-rows // CHUNK) * CHUNK, p))
    padded[:rows] = X
    return np.ascontiguousarray(padded.reshape(-1, CHUNK, p).transpose(0, 2, 1))


def _on_all_rows(
    pair: int, columns: Any, y: Any, weight: Any, offset: Any, rule: Any, factors: Any, to_data: Any, done: int,
    memory: Any, coef: Any, score: Any, path: Any,
) -> int:  # fmt: skip
    """Make an update for each row of the path; coefficients, their score and the rule's memory are written over.

    Where the score of the last cannot be taken, minus the number of updates is returned.
    """
    p = coef.size
    eta, gradient, turned, reached = np.empty(CHUNK), np.empty(p), np.empty(p), np.empty(p)
    for place in range(path.shape[0]):
        for j in range(p):
            gradient[j] = score[j] / -float(y.size)
        _move(rule, factors[place], to_data, done + place + 1, memory, gradient, turned, coef)
        path[place] = coef
        if not _score(pair, columns, y, weight, offset, coef, eta, reached):
            return -(place + 1)
        score[:] = reached
    return int(path.shape[0])


@numba.njit(nogil=True, error_model="numpy", fastmath=SUMS)
def _dot(x: Any, coef: Any) -> float:
    total = 0.0
    for j in range(coef.size):
        total += x[j] * coef[j]
    return total


def _on_batches(
    pair: int, X: Any, y: Any, weight: Any, offset: Any, size: int, rule: Any, factors: Any, to_data: Any, done: int,
    memory: Any, coef: Any, path: Any,
) -> int:  # fmt: skip
    """Make an update from each batch of `size` rows or, at the end, fewer; coefficients and memory are written over.

    The column of ones of the rows may be missing.
    """
    p = coef.size
    ones = p - X.shape[1]
    eta, gradient, turned = np.empty(size), np.empty(p), np.empty(p)
    inner, inner_gradient = coef[ones:], gradient[ones:]
    for place in range(path.shape[0]):
        first = place * size
        n, start = min(size, y.size - first), coef[0] if ones else 0.0
        for i in range(n):
            eta[i] = start + _dot(X[first + i], inner)
        if offset.size:
            for i in range(n):
                eta[i] += offset[first + i]
        if not slopes(pair, eta, y[first : first + n], n):
            return place
        if weight.size:
            for i in range(n):
                eta[i] *= weight[first + i]
        gradient[:] = 0.0
        for i in range(n):
            x, slope = X[first + i], eta[i] / -float(n)
            for j in range(inner.size):
                inner_gradient[j] += slope * x[j]
            if ones:
                gradient[0] += slope
        _move(rule, factors[place], to_data, done + place + 1, memory, gradient, turned, coef)
        for j in range(p):
            path[place, j] = coef[j]
    return int(path.shape[0])


_RULE: Any = numba.types.Tuple((numba.int64, *[numba.float64] * 4))  # type: ignore[no-untyped-call]
_FLAT, _ROWS = numba.float64[::1], numba.float64[:, ::1]
_STEPS = (_RULE, _FLAT, _ROWS, numba.int64, _ROWS, _FLAT)  # rule, factors, coordinates, steps before, memory, coef
on_all_rows: Callable[..., int] = kernel(
    numba.int64(numba.int64, numba.float64[:, :, ::1], GIVEN, GIVEN, GIVEN, *_STEPS, _FLAT, _ROWS), _on_all_rows
)
on_batches: Callable[..., int] = kernel(
    numba.int64(numba.int64, GIVEN_ROWS, GIVEN, GIVEN, GIVEN, numba.int64, *_STEPS, _ROWS), _on_batches
)
