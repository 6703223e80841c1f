"""The loss of a neuron as frameworks see it: half the deviance of a row, up to a constant, from y and eta.

Written once over the few functions that every framework has; its automatic derivative is the framework's own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import pi
from typing import Any, NamedTuple

from glmnn.models.glm import GLM
from glmnn.models.links import Link
from glmnn.solvers.external.library import Declined

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
    """Return the loss of each row at unit prior weight.

    Raises
    ------
    Declined
        If the family or the link is not in the tables here.
    """
    family, link = model.family, model.link
    if family.trials:
        logs = _known(LOGS, link.name, "link")

        def of_shares(y: Tensor, eta: Tensor) -> Tensor:
            log_mu, log_complement = logs(ops, eta)
            return -(y * log_mu + (1.0 - y) * log_complement)

        return of_shares
    loss, means = _known(LOSSES, family.kind, "family"), means_and_logs(link, ops)

    def evaluate(y: Tensor, eta: Tensor) -> Tensor:
        mu, log_mu = means(eta)
        return loss(ops, family.parameter, y, mu, log_mu)

    return evaluate


def means_and_logs(link: Link, ops: Operations) -> Callable[[Tensor], tuple[Tensor, Callable[[], Tensor]]]:
    """Return the function eta -> (mu, what computes log mu)."""
    exponent = link.exponent
    if exponent is not None:
        return lambda eta: (eta ** (1.0 / exponent), lambda: ops.log(eta) / exponent)
    if link.name in MEANS:
        return partial(MEANS[link.name], ops)
    logs = _known(LOGS, link.name, "link")

    def evaluate(eta: Tensor) -> tuple[Tensor, Callable[[], Tensor]]:
        log_mu, _ = logs(ops, eta)
        return ops.exp(log_mu), lambda: log_mu

    return evaluate


def _known(table: dict[str, Any], name: str, what: str) -> Any:
    if name not in table:
        raise Declined(f"no loss is written here for the {name} {what}")
    return table[name]


def _tweedie(_ops: Operations, power: float, y: Tensor, mu: Tensor, _log_mu: Callable[[], Tensor]) -> Tensor:
    first, second = 1.0 - power, 2.0 - power
    return mu**second / second - y * mu**first / first


# kind of family -> (operations, parameter, y, mu, what computes log mu) -> loss of each row
LOSSES: dict[str, Callable[..., Tensor]] = {
    "gaussian": lambda _ops, _parameter, y, mu, _log_mu: 0.5 * (y - mu) ** 2,
    "poisson": lambda _ops, _parameter, y, mu, log_mu: mu - y * log_mu(),
    "gamma": lambda _ops, _parameter, y, mu, log_mu: y / mu + log_mu(),
    "inverse_gaussian": lambda _ops, _parameter, y, mu, _log_mu: 0.5 * y / mu**2 - 1.0 / mu,
    "negative_binomial": lambda ops, alpha, y, mu, log_mu: (y + 1.0 / alpha) * ops.log1p(alpha * mu) - y * log_mu(),
    "tweedie": _tweedie,
}
# link -> (operations, eta) -> mu, what computes log mu
MEANS: dict[str, Callable[[Operations, Tensor], tuple[Tensor, Callable[[], Tensor]]]] = {
    "log": lambda ops, eta: (ops.exp(eta), lambda: eta),
    "identity": lambda ops, eta: (eta, lambda: ops.log(eta)),
}
# link -> (operations, eta) -> log mu, log(1 - mu), each in a form that keeps its digits in the tails
LOGS: dict[str, Callable[[Operations, Tensor], tuple[Tensor, Tensor]]] = {
    "logit": lambda ops, eta: (-ops.log1p(ops.exp(-eta)), -ops.log1p(ops.exp(eta))),
    "probit": lambda ops, eta: (ops.log_ndtr(eta), ops.log_ndtr(-eta)),
    "cloglog": lambda ops, eta: (ops.log(-ops.expm1(-ops.exp(eta))), -ops.exp(eta)),
    "loglog": lambda ops, eta: (-ops.exp(-eta), ops.log(-ops.expm1(-ops.exp(-eta)))),
    "cauchit": lambda ops, eta: (ops.log(0.5 + ops.arctan(eta) / pi), ops.log(0.5 - ops.arctan(eta) / pi)),
    "log": lambda ops, eta: (eta, ops.log(-ops.expm1(eta))),
    "identity": lambda ops, eta: (ops.log(eta), ops.log1p(-eta)),
}
