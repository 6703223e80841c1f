"""The same neuron in Lightning: a LightningModule around PyTorch's neuron, trained by Trainers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from glmnn.arrays import Array
from glmnn.problem.problem import Problem
from glmnn.solvers.descent import decaying_means
from glmnn.solvers.external.framework import Framework, neuron_steps
from glmnn.solvers.external.library import LIGHTNING, guarded, imported
from glmnn.solvers.external.lightning_parts import in_stretches, silence, trained
from glmnn.solvers.external.torch_network import Tensors, TorchNetwork
from glmnn.solvers.external.torch_parts import one_thread
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.steps import Step


@dataclass(frozen=True)
class Lightning:
    """Gradient descent by Trainers, in stretches that grow, since a Trainer cannot be stopped from outside.

    Where no constant rate is safe, a Trainer makes one update at a time, so that it can be taken back.

    Attributes
    ----------
    plan : Gradient
        The hand-written neuron that it mirrors: rule, rate, batches and their order, coordinates.
    """

    name: str = "lightning"
    plan: Gradient = field(default_factory=Gradient)
    max_iter: int = 100_000
    stops_itself: bool = False

    def load(self) -> None:
        """Import Lightning."""
        with silence():
            imported("lightning")

    def twin(self) -> Gradient:
        """Return the hand-written neuron whose trajectory this is."""
        return self.plan

    def steps(self, problem: Problem, start: Array | None = None) -> Iterator[Step]:
        """Yield the state after each update, the starting point first; the time is that of whole stretches."""
        self.load()
        steps = guarded(self._steps(problem, start), LIGHTNING.title)
        return decaying_means(steps) if self.plan.average else steps

    def _steps(self, problem: Problem, start: Array | None) -> Iterator[Step]:
        stretches = Framework(StepByStep, partial(in_stretches, limit=self.max_iter))
        with one_thread(problem):
            yield from neuron_steps(problem, start, self.plan, stretches)


class StepByStep(TorchNetwork):
    """A network whose every update is a Trainer's, where one must be taken back."""

    def train(self, batch: Tensors, lr: float) -> None:
        """Take one step of the optimiser."""
        with silence():
            trained(self, iter([(batch, lr)]), 1)
