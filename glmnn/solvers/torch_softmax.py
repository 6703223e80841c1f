"""The softmax layer in PyTorch: nn.Linear with a row for each class, CrossEntropyLoss, autograd, torch.optim."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import numpy as np

from glmnn.models.evaluation import Block
from glmnn.models.links import Array
from glmnn.models.softmax import Softmax, to_baseline, to_symmetric
from glmnn.problem import Problem
from glmnn.solvers.coordinates import standardising
from glmnn.solvers.foreign import Declined
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.steps import Step
from glmnn.solvers.updates import SCHEDULES


def softmax_steps(problem: Problem, start: Array | None, plan: Gradient) -> Iterator[Step]:
    """Yield baseline-category coefficients after each update of the layer, the starting point first.

    Parameters
    ----------
    problem : Problem
        Whose model is a `Softmax`.
    start : ndarray of shape (q,), optional
    plan : Gradient
        The hand-written layer to follow: rule, rate, batches and their order, standardised columns.

    Raises
    ------
    Declined
        If the problem has a penalty.
    """
    import torch

    from glmnn.solvers.torch import optimizer_of

    model = problem.model
    assert isinstance(model, Softmax)
    if problem.penalty is not None:
        raise Declined("it is asked for maximum likelihood only, without a penalty")
    width = problem.data.whole.X.shape[1]
    columns = standardising(problem) if plan.standardize else np.eye(width)
    coef = np.zeros(len(problem.names)) if start is None else np.asarray(start, dtype=float)
    gamma = np.linalg.solve(columns, coef.reshape(model.others, width).T).T
    layer = torch.nn.Linear(width, len(model.classes), bias=False, dtype=torch.float64)  # the intercept is a column
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(to_symmetric(gamma)))
    lr = plan.learning_rate(problem, coef, plan.coordinates(problem))
    optimizer = optimizer_of(plan.name)(layer.parameters(), lr)
    loss = torch.nn.CrossEntropyLoss(reduction="none")
    inner = problem.in_coordinates(columns) if plan.standardize else problem
    size = plan.batch(problem.rows)
    blocks = _for_ever(inner) if size is None else inner.minibatches(size, np.random.default_rng(plan.seed))
    factor = SCHEDULES[plan.schedule](-(-problem.rows // (size or problem.rows)))
    for iteration, block in enumerate(blocks):
        rows = to_baseline(layer.weight.detach().numpy().astype(float))
        yield Step(iteration, (rows @ columns.T).ravel())
        for group in optimizer.param_groups:
            group["lr"] = lr * factor(iteration)
        optimizer.zero_grad()
        _mean_loss(layer, loss, block).backward()
        optimizer.step()
        if inner is not problem:
            problem.passes, inner.passes = problem.passes + inner.passes, 0.0


def _for_ever(problem: Problem) -> Iterator[Block]:
    for _ in count():
        problem.passes += 1
        yield problem.data.whole


def _mean_loss(layer: Any, loss: Any, block: Block) -> Any:
    import torch

    eta = layer(torch.from_numpy(np.ascontiguousarray(block.X)))
    losses = loss(eta, torch.from_numpy(block.y.astype(np.int64)))
    return (losses * torch.from_numpy(np.ascontiguousarray(block.prior_weight))).mean()
