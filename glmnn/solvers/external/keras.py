"""The same neuron in Keras 3."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from glmnn.arrays import Array
from glmnn.problem.problem import Problem
from glmnn.solvers.descent import decaying_means
from glmnn.solvers.external.framework import neuron_steps
from glmnn.solvers.external.keras_network import KERAS_NETWORKS
from glmnn.solvers.external.keras_parts import load
from glmnn.solvers.external.library import KERAS, guarded
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.steps import Step
from glmnn.solvers.updates import adam_hat


@dataclass(frozen=True)
class Keras:
    """Gradient descent as one writes it in Keras, one `train_on_batch` for each update.

    Attributes
    ----------
    plan : Gradient
        The hand-written neuron that it mirrors: rule, rate, batches and their order, coordinates.
    """

    name: str = "keras"
    plan: Gradient = field(default_factory=Gradient)
    max_iter: int = 100_000
    stops_itself: bool = False

    def load(self) -> None:
        """Import Keras on its backend."""
        load()

    def twin(self) -> Gradient:
        """Return the hand-written neuron whose trajectory this is; Keras' Adam has its floor in another place."""
        return replace(self.plan, update=adam_hat) if self.plan.name == "adam" else self.plan

    def steps(self, problem: Problem, start: Array | None = None) -> Iterator[Step]:
        """Yield the state after each update, the starting point first."""
        self.load()
        steps = guarded(neuron_steps(problem, start, self.plan, KERAS_NETWORKS), KERAS.title)
        return decaying_means(steps) if self.plan.average else steps
