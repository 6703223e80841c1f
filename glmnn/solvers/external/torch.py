"""The same neuron in PyTorch: an nn.Sequential, a loss, autograd and an optimiser of torch.optim, in float64."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from glmnn.arrays import Array
from glmnn.problem.problem import Problem
from glmnn.solvers.external.framework import Layer, PreparedRun, Rows, class_steps, prepare, train
from glmnn.solvers.external.library import ENOUGH, TORCH, Declined, guarded, imported, whole_of
from glmnn.solvers.external.losses import Loss
from glmnn.solvers.external.torch_network import network_steps
from glmnn.solvers.external.torch_parts import one_thread, optimizer_of, row_loss
from glmnn.solvers.gradient import Gradient, decaying_means
from glmnn.solvers.steps import Step


@dataclass(frozen=True)
class Torch:
    """Gradient descent as one writes it in PyTorch: zero_grad, forward, backward, step.

    Attributes
    ----------
    plan : Gradient
        The hand-written neuron that it mirrors: rule, rate, batches and their order, coordinates.
    """

    name: str = "torch"
    plan: Gradient = field(default_factory=Gradient)
    max_iter: int = 100_000
    stops_itself: bool = False

    def load(self) -> None:
        """Import PyTorch."""
        imported("torch")

    def twin(self) -> Gradient:
        """Return the hand-written neuron whose trajectory this is."""
        return self.plan

    def steps(self, problem: Problem, start: Array | None = None) -> Iterator[Step]:
        """Yield the state after each update, the starting point first."""
        self.load()
        steps = guarded(self._steps(problem, start), TORCH.title)
        return decaying_means(steps) if self.plan.average else steps

    def _steps(self, problem: Problem, start: Array | None) -> Iterator[Step]:
        with one_thread(problem):
            if problem.model.outputs > 1:
                yield from class_steps(problem, start, self.plan, network_steps)
            else:
                yield from train(prepare(problem, start, self.plan), Neuron)


@dataclass(frozen=True)
class TorchLBFGS:
    """`torch.optim.LBFGS` with its line search, stopped by its own rule."""

    name: str = "torch:lbfgs"
    plan: Gradient = field(default_factory=Gradient)
    max_iter: int = 100
    stops_itself: bool = True
    tolerance: float = 1e-7  # PyTorch's default

    @property
    def meaning(self) -> str:
        """What the tolerance bounds."""
        return f"tolerance_grad={self.tolerance:g} bounds the largest component of the gradient of the mean loss"

    def at(self, tolerance: float) -> TorchLBFGS:
        """Return the same with another tolerance."""
        return replace(self, tolerance=tolerance, max_iter=max(self.max_iter, ENOUGH))

    def load(self) -> None:
        """Import PyTorch."""
        imported("torch")

    def steps(self, problem: Problem, start: Array | None = None) -> Iterator[Step]:
        """Yield the start and, after the run, where it ended."""
        self.load()
        return guarded(self._steps(problem, start), TORCH.title)

    def _steps(self, problem: Problem, start: Array | None) -> Iterator[Step]:
        import torch

        course = prepare(problem, start, self.plan)
        net, loss = network_of(course), row_loss(course.problem.glm)
        batch = tensors(course.rows(whole_of(course.inner)))
        optimizer = torch.optim.LBFGS(
            net.parameters(), max_iter=self.max_iter, line_search_fn="strong_wolfe", tolerance_grad=self.tolerance,
            tolerance_change=self.tolerance / 100.0,
        )  # fmt: skip

        def closure() -> Any:
            optimizer.zero_grad()
            value = mean_loss(net, loss, batch)
            if not torch.isfinite(value):
                raise Declined("its line search left the domain of the model")
            value.backward()
            problem.passes += 1
            return value

        yield Step(0, course.coef(course.gamma))
        with one_thread(problem):
            optimizer.step(closure)
        taken = optimizer.state[next(iter(net.parameters()))]["n_iter"]
        yield Step(max(taken, 1), course.coef(parameters_of(net, course.layer)))


class Tensors(NamedTuple):
    """Rows as tensors."""

    x: Any
    y: Any
    prior_weight: Any | None
    offset: Any | None


class Neuron:
    """One layer with an optimiser, as `glmnn.solvers.external.framework.Network`."""

    def __init__(self, course: PreparedRun, lr: float) -> None:
        self.layer, self.lr = course.layer, lr
        self.net, self.loss = network_of(course), row_loss(course.problem.glm)
        self.make_optimizer = optimizer_of(course.plan.name)
        self.optimizer = self.make_optimizer(self.net.parameters(), lr)

    def gamma(self) -> Array:
        """Return the parameters, one for each column of the data."""
        return parameters_of(self.net, self.layer)

    def restart(self, gamma: Array) -> None:
        """Set the parameters and let the optimiser forget its past."""
        put(self.net, self.layer, gamma)
        self.optimizer = self.make_optimizer(self.net.parameters(), self.lr)

    def batch(self, rows: Rows) -> Tensors:
        """Return rows as tensors."""
        return tensors(rows)

    def train(self, batch: Tensors, lr: float) -> None:
        """Take one step of the optimiser."""
        if lr != self.lr:
            self.lr = lr
            for group in self.optimizer.param_groups:
                group["lr"] = lr
        self.optimizer.zero_grad()
        mean_loss(self.net, self.loss, batch).backward()
        self.optimizer.step()


def sequential(inputs: int, layers: Sequence[tuple[int, Any]], bias: bool = True) -> Any:
    """Return an nn.Sequential in float64 of (units, activation module or None), the first layer taking `inputs`."""
    import torch

    modules: list[Any] = []
    for units, activation in layers:
        modules.append(torch.nn.Linear(inputs, units, bias=bias, dtype=torch.float64))
        if activation is not None:
            modules.append(activation)
        inputs = units
    return torch.nn.Sequential(*modules)


def network_of(course: PreparedRun) -> Any:
    """Return the neuron of a course at its starting point; the activation is part of the loss, as in BCEWithLogits."""
    net = sequential(len(course.layer.inputs), [(1, None)], bias=course.layer.bias is not None)
    put(net, course.layer, course.gamma)
    return net


def put(net: Any, layer: Layer, gamma: Array) -> None:
    """Set the parameters of a neuron."""
    import torch

    inputs, bias = layer.split(gamma)
    with torch.no_grad():
        net[0].weight.copy_(torch.from_numpy(inputs)[None, :])
        if layer.bias is not None:
            net[0].bias.fill_(bias)


def parameters_of(net: Any, layer: Layer) -> Array:
    """Return the parameters of a neuron, one for each column of the data."""
    bias = 0.0 if layer.bias is None else net[0].bias.item()
    return layer.join(net[0].weight.detach().numpy()[0], bias)


def tensors(rows: Rows) -> Tensors:
    """Return rows as tensors."""
    import torch

    return Tensors(*(None if part is None else torch.from_numpy(np.ascontiguousarray(part)) for part in rows))


def mean_loss(net: Any, loss: Loss, batch: Tensors) -> Any:
    """Return the mean over the rows of prior weight times loss."""
    eta = net(batch.x).squeeze(1)
    if batch.offset is not None:
        eta = eta + batch.offset
    losses = loss(batch.y, eta)
    return losses.mean() if batch.prior_weight is None else (batch.prior_weight * losses).mean()
