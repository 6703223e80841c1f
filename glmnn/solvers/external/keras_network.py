"""A network of dense layers in Keras 3: Sequential, compile, train_on_batch; float64 on any backend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import numpy as np

from glmnn.arrays import Array
from glmnn.models.glm import has_one_output
from glmnn.models.model import Model
from glmnn.models.network import Network
from glmnn.problem.problem import Problem
from glmnn.solvers.external.framework import all_rows
from glmnn.solvers.external.keras_parts import dense_type, in_float64, in_full, load, loss_of, optimizer_of
from glmnn.solvers.external.torch_parts import one_thread
from glmnn.solvers.updates import Schedule

SMALLEST_RATE = 1e-300  # a rate of 0 would leave nothing to rescale a velocity by


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
    load()
    import keras

    blocks = all_rows(problem) if batch is None else problem.minibatches(batch, np.random.default_rng(seed))
    with one_thread(problem) if keras.backend.backend() == "torch" else nullcontext():
        with in_float64():
            net, layers = _layers(network, start)
            optimizer = optimizer_of(rule, lr)
            net.compile(optimizer=optimizer, loss=_loss(network))
        rate = lr
        for update, block in enumerate(blocks):
            with in_float64():
                flat = [_numbers(layer) for layer in layers]
            yield update, network.pack(flat), None
            with in_float64():
                now = max(lr * schedule(update), SMALLEST_RATE)
                if now != rate:
                    for velocity in getattr(optimizer, "momentums", ()) if rule != "adam" else ():
                        velocity.assign(velocity * (now / rate))  # in Keras the rate is inside the velocity
                    rate = optimizer.learning_rate = now
                x = np.ascontiguousarray(block.X)
                fed = x if not _has_offset(network) else [x, block.offset[:, None]]
                net.train_on_batch(fed, block.y[:, None], block.prior_weight / block.y.size)


def _has_offset(network: Network) -> bool:
    return network.outputs == 1


def _layers(network: Network, start: Array) -> tuple[Any, list[Any]]:
    """Return the model, whose single output takes an offset as a second input, and its dense layers."""
    import keras

    names = [layer.activation.name for layer in network.hidden]
    activations: list[Any] = [{"identity": None, "tanh": in_full("tanh")}.get(name, name) for name in names] + [None]
    unpacked = network.unpack(start)
    layers = [
        dense_type()(
            np.atleast_2d(dense.weights).shape[0], activation, use_bias=dense.bias is not None, dtype="float64"
        )
        for dense, activation in zip(unpacked, activations, strict=True)
    ]
    rows = keras.Input((len(network.inputs),), dtype="float64")
    eta = rows
    for layer in layers:
        eta = layer(eta)
    if _has_offset(network):
        given = keras.Input((1,), dtype="float64")
        net = keras.Model([rows, given], keras.layers.Add(dtype="float64")([eta, given]))
    else:
        net = keras.Model(rows, eta)
    for layer, dense in zip(layers, unpacked, strict=True):
        kernel = np.atleast_2d(dense.weights).T
        layer.set_weights([kernel] if dense.bias is None else [kernel, np.atleast_1d(dense.bias)])
    return net, layers


def _numbers(layer: Any) -> tuple[Array, Array | None]:
    kernel, *bias = layer.get_weights()
    return kernel.T, bias[0] if bias else None


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
