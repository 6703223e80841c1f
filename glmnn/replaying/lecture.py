"""003: a lecture on neural networks: the perceptron, a neuron on iris, a toy graph, a net of two layers by hand."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from glmnn.arrays import Array, Mask
from glmnn.diagnostics.separation.verdict import Separation, find_separation
from glmnn.fitting.perceptron_bound import count_mistakes
from glmnn.models.activations import RELU, SIGMOID, TANH
from glmnn.networks.toy_graph import toy_graph
from glmnn.networks.worked_examples import descended, gradients, lecture_net, lecture_numbers
from glmnn.problem.problem import Problem
from glmnn.replaying.row import NOTHING, OFF, Row, computed, counted, cut, is_rounded, method, printed, said, slip
from glmnn.replaying.runs import first_step, fitted
from glmnn.solvers.loop import fit
from glmnn.solvers.perceptron import Perceptron

LOOP = "its loop, run"
THRESHOLD, RATE, PRINTS = 5e-5, 0.1, 50_000  # of the lecture's loop on iris


def rows() -> Iterator[Row]:
    """Yield every number of the lecture."""
    problem = fitted("iris_setosa", solver=["fisher"]).estimate.problem
    verdict = find_separation(problem.fresh())
    separation = verdict if isinstance(verdict, Separation) else None
    run = fit(problem.fresh(), Perceptron())
    bound = count_mistakes(problem.fresh(), run, None, separation is not None and separation.complete).bound or 0
    yield computed(
        "perceptron mistakes", "its step function", run.iterations, "1489",
        "a definition only: Rosenblatt's rule on the flowers below, from zeros, rows in order; Novikoff's bound is "
        f"{bound:,}",
    )  # fmt: skip
    yield from _activations()
    yield slip(
        "a neuron's range", "notation", "[0,1]", "-1 to 1, 0 to inf",
        bool(TANH.function(np.array([[-9.0]]))[0, 0] < 0.0),
        "f: R^d -> [0, 1] is said of every neuron; tanh and ReLU, two slides on, leave it",
    )  # fmt: skip
    yield from _neuron(problem, separation)
    yield from _graph()
    yield from _net()


def _activations() -> Iterator[Row]:
    z = np.linspace(-5.0, 5.0)
    formulas = {"sigmoid": 1.0 / (1.0 + np.exp(-z)), "tanh": np.tanh(z), "ReLU": np.maximum(z, 0.0)}
    for (name, theirs), activation in zip(formulas.items(), (SIGMOID, TANH, RELU), strict=True):
        apart = float(np.max(np.abs(activation.function(z[None, :])[0] - theirs)))
        yield method(name, "activation functions", NOTHING, apart, apart < 1e-15, "a plot, on linspace(-5, 5)", OFF)


def _still(path: Array) -> Mask:
    """Return the lecture's rule: the last step was no longer than the threshold."""
    steps = np.diff(path, axis=0)
    return np.asarray(~((steps * steps).sum(axis=1) > THRESHOLD**2))


def _neuron(problem: Problem, separation: Separation | None) -> Iterator[Row]:
    step = first_step(problem.fresh(), RATE, _still, np.ones(3))
    whole, coef = problem.all_rows("a replay"), dict(zip(problem.names, step.coef.tolist(), strict=True))
    right = float(np.mean((problem.model.fitted(step.coef, whole) >= 0.5) == whole.y))
    last = (step.iteration - 1) // PRINTS * PRINTS
    yield counted("iris: last line", "output of the loop", "200000", last)
    yield computed("iris: steps", LOOP, step.iteration, "237706", "where its rule ends the loop")
    line, every = ("nothing", False) if separation is None else (separation.line(), separation.complete)
    note = (
        f"no finite maximum: the line {line} = 0 separates all {problem.rows} flowers, so the loss keeps falling; the "
        "loop stopped because its steps had become short, and another threshold gives other numbers"
    )
    for name, expected in (("sepal_length", "11.66"), ("sepal_width", "-12.82"), ("(Intercept)", "-23.12")):
        yield computed(f"iris: {name}", LOOP, coef[name], expected if every else "0", note)
    loss = 0.5 * problem.first_order(step.coef).deviance / problem.rows
    yield computed("iris: loss", LOOP, loss, "0.0091", "no finite maximum: it goes to 0")
    yield computed("iris: accuracy", LOOP, right, "1.0")
    across, up = (low + 0.02 * np.arange(many) for low, many in ((3.3, 280), (1.0, 220)))  # np.arange(3.3, 8.9, 0.02)
    eta = coef["sepal_length"] * across[:, None] + coef["sepal_width"] * up[None, :] + coef["(Intercept)"]
    yield computed("iris: region of 1", "its grid of 280 x 220", float(np.mean(eta >= 0.0)), "0.606", "", "of the grid")
    split = "separates the data"
    yield said("iris: the line", "below the loop", split, split if every else "does not separate them")
    try:
        verdict = str(bool(np.zeros((3,)) % PRINTS == 0))
    except ValueError as error:
        verdict = type(error).__name__
    yield slip(
        "iris: the counter", "the loop", "np.zeros((3,))", verdict, verdict == "ValueError",
        "the tuple is in the wrong order: as printed, the loop ends at its first line",
    )  # fmt: skip
    yield slip(
        "iris: axis label", "scatter plot", "Petal Length", problem.names[1], "sepal" in problem.names[1],
        "the two columns are those of the sepals, as the second plot says",
    )  # fmt: skip


def _graph() -> Iterator[Row]:
    graph = toy_graph()
    yield computed("toy graph: e", "a = 2, b = 1", round(graph.values["e"]), "6")
    yield said("toy graph: de/db", "total derivative", "2 * 1 + 3 * 1", " + ".join(graph.paths["b"]))
    yield computed("toy graph: de/db", "the sum of its edges", round(graph.exact["b"]), "5", "also by the complex step")
    yield computed("toy graph: de/da", "the same graph", round(graph.exact["a"]), "2")


def _net() -> Iterator[Row]:
    example = lecture_net()
    network, coef, block = example
    y, loss = float(network.fitted(coef, block)[0]), 0.5 * network.deviance(coef, block)
    for item in lecture_numbers():
        coded = item.quantity == "J" or item.quantity.startswith(("dJ/dV", "dJ/dW"))
        kind = printed if is_rounded(item.text, item.value) else cut
        yield kind(item.quantity, "output of the code" if coded else "by hand", item.text, item.value)
    yield cut("J by hand", "by hand", "0.5269", loss)
    dW, dV = gradients(example)
    for place, theirs in enumerate(("-0.41", "-0.30", "-0.41")):
        yield printed(f"dJ/dV[{place + 1}] by hand", "by hand", theirs, float(dV[place]))
    yield printed("dJ/dW2[1] by hand", "by hand", "-2e-6", float(dW[1, 0]))
    factors = -0.041 * 0.99998 * (1.0 - 0.99998) * 5.0
    yield slip(
        "dJ/dW1[1] by hand", "by hand", "-3e-6", factors, is_rounded("-4.1e-6", factors),
        f"the printed factors give -4.1e-6; the derivative is {float(dW[0, 0]):.2e}, as the code prints", "by factors",
    )  # fmt: skip
    yield slip(
        "name of dJ/dW2[1]", "by hand", "W12", "W21", bool(dW[1, 0] != dW[0, 1]),
        "the weight from x2 to h1 is called W12 there and W21 where h1 is computed",
    )  # fmt: skip
    for place, theirs in enumerate(("0.99998", "0.7311", "0.99999")):
        h = float(network.forward(network.unpack(coef), block.X).below[1][0][place])
        yield printed(f"h[{place + 1}] as a factor", "by hand", theirs, h)
    right, written = 0.5 * network.deviance(coef, block._replace(y=np.zeros(1))), -(1.0 - np.log(y))
    yield slip(
        "J of label 0", "binary cross-entropy", "(1-log (y))", "-log(1 - y)", right > 0 > written,
        f"{right:.4f}, and as printed {written:.4f}, which no loss can be; the code has it right",
    )  # fmt: skip
    parameters = descended(example)
    look = "the lecture shows a plot: after 99 updates, for the loop looks before each of its 100 steps"
    yield computed(
        "100 steps: J", "last point of its plot", 0.5 * network.deviance(parameters, block), "0.034485", look
    )
    yield computed(
        "100 steps: y", "last point of its plot", float(network.fitted(parameters, block)[0]), "0.96610", look
    )
    other = example._replace(block=block._replace(y=np.zeros(1)))
    parameters = descended(other)
    suggested = "the lecture suggests to change the label"
    yield computed("label 0: J", "before the first step", right, "0.8925", suggested)
    yield computed(
        "label 0: J, 100 steps", "its loop", 0.5 * network.deviance(parameters, other.block), "0.0514", suggested
    )
