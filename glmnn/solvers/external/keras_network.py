"""A network of dense layers in Keras 3: a model, compile, train_on_batch; float64 on any backend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any, NamedTuple

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.models.glm import has_one_output
from glmnn.models.model import Model
from glmnn.models.network import Network
from glmnn.problem.problem import Problem
from glmnn.solvers.external.framework import Batches, Framework, one_by_one
from glmnn.solvers.external.keras_parts import dense_type, in_float64, in_full, load, loss_of, optimizer_of
from glmnn.solvers.external.torch_parts import one_thread

SMALLEST_RATE = 1e-300  # a rate of 0 would leave nothing to rescale a velocity by


class Fed(NamedTuple):
    """Rows as `train_on_batch` takes them."""

    x: Any
    y: Array
    sample_weight: Array  # adds up to the mean


class KerasNetwork:
    """A model with its loss and an optimiser, as `glmnn.solvers.external.framework.Trained`."""

    def __init__(self, network: Network, start: Array, rule: str, lr: float) -> None:
        load()
        self.network, self.rule, self.lr = network, rule, lr
        self.single = has_one_output(network.head)
        with in_float64():
            self.net, self.layers = _model(network)
            self.optimizer = optimizer_of(rule, lr)
            self.net.compile(optimizer=self.optimizer, loss=_loss(network))
            self._put(start)

    def flat(self) -> Array:
        """Return the parameters as they are now."""
        with in_float64():
            weights = [layer.get_weights() for layer in self.layers]
        return self.network.pack([(kernel.T, bias[0] if bias else None) for kernel, *bias in weights])

    def restart(self, flat: Array) -> None:
        """Set the parameters and let the optimiser forget its past."""
        with in_float64():
            self._put(flat)
            for variable in self.optimizer.variables[1:]:  # the first counts the updates
                if variable.path != self.optimizer.learning_rate.path:
                    variable.assign(variable * 0)
            self.optimizer.iterations.assign(0)

    def batch(self, block: Block) -> Fed:
        """Return rows as `train_on_batch` takes them."""
        x = np.ascontiguousarray(block.X)
        return Fed(
            [x, block.offset[:, None]] if self.single else x, block.y[:, None], block.prior_weight / block.y.size
        )

    def train(self, batch: Fed, lr: float) -> None:
        """Take one step of the optimiser."""
        lr = max(lr, SMALLEST_RATE)
        with in_float64():
            if lr != self.lr:
                for velocity in getattr(self.optimizer, "momentums", ()) if self.rule != "adam" else ():
                    velocity.assign(velocity * (lr / self.lr))  # in Keras the rate is inside the velocity
                self.lr = self.optimizer.learning_rate = lr
            self.net.train_on_batch(*batch)

    def _put(self, flat: Array) -> None:
        for layer, dense in zip(self.layers, self.network.unpack(flat), strict=True):
            kernel = np.atleast_2d(dense.weights).T
            layer.set_weights([kernel] if dense.bias is None else [kernel, np.atleast_1d(dense.bias)])


def _one_by_one(trained: KerasNetwork, batches: Batches, problem: Problem[Model]) -> Iterator[Array]:
    import keras

    with one_thread(problem) if keras.backend.backend() == "torch" else nullcontext():
        yield from one_by_one(trained, batches, problem)


KERAS_NETWORKS = Framework(KerasNetwork, _one_by_one)
network_steps = KERAS_NETWORKS.steps


def _model(network: Network) -> tuple[Any, list[Any]]:
    """Return the model, whose single output takes an offset as a second input, and its dense layers."""
    import keras

    kept = {"identity": None, "tanh": in_full("tanh")}
    shapes = [(layer.units, kept.get(name := layer.activation.name, name), layer.bias) for layer in network.hidden]
    shapes.append((network.outputs, None, network.bias))
    layers = [dense_type()(units, activation, use_bias=bias, dtype="float64") for units, activation, bias in shapes]
    rows = keras.Input((len(network.inputs),), dtype="float64")
    eta = rows
    for layer in layers:
        eta = layer(eta)
    if not has_one_output(network.head):
        return keras.Model(rows, eta), layers
    offset = keras.Input((1,), dtype="float64")
    return keras.Model([rows, offset], keras.layers.Add(dtype="float64")([eta, offset])), layers


def _loss(network: Network) -> Any:
    """Return the loss of the head; for classes the cross-entropy, written in ops and summed over the rows."""
    if has_one_output(network.head):
        return loss_of(network.head)
    import keras

    ops, classes = keras.ops, network.head.outputs

    class CrossEntropy(keras.losses.Loss):  # type: ignore[misc]
        def call(self, y_true: Any, y_pred: Any) -> Any:
            chosen = ops.cast(ops.one_hot(ops.cast(y_true[:, 0], "int32"), classes), "float64")
            return ops.logsumexp(y_pred, axis=1) - ops.sum(chosen * y_pred, axis=1)

    return CrossEntropy(reduction="sum", dtype="float64")
