"""A network of dense layers under a head: forward pass, and a backward pass written by hand (BP1 to BP4).

The four equations are those of Nielsen (2015), chapter 2. Like everywhere in glmnn the sign is that of the
log-likelihood: an error is minus the derivative of the loss.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import NamedTuple

import numpy as np

from glmnn.arrays import Array, Block, Index
from glmnn.errors import OptionError, listed, quoted
from glmnn.models.activations import IDENTITY, RELU, SIGMOID, glorot
from glmnn.models.evaluation import FirstOrder
from glmnn.models.glm import has_one_output
from glmnn.models.layers import Layer
from glmnn.models.model import Head

INITS = ("auto", "uniform", "random")
COMPILED = (IDENTITY, RELU, SIGMOID)  # in the order of `kernels.compiled.layers`


class Dense(NamedTuple):
    """The parameters of one layer as views of the flat vector; those of the head are the last."""

    weights: Array  # (units, below), from right to left; (below,) for a head with one output
    bias: Array | None  # (units,)


class ParameterSlice(NamedTuple):
    """Where the parameters of one layer stand in the flat vector."""

    weights: slice
    shape: tuple[int, ...]
    bias: slice | None

    @property
    def whole(self) -> slice:
        """Weights and biases."""
        return slice(self.weights.start, (self.bias or self.weights).stop)


class ForwardCache(NamedTuple):
    """What a forward pass leaves for the backward pass."""

    below: list[Array]  # what each layer and the head read, the features first
    z: list[Array]  # linear predictors of the hidden layers
    eta: Array  # outputs, without the offset


@dataclass(frozen=True)
class Network:
    """Dense layers under a head. Without hidden layers it is the head's own model, bit for bit.

    The parameters are one flat vector: layer by layer from the features to the head, in each layer the weights unit by
    unit, then the biases.

    Attributes
    ----------
    inputs : tuple of str
        Names of the columns of X. With hidden layers there is no constant column among them: layers have biases.
    hidden : tuple of Layer
        From the features to the head.
    head : Head
    bias : bool
        Whether the head's outputs have constants of their own.
    """

    inputs: tuple[str, ...]
    hidden: tuple[Layer, ...]
    head: Head
    bias: bool = False
    places: tuple[ParameterSlice, ...] = field(init=False, repr=False, compare=False)
    size: int = field(init=False, repr=False, compare=False)  # number of parameters

    def __post_init__(self) -> None:
        sizes = [(layer.units, layer.bias) for layer in self.hidden]
        places: list[ParameterSlice] = []
        below, start = len(self.inputs), 0
        for units, bias in (*sizes, (self.head.outputs, self.bias)):
            single = units == 1 and len(places) == len(self.hidden)
            weights = slice(start, start + units * below)
            start = weights.stop + units * bias
            shape = (below,) if single else (units, below)
            places.append(ParameterSlice(weights, shape, slice(weights.stop, start) if bias else None))
            below = units
        object.__setattr__(self, "places", tuple(places))
        object.__setattr__(self, "size", start)

    @property
    def outputs(self) -> int:
        """Number of linear predictors of a row."""
        return self.head.outputs

    @property
    def titles(self) -> tuple[str, ...]:
        """Names of the layers: layer1, layer2, ..., head."""
        return (*(f"layer{place + 1}" for place in range(len(self.hidden))), "head")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters: `layer1[3<-x2]` is the weight of unit 3 on x2; of a plain GLM the columns'."""
        if not self.hidden and self.head.outputs == 1 and not self.bias:
            return self.inputs
        names: list[str] = []
        sources: Sequence[str] = self.inputs
        for title, place in zip(self.titles, self.places, strict=True):
            units = [str(unit + 1) for unit in range(place.shape[0] if len(place.shape) == 2 else 1)]
            names += [f"{title}[{unit}<-{source}]" for unit in units for source in sources]
            names += [f"{title}[{unit}<-bias]" for unit in units if place.bias is not None]
            sources = units
        return tuple(names)

    def table(self) -> Index | None:
        """Return the layers as `kernels.compiled.layers` has them; None where it has no loop for an activation."""
        if not all(layer.activation in COMPILED for layer in self.hidden) or self.outputs > 1:
            return None
        rows, reads, below = [], 0, len(self.inputs)
        free = below
        hidden = [(layer.units, COMPILED.index(layer.activation)) for layer in self.hidden]
        for place, (units, activation) in zip(self.places, [*hidden, (1, 0)], strict=True):
            bias = -1 if place.bias is None else place.bias.start
            rows.append((reads, below, free, units, place.weights.start, bias, activation))
            reads, below, free = free + units, units, free + 3 * units
        return np.array(rows, dtype=np.intp)

    def unpack(self, coef: Array) -> list[Dense]:
        """Return weights and biases of each layer as views of the flat vector."""
        return [
            Dense(coef[weights].reshape(shape), None if bias is None else coef[bias])
            for weights, shape, bias in self.places
        ]

    def pack(self, layers: Sequence[tuple[Array, Array | None]]) -> Array:
        """Return the flat vector of weights (units, below) and biases (units,), the head last.

        Raises
        ------
        ValueError
            If a shape is not that of the layer.
        """
        coef = np.empty(self.size)
        for (weights, bias), place in zip(layers, self.places, strict=True):
            coef[place.weights] = np.asarray(weights, dtype=float).reshape(place.shape).ravel()
            if (bias is None) != (place.bias is None):
                raise ValueError("a bias where the layer has none, or none where it has one")
            if place.bias is not None:
                coef[place.bias] = bias
        return coef

    def forward(self, layers: Sequence[Dense], X: Array, memory: Sequence[Array] = ()) -> ForwardCache:
        """Return what every layer reads, the linear predictors z = W a + b, and the outputs; in `memory` if given."""
        below, predictors = [X], list[Array]()
        for layer, dense, z in zip(self.hidden, layers, memory or repeat(None), strict=False):
            predictors.append(_predictor(dense, below[-1], z))
            below.append(layer.activation.function(predictors[-1]))
        return ForwardCache(below, predictors, _predictor(layers[-1], below[-1], memory[-1] if memory else None))

    def backward(self, layers: Sequence[Dense], passed: ForwardCache, error: Array) -> Array:
        """Return the gradient of the log-likelihood, shape (size,), from the error of the outputs (BP1)."""
        gradient = np.empty(self.size)
        self._write(self.unpack(gradient), layers, passed, error)
        return gradient

    def _write(self, gradient: Sequence[Dense], layers: Sequence[Dense], passed: ForwardCache, error: Array) -> None:
        for place in range(len(self.hidden), -1, -1):
            weights, bias = gradient[place]
            np.dot(error.T, passed.below[place], out=weights)  # BP4: weights
            if bias is not None:
                np.add.reduce(error, 0, out=bias, keepdims=error.ndim == 1)  # BP3: biases
            if place:
                error = self.error_below(place, layers[place], passed, error)

    def error_below(self, place: int, dense: Dense, passed: ForwardCache, error: Array) -> Array:
        """Return the error of the layer below `place` from that of the layer there (BP2)."""
        arriving = np.dot(error.reshape(error.shape[0], -1), dense.weights.reshape(-1, dense.weights.shape[-1]))
        activation = self.hidden[place - 1].activation
        return activation.backward(arriving, passed.z[place - 1], passed.below[place])

    def eta(self, coef: Array, block: Block) -> Array:
        """Return the outputs, shape (rows,) or (rows, outputs)."""
        return self._with_offset(self.forward(self.unpack(coef), block.X).eta, block)

    def fitted(self, coef: Array, block: Block) -> Array:
        """Return the fitted means, shape (rows,), or the probabilities of the classes, shape (rows, outputs)."""
        return self.head.mean(self.eta(coef, block))

    def score(self, coef: Array, block: Block) -> Array:
        """Return the gradient of the log-likelihood alone, shape (size,)."""
        layers = self.unpack(coef)
        passed = self.forward(layers, block.X)
        error = self.head.slope(self._with_offset(passed.eta, block), block)  # BP1
        return self.backward(layers, passed, error)

    def scorer(self, rows: int, plain: bool) -> Callable[[Array, Block], Array]:
        """Return `score` for many calls with blocks of so many rows, to the same bits: in memory that is taken once."""
        held, gradient = np.empty(self.size), np.empty(self.size)
        layers, changes = self.unpack(held), self.unpack(gradient)
        memory = [np.empty((rows, dense.weights.shape[0])[: dense.weights.ndim]) for dense in layers]
        slope = self.head.pointwise.score_into if plain and has_one_output(self.head) else None

        def score(coef: Array, block: Block) -> Array:
            if block.y.size != rows:
                return self.score(coef, block)
            np.copyto(held, coef)
            passed = self.forward(layers, block.X, memory)
            eta = passed.eta
            error = slope(eta, block.y) if slope else self.head.slope(self._with_offset(eta, block), block)
            self._write(changes, layers, passed, error)
            return gradient.copy()

        return score

    def first_order(self, coef: Array, block: Block) -> FirstOrder:
        """Return deviance and gradient; the deviance is inf where an output leaves the domain."""
        with np.errstate(all="ignore"):
            layers = self.unpack(coef)
            passed = self.forward(layers, block.X)
            deviance, error = self.head.loss(self._with_offset(passed.eta, block), block)  # BP1
            return FirstOrder(block.y.size, deviance, self.backward(layers, passed, error))

    def deviances(self, coef: Array, block: Block) -> Array:
        """Return the deviance of each row with its prior weight, shape (rows,); also for complex parameters."""
        return self.head.deviances(self.eta(coef, block), block.y) * block.prior_weight

    def deviance(self, coef: Array, block: Block) -> float:
        """Return the deviance, inf where an output leaves the domain: a forward pass alone."""
        with np.errstate(all="ignore"):
            return self.head.loss(self.eta(coef, block), block)[0]

    def init(self, seed: int = 0, kind: str = "auto", block: Block | None = None) -> Array:
        """Return parameters to start from; zeros would be a saddle, where all units of a layer stay equal.

        Parameters
        ----------
        seed : int
        kind : str
            auto (uniform within each activation's own limit, biases 0), uniform (all between -1 and 1) or random (all
            standard normal).
        block : Block, optional
            With it the head's biases start at the mean response, unless the kind is uniform or random.

        Raises
        ------
        UsageError
            If there is no such kind.
        """
        rng = np.random.default_rng(seed)
        if kind == "uniform":
            return rng.uniform(-1.0, 1.0, self.size)
        if kind == "random":
            return rng.standard_normal(self.size)
        if kind != "auto":
            raise OptionError("init", f"{quoted(kind)}: with hidden layers use {listed(INITS)}")
        coef = np.zeros(self.size)
        limits = [layer.activation.limit for layer in self.hidden]
        for place, limit in zip(self.places, (*limits, glorot), strict=True):
            units, below = place.shape if len(place.shape) == 2 else (1, place.shape[0])
            edge = limit(below, units) if below else 0.0
            coef[place.weights] = rng.uniform(-edge, edge, units * below)
        top = self.places[-1]
        if block is not None and top.bias is not None:
            coef[top.bias] = self.head.start(block)
        return coef

    def _with_offset(self, eta: Array, block: Block) -> Array:
        if eta.ndim == 1:
            eta += block.offset
        return eta


def _predictor(dense: Dense, below: Array, memory: Array | None) -> Array:
    z: Array = np.dot(below, dense.weights.T, memory)
    return z if dense.bias is None else np.add(z, dense.bias, z)
