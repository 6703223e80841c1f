"""A network of dense layers in PyTorch: nn.Sequential, autograd and torch.optim, in float64."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.models.glm import has_one_output
from glmnn.models.model import Model
from glmnn.models.network import Network
from glmnn.problem.problem import Problem
from glmnn.solvers.external.framework import all_rows
from glmnn.solvers.external.torch_parts import optimizer_of, row_loss
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
    """Yield updates made and the flat parameter vector after them, for ever.

    Parameters
    ----------
    network : Network
        Whose layers, activations and head are built anew as modules.
    problem : Problem
        The rows, in the units of the training.
    start : ndarray of shape (size,)
    rule : str
        One of `glmnn.solvers.updates.UPDATES`.
    lr : float
        Learning rate on half the mean deviance.
    schedule : callable
        Updates so far -> factor on the rate.
    batch : int or None
        Rows of a mini-batch, drawn in the order of the hand-written loop.
    seed : int
    """
    import torch

    net, layers = modules_of(network, start)
    optimizer = optimizer_of(rule)(net.parameters(), lr)
    loss = loss_of(network)
    blocks = all_rows(problem) if batch is None else problem.minibatches(batch, np.random.default_rng(seed))
    for update, block in enumerate(blocks):
        with torch.no_grad():
            flat = [numbers_of(layer) for layer in layers]
        yield update, network.pack(flat), None
        for group in optimizer.param_groups:
            group["lr"] = lr * schedule(update)
        optimizer.zero_grad()
        loss(net, block).backward()
        optimizer.step()


def modules_of(network: Network, start: Array) -> tuple[Any, list[Any]]:
    """Return the network as an nn.Sequential, and its linear modules."""
    import torch

    nn = torch.nn
    activations: dict[str, Callable[[], Any]] = {
        "relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "identity": nn.Identity,
        "softmax": lambda: nn.Softmax(dim=1),
    }  # fmt: skip
    modules: list[Any] = []
    layers: list[Any] = []
    names = [layer.activation.name for layer in network.hidden]
    for place, dense in enumerate(network.unpack(start)):
        weights = np.atleast_2d(dense.weights)
        linear = nn.Linear(weights.shape[1], weights.shape[0], bias=dense.bias is not None, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(np.ascontiguousarray(weights)))
            if dense.bias is not None:
                linear.bias.copy_(torch.from_numpy(np.ascontiguousarray(dense.bias)))
        layers.append(linear)
        modules += [linear, *([activations[names[place]]()] if place < len(names) else [])]
    return nn.Sequential(*modules), layers


def numbers_of(layer: Any) -> tuple[Array, Array | None]:
    """Return weights and biases of a linear module as they are now."""
    weights = layer.weight.detach().numpy().copy()
    return weights, None if layer.bias is None else layer.bias.detach().numpy().copy()


def loss_of(network: Network) -> Callable[[Any, Block], Any]:
    """Return the mean loss of a block: half the deviance of the head, or the cross-entropy of the classes."""
    import torch

    head = network.head
    single = row_loss(head) if has_one_output(head) else None
    classes = torch.nn.CrossEntropyLoss(reduction="none")

    def loss(net: Any, block: Block) -> Any:
        eta = net(torch.from_numpy(np.ascontiguousarray(block.X)))
        if single is None:
            losses = classes(eta, torch.from_numpy(block.y.astype(np.int64)))
        else:
            offset = torch.from_numpy(np.ascontiguousarray(block.offset))
            losses = single(torch.from_numpy(np.ascontiguousarray(block.y)), eta.squeeze(1) + offset)
        return (losses * torch.from_numpy(np.ascontiguousarray(block.prior_weight))).mean()

    return loss
