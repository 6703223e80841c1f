"""Two networks worked by hand in lectures: with their numbers, and with their derivations written out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.models.activations import SIGMOID
from glmnn.models.families import BINOMIAL, GAUSSIAN
from glmnn.models.glm import GLM
from glmnn.models.layers import Layer
from glmnn.models.links import LOGIT
from glmnn.models.network import Network

W = np.array([[1.0, -1.0, 3.0], [2.0, 2.0, -1.0]])  # (x, h), as the lecture writes it
V = np.array([0.1, 0.5, -0.1])
BACKWARD_STEP = 1e-6  # of the 2-2-2-1 net's numerical derivative


class Example(NamedTuple):
    """A network at a point, with its row of data."""

    network: Network
    coef: Array
    block: Block


class Printed(NamedTuple):
    """A number of a lecture: what it is, as it was printed, and what glmnn finds."""

    quantity: str
    text: str
    value: float

    @property
    def agrees(self) -> bool:
        """Say whether the value, rounded or cut to the digits printed, is the number printed."""
        unit = 10.0 ** -_decimals(self.text)
        return abs(self.value - float(self.text)) <= unit * (1.0 + 1e-9)


def _decimals(text: str) -> int:
    mantissa, _, power = text.partition("e")
    return len(mantissa.partition(".")[2]) - int(power or 0)


def _row(x: list[float], y: float) -> Block:
    return Block(np.array([x]), np.array([y]), np.ones(1), np.zeros(1))


def lecture_net() -> Example:
    """Return the two-layer sigmoid net without biases: x = (5, 3), label 1, binary cross-entropy."""
    network = Network(("x1", "x2"), (Layer(3, SIGMOID, bias=False),), GLM(BINOMIAL, LOGIT))
    return Example(network, network.pack([(W.T, None), (V, None)]), _row([5.0, 3.0], 1.0))


def gradients(example: Example) -> tuple[Array, Array]:
    """Return the gradients of the loss in W, shape (2, 3) as the lecture writes it, and in V, shape (3,)."""
    layers = example.network.unpack(-example.network.score(example.coef, example.block))
    return layers[0].weights.T, layers[1].weights


def lecture_numbers() -> list[Printed]:
    """Return every number that the lecture prints on its two-layer net, beside glmnn's."""
    example = lecture_net()
    network, coef, block = example
    layers = network.unpack(coef)
    passed = network.forward(layers, block.X)
    y = float(network.fitted(coef, block)[0])
    error = network.head.slope(passed.eta, block)
    dh = -(error[:, None] * layers[1].weights)[0]
    dW, dV = gradients(example)
    values = {
        "h": (passed.below[1][0], "0.9999 0.7310 0.9999"),
        "y": (y, "0.590378"),
        "J": (0.5 * network.deviance(coef, block), "0.52699227"),
        "dJ/dy": (-1.0 / y, "-1.6938"),
        "dJ/dV": (dV, "-0.40961516 -0.29945768 -0.40961948"),
        "dJ/dh": (dh, "-0.04096 -0.2048 0.04096"),
        "dJ/dW1": (dW[0], "-3.42057777e-06 -2.01341432e-01 1.25838681e-06"),
        "dJ/dW2": (dW[1], "-2.05234666e-06 -1.20804859e-01 7.55032084e-07"),
    }
    printed = []
    for quantity, (value, text) in values.items():
        texts, numbers = text.split(), np.atleast_1d(value).tolist()
        several = len(texts) > 1
        printed += [
            Printed(f"{quantity}[{place + 1}]" if several else quantity, shown, number)
            for place, (shown, number) in enumerate(zip(texts, numbers, strict=True))
        ]
    return printed


def descended(example: Example, steps: int = 99, lr: float = 0.1) -> Array:
    """Return the parameters after so many steps of gradient descent on the one row.

    The lecture's loop looks before each of its 100 steps, so that its last loss is that after 99 of them.
    """
    coef = example.coef
    for _ in range(steps):
        coef = coef + lr * example.network.score(coef, example.block)
    return coef


def two_two_two_one(seed: int = 0) -> Example:
    """Return the 2-2-2-1 net with biases, sigmoids everywhere and squared error on (Y, X1, X2) = (100, 2, 3).

    The lecture drew its weights without a seed, so only the method can be done again.
    """
    w = drawn(seed)
    hidden = (Layer(2, SIGMOID), Layer(2, SIGMOID))
    network = Network(("X1", "X2"), hidden, GLM(GAUSSIAN, LOGIT), bias=True)
    parts = [(w[1:, layer, 1 : 1 + units].T, w[0, layer, 1 : 1 + units]) for layer, units in ((1, 2), (2, 2), (3, 1))]
    return Example(network, network.pack(parts), _row([2.0, 3.0], 100.0))


def drawn(seed: int) -> Array:
    """Return standard normal weights W[from, layer, to], from 0 being the bias, as the lecture indexes them."""
    return np.random.default_rng(seed).standard_normal((3, 4, 3))


def chain_rule(w: Array, y: float = 100.0, x: tuple[float, float] = (2.0, 3.0)) -> float:
    """Return dL/dW111 of the 2-2-2-1 net factor by factor, as the lecture derives it."""
    a = (w[0, 1, 1:] + x[0] * w[1, 1, 1:] + x[1] * w[2, 1, 1:])[:2]
    h1 = LOGIT.inverse(a)
    b = (w[0, 2, 1:] + h1[0] * w[1, 2, 1:] + h1[1] * w[2, 2, 1:])[:2]
    h2 = LOGIT.inverse(b)
    c = np.array([w[0, 3, 1] + h2[0] * w[1, 3, 1] + h2[1] * w[2, 3, 1]])
    slope = LOGIT.inverse_derivative
    of_output = -2.0 * (y - LOGIT.inverse(c)[0])
    of_second = slope(c)[0] * w[1:, 3, 1]
    of_first = slope(b) * w[1, 2, 1:]
    return float(of_output * (of_second @ of_first) * slope(a[:1])[0] * x[0])


def backward_difference(example: Example, step: float = BACKWARD_STEP) -> float:
    """Return (L(w) - L(w - step)) / step for the first weight: the lecture's check, with an error of about step."""
    moved = example.coef.copy()
    moved[0] -= step
    loss = example.network.deviance
    return (loss(example.coef, example.block) - loss(moved, example.block)) / step
