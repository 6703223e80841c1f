"""Update rules of gradient descent: pure pairs of `init` and `apply`, which compose by wrapping."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi, sqrt
from typing import Any, NamedTuple

import numpy as np

from glmnn.arrays import Array

State = Any  # each rule has a state of its own; nobody else looks into it
Schedule = Callable[[int], float]  # updates so far -> factor on the learning rate


class Form(NamedTuple):
    """A rule in numbers, for compiled loops.

    Attributes
    ----------
    kind : str
        As in `kernels.compiled.descend`.
    lr : float
    first, second, floor : float
        Its other numbers: shares of what was before, and what keeps a divisor from 0.
    schedule : callable or None
        Updates so far -> factor on the change.
    to_data : ndarray of shape (p, p) or None
        The coordinates in which it runs.
    """

    kind: str
    lr: float
    first: float = 0.0
    second: float = 0.0
    floor: float = 0.0
    schedule: Schedule | None = None
    to_data: Array | None = None


class Update(NamedTuple):
    """A rule that turns the gradient of the mean loss into a change of the coefficients.

    Attributes
    ----------
    init : callable
        Coefficients -> the state that the rule starts with.
    apply : callable
        (gradient, state) -> (change, state).
    form : Form or None
        The same in numbers, where compiled loops know it.
    """

    init: Callable[[Array], State]
    apply: Callable[[Array, State], tuple[Array, State]]
    form: Form | None = None


def gd(lr: float) -> Update:
    """Gradient descent (Cauchy, 1847): change = -lr g.

    >>> change, _ = gd(0.1).apply(np.array([2.0]), None)
    >>> float(change[0])
    -0.2
    """
    minus = np.array(-lr)  # as an array, which NumPy need not make of it at each step
    return Update(lambda _coef: None, lambda gradient, state: (gradient * minus, state), Form("GD", lr))


def momentum(lr: float, decay: float = 0.9) -> Update:
    """Heavy ball (Polyak, 1964): v = decay v + g; change = -lr v. The learning rate is outside the velocity."""

    def apply(gradient: Array, velocity: Array) -> tuple[Array, State]:
        velocity = decay * velocity + gradient
        return -lr * velocity, velocity

    return Update(np.zeros_like, apply, Form("MOMENTUM", lr, decay))


def nesterov(lr: float, decay: float = 0.9) -> Update:
    """Nesterov's momentum in Sutskever's form (2013): v = decay v + g; change = -lr (g + decay v)."""

    def apply(gradient: Array, velocity: Array) -> tuple[Array, State]:
        velocity = decay * velocity + gradient
        return -lr * (gradient + decay * velocity), velocity

    return Update(np.zeros_like, apply, Form("NESTEROV", lr, decay))


def adam(lr: float, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8) -> Update:
    """Adam (Kingma & Ba, 2015, algorithm 1): change = -lr m / (sqrt(v) + eps), both moments bias-corrected."""

    def init(coef: Array) -> State:
        return 0, np.zeros_like(coef), np.zeros_like(coef)

    def apply(gradient: Array, state: State) -> tuple[Array, State]:
        count, mean, square = state
        count += 1
        mean = beta1 * mean + (1.0 - beta1) * gradient
        square = beta2 * square + (1.0 - beta2) * gradient * gradient
        corrected = np.sqrt(square / (1.0 - beta2**count))
        return (-lr / (1.0 - beta1**count)) * mean / (corrected + eps), (count, mean, square)

    return Update(init, apply, Form("ADAM", lr, beta1, beta2, eps))


def adam_hat(lr: float, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-7) -> Update:
    """Adam as its paper writes it for speed, and as Keras does: eps is added before the bias is corrected.

    change = -lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + eps)
    """

    def apply(gradient: Array, state: State) -> tuple[Array, State]:
        count, mean, square = state
        count += 1
        mean = beta1 * mean + (1.0 - beta1) * gradient
        square = beta2 * square + (1.0 - beta2) * gradient * gradient
        size = lr * sqrt(1.0 - beta2**count) / (1.0 - beta1**count)
        return -size * mean / (np.sqrt(square) + eps), (count, mean, square)

    return Update(adam(lr).init, apply)


@dataclass(frozen=True)
class UpdateRule:
    """An update rule with what the rest of glmnn asks of it.

    Attributes
    ----------
    at : callable
        Learning rate -> rule.
    title : str
        What people call it.
    memory : bool
        Whether a change depends on earlier gradients.
    batch_size : int or None
        Rows in a mini-batch unless told otherwise; None for all of them.
    default_rates : tuple of float, or None
        The learning rates on all rows and on mini-batches, where the changes have the size of the rate whatever the
        size of the gradient; None where a stable rate comes from the curvature.
    """

    at: Callable[[float], Update]
    title: str
    memory: bool = True
    batch_size: int | None = None
    default_rates: tuple[float, float] | None = None

    def __call__(self, lr: float) -> Update:
        """Return the rule at a learning rate."""
        return self.at(lr)

    @property
    def scale_free(self) -> bool:
        """Whether a multiple of the gradient gives the same changes."""
        return self.default_rates is not None


UPDATES = {
    "gd": UpdateRule(gd, "gradient descent", memory=False),
    "sgd": UpdateRule(gd, "stochastic gradient descent", memory=False, batch_size=32),  # the batch of Keras
    "momentum": UpdateRule(momentum, "momentum"),
    "nesterov": UpdateRule(nesterov, "nesterov"),
    "adam": UpdateRule(adam, "Adam", default_rates=(0.1, 0.01)),
}


def scheduled(rule: Update, schedule: Schedule) -> Update:
    """Return the rule with its change multiplied by schedule(updates so far)."""

    def init(coef: Array) -> State:
        return 0, rule.init(coef)

    def apply(gradient: Array, state: State) -> tuple[Array, State]:
        count, inner = state
        change, inner = rule.apply(gradient, inner)
        return schedule(count) * change, (count + 1, inner)

    return Update(init, apply, rule.form and rule.form._replace(schedule=schedule))


def in_coordinates(rule: Update, to_data: Array) -> Update:
    """Return the rule run on gamma where coef = to_data gamma: standardising without touching the data."""
    to_gamma = to_data.T

    def apply(gradient: Array, state: State) -> tuple[Array, State]:
        change, state = rule.apply(to_gamma @ gradient, state)
        return to_data @ change, state

    return Update(rule.init, apply, rule.form and rule.form._replace(to_data=to_data))


def constant(_horizon: int) -> Schedule:
    """Return the schedule that stays at 1."""
    return lambda _count: 1.0


def inverse_sqrt(horizon: int) -> Schedule:
    """Return 1 / sqrt(1 + count / horizon), the rate for averaged iterates (Polyak & Juditsky, 1992)."""
    return lambda count: 1.0 / sqrt(1.0 + count / horizon)


def inverse(horizon: int) -> Schedule:
    """Return 1 / (1 + count / horizon) (Robbins & Monro, 1951)."""
    return lambda count: 1.0 / (1.0 + count / horizon)


def cosine(horizon: int) -> Schedule:
    """Return half a cosine from 1 to 0 over 100 horizons (Loshchilov & Hutter, 2017), 0 after it."""
    return lambda count: 0.5 * (1.0 + cos(pi * min(count / (100.0 * horizon), 1.0)))


SCHEDULES: dict[str, Callable[[int], Schedule]] = {
    "constant": constant,
    "sqrt": inverse_sqrt,
    "inverse": inverse,
    "cosine": cosine,
}
