"""A network in PyTorch, trained there or by Lightning, takes the steps of the hand-written backpropagation."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")

from dataclasses import replace

from glmnn.data.dataset import InMemory
from glmnn.models.activations import ACTIVATIONS
from glmnn.models.families import BINOMIAL, GAUSSIAN, POISSON
from glmnn.models.glm import GLM
from glmnn.models.layers import Layer
from glmnn.models.links import IDENTITY, LOG, LOGIT
from glmnn.models.multinomial import Multinomial
from glmnn.models.network import Network
from glmnn.networks.settings import Training
from glmnn.networks.training import train

HEADS = {
    "bce": (GLM(BINOMIAL, LOGIT), lambda rng: rng.integers(0, 2, 80)),
    "mse": (GLM(GAUSSIAN, IDENTITY), lambda rng: rng.normal(size=80)),
    "sigmoid mse": (GLM(GAUSSIAN, LOGIT), lambda rng: rng.integers(0, 2, 80)),
    "poisson": (GLM(POISSON, LOG), lambda rng: rng.poisson(2.0, 80)),
    "cce": (Multinomial(("a", "b", "c")), lambda rng: rng.integers(0, 3, 80)),
}


@pytest.mark.parametrize("framework", ["torch", "lightning"])
@pytest.mark.parametrize("rule", ["gd", "momentum", "nesterov", "adam", "sgd"])
@pytest.mark.parametrize("head", HEADS)
def test_the_same_weights_after_the_same_steps(head, rule, framework):
    pytest.importorskip(framework)
    rng = np.random.default_rng(4)
    top, response = HEADS[head]
    data = InMemory.from_arrays(rng.normal(size=(80, 2)), response(rng), ("u", "v"), rng.uniform(0.5, 2.0, 80))
    layers = tuple(Layer(3, activation) for activation in ACTIVATIONS.values())
    network = Network(("u", "v"), layers, top, True)
    training = Training(rule, lr=0.02, max_iter=60, batch_size=16 if rule == "sgd" else None)
    mine, theirs = train(network, data, training), train(network, data, replace(training, framework=framework))
    assert mine.updates == theirs.updates == 60
    np.testing.assert_allclose(theirs.coef, mine.coef, rtol=1e-9, atol=1e-11)
    assert not np.allclose(mine.coef, network.init(0, "auto", data.whole), atol=1e-3)
