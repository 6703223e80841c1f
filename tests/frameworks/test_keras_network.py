"""A network in Keras takes the steps of the hand-written backpropagation, and so does a softmax layer."""

from dataclasses import replace

import numpy as np
import pytest

from glmnn.solvers.external.library import KERAS

if not KERAS.installed:
    pytest.skip("Keras is not installed with a backend: pip install keras torch", allow_module_level=True)

from glmnn.data.dataset import InMemory
from glmnn.models.activations import ACTIVATIONS
from glmnn.models.families import BINOMIAL, GAUSSIAN
from glmnn.models.glm import GLM
from glmnn.models.layers import Layer
from glmnn.models.links import IDENTITY, LOGIT
from glmnn.models.multinomial import Multinomial
from glmnn.models.network import Network
from glmnn.networks.settings import Training
from glmnn.networks.training import train
from glmnn.problem.problem import Problem
from glmnn.solvers.external.keras import Keras
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.loop import fit
from glmnn.solvers.stopping.standard_errors import StandardErrors

HEADS = {
    "bce": (GLM(BINOMIAL, LOGIT), lambda rng: rng.integers(0, 2, 60)),
    "mse": (GLM(GAUSSIAN, IDENTITY), lambda rng: rng.normal(size=60)),
    "cce": (Multinomial(("a", "b", "c")), lambda rng: rng.integers(0, 3, 60)),
}


@pytest.mark.parametrize("rule", ["gd", "momentum", "nesterov", "sgd"])
@pytest.mark.parametrize("head", HEADS)
def test_the_same_weights_after_the_same_steps(head, rule):
    rng = np.random.default_rng(4)
    top, response = HEADS[head]
    data = InMemory.from_arrays(rng.normal(size=(60, 2)), response(rng), ("u", "v"), rng.uniform(0.5, 2.0, 60))
    layers = tuple(Layer(3, ACTIVATIONS[name]) for name in ("tanh", "relu", "sigmoid"))
    network = Network(("u", "v"), layers, top, True)
    training = Training(rule, lr=0.05, max_iter=25, batch_size=16 if rule == "sgd" else None)
    mine, theirs = train(network, data, training), train(network, data, replace(training, framework="keras"))
    np.testing.assert_allclose(theirs.coef, mine.coef, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("rule", ["gd", "momentum"])
def test_the_softmax_layer_takes_the_same_steps(rule):
    rng = np.random.default_rng(1)
    X = np.column_stack([np.ones(60), rng.normal(size=(60, 2)) * [1.0, 3.0]])
    model = Multinomial(("a", "b", "c"))
    data = InMemory.from_arrays(X, rng.integers(0, 3, 60), model.terms(("(Intercept)", "u", "v")))
    plan = Gradient(rule, lr=0.05, standardize=False)
    theirs = fit(Problem(model, data), Keras(f"keras:{rule}", plan), StandardErrors(max_iter=40))
    mine = fit(Problem(model, data), plan, StandardErrors(max_iter=40))
    np.testing.assert_allclose(theirs.path, mine.path, rtol=1e-10, atol=1e-12)
