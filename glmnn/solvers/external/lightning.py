"""The same neuron in Lightning: a LightningModule around PyTorch's neuron, trained by Trainers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from glmnn.arrays import Array
from glmnn.problem.problem import Problem
from glmnn.solvers.external.framework import PreparedRun, class_steps, prepare, train
from glmnn.solvers.external.library import LIGHTNING, guarded, imported
from glmnn.solvers.external.lightning_network import network_steps
from glmnn.solvers.external.lightning_parts import Trainee, silence, states, trained
from glmnn.solvers.external.torch import Neuron, Tensors, mean_loss
from glmnn.solvers.external.torch_parts import one_thread
from glmnn.solvers.gradient import Gradient, decaying_means
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
        if problem.model.outputs > 1:
            yield from class_steps(problem, start, self.plan, network_steps)
            return
        course = prepare(problem, start, self.plan)
        if course.lr is None:
            with one_thread(problem):
                yield from train(course, _StepByStep)
            return
        neuron = Neuron(course, course.lr)
        yield Step(0, course.coef(course.gamma))
        seen = states(_trainee(neuron), _batches(course, neuron, course.lr), course.inner, self.max_iter)
        for iteration, gamma in enumerate(seen, 1):
            course.settle()
            yield Step(iteration, course.coef(gamma))


class _StepByStep(Neuron):
    """A neuron whose every update is a Trainer's, as `glmnn.solvers.external.framework.Network`."""

    def train(self, batch: Tensors, lr: float) -> None:
        """Take one step of the optimiser."""
        with silence():
            trained(_trainee(self), iter([(batch, lr)]), 1)


def _trainee(neuron: Neuron) -> Trainee:
    return Trainee(neuron.net, neuron.optimizer, lambda batch: mean_loss(neuron.net, neuron.loss, batch), neuron.gamma)


def _batches(course: PreparedRun, neuron: Neuron, lr: float) -> Iterator[tuple[Tensors, float]]:
    last, batch = None, None
    for rows, factor in course.batches():
        if batch is None or rows is not last:  # all rows are handed over once
            last, batch = rows, neuron.batch(rows)
        yield batch, lr * factor
