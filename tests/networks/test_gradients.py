"""The backward pass: against the complex step, against central differences, against the lectures."""

import re
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from glmnn.arrays import Block
from glmnn.cli import app
from glmnn.data.dataset import InMemory
from glmnn.errors import UsageError
from glmnn.models.activations import ACTIVATIONS, RELU, SIGMOID, TANH
from glmnn.models.families import BINOMIAL, GAUSSIAN, POISSON
from glmnn.models.glm import GLM
from glmnn.models.layers import Layer
from glmnn.models.links import IDENTITY, LOG, LOGIT
from glmnn.models.multinomial import Multinomial
from glmnn.models.network import Network
from glmnn.networks.gradcheck import run_gradcheck
from glmnn.networks.gradcheck_report import gradcheck_report
from glmnn.networks.numerical_gradient import check_gradient, legal_point
from glmnn.networks.options import GradcheckOptions
from glmnn.networks.toy_graph import toy_graph
from glmnn.networks.worked_examples import (
    Printed,
    backward_difference,
    chain_rule,
    descended,
    drawn,
    gradients,
    lecture_net,
    lecture_numbers,
    two_two_two_one,
)
from pairs import MODEL_NAMES, MODELS, sample

HEADS = {
    "bce": GLM(BINOMIAL, LOGIT),
    "cce": Multinomial(("a", "b", "c")),
    "mse": GLM(GAUSSIAN, IDENTITY),
    "mse of a sigmoid": GLM(GAUSSIAN, LOGIT),
    "poisson": GLM(POISSON, LOG),
}
EXACT = 1e-12  # of rounding in three layers


def data(head, rows=15):
    rng = np.random.default_rng(2)
    y = np.arange(rows) % head.outputs if head.outputs > 1 else rng.integers(0, 2, rows)
    weight = rng.integers(1, 4, rows).astype(float)
    return Block(rng.standard_normal((rows, 3)), y.astype(float), weight, 0.1 * rng.standard_normal(rows))


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("kind", ACTIVATIONS.values(), ids=ACTIVATIONS)
@pytest.mark.parametrize("bias", [True, False])
def test_every_activation_under_every_loss(kind, head, bias):
    network = Network(("x1", "x2", "x3"), (Layer(4, kind, bias), Layer(3, kind, bias)), head, bias)
    found = check_gradient(network, network.init(1), data(head))
    assert found.right
    assert [layer.title for layer in found.layers] == ["layer1", "layer2", "head"]
    assert max(layer.error for layer in found.layers) < EXACT


@pytest.mark.parametrize("model", MODELS, ids=MODEL_NAMES)
def test_every_glm_and_a_layer_under_it(model):
    problem = sample(model)
    block = problem.data.whole
    neuron = Network(problem.names, (), model)
    found = check_gradient(neuron, legal_point(neuron, block, 1), block, model.score)
    assert found.right
    assert found.worst.error < EXACT
    assert found.worst.central_error < 1e-7
    above = Network(("x",), (Layer(3, TANH),), model, bias=True)
    inner = block._replace(X=np.ascontiguousarray(block.X[:, 1:]))
    assert check_gradient(above, legal_point(above, inner, 1), inner).worst.error < EXACT


@pytest.mark.parametrize("place", [0, 7, 15, 19])
def test_a_wrong_weight_is_found_and_named(place):
    network = Network(("x1", "x2", "x3"), (Layer(4, TANH),), HEADS["bce"], bias=True)
    block, coef = data(HEADS["bce"]), network.init(1)

    def wrong(there, rows):
        score = network.score(there, rows)
        score[place] *= 1.0 + 1e-6
        return score

    found = check_gradient(network, coef, block, wrong)
    assert not found.right
    assert found.worst.worst.name == network.names[place]
    assert 1e-7 < found.worst.error < 1e-5


@pytest.mark.parametrize("value", [np.nan, 0.0, np.inf])
def test_a_gradient_that_is_no_number_or_missing_is_wrong(value):
    network = Network(("x1", "x2", "x3"), (Layer(2, RELU),), HEADS["mse"], bias=True)
    found = check_gradient(network, network.init(1), data(HEADS["mse"]), lambda coef, _rows: np.full(coef.size, value))
    assert not found.right


def test_a_kink_is_no_error():
    """Rows at zero with biases at zero: every unit sits on its kink, where the derivative is taken as 0."""
    network = Network(("x1", "x2", "x3"), (Layer(4, RELU),), HEADS["bce"], bias=True)
    block = data(HEADS["bce"])
    block.X[:5] = 0.0
    found = check_gradient(network, network.init(1), block)
    assert found.right
    assert found.layers[0].kinks > 0


def test_no_legal_point_is_said():
    network = Network(("x1", "x2", "x3"), (Layer(2, TANH, bias=False),), GLM(POISSON, IDENTITY))
    with pytest.raises(UsageError, match="--link"):
        legal_point(network, data(HEADS["poisson"]), 1)


# the lectures


@pytest.mark.parametrize("number", lecture_numbers(), ids=lambda number: number.quantity)
def test_the_lectures_numbers_to_the_printed_digits(number):
    assert number.agrees


def test_the_lectures_gradients_to_every_digit_printed():
    example = lecture_net()
    W, V = gradients(example)
    assert f"{0.5 * example.network.deviance(example.coef, example.block):.8f}" == "0.52699227"
    assert [f"{value:.8e}" for value in W.ravel()] == [
        "-3.42057777e-06", "-2.01341432e-01", "1.25838681e-06", "-2.05234666e-06", "-1.20804859e-01", "7.55032084e-07",
    ]  # fmt: skip
    assert [f"{value:.8f}" for value in V] == ["-0.40961516", "-0.29945768", "-0.40961948"]


def test_the_lectures_descent():
    """At the last of its 100 looks, after 99 steps: replayed from the lecture's own code."""
    example = lecture_net()
    coef = descended(example)
    assert 0.5 * example.network.deviance(coef, example.block) == pytest.approx(0.034485, abs=5e-7)
    assert example.network.fitted(coef, example.block)[0] == pytest.approx(0.96610, abs=5e-6)


def test_a_number_that_does_not_agree_is_said():
    assert not Printed("J", "0.52699227", 0.52699229).agrees
    assert not Printed("g", "-3.42057777e-06", -3.42057779e-06).agrees


@pytest.mark.parametrize("seed", range(5))
def test_the_2_2_2_1_net_by_the_chain_rule(seed):
    example = two_two_two_one(seed)
    chain = chain_rule(drawn(seed))
    backward = -2.0 * example.network.score(example.coef, example.block)[0]
    assert backward == pytest.approx(chain, rel=1e-13)
    difference = abs(backward_difference(example) / chain - 1.0)
    assert 0.0 < difference < 1e-3
    assert max(layer.error for layer in check_gradient(*example).layers) < 1e-14


# the toy graph


def test_the_toy_graph_of_the_lecture():
    """Printed there: c = a + b, d = b + 1, e = c d, and de/db = 2 * 1 + 3 * 1 at a = 2, b = 1."""
    graph = toy_graph()
    assert graph.values == {"a": 2, "b": 1, "c": 3, "d": 2, "e": 6}
    assert graph.derivatives == {"e": 1, "c": 2, "d": 3, "a": 2, "b": 5}
    assert (graph.paths["b"], graph.paths["a"]) == (["2 * 1", "3 * 1"], ["2 * 1"])
    assert graph.right


def test_the_toy_graph_elsewhere_and_when_it_is_wrong():
    graph = toy_graph(-1.5, 4.0)
    assert graph.exact == {"a": pytest.approx(5.0), "b": pytest.approx(7.5)}  # b + 1, and (b + 1) + (a + b)
    assert graph.right
    assert not replace(graph, derivatives={**graph.derivatives, "b": 7.4}).right
    with pytest.raises(UsageError, match="two numbers, for a and b"):
        run_gradcheck(GradcheckOptions(net="toy", init="1,2,3"), None)


# the command


def report(**options):
    found = run_gradcheck(GradcheckOptions(**options), None)
    return found, "\n".join(line for section in gradcheck_report(found).sections for line in section.lines)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"family": "gamma"},
        {"family": "gaussian", "link": "inverse"},
        {"family": "poisson", "hidden": "5:relu,3:softmax"},
        {"family": "negative_binomial", "alpha": 0.5, "hidden": "3:tanh", "intercept": False},
        {"family": "multinomial", "hidden": "4:sigmoid"},
        {"family": "multinomial"},
        {"loss": "mse", "hidden": "4:identity", "init": "uniform"},
        {"loss": "bce", "hidden": "4:identity", "init": "random", "seed": 3},
        {"loss": "cce", "hidden": "4"},
        {"net": "lecture"},
        {"net": "2-2-2-1", "seed": 1},
        {"net": "toy"},
    ],
    ids=str,
)
def test_gradcheck_is_right(options):
    found, text = report(**options)
    assert found.right
    assert "The backward pass is right" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"net": "lectur"}, "did you mean 'lecture'"),
        ({"net": "lecture", "hidden": "3"}, "of its own"),
        ({"hidden": "3", "loss": "cce", "family": "poisson"}, "for classes"),
        ({"loss": "bce", "family": "poisson"}, "binomial"),
        ({"seed": -1}, "--seed"),
        ({"hidden": "3", "family": "poisson", "link": "identity"}, "between 0 and inf"),
        ({"l2": 1.0}, "--l2"),
    ],
    ids=str,
)
def test_gradcheck_refuses(options, message):
    with pytest.raises(UsageError, match=message):
        report(**options)


def test_the_command_says_how_it_ended():
    for words in (["--net", "lecture"], ["data/primes.csv", "--hidden", "3:tanh"]):
        done = CliRunner().invoke(app, ["gradcheck", *words])
        assert done.exit_code == 0, done.output
        assert "rounding" in done.stdout


def test_a_wrong_gradient_ends_with_1(monkeypatch):
    from glmnn.models import activations

    wrong = activations.Activation("tanh", SIGMOID.function, TANH.backward, TANH.limit)
    monkeypatch.setitem(activations.ACTIVATIONS, "tanh", wrong)
    done = CliRunner().invoke(app, ["gradcheck", "--hidden", "3:tanh"])
    assert done.exit_code == 1
    assert "WRONG: look at layer1, layer1[" in done.stdout.replace("\n", " ")


def test_data_with_many_rows_are_thinned():
    problem = sample(GLM(BINOMIAL, LOGIT), rows=500)
    assert isinstance(problem.data, InMemory)
    found = CliRunner().invoke(app, ["gradcheck", "data/video.csv", "--hidden", "3"])
    assert "50 rows, data/video.csv (one row of 20)" in found.stdout.replace("\n", " ")


WEIGHTS = "1,2,-1,2,3,-1,0.1,0.5,-0.1"  # of the lecture's net, a unit after the other


def gradcheck(*arguments):
    return CliRunner().invoke(app, ["gradcheck", *map(str, arguments)])


def test_own_weights_label_and_inputs(tmp_path):
    """The lecture's net with label 0: J = -log(1 - 0.5903780017) and dJ/dV = y h, by hand."""
    path = tmp_path / "row.csv"
    path.write_text("x1,x2,y\n5,3,0\n")
    found = gradcheck(path, "--family", "binomial", "--no-intercept", "--hidden", "3:sigmoid", "--init", WEIGHTS)
    assert found.exit_code == 0
    assert "J = 0.892520500" in found.stdout
    assert re.search(r"head\[1<-2\] +0\.500000000 +0\.431600903", found.stdout)


def test_own_weights_of_the_lectures_net_leave_its_numbers_out():
    found = gradcheck("--net", "lecture", "--init", WEIGHTS)
    assert "-0.409615157" in found.stdout
    assert "The lecture's numbers" not in found.stdout


def test_own_weights_must_be_numbers_and_as_many_as_there_are():
    assert "has 2 numbers; the network has 9" in str(gradcheck("--net", "lecture", "--init", "1,2").exception)
    assert "use auto" in str(gradcheck("--net", "lecture", "--init", "1,b").exception)
