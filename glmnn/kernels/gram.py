"""X' W X and its relatives: the only place where rows are multiplied with each other, so the one to compile.

Every function takes the rows of one block; sums over blocks are the caller's.
"""

from __future__ import annotations

import numpy as np

from glmnn.arrays import Array


def gram(X: Array, weight: Array | None = None) -> Array:
    """Return X' diag(weight) X, shape (p, p), of rows of shape (rows, p) and weights of shape (rows,), or of X' X.

    On blocks of some thousand rows a general product runs faster than a symmetric update, which OpenBLAS tiles badly
    for narrow matrices.
    """
    return cross_product(X, X, weight)


def cross_product(X: Array, Z: Array, weight: Array | None = None) -> Array:
    """Return X' diag(weight) Z, shape (p, q), of rows of shape (rows, p) and (rows, q), or X' Z without weights."""
    return np.asarray(X.T @ (Z if weight is None else Z * weight[:, None]))


def quadratic_forms(X: Array, matrix: Array) -> Array:
    """Return x_i' M x_i of each row, shape (rows,), for M of shape (p, p).

    With M the inverse of X' W X they are the leverages per unit of weight; with M a covariance, the variances of eta.
    """
    return np.asarray(np.einsum("ij,ij->i", X @ matrix, X))
