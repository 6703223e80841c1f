"""Activations of hidden units: z -> a, and the error that the backward pass sends through them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np

from glmnn.arrays import Array
from glmnn.errors import UsageError, unknown
from glmnn.models.softmax import softmax

ZERO = np.array(0.0)  # which NumPy need not turn into an array each time


@dataclass(frozen=True, slots=True)
class Activation:
    """What a hidden layer does with its linear predictors.

    Attributes
    ----------
    name : str
        As on the command line.
    function : callable
        z -> a, both of shape (rows, units); also for complex z, as the complex step of `glmnn gradcheck` needs.
    backward : callable
        (error in a, z, a) -> error in z. Derivatives keep their digits where a unit is saturated: 1 - a is never
        formed by a subtraction.
    limit : callable
        (units below, units of the layer) -> weights start uniform between minus and plus this.
    smooth : bool
        False where the derivative jumps at z = 0.
    """

    name: str
    function: Callable[[Array], Array]
    backward: Callable[[Array, Array, Array], Array]
    limit: Callable[[int, int], float]
    smooth: bool = True


def glorot(below: int, units: int) -> float:
    """Return the limit of Glorot & Bengio (2010), which keeps the variance of activations and of errors."""
    return sqrt(6.0 / (below + units))


def he(below: int, _units: int) -> float:
    """Return the limit of He et al. (2015), for units of which half are off."""
    return sqrt(6.0 / below)


def _identity(z: Array) -> Array:
    return z


def _unchanged(error: Array, _z: Array, _a: Array) -> Array:
    return error


def _sigmoid(z: Array) -> Array:
    a = np.negative(z)
    np.exp(a, out=a)
    a += 1.0
    return np.divide(1.0, a, out=a)


def _through_sigmoid(error: Array, z: Array, _a: Array) -> Array:
    # a (1 - a) = e / (1 + e)^2 with e = exp(-|z|)
    small = np.abs(z)
    np.negative(small, out=small)
    np.exp(small, out=small)
    slope = small + 1.0
    slope *= slope
    np.divide(small, slope, out=slope)
    slope *= error
    return slope


def _tanh(z: Array) -> Array:
    return np.tanh(z)


def _through_tanh(error: Array, z: Array, _a: Array) -> Array:
    # 1 - a^2 = 4 e / (1 + e)^2 with e = exp(-2 |z|)
    slope = _through_sigmoid(error, 2.0 * z, _a)
    slope *= 4.0
    return slope


def _relu(z: Array) -> Array:
    return np.where(z.real > 0, z, 0.0) if np.iscomplexobj(z) else np.fmax(z, ZERO)


def _through_relu(error: Array, _z: Array, a: Array) -> Array:
    return error * np.sign(a)  # 0 at 0


def _through_softmax(error: Array, _z: Array, a: Array) -> Array:
    # the Jacobian diag(a) - a a' of each row, times the error
    return np.asarray(a * (error - np.sum(a * error, axis=1, keepdims=True)))


IDENTITY = Activation("identity", _identity, _unchanged, glorot)
SIGMOID = Activation("sigmoid", _sigmoid, _through_sigmoid, glorot)
TANH = Activation("tanh", _tanh, _through_tanh, glorot)
RELU = Activation("relu", _relu, _through_relu, he, smooth=False)
SOFTMAX = Activation("softmax", softmax, _through_softmax, glorot)

ACTIVATIONS = {item.name: item for item in (RELU, TANH, SIGMOID, IDENTITY, SOFTMAX)}


def find_activation(name: str) -> Activation:
    """Return the activation called `name`.

    Raises
    ------
    UsageError
        If there is none; the message names the nearest one.
    """
    plain = name.strip().lower()
    if plain not in ACTIVATIONS:
        raise UsageError(unknown("activation", name, ACTIVATIONS))
    return ACTIVATIONS[plain]
