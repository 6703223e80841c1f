"""The same neuron in Keras 3: Sequential or a functional model, compile, train_on_batch; float64 on any backend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from glmnn.arrays import Array
from glmnn.problem.problem import Problem
from glmnn.solvers.external.framework import PreparedRun, Rows, class_steps, prepare, train
from glmnn.solvers.external.keras_network import network_steps
from glmnn.solvers.external.keras_parts import dense_type, in_float64, load, loss_of, optimizer_of
from glmnn.solvers.external.library import KERAS, guarded
from glmnn.solvers.external.torch_parts import one_thread
from glmnn.solvers.gradient import Gradient, decaying_means
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
        steps = guarded(self._steps(problem, start), KERAS.title)
        return decaying_means(steps) if self.plan.average else steps

    def _steps(self, problem: Problem, start: Array | None) -> Iterator[Step]:
        import keras

        if problem.model.outputs > 1:
            yield from class_steps(problem, start, self.plan, network_steps)
            return
        with one_thread(problem) if keras.backend.backend() == "torch" else nullcontext():
            yield from train(prepare(problem, start, self.plan), Neuron)


class Fed(NamedTuple):
    """Rows as `train_on_batch` takes them."""

    x: Any
    y: Array
    sample_weight: Array  # adds up to the mean


class Neuron:
    """One Dense layer with an optimiser, as `glmnn.solvers.external.framework.Network`."""

    def __init__(self, course: PreparedRun, lr: float) -> None:
        self.layer, self.lr = course.layer, lr
        with in_float64():
            inputs, bias = len(course.layer.inputs), course.layer.bias is not None
            self.net = network(inputs, [(1, None)], bias, course.has_offset)
            self.dense = next(part for part in self.net.layers if part.count_params())
            self.optimizer = optimizer_of(course.plan.name, lr)
            self.net.compile(optimizer=self.optimizer, loss=loss_of(course.problem.glm))
            self._put(course.gamma)

    def gamma(self) -> Array:
        """Return the parameters, one for each column of the data."""
        with in_float64():
            kernel, *bias = self.dense.get_weights()
        return self.layer.join(kernel[:, 0], float(bias[0][0]) if bias else 0.0)

    def restart(self, gamma: Array) -> None:
        """Set the parameters and let the optimiser forget its past."""
        with in_float64():
            self._put(gamma)
            for variable in self.optimizer.variables[1:]:  # the first counts the updates
                if variable.path != self.optimizer.learning_rate.path:
                    variable.assign(variable * 0)
            self.optimizer.iterations.assign(0)

    def batch(self, rows: Rows) -> Fed:
        """Return rows as `train_on_batch` takes them."""
        x = rows.features if rows.offset is None else [rows.features, rows.offset[:, None]]
        prior_weight = np.ones(rows.y.size) if rows.prior_weight is None else rows.prior_weight
        return Fed(x, rows.y[:, None], prior_weight / rows.y.size)

    def train(self, batch: Fed, lr: float) -> None:
        """Take one step of the optimiser."""
        with in_float64():
            if lr != self.lr:
                for velocity in getattr(self.optimizer, "momentums", ()):
                    velocity.assign(velocity * (lr / self.lr))  # in Keras the rate is inside the velocity
                self.lr = self.optimizer.learning_rate = lr
            self.net.train_on_batch(batch.x, batch.y, batch.sample_weight)

    def _put(self, gamma: Array) -> None:
        inputs, bias = self.layer.split(gamma)
        kernel = [inputs[:, None]]
        self.dense.set_weights(kernel if self.layer.bias is None else [*kernel, np.array([bias])])


def network(inputs: int, layers: Sequence[tuple[int, str | None]], bias: bool, offset: bool) -> Any:
    """Return a model of Dense layers of (units, activation); an offset is a second input, added at the end."""
    import keras

    dense = [dense_type()(units, activation, use_bias=bias, dtype="float64") for units, activation in layers]
    rows = keras.Input((inputs,), dtype="float64")
    if not offset:
        return keras.Sequential([rows, *dense])
    eta, given = rows, keras.Input((1,), dtype="float64")
    for layer in dense:
        eta = layer(eta)
    return keras.Model([rows, given], keras.layers.Add(dtype="float64")([eta, given]))
