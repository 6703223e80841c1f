"""002: a post that builds networks with one hidden layer from scratch, for two classes, three, and regression."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from glmnn.arrays import Array
from glmnn.data.dataset import Dataset
from glmnn.diagnostics.goodness import goodness
from glmnn.models.activations import ACTIVATIONS, RELU, SIGMOID, SOFTMAX
from glmnn.models.families import BINOMIAL, GAUSSIAN
from glmnn.models.glm import GLM
from glmnn.models.heads import Classes, Single
from glmnn.models.links import LOGIT
from glmnn.models.network import Layer, Network
from glmnn.models.softmax import softmax
from glmnn.networks.numerical_gradient import check_gradient
from glmnn.networks.training import Training, train
from glmnn.replaying.row import OFF, Row, counted, method, slip
from glmnn.replaying.runs import NOT_PRINTED, table

EXACT = 1e-9  # error of a derivative that rounding may leave
FEATURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")
CLASSES = ("setosa", "versicolor", "virginica")
EPOCHS, BATCH, RATE = 1000, 8, 1e-4
INITS = (0, 1, 2)


def rows() -> Iterator[Row]:
    """Yield what the post defines, and the run at its end, whose data it does not give."""
    yield from _activations()
    yield from _losses()
    yield from _slips()
    yield from _iris()


def _formula(what: str, place: str, theirs: str, apart: Array) -> Row:
    error = float(np.max(np.abs(apart)))
    note = "a formula without numbers, against what glmnn's backward pass multiplies by"
    return method(what, place, theirs, error, error < EXACT, note, OFF)


def _activations() -> Iterator[Row]:
    z = np.array([[-2.0, -0.3, 0.4, 1.5]])
    ones, a = np.ones_like(z), SIGMOID.function(z)
    yield _formula("ReLU", "Relu", "1 where x > 0", RELU.backward(ones, z, RELU.function(z)) - (z > 0))
    yield _formula("sigmoid", "Sigmoid", "a (1 - a)", SIGMOID.backward(ones, z, a) - a * (1.0 - a))
    p = softmax(z)
    backward = np.array([SOFTMAX.backward(unit[None, :], z, p)[0] for unit in np.eye(z.size)])
    yield _formula("softmax, Jacobian", "Softmax", "diag(p) - p p'", backward - (np.diag(p[0]) - np.outer(p, p)))


def _losses() -> Iterator[Row]:
    eta, y = np.array([-1.2, 0.7]), np.array([1.0, 0.0])
    block = Dataset.from_arrays(np.ones((2, 1)), y).whole
    m = SIGMOID.function(eta)
    theirs = ((1.0 - y) / (1.0 - m) - y / m) * m * (1.0 - m)
    ours = -Single(GLM(BINOMIAL, LOGIT)).slope(eta, block)
    yield _formula("BCE loss", "BinaryCrossEntropy", "(1-y)/(1-m) - y/m", ours - theirs)
    logits = np.array([[0.2, -1.0, 0.7], [1.0, 0.3, -0.4]])
    p, chosen = softmax(logits), np.eye(3)[y.astype(int)]
    theirs = SOFTMAX.backward(-chosen / p, logits, p)
    ours = -Classes(CLASSES).slope(logits, block)
    yield _formula("CCE loss", "CategoricalCrossEntropy", "-y / p", ours - theirs)
    network, data = _network(), _flowers()
    found = check_gradient(network, network.init(0), data.every(10).whole)
    yield method(
        "4-32-3, gradient", "backward", "backpropagation", found.worst.error, found.right,
        f"all {network.size} derivatives on 15 flowers, against the complex step", OFF,
    )  # fmt: skip


def _slips() -> Iterator[Row]:
    y, mean = np.array([1.0]), np.array([0.25])
    above, below = (GAUSSIAN.unit_deviance(y, there, 1.0 - there)[0] for there in (mean + 0.125, mean - 0.125))
    slope = float(above - below) / 0.25  # a parabola has no other
    yield slip(
        "MSE loss", "MeanSquaredError", "m - y", round(slope / (mean - y)[0]),
        abs(slope - 2.0 * (mean - y)[0]) < EXACT, "the factor 2 is missing, which halves the rate", "(m - y)",
    )  # fmt: skip
    large = np.array([[1000.0, 0.0]])
    written, stable = float((np.exp(large) / np.exp(large).sum())[0, 0]), float(softmax(large)[0, 0])
    yield slip(
        "softmax of (1000, 0)", "Softmax", f"{written:g}", f"{stable:g}", bool(np.isnan(written)) and stable == 1.0,
        "as written exp overflows; the cross-entropy takes the logarithm of 0 where a probability vanishes",
    )  # fmt: skip
    more = _network(bias=True).size - _network().size
    yield slip(
        "constants (biases)", "Dense", "none", more, more > 0,
        "without them every layer goes through the origin, as a regression without its intercept", "more weights",
    )  # fmt: skip
    yield slip(
        "activation 'identity'", "regression", "no such key", "there", "identity" in ACTIVATIONS,
        "the text asks for it, but ACTIVATIONS lacks it: the regression network does not run",
    )  # fmt: skip


def _network(bias: bool = False) -> Network:
    return Network(FEATURES, (Layer(32, RELU, bias),), Classes(CLASSES), bias)


def _iris() -> Iterator[Row]:
    network, data = _network(), _flowers()
    yield counted("weights, 4-32-3", f"{NOT_PRINTED}; of its layers", "224", network.size)
    updates = EPOCHS * -(-data.rows // BATCH)
    given = f"all of iris, {EPOCHS:,} epochs, batches of {BATCH} in random order, rate {RATE:g} on the mean gradient"
    note = f"data, split and seed are not given: {given}, weights uniform in (-1, 1)"
    for seed in INITS:
        training = Training(
            "gd", lr=RATE, batch_size=BATCH, schedule="constant", standardize=False, max_iter=updates, seed=seed,
            start="uniform",
        )  # fmt: skip
        before = _measures(network, network.init(seed, "uniform"), data)
        found = _measures(network, train(network, data, training).coef, data)
        learned = found["accuracy"] > 0.9 and found["mean_loss"] < before["mean_loss"]
        yield method(f"iris, init {seed}: loss", "example", NOT_PRINTED, found["mean_loss"], learned, note)
        yield method(
            f"iris, init {seed}: accuracy", "example", NOT_PRINTED, found["accuracy"], learned,
            f"the loss was {before['mean_loss']:.2f}, the accuracy {before['accuracy']:.3f} at the start",
        )  # fmt: skip


def _measures(network: Network, coef: Array, data: Dataset) -> dict[str, float]:
    return goodness(network.head, network.eta(coef, data.whole), data.whole)


def _flowers() -> Dataset:
    """Return the four measurements of iris with the number of the species, without a constant column."""
    iris = table("iris")
    response = [CLASSES.index(label) for label in iris.column("species").labels]
    return Dataset.from_arrays(np.column_stack([iris.numbers(name) for name in FEATURES]), np.array(response), FEATURES)
