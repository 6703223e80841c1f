"""Sums and products in about 106 bits, from pairs of float64: portable, where longdouble is not."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glmnn.arrays import Array

SPLITTER = 134217729.0  # 2**27 + 1: cuts a float64 into two halves whose products are exact (Dekker, 1971)


def two_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """Return a + b rounded and its rounding error, exactly (Knuth, 1969).

    >>> high, low = two_sum(np.array([1.0]), np.array([1e-20]))
    >>> float(high[0]), float(low[0])
    (1.0, 1e-20)
    """
    total = a + b
    shadow = total - a
    return total, (a - (total - shadow)) + (b - shadow)


class Pair(NamedTuple):
    """A sum and what rounding took from it; two of them add."""

    high: Array
    low: Array

    def __add__(self, other: Pair) -> Pair:  # type: ignore[override]
        total, rounded = two_sum(self.high, other.high)
        return Pair(total, self.low + (rounded + other.low))


def two_product(a: Array, b: Array) -> tuple[Array, Array]:
    """Return a b rounded and its rounding error, exactly (Dekker, 1971)."""
    product = a * b
    a_high, a_low = _halves(a)
    b_high, b_low = _halves(b)
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def _halves(a: Array) -> tuple[Array, Array]:
    scaled = SPLITTER * a
    high = scaled - (scaled - a)
    return high, a - high


def linear_predictor(X: Array, high: Array, low: Array, offset: Array) -> tuple[Array, Array]:
    """Return X (high + low) + offset as a pair, each of shape (rows,).

    Parameters
    ----------
    X : ndarray of shape (rows, p)
    high, low : ndarray of shape (p,)
        Coefficients, and what of them float64 does not hold.
    offset : ndarray of shape (rows,)
    """
    total, error = offset.copy(), X @ low
    for j in range(high.size):
        product, rounded = two_product(X[:, j], high[j])
        total, lost = two_sum(total, product)
        error += rounded + lost
    return two_sum(total, error)


def transformed(X: Array, to_data: Array) -> Array:
    """Return X to_data, shape (rows, p), every element correct to about one rounding."""
    nothing, zeros = np.zeros(len(X)), np.zeros(len(to_data))
    return np.column_stack([linear_predictor(X, column, zeros, nothing)[0] for column in to_data.T])


def column_sums(X: Array, factor: Array, rest: Array) -> tuple[Array, Array]:
    """Return X' (factor + rest) as a pair, each of shape (p,).

    Rows are added in a tree whose every node keeps its rounding error.
    """
    product, error = two_product(X, factor[:, None])
    lost = error.sum(axis=0) + rest @ X
    while len(product) > 1:
        half = len(product) // 2
        odd = product[2 * half :]
        product, rounded = two_sum(product[:half], product[half : 2 * half])
        lost = lost + rounded.sum(axis=0)
        if len(odd):
            product = np.concatenate([product, odd])
    return two_sum(product[0], lost)
