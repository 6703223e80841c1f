"""What every model in PyTorch is made of: losses of rows, optimisers, threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from glmnn.models.glm import GLM
from glmnn.models.model import Model
from glmnn.problem.problem import Problem
from glmnn.solvers.external.losses import Loss, Operations, unit_loss


def row_loss(model: GLM) -> Loss:
    """Return the loss of each row, PyTorch's own where it has it."""
    import torch

    nn = torch.nn
    match model.family.name, model.link.name:
        case "binomial", "logit":
            logistic = nn.BCEWithLogitsLoss(reduction="none")
            return lambda y, eta: logistic(eta, y)
        case "poisson", "log":
            poisson = nn.PoissonNLLLoss(log_input=True, reduction="none")
            return lambda y, eta: poisson(eta, y)
        case "gaussian", "identity":
            squared = nn.MSELoss(reduction="none")
            return lambda y, eta: 0.5 * squared(eta, y)
    return unit_loss(
        model, Operations(torch.exp, torch.log, torch.log1p, torch.expm1, torch.arctan, torch.special.log_ndtr)
    )


def optimizer_of(rule: str) -> Callable[[Any, float], Any]:
    """Return (parameters, lr) -> optimiser for an update rule."""
    import torch

    optim = torch.optim
    rules: dict[str, Callable[[Any, float], Any]] = {
        "gd": optim.SGD,
        "sgd": optim.SGD,
        "momentum": lambda parameters, lr: optim.SGD(parameters, lr, momentum=0.9),
        "nesterov": lambda parameters, lr: optim.SGD(parameters, lr, momentum=0.9, nesterov=True),
        "adam": optim.Adam,
    }
    return rules[rule]


@contextmanager
def one_thread(problem: Problem[Model]) -> Iterator[None]:
    """Run small problems on one thread, where waiting for others costs more than it gains."""
    import torch

    before = torch.get_num_threads()
    if problem.small:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
