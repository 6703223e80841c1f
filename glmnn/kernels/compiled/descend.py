"""Steps of gradient descent, many in one call: what `solvers/descent.py` and `solvers/updates.py` do one by one.

Each function writes the coefficients after every update into a path and returns how many updates it made: fewer than
asked for where a linear predictor leaves the range of the exponential, and NumPy's own road is to be taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from glmnn.kernels.compiled.cached import GIVEN, GIVEN_ROWS, LEAN, kernel, lean
from glmnn.kernels.compiled.columns import LINE
from glmnn.kernels.compiled.instructions import CELL
from glmnn.kernels.compiled.pairs import FAR, LINEAR, LOGISTIC, POISSON_LOG
from glmnn.kernels.compiled.slopes import slope_of_one, slopes
from glmnn.kernels.compiled.step import (
    ADAM,
    FLAT,
    GD,
    MOMENTUM,
    NESTEROV,
    ROWS,
    STEPS,
    STRICT,
    TOGETHER,
    add_score,
    dot,
    move,
    predict,
)

__all__ = ["ADAM", "GD", "LINEAR", "LOGISTIC", "MOMENTUM", "NESTEROV", "POISSON_LOG", "chunks"]
CHUNK = 512  # rows that stand column by column


@lean(STRICT)
def _score(pair: int, columns: Any, rows: int, weight: Any, offset: Any, coef: Any, score: Any) -> bool:
    """Write the score of rows in `chunks`; those that fill a chunk up are nothing but zeros and add nothing."""
    p = coef.size
    for j in range(p):
        score[j] = 0.0
    for chunk in range(columns.shape[0]):
        some, first = columns[chunk], chunk * CHUNK
        y, eta, n = some[p], some[p + 1], min(CHUNK, rows - first)
        filled = -(-n // TOGETHER) * TOGETHER
        predict(some, coef, filled, eta)
        if offset.size:
            for i in range(n):
                eta[i] += offset[first + i]
        if not slopes(pair, eta, y, filled):
            return False
        if weight.size:
            for i in range(n):
                eta[i] *= weight[first + i]
        add_score(some, eta, filled, score)
    return True


def chunks(X: Any, y: Any) -> Any:
    """Return rows as `on_all_rows` takes them: chunks of columns, the response and room for another, filled up by 0."""
    rows, p = X.shape
    count = -(-rows // CHUNK)
    cells, more = count * (p + 2) * CHUNK, LINE // CELL
    memory = np.zeros(cells + more)
    first = -memory.ctypes.data // CELL % more  # a column that begins with a line of the cache is read faster
    columns = memory[first : first + cells].reshape(count, p + 2, CHUNK)
    for chunk in range(count):
        some = slice(chunk * CHUNK, (chunk + 1) * CHUNK)
        n = y[some].size
        columns[chunk, :p, :n], columns[chunk, p, :n] = X[some].T, y[some]
    return columns


def _on_all_rows(
    pair: int, columns: Any, rows: int, weight: Any, offset: Any, rule: Any, factors: Any, to_data: Any, done: int,
    memory: Any, scratch: Any, coef: Any, score: Any, path: Any,
) -> int:  # fmt: skip
    """Make an update for each row of the path; coefficients, their score and the rule's memory are written over.

    Where the score of the last cannot be taken, minus the number of updates is returned.
    """
    p = coef.size
    gradient, turned, reached = scratch[0], scratch[1], scratch[2]
    for place in range(path.shape[0]):
        for j in range(p):
            gradient[j] = score[j] / -float(rows)
        move(rule, factors[place], to_data, done + place + 1, memory, gradient, turned, coef, path[place])
        if not _score(pair, columns, rows, weight, offset, coef, reached):
            return -(place + 1)
        for j in range(p):
            score[j] = reached[j]
    return int(path.shape[0])


def _on_batches(
    pair: int, X: Any, y: Any, weight: Any, offset: Any, size: int, rule: Any, factors: Any, to_data: Any, done: int,
    memory: Any, scratch: Any, eta: Any, coef: Any, path: Any,
) -> int:  # fmt: skip
    """Make an update from each batch of `size` rows or, at the end, fewer; coefficients and memory are written over.

    The column of ones of the rows may be missing.
    """
    p = coef.size
    ones = p - X.shape[1]
    gradient, turned = scratch[0], scratch[1]
    inner, inner_gradient = coef[ones:], gradient[ones:]
    for place in range(path.shape[0]):
        first = place * size
        n, start = min(size, y.size - first), coef[0] if ones else 0.0
        for i in range(n):
            eta[i] = start + dot(X[first + i], inner)
        if offset.size:
            for i in range(n):
                eta[i] += offset[first + i]
        if not slopes(pair, eta, y[first : first + n], n):
            return place
        if weight.size:
            for i in range(n):
                eta[i] *= weight[first + i]
        for j in range(p):
            gradient[j] = 0.0
        for i in range(n):
            x, slope = X[first + i], eta[i] / -float(n)
            for j in range(inner.size):
                inner_gradient[j] += slope * x[j]
            if ones:
                gradient[0] += slope
        move(rule, factors[place], to_data, done + place + 1, memory, gradient, turned, coef, path[place])
    return int(path.shape[0])


def _on_single_rows(
    pair: int, X: Any, y: Any, weight: Any, offset: Any, lr: float, factors: Any, metric: Any, coef: Any, path: Any,
) -> int:  # fmt: skip
    """Make an update of gradient descent from each row alone; the coefficients are written over.

    The column of ones of the rows may be missing. With coordinates T the `metric` is T T'.
    """
    ones = coef.size - X.shape[1]
    inner = coef[ones:]
    for place in range(path.shape[0]):
        x, reached = X[place], path[place]
        eta = (coef[0] if ones else 0.0) + dot(x, inner)
        if offset.size:
            eta += offset[place]
        if pair == LOGISTIC:
            eta = min(max(eta, -FAR), FAR)
        elif pair == POISSON_LOG and not abs(eta) < FAR:
            return place
        size = lr * slope_of_one(pair, eta, y[place]) * factors[place]
        if weight.size:
            size *= weight[place]
        if metric.size:
            for j in range(coef.size):
                coef[j] += size * ((metric[j, 0] if ones else 0.0) + dot(x, metric[j, ones:]))
        else:
            if ones:
                coef[0] += size
            for j in range(inner.size):
                inner[j] += size * x[j]
        for j in range(coef.size):
            reached[j] = coef[j]
    return int(path.shape[0])


on_all_rows: Callable[..., int] = kernel(
    numba.int64(numba.int64, numba.float64[:, :, ::1], numba.int64, GIVEN, GIVEN, *STEPS, FLAT, FLAT, ROWS),
    _on_all_rows,
    **LEAN,
)
on_batches: Callable[..., int] = kernel(
    numba.int64(numba.int64, GIVEN_ROWS, GIVEN, GIVEN, GIVEN, numba.int64, *STEPS, FLAT, FLAT, ROWS),
    _on_batches,
    **LEAN,
)
on_single_rows: Callable[..., int] = kernel(
    numba.int64(numba.int64, GIVEN_ROWS, GIVEN, GIVEN, GIVEN, numba.float64, FLAT, ROWS, FLAT, ROWS),
    _on_single_rows,
    **LEAN,
)
