"""The mean of a row as a function of its linear predictors, with two derivatives."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glmnn.arrays import Array
from glmnn.models.glm import GLM, has_one_output
from glmnn.models.model import SecondOrderModel
from glmnn.models.softmax import softmax

STEP = 1e-3  # of how far eta must move to change the slope of the mean by a good part


class Outputs(NamedTuple):
    """What is averaged, with its derivatives in the F free linear predictors; for classes K probabilities."""

    values: Array  # (rows, K)
    first: Array  # (rows, K, F)
    second: Array  # (rows, K, F, F)


def outputs_of(model: SecondOrderModel, eta: Array, kind: str) -> Outputs:
    """Return the mean of each row, or its linear predictor, with two derivatives.

    Parameters
    ----------
    model : SecondOrderModel
    eta : ndarray of shape (rows, F)
    kind : str
        mean or link.
    """
    rows, free = eta.shape
    if kind == "link":
        identity = np.broadcast_to(np.eye(free), (rows, free, free))
        return Outputs(eta, identity, np.zeros((rows, free, free, free)))
    if has_one_output(model):
        at = eta[:, 0]
        slope, second = model.link.inverse_derivative(at), _second(model, at)
        return Outputs(model.mean(at)[:, None], slope[:, None, None], second[:, None, None, None])
    return _of_classes(softmax(np.column_stack([np.zeros(rows), eta])))


def _second(model: GLM, eta: Array) -> Array:
    """Return d2 mu / d eta2, by central differences of fourth order of the first derivative; to ten digits."""
    far = np.maximum(1.0, np.abs(eta) / 8.0)
    step = STEP * np.minimum(far, model.distance(eta))
    slope = model.link.inverse_derivative
    one, two = (slope(eta + times * step) - slope(eta - times * step) for times in (1.0, 2.0))
    return np.asarray((8.0 * one - two) / (12.0 * step))


def _of_classes(p: Array) -> Outputs:
    """Return probabilities with their derivatives in the linear predictors of all classes but the base.

    dp_k / d eta_f = p_k (1{k=f} - p_f), and from it the second one.
    """
    own = np.eye(p.shape[1])[:, 1:] - p[:, None, 1:]  # (rows, K, F): 1{k=f} - p_f
    first = p[:, :, None] * own
    second = first[:, :, :, None] * own[:, :, None, :] - p[:, :, None, None] * first[:, None, 1:, :]
    return Outputs(p, first, second)
