"""Compiled steps of networks are NumPy's to rounding, and only taken when they are asked for."""

import numpy as np
import pytest

from glmnn.data.dataset import InMemory
from glmnn.kernels.choice import chosen
from glmnn.models.families import BINOMIAL, GAUSSIAN, POISSON
from glmnn.models.glm import GLM
from glmnn.models.layers import read_layers
from glmnn.models.links import IDENTITY, LOG, LOGIT
from glmnn.models.network import Network
from glmnn.networks.backpropagation import Backpropagation
from glmnn.problem.problem import Problem
from glmnn.solvers.compiled import CompiledSteps
from glmnn.solvers.loop import fit
from glmnn.solvers.stopping.held_out import HeldOut
from glmnn.solvers.updates import gd

pytest.importorskip("numba")
pytestmark = [pytest.mark.slow, pytest.mark.whole]  # compiling takes seconds

HEADS = [GLM(BINOMIAL, LOGIT), GLM(POISSON, LOG), GLM(GAUSSIAN, IDENTITY)]


def trained(how, hidden, head, rule="sgd", size=32, weighted=False, rows=150, bias=True, scale=1.0):
    rng = np.random.default_rng(rows)
    X = rng.standard_normal((rows, 5))
    y = 1.0 * (rng.random(rows) < 1 / (1 + np.exp(-X[:, 0] * X[:, 1])))
    weight, offset = (rng.uniform(0.5, 2.0, rows), rng.normal(0, 0.3, rows)) if weighted else (None, None)
    data = InMemory.from_arrays(X, y, None, weight, offset)
    network = Network(data.names, read_layers(hidden, bias), head, bias=bias)
    solver = Backpropagation(rule, 0.02, 0.5, "sqrt", size, 5, 300, seed=1)
    start = scale * network.init(2, "uniform")
    with chosen(how), np.errstate(all="ignore"):
        return fit(Problem(network, data), solver, HeldOut(None, every=20), start)


@pytest.mark.slow
@pytest.mark.parametrize("head", HEADS, ids=lambda head: head.family.name)
@pytest.mark.parametrize("hidden", ["7:relu", "6:sigmoid,3:relu", "2:identity,4:sigmoid,3:relu"])
@pytest.mark.parametrize("rule", ["sgd", "momentum", "nesterov", "adam"])
@pytest.mark.parametrize(("size", "weighted", "bias"), [(32, False, True), (1, True, True), (50, True, False)])
def test_the_steps_are_numpys(head, hidden, rule, size, weighted, bias):
    plain, compiled = (trained(how, hidden, head, rule, size, weighted, bias=bias) for how in ("numpy", "compiled"))
    assert (compiled.status, compiled.iterations, compiled.passes) == (plain.status, plain.iterations, plain.passes)
    assert np.isfinite(plain.path).all()
    np.testing.assert_allclose(compiled.path, plain.path, rtol=1e-11, atol=1e-13)


def test_outputs_far_out_are_numpys():
    plain, compiled = (trained(how, "3:relu", HEADS[1], scale=30.0) for how in ("numpy", "compiled"))
    assert compiled.status is plain.status
    np.testing.assert_array_equal(np.isfinite(compiled.path), np.isfinite(plain.path))


def test_only_who_asks_gets_compiled_steps():
    """From the last bit of a step a network may come to another minimum, so the same call would have two answers."""
    X = np.ones((40, 1))

    def loops(hidden, head=HEADS[0]):
        data = InMemory.from_arrays(X, np.zeros(40))
        return CompiledSteps(Problem(Network(data.names, read_layers(hidden), head), data), gd(0.1)).loops(10**9, 100)

    with chosen("compiled"):
        assert loops("3:relu") is not None
        assert loops("3:relu,2:tanh") is None
    for how in ("auto", "numpy"):
        with chosen(how):
            assert [loops("3:relu"), loops("3:relu")] == [None, None]
