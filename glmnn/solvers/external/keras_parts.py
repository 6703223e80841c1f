"""What every model in Keras 3 is made of: dense layers, losses and optimisers that keep float64 on any backend."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from math import sqrt
from typing import Any

import numpy as np

from glmnn.models.glm import GLM
from glmnn.solvers.external.library import imported, keras_backend
from glmnn.solvers.external.losses import Operations, unit_loss


def dense_type() -> Any:
    """Return the Dense layer; on the torch backend one that takes PyTorch's own product.

    Keras' product goes through float32 there, whatever the type of the layer (keras-team/keras#23704).
    """
    import keras

    if keras.backend.backend() != "torch":
        return keras.layers.Dense

    class Dense(keras.layers.Dense):  # type: ignore[misc]
        def call(self, inputs: Any, training: bool | None = None) -> Any:  # noqa: ARG002
            eta = inputs @ self.kernel.value
            if self.bias is not None:
                eta = eta + self.bias.value
            return eta if self.activation is None else self.activation(eta)

    return Dense


def loss_of(model: GLM) -> Any:
    """Return the loss: the sum over the rows of sample weight times loss.

    Keras' own means pass through float32 on the torch and jax backends (its promotion of float64 with anything is
    float32 there), and its own Poisson loss has a floor inside the logarithm. So the mean is taken in the sample
    weights, and the loss of a row is written in ops.
    """
    import keras

    ops = keras.ops
    of_rows = unit_loss(model, Operations(ops.exp, ops.log, ops.log1p, ops.expm1, in_full("arctan"), _log_ndtr(ops)))
    if (model.family.name, model.link.name) == ("binomial", "logit"):
        of_rows = partial(ops.binary_crossentropy, from_logits=True)

    class Loss(keras.losses.Loss):  # type: ignore[misc]
        def call(self, y_true: Any, y_pred: Any) -> Any:
            return of_rows(y_true, y_pred)

    return Loss(reduction="sum", dtype="float64")


def optimizer_of(rule: str, lr: float) -> Any:
    """Return the optimiser of an update rule; as NumPy numbers its constants keep float64 on every backend."""
    from keras import optimizers

    decay = np.float64(0.9)
    match rule:
        case "momentum" | "nesterov":
            return optimizers.SGD(lr, momentum=decay, nesterov=rule == "nesterov")
        case "adam":
            return optimizers.Adam(lr, beta_1=decay, beta_2=np.float64(0.999), epsilon=np.float64(1e-7))
    return optimizers.SGD(lr)


def in_full(name: str) -> Callable[[Any], Any]:
    """Return an operation that keeps float64: arctan and tanh of Keras go through float32 on the jax backend."""
    import keras

    source = imported("jax.numpy") if keras.backend.backend() == "jax" else keras.ops
    operation: Callable[[Any], Any] = getattr(source, name)
    return operation


def _log_ndtr(ops: Any) -> Callable[[Any], Any]:
    def log_ndtr(eta: Any) -> Any:
        scaled = eta / -sqrt(2.0)
        tail = ops.erfc(scaled) if hasattr(ops, "erfc") else 1.0 - ops.erf(scaled)
        return ops.log(0.5 * tail)

    return log_ndtr


def load() -> None:
    """Import Keras on its backend."""
    backend = keras_backend()
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0"}  # TensorFlow's log goes past Python's stderr
    before = {name: os.environ.get(name) for name in ("KERAS_BACKEND", *quiet)}
    if backend is not None:
        os.environ["KERAS_BACKEND"] = backend
    for name, value in quiet.items():
        os.environ.setdefault(name, value)
    try:
        keras = imported("keras")
    finally:
        for name, earlier in before.items():
            if earlier is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = earlier
    if keras.backend.backend() == "jax":
        imported("jax").config.update("jax_enable_x64", True)  # without it float64 is silently float32


@contextmanager
def in_float64() -> Iterator[None]:
    """Let Keras make what it makes in float64, the learning rate among it, and without a word."""
    import keras

    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        keras.config.set_floatx(before)
