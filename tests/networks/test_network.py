"""A network: the GLM where it has no hidden layer, one flat vector, units folded in."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glmnn.arrays import Block
from glmnn.data.dataset import InMemory
from glmnn.errors import UsageError
from glmnn.kernels.choice import chosen
from glmnn.models.activations import ACTIVATIONS, IDENTITY, RELU, SIGMOID, SOFTMAX, TANH
from glmnn.models.families import BINOMIAL, GAMMA, GAUSSIAN, POISSON
from glmnn.models.glm import GLM
from glmnn.models.layers import MOST_UNITS, Layer, read_layers
from glmnn.models.links import IDENTITY as IDENTITY_LINK
from glmnn.models.links import LOG, LOGIT
from glmnn.models.multinomial import Multinomial
from glmnn.models.network import Network
from glmnn.models.softmax import to_symmetric
from glmnn.networks.settings import Training
from glmnn.networks.standardise import units_of
from glmnn.networks.training import total, train
from glmnn.problem.problem import Problem, is_glm
from glmnn.solvers.gradient import Gradient, starting_coef
from glmnn.solvers.updates import UPDATES
from pairs import MODEL_NAMES, MODELS, sample

models = pytest.mark.parametrize("model", MODELS, ids=MODEL_NAMES)
LOGISTIC = GLM(BINOMIAL, LOGIT)
ABC = ("a", "b", "c")


def network(*layers, head=LOGISTIC, bias=True, inputs=("x1", "x2")):
    return Network(inputs, tuple(Layer(units, kind, bias) for units, kind in layers), head, bias)


def rows(n=12, seed=0, inputs=2, y=None):
    rng = np.random.default_rng(seed)
    X, weight = rng.standard_normal((n, inputs)), rng.integers(1, 4, n).astype(float)
    return Block(X, rng.integers(0, 2, n).astype(float) if y is None else y, weight, 0.1 * rng.standard_normal(n))


# no hidden layer is the GLM


@models
def test_without_hidden_layers_every_bit_is_the_glms(model):
    problem = sample(model)
    neuron, block, coef = Network(problem.names, (), model), problem.data.whole, problem.constant_start()
    for there in (coef, coef * (1.0 + 1e-3), coef - 50.0):
        with np.errstate(all="ignore"):
            mine, theirs = neuron.first_order(there, block), model.first_order(there, block)
            np.testing.assert_array_equal(neuron.score(there, block), model.score(there, block))
            np.testing.assert_array_equal(neuron.fitted(there, block), model.fitted(there, block))
        assert (mine.rows, mine.deviance) == (theirs.rows, theirs.deviance)
        np.testing.assert_array_equal(mine.score, theirs.score)
    assert neuron.names == problem.names


def test_a_network_of_one_output_is_no_glm():
    net, block = network((2, "tanh")), rows()
    problem = Problem(net, InMemory(net.inputs, block))
    assert not is_glm(problem)
    assert is_glm(Problem(LOGISTIC, InMemory(net.inputs, block)))
    with pytest.raises(TypeError, match="Network is no generalised linear model"):
        _ = problem.glm


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize(
    "head", [LOGISTIC, GLM(POISSON, LOG), Multinomial(ABC)], ids=["binomial", "poisson", "classes"]
)
@pytest.mark.parametrize("kinds", [(RELU,), (TANH, SIGMOID), (SOFTMAX, RELU), ()], ids=lambda kinds: f"{len(kinds)}")
def test_the_score_in_memory_taken_once_has_every_bit(kinds, head, plain):
    net = network(*((5 - place, kind) for place, kind in enumerate(kinds)), head=head)
    given = rows(n=40)
    if plain:
        given = given._replace(prior_weight=np.ones(40), offset=np.zeros(40))
    score, seen = net.scorer(16, plain), []
    for first, coef in ((0, net.init(1)), (16, net.init(2)), (32, net.init(3))):  # the last batch is smaller
        batch = given.rows(slice(first, first + 16))
        seen.append((score(coef, batch), net.score(coef, batch)))
    for ours, theirs in seen:
        np.testing.assert_array_equal(ours, theirs)


@models
@pytest.mark.parametrize("batch", [None, 8])
def test_without_hidden_layers_every_step_of_gd_is_the_glms(model, batch):
    problem = sample(model)
    assert_same_path(problem, model, "gd", batch)


@pytest.mark.parametrize("rule", sorted(UPDATES))
@pytest.mark.parametrize("batch", [None, 8, 64])
def test_without_hidden_layers_every_rule_walks_the_glms_path(rule, batch):
    assert_same_path(sample(LOGISTIC), LOGISTIC, rule, batch)


def assert_same_path(problem, model, rule, batch, steps=25):
    lr, start = 1e-3, starting_coef(problem)
    solver = Gradient(rule, lr, batch, standardize=False, seed=3)
    with np.errstate(all="ignore"), chosen("numpy"):  # the same arithmetic, whose bits are compared
        glm = next(islice(solver.steps(problem, start), steps, None)).coef
    neuron = Network(problem.names, (), model)
    how = Training(rule, lr, batch or problem.rows, standardize=False, max_iter=steps, seed=3, start=start)
    with chosen("numpy"):
        np.testing.assert_array_equal(train(neuron, problem.data, how).coef, glm)


def test_without_hidden_layers_the_softmax_is_the_multinomial_logit():
    block = rows(y=np.arange(12) % 3.0)
    baseline = np.random.default_rng(1).standard_normal((2, 2))
    model, layer = Multinomial(ABC), Network(("x1", "x2"), (), Multinomial(ABC))
    coef = layer.pack([(to_symmetric(baseline), None)])
    np.testing.assert_allclose(layer.fitted(coef, block), model.fitted(baseline.ravel(), block), rtol=1e-14)
    one, other = layer.first_order(coef, block), model.first_order(baseline.ravel(), block)
    assert one.deviance == pytest.approx(other.deviance, rel=1e-14)
    np.testing.assert_allclose(one.score[2:], other.score, rtol=1e-12)


# one flat vector


@st.composite
def networks(draw):
    kinds = st.sampled_from(sorted(ACTIVATIONS))
    sizes = draw(st.lists(st.tuples(st.integers(1, 5), kinds, st.booleans()), max_size=3))
    layers = tuple(Layer(units, ACTIVATIONS[kind], bias) for units, kind, bias in sizes)
    head = draw(st.sampled_from([LOGISTIC, Multinomial(ABC)]))
    inputs = tuple(f"x{place}" for place in range(draw(st.integers(1, 4))))
    return Network(inputs, layers, head, draw(st.booleans()))


@settings(max_examples=60, deadline=None)
@given(networks())
def test_packing_is_the_inverse_of_unpacking(net):
    coef = np.arange(net.size, dtype=float)
    layers = net.unpack(coef)
    np.testing.assert_array_equal(net.pack(layers), coef)
    assert sum(layer.weights.size + (0 if layer.bias is None else layer.bias.size) for layer in layers) == net.size
    assert len(set(net.names)) == net.size
    layers[0].weights[...] = -1.0  # views: what is written there is written into the vector
    assert np.all(coef[net.places[0].weights] == -1.0)
    with np.errstate(all="ignore"):
        block = rows(inputs=len(net.inputs))
        assert net.score(net.init(1), block).shape == (net.size,)
        score, alone = net.first_order(net.init(1), block).score, net.score(net.init(1), block)
        np.testing.assert_allclose(score, alone, rtol=1e-12, atol=1e-14 * np.abs(alone).max())  # it cancels in places


def test_parameters_are_named_from_right_to_left():
    names = network((2, TANH), (1, RELU)).names
    assert names == (
        "layer1[1<-x1]", "layer1[1<-x2]", "layer1[2<-x1]", "layer1[2<-x2]", "layer1[1<-bias]", "layer1[2<-bias]",
        "layer2[1<-1]", "layer2[1<-2]", "layer2[1<-bias]", "head[1<-1]", "head[1<-bias]",
    )  # fmt: skip


def test_a_bias_in_the_wrong_place_is_refused():
    with pytest.raises(ValueError, match="bias"):
        network((1, TANH), bias=False).pack([(np.ones((1, 2)), np.ones(1)), (np.ones(1), None)])


def test_a_forward_pass_by_hand():
    net = network((2, RELU), (2, TANH), (2, SIGMOID), (2, SOFTMAX), (2, IDENTITY))
    weights = [np.array([[1.0, -2.0], [0.5, 0.25]])] * 5
    coef = net.pack([*((W, np.array([0.1, -0.3])) for W in weights), (np.array([2.0, -1.0]), np.array([0.5]))])
    x = np.array([0.7, -0.2])
    for kind, W in zip(("relu", "tanh", "sigmoid", "softmax", "identity"), weights, strict=True):
        z = W @ x + np.array([0.1, -0.3])
        x = {
            "relu": np.maximum(z, 0.0), "tanh": np.tanh(z), "sigmoid": 1 / (1 + np.exp(-z)),
            "softmax": np.exp(z) / np.exp(z).sum(), "identity": z,
        }[kind]  # fmt: skip
    block = Block(np.array([[0.7, -0.2]]), np.ones(1), np.ones(1), np.array([0.25]))
    assert net.eta(coef, block)[0] == pytest.approx(2.0 * x[0] - x[1] + 0.5 + 0.25, rel=1e-14)


def test_a_prior_weight_stands_for_so_many_rows():
    net, block = network((3, TANH)), rows()
    coef, twice = net.init(2), np.repeat(np.arange(12), block.prior_weight.astype(int))
    written_out = block.rows(twice)._replace(prior_weight=np.ones(twice.size))
    one, other = net.first_order(coef, block), net.first_order(coef, written_out)
    assert one.deviance == pytest.approx(other.deviance, rel=1e-13)
    np.testing.assert_allclose(one.score, other.score, rtol=1e-12)


# heads and activations


def test_extreme_outputs_stay_finite():
    block = rows(3, y=np.array([0.0, 1.0, 2.0]))
    eta = np.array([[900.0, -900.0, 0.0]] * 3)
    deviance, slope = Multinomial(ABC).loss(eta, block)
    np.testing.assert_allclose(Multinomial(ABC).deviances(eta, block.y), [0.0, 3600.0, 1800.0])
    assert np.isfinite(deviance)
    assert np.all(np.isfinite(slope))


@pytest.mark.parametrize("kind", [SIGMOID, TANH], ids=lambda kind: kind.name)
def test_the_derivative_of_a_saturated_unit_keeps_its_digits(kind):
    z = np.array([[-40.0, 40.0]])
    slope = kind.backward(np.ones_like(z), z, kind.function(z))
    exact = np.exp(-40.0) if kind is SIGMOID else 4.0 * np.exp(-80.0)
    np.testing.assert_allclose(slope, exact, rtol=1e-14)


def test_the_slope_of_relu_at_zero_is_zero():
    assert RELU.backward(np.ones((1, 1)), np.zeros((1, 1)), np.zeros((1, 1))) == 0.0


@pytest.mark.parametrize("head", [LOGISTIC, GLM(POISSON, LOG), GLM(GAUSSIAN, IDENTITY_LINK)])
def test_the_head_starts_at_the_mean_response(head):
    block = rows(40)._replace(offset=np.zeros(40))
    assert head.mean(head.start(block))[0] == pytest.approx(np.average(block.y, weights=block.prior_weight))


def test_a_head_starts_inside_its_domain_for_a_constant_response():
    block = rows(6, y=np.zeros(6))
    assert np.all(np.isfinite(LOGISTIC.start(block)))
    assert np.all(np.isfinite(Multinomial(ABC).start(block)))


def test_weights_start_within_each_activations_limit():
    net = network((50, RELU), (40, TANH))
    coef = net.init(4)
    first, second, top = net.unpack(coef)
    for weights, limit in (
        (first.weights, 3.0**0.5),
        (second.weights, (6 / 90) ** 0.5),
        (top.weights, (6 / 41) ** 0.5),
    ):
        assert 0.9 * limit < np.abs(weights).max() <= limit
    assert not first.bias.any()
    np.testing.assert_array_equal(net.init(4), coef)
    assert np.any(net.init(5) != coef)
    assert np.abs(net.init(4, "uniform")).max() <= 1.0
    with pytest.raises(UsageError, match="--init 'zero'"):
        net.init(0, "zero")


def test_zeros_would_be_a_saddle():
    net, block = network((4, TANH)), rows()
    score = net.score(np.zeros(net.size), block)
    assert not score[net.places[0].whole].any()


# units


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("layers", [(), ((3, TANH),), ((3, RELU), (2, SIGMOID))])
@pytest.mark.parametrize("model", [LOGISTIC, GLM(GAUSSIAN, IDENTITY_LINK), GLM(GAMMA, LOG)])
def test_standardised_units_are_a_change_of_coordinates(bias, layers, model):
    net = network(*layers, head=model, bias=bias)
    block = rows(30)
    block = block._replace(X=block.X * [1e-3, 50.0] + [0.01, 1e3], y=block.y * 30.0 + 100.0)
    units, inner = units_of(net, block), np.random.default_rng(1).standard_normal(net.size)
    coef = units.to_data(net, inner)
    np.testing.assert_allclose(units.to_inner(net, coef), inner, rtol=1e-9, atol=1e-9)
    there = net.eta(inner, units.block(block)) * units.size + units.level
    np.testing.assert_allclose(net.eta(coef, block), there, rtol=1e-9)
    if bias:
        np.testing.assert_allclose(units.block(block).X.std(axis=0), 1.0)


def test_a_constant_feature_does_no_harm():
    net, block = network((2, TANH)), rows()
    block = block._replace(X=np.column_stack([block.X[:, 0], np.full(12, 7.0)]))
    units = units_of(net, block)
    assert np.all(np.isfinite(units.to_data(net, net.init(1))))
    assert not units.block(block).X[:, 1].any()


# text


def test_layers_are_read():
    assert read_layers(" 32:relu, 8:Tanh,3") == (Layer(32, RELU), Layer(8, TANH), Layer(3, RELU))


@pytest.mark.parametrize("text", ["", "0:relu", "a:relu", "4:relu,", "-3:tanh", f"{MOST_UNITS + 1}", "²:relu"])
def test_unreadable_layers_are_refused(text):
    with pytest.raises(UsageError, match="--hidden"):
        read_layers(text)


def test_an_unknown_activation_is_named():
    with pytest.raises(UsageError, match="did you mean 'tanh'"):
        read_layers("3:tahn")


def test_networks_of_large_data_are_summed_over_blocks():
    net = network((2, TANH))
    block = rows(20_000)
    data = InMemory(("x1", "x2"), block)
    one, other = total(net, net.init(1), data), net.first_order(net.init(1), block)
    assert one.deviance == pytest.approx(other.deviance, rel=1e-12)
    np.testing.assert_allclose(one.score, other.score, rtol=1e-9)
