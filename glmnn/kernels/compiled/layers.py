"""Steps of a network on mini-batches, many in one call: what `models/network.py` does one by one.

Units stand one after the other, each with its numbers for all rows of the batch. A layer is a row of the table
`layers`: where in the room its input begins and how many there are, where its own linear predictors begin and how many
units it has (activations and errors follow these), where in the parameters weights and biases begin (-1 without), and
its activation. The head is the last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

from glmnn.kernels.compiled.cached import GIVEN, GIVEN_ROWS, LEAN, kernel, lean
from glmnn.kernels.compiled.columns import total
from glmnn.kernels.compiled.pairs import FAR, LINEAR, LOGISTIC, POISSON_LOG, _exp
from glmnn.kernels.compiled.slopes import slopes
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
    move,
    predict,
)

__all__ = ["ADAM", "GD", "LINEAR", "LOGISTIC", "MOMENTUM", "NESTEROV", "POISSON_LOG", "TOGETHER"]
IDENTITY, RELU, SIGMOID = range(3)


@lean(STRICT)
def _forward(layers: Any, coef: Any, n: int, room: Any) -> None:
    """Write linear predictors and activations of every layer; of the head its linear predictor alone."""
    for layer in range(layers.shape[0]):
        reads, below, own, units, weights, bias, activation = layers[layer]
        for u in range(units):
            z, a = room[own + u], room[own + units + u]
            predict(room[reads : reads + below], coef[weights + u * below : weights + (u + 1) * below], n, z)
            shift = coef[bias + u] if bias >= 0 else 0.0
            if activation == RELU:
                for i in range(n):
                    z[i] += shift
                    a[i] = 0.5 * (z[i] + abs(z[i]))  # without a branch, which nothing could foretell
            elif activation == SIGMOID:
                for i in range(n):
                    z[i] += shift
                    a[i] = 1.0 / (1.0 + _exp(min(max(-z[i], -FAR), FAR)))
            else:
                for i in range(n):
                    z[i] += shift
                    a[i] = z[i]


@lean(STRICT)
def _backward(layers: Any, coef: Any, n: int, room: Any, gradient: Any) -> None:
    """Write the gradient from the errors of the head, and the errors of all layers below it."""
    for j in range(gradient.size):
        gradient[j] = 0.0
    for layer in range(layers.shape[0] - 1, -1, -1):
        reads, below, own, units, weights, bias, _ = layers[layer]
        for u in range(units):
            error = room[own + 2 * units + u]
            add_score(room[reads : reads + below], error, n, gradient[weights + u * below : weights + (u + 1) * below])
            if bias >= 0:
                gradient[bias + u] = total(error, n)
        if layer:
            activation = layers[layer - 1, 6]
            for k in range(below):
                z, a, arriving = room[reads - below + k], room[reads + k], room[reads + below + k]
                for i in range(n):
                    arriving[i] = 0.0
                for u in range(units):
                    weight, error = coef[weights + u * below + k], room[own + 2 * units + u]
                    for i in range(n):
                        arriving[i] += weight * error[i]
                if activation == RELU:
                    for i in range(n):
                        arriving[i] *= int(a[i] > 0.0)
                elif activation == SIGMOID:
                    for i in range(n):
                        e = _exp(max(-abs(z[i]), -FAR))  # a (1 - a) = e / (1 + e)^2
                        arriving[i] *= e / ((1.0 + e) * (1.0 + e))


def _on_batches(
    pair: int, X: Any, y: Any, weight: Any, offset: Any, size: int, rule: Any, factors: Any, to_data: Any, done: int,
    memory: Any, scratch: Any, layers: Any, room: Any, coef: Any, path: Any,
) -> int:  # fmt: skip
    """Make an update from each batch of `size` rows or, at the end, fewer; parameters and memory are written over.

    Returns how many were made: fewer than asked for where an output left the range of the exponential.
    """
    gradient, turned, head = scratch[0], scratch[1], layers.shape[0] - 1
    eta, error = room[layers[head, 2]], room[layers[head, 2] + 2]
    for place in range(path.shape[0]):
        first = place * size
        n = min(size, y.size - first)
        filled = -(-n // TOGETHER) * TOGETHER
        for j in range(X.shape[1]):
            for i in range(n):
                room[j, i] = X[first + i, j]
        _forward(layers, coef, filled, room)
        for i in range(n):
            error[i] = eta[i] + (offset[first + i] if offset.size else 0.0)
        if not slopes(pair, error, y[first : first + n], n):
            return place
        for i in range(n):
            error[i] *= (weight[first + i] if weight.size else 1.0) / -float(n)
        for i in range(n, filled):
            error[i] = 0.0
        _backward(layers, coef, filled, room, gradient)
        move(rule, factors[place], to_data, done + place + 1, memory, gradient, turned, coef, path[place])
    return int(path.shape[0])


on_batches: Callable[..., int] = kernel(
    numba.int64(
        numba.int64, GIVEN_ROWS, GIVEN, GIVEN, GIVEN, numba.int64, *STEPS, numba.int64[:, ::1], ROWS, FLAT, ROWS
    ),
    _on_batches,
    **LEAN,
)
