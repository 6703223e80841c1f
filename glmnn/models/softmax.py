"""The softmax function in a form that does not overflow, and the two ways to write the weights of its layer."""

from __future__ import annotations

import numpy as np

from glmnn.arrays import Array


def softmax(eta: Array) -> Array:
    """Return exp(eta_ik) / sum_j exp(eta_ij), shape (rows, classes).

    >>> softmax(np.array([[0.0, 0.0, 0.0]])).round(4)
    array([[0.3333, 0.3333, 0.3333]])
    """
    shifted = np.exp(eta - eta.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def to_symmetric(baseline: Array) -> Array:
    """Return the softmax layer's weights, shape (classes, p), of baseline-category coefficients (classes - 1, p).

    A softmax layer has a row of weights for each class, and adding one vector to all rows changes nothing. Of all
    such layers this is the one whose rows add up to zero, where gradient descent from zero stays, and the shortest.

    Examples
    --------
    >>> to_symmetric(np.array([[3.0], [0.0]]))
    array([[-1.],
           [ 2.],
           [-1.]])
    """
    rows = np.vstack([np.zeros((1, baseline.shape[1])), baseline])
    return np.asarray(rows - rows.mean(axis=0))


def to_baseline(symmetric: Array) -> Array:
    """Return baseline-category coefficients, shape (classes - 1, p), of any softmax layer's weights (classes, p).

    Examples
    --------
    >>> to_baseline(np.array([[5.0], [8.0], [5.0]]))
    array([[3.],
           [0.]])
    """
    return np.asarray(symmetric[1:] - symmetric[0])
