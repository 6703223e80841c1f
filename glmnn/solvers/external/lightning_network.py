"""A network of dense layers in Lightning: the modules of PyTorch's, trained by Trainers, in float64."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from glmnn.arrays import Array
from glmnn.models.model import Model
from glmnn.models.network import Network
from glmnn.problem.problem import Problem
from glmnn.solvers.external.framework import all_rows
from glmnn.solvers.external.lightning_parts import Trainee, states
from glmnn.solvers.external.torch_network import loss_of, modules_of, numbers_of
from glmnn.solvers.external.torch_parts import optimizer_of
from glmnn.solvers.updates import Schedule


def network_steps(
    network: Network,
    problem: Problem[Model],
    start: Array,
    rule: str,
    lr: float,
    schedule: Schedule,
    batch: int | None,
    seed: int,
) -> Iterator[tuple[int, Array, None]]:
    """Yield updates made and the flat parameter vector after them, for ever, as that of `torch_network`."""
    net, layers = modules_of(network, start)
    loss = loss_of(network)
    trainee = Trainee(
        net,
        optimizer_of(rule)(net.parameters(), lr),
        lambda block: loss(net, block),
        lambda: network.pack([numbers_of(layer) for layer in layers]),
    )
    blocks = all_rows(problem) if batch is None else problem.minibatches(batch, np.random.default_rng(seed))
    batches = ((block, lr * schedule(update)) for update, block in enumerate(blocks))
    yield 0, start, None
    for update, state in enumerate(states(trainee, batches, problem), 1):
        yield update, state, None
