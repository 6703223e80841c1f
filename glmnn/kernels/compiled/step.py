"""What a step of gradient descent is made of, here on a few numbers: products of columns, and the update itself."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numba

from glmnn.kernels.compiled.cached import lean

GD, MOMENTUM, NESTEROV, ADAM = range(4)
TOGETHER = 32  # rows whose loops fill registers; what is left over would be taken one by one
STRICT = {"contract"}
SUMS = {"contract", "reassoc", "nsz"}
RULE: Any = numba.types.Tuple((numba.int64, *[numba.float64] * 4))  # type: ignore[no-untyped-call]
FLAT, ROWS = numba.float64[::1], numba.float64[:, ::1]
STEPS = (RULE, FLAT, ROWS, numba.int64, ROWS, ROWS)  # rule, factors, coordinates, steps before, memory, scratch


@lean(STRICT)
def _turn(matrix: Any, vector: Any, turned: Any) -> None:
    """Write the product of a matrix and a vector over the vector, with room for it."""
    for j in range(vector.size):
        total = 0.0
        for k in range(vector.size):
            total += matrix[j, k] * vector[k]
        turned[j] = total
    for j in range(vector.size):
        vector[j] = turned[j]


@lean(STRICT)
def move(
    rule: Any, factor: float, to_data: Any, count: int, memory: Any, gradient: Any, turned: Any, coef: Any, place: Any
) -> None:
    """Take one step from the gradient of the mean loss, which is written over; its end stands in its place, too."""
    kind, lr, first, second, floor = rule
    p = coef.size
    if to_data.size:
        _turn(to_data.T, gradient, turned)
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
        _turn(to_data, gradient, turned)
    for j in range(p):
        coef[j] += gradient[j]
        place[j] = coef[j]


@lean(STRICT)
def predict(columns: Any, coef: Any, n: int, eta: Any) -> None:
    """Write the linear predictors of n rows; the first four columns are added before anything is written."""
    tiled = coef.size - coef.size % 4
    if tiled:
        b0, b1, b2, b3 = coef[0], coef[1], coef[2], coef[3]
        for i in range(n):
            eta[i] = b0 * columns[0, i] + b1 * columns[1, i] + b2 * columns[2, i] + b3 * columns[3, i]
    else:
        for i in range(n):
            eta[i] = 0.0
    for j in range(4, tiled, 4):
        b0, b1, b2, b3 = coef[j], coef[j + 1], coef[j + 2], coef[j + 3]
        for i in range(n):
            eta[i] += b0 * columns[j, i] + b1 * columns[j + 1, i] + b2 * columns[j + 2, i] + b3 * columns[j + 3, i]
    for j in range(tiled, coef.size):
        b = coef[j]
        for i in range(n):
            eta[i] += b * columns[j, i]


@lean(SUMS)
def add_score(columns: Any, slope: Any, n: int, score: Any) -> None:
    """Add the products of columns and slopes of n rows, for four columns at a time."""
    tiled = score.size - score.size % 4
    for j in range(0, tiled, 4):
        s0 = s1 = s2 = s3 = 0.0
        for i in range(n):
            s = slope[i]
            s0 += s * columns[j, i]
            s1 += s * columns[j + 1, i]
            s2 += s * columns[j + 2, i]
            s3 += s * columns[j + 3, i]
        score[j] += s0
        score[j + 1] += s1
        score[j + 2] += s2
        score[j + 3] += s3
    for j in range(tiled, score.size):
        total = 0.0
        for i in range(n):
            total += slope[i] * columns[j, i]
        score[j] += total


@lean(SUMS)
def dot(x: Any, coef: Any) -> float:
    """Return the product of a row and coefficients."""
    total = 0.0
    for j in range(coef.size):
        total += x[j] * coef[j]
    return total
