"""A network of dense layers in PyTorch: nn.Sequential, autograd and torch.optim, in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.models.glm import has_one_output
from glmnn.models.network import Network
from glmnn.solvers.external.framework import Framework
from glmnn.solvers.external.torch_parts import optimizer_of, row_loss


class Tensors(NamedTuple):
    """Rows as tensors."""

    x: Any
    y: Any
    prior_weight: Any | None  # None where all are 1
    offset: Any | None  # None where all are 0


class TorchNetwork:
    """A network as modules, with its loss and an optimiser, as `glmnn.solvers.external.framework.Trained`."""

    def __init__(self, network: Network, start: Array, rule: str, lr: float) -> None:
        import torch

        self.network, self.lr = network, lr
        self.net, self.layers = _modules(network)
        self.single = has_one_output(network.head)
        self.loss = row_loss(network.head) if has_one_output(network.head) else _of_classes(torch)
        self.make_optimizer = optimizer_of(rule)
        self.restart(start)

    def flat(self) -> Array:
        """Return the parameters as they are now."""
        return self.network.pack([_numbers(layer) for layer in self.layers])

    def restart(self, flat: Array) -> None:
        """Set the parameters and let the optimiser forget its past."""
        import torch

        with torch.no_grad():
            for layer, dense in zip(self.layers, self.network.unpack(flat), strict=True):
                layer.weight.copy_(_tensor(np.atleast_2d(dense.weights)))
                if dense.bias is not None:
                    layer.bias.copy_(_tensor(np.atleast_1d(dense.bias)))
        self.optimizer = self.make_optimizer(self.net.parameters(), self.lr)

    def batch(self, block: Block) -> Tensors:
        """Return rows as tensors."""
        plain, centred = bool(np.all(block.prior_weight == 1.0)), not block.offset.any()
        return Tensors(
            _tensor(block.X),
            _tensor(block.y if self.single else block.y.astype(np.int64)),
            None if plain else _tensor(block.prior_weight),
            None if centred else _tensor(block.offset),
        )

    def mean_loss(self, batch: Tensors) -> Any:
        """Return the mean over the rows of prior weight times loss."""
        eta = self.net(batch.x)
        if self.single:
            eta = eta.squeeze(1) if batch.offset is None else eta.squeeze(1) + batch.offset
        losses = self.loss(batch.y, eta)
        return losses.mean() if batch.prior_weight is None else (batch.prior_weight * losses).mean()

    def train(self, batch: Tensors, lr: float) -> None:
        """Take one step of the optimiser."""
        self.set_rate(lr)
        self.optimizer.zero_grad()
        self.mean_loss(batch).backward()
        self.optimizer.step()

    def set_rate(self, lr: float) -> None:
        """Set the learning rate of the next step."""
        if lr != self.lr:
            self.lr = lr
            for group in self.optimizer.param_groups:
                group["lr"] = lr


network_steps = Framework(TorchNetwork).steps


def _modules(network: Network) -> tuple[Any, list[Any]]:
    """Return the network as an nn.Sequential, and its linear modules."""
    import torch

    nn = torch.nn
    activations: dict[str, Callable[[], Any]] = {
        "relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "identity": nn.Identity,
        "softmax": lambda: nn.Softmax(dim=1),
    }  # fmt: skip
    modules: list[Any] = []
    layers: list[Any] = []
    below = len(network.inputs)
    for layer in network.hidden:
        layers.append(nn.Linear(below, layer.units, bias=layer.bias, dtype=torch.float64))
        modules += [layers[-1], activations[layer.activation.name]()]
        below = layer.units
    # the activation of the head is part of the loss, as in BCEWithLogits
    layers.append(nn.Linear(below, network.outputs, bias=network.bias, dtype=torch.float64))
    return nn.Sequential(*modules, layers[-1]), layers


def _of_classes(torch: Any) -> Callable[[Any, Any], Any]:
    entropy = torch.nn.CrossEntropyLoss(reduction="none")
    return lambda y, eta: entropy(eta, y)


def _tensor(values: Array) -> Any:
    import torch

    return torch.from_numpy(np.ascontiguousarray(values))


def _numbers(layer: Any) -> tuple[Array, Array | None]:
    weights = layer.weight.detach().numpy().copy()
    return weights, None if layer.bias is None else layer.bias.detach().numpy().copy()
