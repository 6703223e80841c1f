"""Standardised features and response for training, and the same network for the data's own units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.models.network import Dense, Network


@dataclass(frozen=True)
class Units:
    """What is subtracted and divided by while a network is trained.

    Attributes
    ----------
    centre, spread : ndarray of shape (inputs,)
        Of the features; nothing is subtracted where the first layer has no bias to make up for it.
    level, size : float
        Of the response of a gaussian head with the identity link; 0 and 1 for every other head.
    """

    centre: Array
    spread: Array
    level: float = 0.0
    size: float = 1.0

    def block(self, block: Block) -> Block:
        """Return the block in these units."""
        X = (block.X - self.centre) / self.spread
        if (self.level, self.size) == (0.0, 1.0):
            return block._replace(X=X)
        return block._replace(X=X, y=(block.y - self.level) / self.size, offset=block.offset / self.size)

    def to_data(self, network: Network, inner: Array) -> Array:
        """Return the parameters for the data's own units: the first layer and the head take the units in."""
        coef = inner.copy()
        layers = network.unpack(coef)  # views: what is written into them is written into the vector
        weights, bias = layers[0]
        weights /= self.spread
        if bias is not None:
            bias -= weights @ self.centre
        _stretch(layers[-1], self.size, self.level)
        return coef

    def to_inner(self, network: Network, coef: Array) -> Array:
        """Return the parameters for these units: the inverse of `to_data`."""
        inner = coef.copy()
        layers = network.unpack(inner)
        _stretch(layers[-1], 1.0 / self.size, -self.level / self.size)
        weights, bias = layers[0]
        if bias is not None:
            bias += weights @ self.centre
        weights *= self.spread
        return inner


def _stretch(top: Dense, size: float, level: float) -> None:
    weights, bias = top
    weights *= size
    if bias is not None:
        bias *= size
        bias += level


def units_of(network: Network, block: Block) -> Units:
    """Return the units in which features (and a gaussian response) have mean 0 and variance 1."""
    with_bias = network.places[0].bias is not None
    centre = block.X.mean(axis=0) if with_bias else np.zeros(block.X.shape[1])
    spread = np.sqrt(np.mean((block.X - centre) ** 2, axis=0))
    spread = np.where((spread > 0) & np.isfinite(spread), spread, 1.0)
    if not network.head.least_squares or network.places[-1].bias is None:
        return Units(centre, spread)
    level = float(np.mean(block.y - block.offset))
    size = float(np.std(block.y - block.offset))
    return Units(centre, spread, level, size if size > 0 and np.isfinite(size) else 1.0)


def as_given(network: Network) -> Units:
    """Return the data's own units."""
    return Units(np.zeros(len(network.inputs)), np.ones(len(network.inputs)))
