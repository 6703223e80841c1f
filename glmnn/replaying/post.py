"""002: a post that builds networks with one hidden layer from scratch, for two classes, three, and regression."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np

from glmnn.arrays import Array
from glmnn.data.dataset import InMemory
from glmnn.diagnostics.goodness import goodness
from glmnn.models.activations import ACTIVATIONS, RELU, SIGMOID, SOFTMAX
from glmnn.models.families import BINOMIAL, GAUSSIAN
from glmnn.models.glm import GLM
from glmnn.models.layers import Layer
from glmnn.models.links import IDENTITY, LOGIT
from glmnn.models.multinomial import Multinomial
from glmnn.models.network import Network
from glmnn.models.softmax import softmax
from glmnn.networks.numerical_gradient import check_gradient
from glmnn.replaying.row import NOTHING, OFF, Row, computed, method, not_run, slip
from glmnn.replaying.runs import table
from glmnn.solvers.external.library import TORCH

EXACT = 1e-9  # error of a derivative that rounding may leave
FEATURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")
CLASSES = ("setosa", "versicolor", "virginica")
EPOCHS, BATCH, RATE = 1000, 8, 1e-4
IN_TORCH = 50  # epochs that are done again in torch, step by step
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
    yield _formula("ReLU", "Relu", "grad[grad > 0] = 1", RELU.backward(ones, z, RELU.function(z)) - (z > 0))
    yield _formula("sigmoid", "Sigmoid", "(1 - output) * ...", SIGMOID.backward(ones, z, a) - a * (1.0 - a))
    p = softmax(z)
    backward = np.array([SOFTMAX.backward(unit[None, :], z, p)[0] for unit in np.eye(z.size)])
    yield _formula("softmax, Jacobian", "Softmax", "diags - ...", backward - (np.diag(p[0]) - np.outer(p, p)))


def _losses() -> Iterator[Row]:
    eta, y = np.array([-1.2, 0.7]), np.array([1.0, 0.0])
    block = InMemory.from_arrays(np.ones((2, 1)), y).whole
    m = SIGMOID.function(eta)
    theirs = ((1.0 - y) / (1.0 - m) - y / m) * m * (1.0 - m)
    ours = -GLM(BINOMIAL, LOGIT).slope(eta, block)
    yield _formula("BCE loss", "BinaryCrossEntropy", "... - (y / yhat)", ours - theirs)
    logits = np.array([[0.2, -1.0, 0.7], [1.0, 0.3, -0.4]])
    p, chosen = softmax(logits), np.eye(3)[y.astype(int)]
    theirs = SOFTMAX.backward(-chosen / p, logits, p)
    ours = -Multinomial(CLASSES).slope(logits, block)
    yield _formula("CCE loss", "CategoricalCrossEntropy", "-1 * (y / yhat)", ours - theirs)
    network, data = _network(), _flowers()
    check = check_gradient(network, network.init(0), data.every(10).whole)
    yield method(
        "4-32-3, gradient", "backward", "Backpropagation", check.worst.error, check.right,
        f"all {network.size} derivatives on 15 flowers, against the complex step", OFF,
    )  # fmt: skip


def _slips() -> Iterator[Row]:
    y, mean = np.array([1.0]), np.array([0.25])
    above, below = (GAUSSIAN.unit_deviance(y, shifted, 1.0 - shifted)[0] for shifted in (mean + 0.125, mean - 0.125))
    slope = float(above - below) / 0.25  # a parabola has no other
    yield slip(
        "MSE loss", "MeanSquaredError", "yhat - y", round(slope / (mean - y)[0]),
        abs(slope - 2.0 * (mean - y)[0]) < EXACT, "the factor 2 is missing, which halves the rate", "(yhat - y)",
    )  # fmt: skip
    large = np.array([[1000.0, 0.0]])
    written, stable = float((np.exp(large) / np.exp(large).sum())[0, 0]), float(softmax(large)[0, 0])
    yield slip(
        "softmax of (1000, 0)", "Softmax", "torch.exp(x) / ...", f"{stable:g}, not {written:g}",
        bool(np.isnan(written)) and stable == 1.0,
        "as written exp overflows; the cross-entropy takes the logarithm of 0 where a probability vanishes",
    )  # fmt: skip
    more = _network(bias=True).size - _network().size
    yield slip(
        "constants (biases)", "Dense", "... x, self.w", more, more > 0,
        "without them every layer goes through the origin, as a regression without its intercept", "more weights",
    )  # fmt: skip
    yield slip(
        "activation 'identity'", "regression", "the identity function", "no such key", "identity" in ACTIVATIONS,
        "the text asks for it, but ACTIVATIONS lacks it: the regression network does not run",
    )  # fmt: skip
    yield slip(
        "activation 'tanh'", "hidden layers", "tanh functions", "no such key", "tanh" in ACTIVATIONS,
        "the text lists it twice as an example, but ACTIVATIONS lacks it",
    )  # fmt: skip
    flowers = 150
    seen = len(range(flowers // 2 + 1))
    yield slip(
        "batches of an epoch", "fit", "(x.shape[0]//2) + 1", seen, seen < flowers,
        f"with batch=1 only so many of {flowers} rows are ever trained on; from 2 on all are, and the rest of the loop "
        "is empty", "rows",
    )  # fmt: skip
    moves = abs(float(softmax(np.array([[0.3, 1.2]]))[0, 0] - softmax(np.array([[0.3, 0.2]]))[0, 0]))
    yield slip(
        "softmax, hidden layer", "multinomial", "not softmax", moves, moves > 0,
        "the units of a layer are not connected, so it is not softmax, says one sentence, and the next lists it; each "
        "output of softmax depends on the other units", "apart",
    )  # fmt: skip


def _network(bias: bool = False) -> Network:
    return Network(FEATURES, (Layer(32, RELU, bias),), Multinomial(CLASSES), bias)


def _iris() -> Iterator[Row]:
    """Yield the run at the post's end as its code does it; its data are not given, and iris stands in for them."""
    network, (rows, held) = _network(), _split(_flowers())
    yield computed("weights, 4-32-3", "4 inputs, say", network.size, "224")
    note = (
        f"data, split and seed are not given: {rows.rows} flowers of iris to train on and {held.rows} to test, weights "
        f"rand * 2 - 1, {EPOCHS:,} epochs, batches of {BATCH} in the order of the rows, rate {RATE:g}"
    )
    for seed in INITS:
        coef = _trained(network, rows, seed)
        measures = _measures(network, coef, held)
        yield computed(f"iris, init {seed}: loss", "example", measures["mean_loss"], "", note)
        yield computed(f"iris, init {seed}: test accuracy", "example", measures["accuracy"], "", note)
    yield _in_torch(network, rows)
    for what, measure, made in (
        ("two classes (BCE)", "accuracy", _two_species()),
        ("regression (MSE)", "mean_loss", _petal_width()),
    ):
        head, data = made
        rows, held = _split(data)
        network = Network(data.names, (Layer(32, RELU, False),), head, False)
        before, after = (
            _measures(network, coef, held)[measure] for coef in (network.init(0, "uniform"), _trained(network, rows, 0))
        )
        better = after > before if measure == "accuracy" else after < before
        measured = (
            "test accuracy, threshold 0.5" if measure == "accuracy" else "half the mean squared error in the test"
        )
        yield method(
            what, "Model", NOTHING, after, better,
            f"{measured}; {before:.3g} before training"
            + ("" if measure == "accuracy" else "; runs only with 'identity' added"),
        )  # fmt: skip
    wrong = (
        1.0 - _measures(_network(), _trained(_network(), _split(_flowers())[0], 0), _split(_flowers())[1])["accuracy"]
    )
    yield computed("error rate, init 0", "ErrorRate", wrong, "", "1 - accuracy, of the likeliest class")


def _trained(network: Network, data: InMemory, seed: int) -> Array:
    """Return the weights after the post's own loop."""
    return deque(_descent(network, data, seed), maxlen=1).pop()


def _descent(network: Network, data: InMemory, seed: int) -> Iterator[Array]:
    """Yield the weights after each step of the post's own loop: plain steps on batches in the order of the rows."""
    coef = network.init(seed, "uniform")
    batches = [data.whole.rows(slice(start, start + BATCH)) for start in range(0, data.rows, BATCH)]
    for _ in range(EPOCHS):
        for batch in batches:
            coef = coef + RATE * network.score(coef, batch) / batch.y.size
            yield coef


def _in_torch(network: Network, data: InMemory) -> Row:
    """Run the post's code in torch beside glmnn's loop, from the same weights, in float64."""
    what, place = "in torch, step by step", "example"
    if not TORCH.installed:
        return not_run(what, place, NOTHING, f"not installed: {TORCH.install}")
    from glmnn.replaying.post_torch import as_written

    start = [layer.weights.T.copy() for layer in network.unpack(network.init(INITS[0], "uniform"))]
    labels = np.eye(len(CLASSES))[data.whole.y.astype(int)]
    written = as_written(start, data.whole.X, labels, BATCH, RATE, IN_TORCH)
    steps, apart = 0, 0.0
    for ours, theirs in zip(_descent(network, data, INITS[0]), written, strict=False):
        steps += 1
        apart = max(apart, float(np.max(np.abs(ours - network.pack([(part.T, None) for part in theirs])))))
    note = (
        f"the post's layers, local gradients and loop, in torch and in float64 (the post takes float32), from the "
        f"weights of init {INITS[0]}: the largest difference of a weight over the first {steps:,} steps"
    )
    return method(what, place, NOTHING, apart, apart < EXACT, note, OFF)


def _split(data: InMemory) -> tuple[InMemory, InMemory]:
    """Return three quarters of the rows, shuffled, and the rest."""
    order = np.random.default_rng(0).permutation(data.rows)
    cut = 3 * data.rows // 4
    return tuple(InMemory(data.names, data.whole.rows(order[part])) for part in (slice(cut), slice(cut, None)))  # type: ignore[return-value]


def _two_species() -> tuple[GLM, InMemory]:
    """Return the head and the flowers of the two species that are hard to tell apart."""
    whole = _flowers().whole
    kept = whole.rows(whole.y > 0)
    return GLM(BINOMIAL, LOGIT), InMemory(FEATURES, kept._replace(y=kept.y - 1.0))


def _petal_width() -> tuple[GLM, InMemory]:
    """Return the head and the flowers with the width of the petal as response."""
    whole = _flowers().whole
    return GLM(GAUSSIAN, IDENTITY), InMemory(FEATURES[:3], whole._replace(X=whole.X[:, :3], y=whole.X[:, 3]))


def _measures(network: Network, coef: Array, data: InMemory) -> dict[str, float]:
    return goodness(network.head, network.eta(coef, data.whole), data.whole)


def _flowers() -> InMemory:
    """Return the four measurements of iris with the number of the species, without a constant column."""
    iris = table("iris")
    response = [CLASSES.index(label) for label in iris.column("species").labels]
    return InMemory.from_arrays(
        np.column_stack([iris.numbers(name) for name in FEATURES]), np.array(response), FEATURES
    )
