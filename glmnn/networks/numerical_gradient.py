"""Is the backward pass right? Against the complex step, exact to rounding, and against central differences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from glmnn.arrays import Array, Block, Mask
from glmnn.errors import UsageError, option
from glmnn.models.network import Network

COMPLEX_STEP = 1e-20  # no difference is taken, so that it may be as small as float64 allows
CENTRAL_STEPS = 10.0 ** -np.arange(2, 7.5, 0.5)  # tried for each parameter, times its size
WRONG_COMPLEX, WRONG_CENTRAL = 1e-9, 1e-4  # errors that rounding cannot explain
HALVINGS = 60


class Weight(NamedTuple):
    """One parameter and its derivative of the summed loss, half the deviance, three times."""

    name: str
    backward: float
    complex_step: float
    central: float
    error: float  # of the backward pass against the complex step
    central_error: float  # of the central difference against the backward pass


@dataclass(frozen=True)
class LayerCheck:
    """How far the backward pass of one layer is off.

    An error is the difference of two derivatives by the sum over the rows of the derivative's size. So a sum in which
    rows cancel is held to what rounding allows, and a tiny derivative is still held to its own size.

    Attributes
    ----------
    title : str
    parameters : int
    error : float
        Largest error of the backward pass against the complex step.
    central_error : float
        Largest error against central differences.
    worst : Weight
        The parameter with the largest error.
    first : Weight
        The first parameter of the layer.
    kinks : int
        Rows left out of central differences because a kink lay within the step, summed over the parameters.
    """

    title: str
    parameters: int
    error: float
    central_error: float
    worst: Weight
    first: Weight
    kinks: int

    @property
    def right(self) -> bool:
        """True when rounding explains both errors."""
        return self.error <= WRONG_COMPLEX and self.central_error <= WRONG_CENTRAL


@dataclass(frozen=True)
class GradientCheck:
    """The check of a network at one point."""

    layers: tuple[LayerCheck, ...]
    rows: int

    @property
    def right(self) -> bool:
        """True when every layer is."""
        return all(layer.right for layer in self.layers)

    @property
    def worst(self) -> LayerCheck:
        """The layer that is furthest off."""
        return max(self.layers, key=lambda layer: max(layer.error / WRONG_COMPLEX, layer.central_error / WRONG_CENTRAL))


def check_gradient(
    network: Network, coef: Array, block: Block, score: Callable[[Array, Block], Array] | None = None
) -> GradientCheck:
    """Compare the backward pass with derivatives that use forward passes alone.

    Parameters
    ----------
    network : Network
    coef : ndarray of shape (size,)
        Where to look.
    block : Block
        Some tens of rows are enough.
    score : callable, optional
        The backward pass to be checked, if it is not the network's own.
    """
    with np.errstate(all="ignore"):
        backward = -(score or network.score)(coef, block)
        names, weights, kinks = network.names, [], []
        for place, name in enumerate(names):
            rows = _complex_step(network, coef, block, place)
            central, skipped = _central(network, coef, block, place, rows)
            size, whole = float(np.sum(np.abs(rows))), float(np.sum(rows))
            derivative = float(backward[place])
            error, apart = abs(derivative - whole), abs(derivative - central)
            weights.append(Weight(name, derivative, whole, central, _part(error, size), _part(apart, size)))
            kinks.append(skipped)
    layers = []
    for title, where in zip(network.titles, network.places, strict=True):
        part = weights[where.whole]
        if part:
            layers.append(_summary(title, part, sum(kinks[where.whole])))
    return GradientCheck(tuple(layers), block.y.size)


def legal_point(network: Network, block: Block, seed: int, kind: str = "auto") -> Array:
    """Return random parameters, of a kind of `Network.init`, at which every output is legal.

    Raises
    ------
    UsageError
        If none is found, which only links with limits on eta can bring about.
    """
    coef = network.init(seed, kind, block)
    base = np.zeros_like(coef)
    top = network.places[-1]
    if top.bias is not None:
        base[top.bias] = coef[top.bias]
    elif not network.hidden and network.head.outputs == 1:
        base[:] = np.linalg.lstsq(block.X, network.head.start(block) - block.offset, rcond=None)[0]
    moved = coef - base
    for _ in range(HALVINGS):
        trial = base + moved
        if np.isfinite(network.deviance(trial, block)):
            return trial
        moved[top.weights] *= 0.5
    raise UsageError(
        f"no weights were found at which every output is legal: give a {option('link')} without limits, such as log"
    )


def _summary(title: str, part: list[Weight], kinks: int) -> LayerCheck:
    worst = max(part, key=lambda weight: _ranked(weight.error) / WRONG_COMPLEX)
    furthest = max(part, key=lambda weight: _ranked(weight.central_error))
    if _ranked(furthest.central_error) > WRONG_CENTRAL and worst.error <= WRONG_COMPLEX:
        worst = furthest
    errors = [weight.error for weight in part], [weight.central_error for weight in part]
    return LayerCheck(title, len(part), float(np.max(errors[0])), float(np.max(errors[1])), worst, part[0], kinks)


def _ranked(error: float) -> float:
    return np.inf if np.isnan(error) else error


def _part(error: float, size: float) -> float:
    return 0.0 if error == 0.0 else error / size if size > 0 else np.inf


def _complex_step(network: Network, coef: Array, block: Block, place: int) -> Array:
    """Return the derivative of each row's loss, by an imaginary step: Squire & Trapp (1998)."""
    moved = coef.astype(complex)
    moved[place] += 1j * COMPLEX_STEP
    values = network.deviances(moved, block)
    return np.asarray(0.5 * values.imag / COMPLEX_STEP)


def _central(network: Network, coef: Array, block: Block, place: int, exact: Array) -> tuple[float, int]:
    """Return a central difference with the step at which the next one changes least, and rows with a kink.

    Those rows count with the complex step, for a difference across a kink is no derivative.
    """
    size, estimates = max(1.0, abs(float(coef[place]))), []
    for step in CENTRAL_STEPS * size:
        above, below = _shifted(coef, place, step), _shifted(coef, place, -step)
        slopes = 0.25 * (network.deviances(above, block) - network.deviances(below, block)) / step
        crossed = _crossed(network, above, below, block.X)
        estimates.append((float(np.sum(np.where(crossed, exact, slopes))), int(np.sum(crossed))))
    sums = np.array([total for total, _ in estimates])
    changes = np.abs(np.diff(sums))
    changes[~np.isfinite(changes)] = np.inf
    return estimates[int(np.argmin(changes)) + 1]


def _shifted(coef: Array, place: int, step: float) -> Array:
    moved = coef.copy()
    moved[place] += step
    return moved


def _crossed(network: Network, above: Array, below: Array, X: Array) -> Mask:
    """Say of which rows a unit with a kink lies on different sides of it."""
    crossed = np.zeros(len(X), dtype=bool)
    if all(layer.activation.smooth for layer in network.hidden):
        return crossed
    one, other = (network.forward(network.unpack(coef), X).z for coef in (above, below))
    for layer, first, second in zip(network.hidden, one, other, strict=True):
        if not layer.activation.smooth:
            crossed |= np.any((first > 0) != (second > 0), axis=1)
    return crossed
