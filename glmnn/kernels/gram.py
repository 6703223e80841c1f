"""X' W X and its relatives: the only place where rows are multiplied with each other, so the one to compile.

Every function takes the rows of one block; sums over blocks are the caller's.
"""

from __future__ import annotations

import numpy as np

from glmnn.arrays import Array

WIDE = 8  # columns


def gram(X: Array, weight: Array | None = None) -> Array:
    """Return X' diag(weight) X, shape (p, p), of rows of shape (rows, p) and weights of shape (rows,), or of X' X.

    Weights may be negative here; of rows that have none, `weighted_gram` is faster.
    """
    return cross_product(X, X, weight)


def weighted_gram(X: Array, weight: Array) -> Array:
    """Return X' diag(weight) X, shape (p, p), of weights of 0 or more.

    As the product of a matrix with itself it is a symmetric update, which takes three quarters of the time of a general
    one, except for the narrowest matrices, which OpenBLAS tiles badly.
    """
    if X.shape[1] < WIDE:
        return gram(X, weight)
    rows = _scaled(X, np.sqrt(weight))
    return np.asarray(rows.T @ rows)


def cross_product(X: Array, Z: Array, weight: Array | None = None) -> Array:
    """Return X' diag(weight) Z, shape (p, q), of rows of shape (rows, p) and (rows, q), or X' Z without weights."""
    return np.asarray(X.T.dot(Z if weight is None else _scaled(Z, weight)))


def _scaled(X: Array, weight: Array) -> Array:
    """Return diag(weight) X: one loop over all cells, not one for each row, which is short."""
    rows = weight.repeat(X.shape[1]).reshape(X.shape)
    rows *= X
    return rows


def quadratic_forms(X: Array, matrix: Array) -> Array:
    """Return x_i' M x_i of each row, shape (rows,), for M of shape (p, p).

    With M the inverse of X' W X they are the leverages per unit of weight; with M a covariance, the variances of eta.
    """
    return np.asarray(np.einsum("ij,ij->i", X @ matrix, X))
