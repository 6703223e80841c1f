"""The same neuron in PyTorch: an nn.Sequential, a loss, autograd and an optimiser of torch.optim, in float64."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from glmnn.arrays import Array
from glmnn.problem.problem import Problem
from glmnn.solvers.descent import decaying_means
from glmnn.solvers.external.framework import Framework, neuron_steps, prepare
from glmnn.solvers.external.library import ENOUGH, TORCH, Declined, guarded, imported, whole_of
from glmnn.solvers.external.torch_network import TorchNetwork
from glmnn.solvers.external.torch_parts import one_thread
from glmnn.solvers.gradient import Gradient
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
            yield from neuron_steps(problem, start, self.plan, Framework(TorchNetwork))


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
        with problem.setup():
            trained = TorchNetwork(course.network, course.gamma, "gd", 1.0)
            batch = trained.batch(whole_of(course.inner))
        optimizer = torch.optim.LBFGS(
            trained.net.parameters(),
            max_iter=self.max_iter,
            line_search_fn="strong_wolfe",
            tolerance_grad=self.tolerance,
            tolerance_change=self.tolerance / 100.0,
        )

        def closure() -> Any:
            optimizer.zero_grad()
            value = trained.mean_loss(batch)
            if not torch.isfinite(value):
                raise Declined("its line search left the domain of the model")
            value.backward()
            problem.passes += 1
            return value

        yield Step(0, course.coef(course.gamma))
        with one_thread(problem):
            optimizer.step(closure)
        taken = optimizer.state[next(iter(trained.net.parameters()))]["n_iter"]
        yield Step(max(taken, 1), course.coef(trained.flat()))
