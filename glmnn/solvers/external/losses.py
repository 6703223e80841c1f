"""The loss of a neuron as frameworks see it: half the deviance of a row, up to a constant, from y and eta.

Written once over the few functions that every framework has; its automatic derivative is the framework's own.
"""

from __future__ import annotations

from collections.abc import Callable
from math import pi
from typing import Any, NamedTuple

from glmnn.models.glm import GLM
from glmnn.models.links import Link

Tensor = Any  # of whichever framework
Loss = Callable[[Tensor, Tensor], Tensor]  # (y, eta) -> loss of each row


class Operations(NamedTuple):
    """The functions of a framework that losses are made of."""

    exp: Callable[[Tensor], Tensor]
    log: Callable[[Tensor], Tensor]
    log1p: Callable[[Tensor], Tensor]
    expm1: Callable[[Tensor], Tensor]
    arctan: Callable[[Tensor], Tensor]
    log_ndtr: Callable[[Tensor], Tensor]  # logarithm of the normal distribution function


def unit_loss(model: GLM, ops: Operations) -> Loss:
    """Return the loss of each row at unit prior weight."""
    family, _, _ = model.family.name.partition("(")
    if family == "binomial":
        return _binomial(model.link, ops)
    means, parameter = means_and_logs(model.link, ops), model.family.parameter

    def loss(y: Tensor, eta: Tensor) -> Tensor:
        mu, log_mu = means(eta)
        match family:
            case "gaussian":
                return 0.5 * (y - mu) ** 2
            case "poisson":
                return mu - y * log_mu()
            case "gamma":
                return y / mu + log_mu()
            case "inverse_gaussian":
                return 0.5 * y / mu**2 - 1.0 / mu
        assert parameter is not None
        if family == "negative_binomial":
            return (y + 1.0 / parameter) * ops.log1p(parameter * mu) - y * log_mu()
        first, second = 1.0 - parameter, 2.0 - parameter
        return mu**second / second - y * mu**first / first

    return loss


def means_and_logs(link: Link, ops: Operations) -> Callable[[Tensor], tuple[Tensor, Callable[[], Tensor]]]:
    """Return the function eta -> (mu, what computes log mu)."""

    def evaluate(eta: Tensor) -> tuple[Tensor, Callable[[], Tensor]]:
        if link.exponent is not None:
            return eta ** (1.0 / link.exponent), lambda: ops.log(eta) / link.exponent
        if link.name == "log":
            return ops.exp(eta), lambda: eta
        if link.name == "identity":
            return eta, lambda: ops.log(eta)
        log_mu, _ = _log_probabilities(link, ops, eta)
        return ops.exp(log_mu), lambda: log_mu

    return evaluate


def _binomial(link: Link, ops: Operations) -> Loss:
    def loss(y: Tensor, eta: Tensor) -> Tensor:
        log_mu, log_complement = _log_probabilities(link, ops, eta)
        return -(y * log_mu + (1.0 - y) * log_complement)

    return loss


def _log_probabilities(link: Link, ops: Operations, eta: Tensor) -> tuple[Tensor, Tensor]:
    """Return log mu and log(1 - mu), each in a form that keeps its digits in the tails."""
    match link.name:
        case "logit":
            return -ops.log1p(ops.exp(-eta)), -ops.log1p(ops.exp(eta))
        case "probit":
            return ops.log_ndtr(eta), ops.log_ndtr(-eta)
        case "cloglog":
            return ops.log(-ops.expm1(-ops.exp(eta))), -ops.exp(eta)
        case "loglog":
            return -ops.exp(-eta), ops.log(-ops.expm1(-ops.exp(-eta)))
        case "cauchit":
            return ops.log(0.5 + ops.arctan(eta) / pi), ops.log(0.5 - ops.arctan(eta) / pi)
        case "log":
            return eta, ops.log(-ops.expm1(eta))
    return ops.log(eta), ops.log1p(-eta)  # identity
