"""Keras' neuron takes the steps of the hand-written one in float64, whatever its backend."""

import json
import os

import numpy as np
import pytest

from glmnn.solvers.external.library import KERAS, keras_backend

if not KERAS.installed:  # importing it would take a backend that may not be there
    pytest.skip(f"Keras is not installed with a backend: {KERAS.install}", allow_module_level=True)

from frameworks.mirrors import RULES, RUNS, bundled, distance, held
from glmnn.solvers.external.keras import Keras
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.loop import fit
from glmnn.solvers.stopping import Status
from glmnn.solvers.stopping.standard_errors import StandardErrors
from pairs import MODELS, sample

SOME = {
    "gaussian-log",
    "binomial-cauchit",
    "binomial-probit",
    "poisson-log",
    "gamma-inverse",
    "negative_binomial(0.7)-log",
}


def make(plan):
    return Keras(f"keras:{plan.name}", plan)


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("rule", RULES)
def test_the_same_trajectory_to_rounding(rule, run):
    assert held(make, rule, run) < 1e-12


@pytest.mark.parametrize("model", [model for model in MODELS if f"{model.family.name}-{model.link.name}" in SOME])
def test_pairs_reach_the_maximum_in_as_many_steps(model):
    problem = sample(model)
    run, far = distance(problem, Keras())
    assert run.status is Status.CONVERGED
    assert far < 1e-7
    assert run.iterations == fit(problem.fresh(), Gradient()).iterations


def test_momentum_where_the_rate_follows_the_curvature():
    """In Keras the rate is inside the velocity; a change of the rate changes the velocity with it."""
    problem = sample(next(model for model in MODELS if model.family.name == "poisson" and model.link.name == "log"))
    for rule in ("momentum", "nesterov"):
        ours = fit(problem.fresh(), Gradient(rule), StandardErrors(max_iter=40))
        theirs = fit(problem.fresh(), Keras(plan=Gradient(rule)), StandardErrors(max_iter=40))
        np.testing.assert_allclose(theirs.path, ours.path, rtol=1e-11)


def test_a_start_is_taken():
    assert held(make, "gd", "primes", np.array([0.5, -0.25])) < 1e-13


def test_the_report_says_on_which_backend_it_ran(glmnn):
    import keras

    ended = glmnn("fit", "data/primes.csv", "--solver", "keras", "--format", "json")
    found = json.loads(ended.out)
    (told,) = [note for note in found["notes"] if note.startswith("Keras 3 runs on")]
    assert told.split()[4] == keras.backend.backend()
    hidden = glmnn("fit", "data/primes.csv", "--solver", "keras", "--hidden", "2", "--max-iter", "3")
    assert told in hidden.out
    assert "gd in Keras 3 on standardised features" in hidden.out


def test_where_there_is_no_maximum_few_steps_are_made(glmnn):
    ended = glmnn("fit", "data/iris_setosa.csv", "--solver", "gd,keras")
    assert ended.code == 3
    assert "keras: only 100 updates without --max-iter: there is no maximum to come near" in ended.out
    (line,) = [line for line in ended.out.splitlines() if line.startswith("keras ")]
    assert line.split()[1] == "100"
    asked = glmnn("fit", "data/iris_setosa.csv", "--solver", "keras", "--max-iter", "120")
    assert "only 100 updates" not in asked.out


def test_the_float_type_and_the_environment_are_given_back():
    import keras

    before = keras.config.floatx(), os.environ.get("KERAS_BACKEND")
    fit(bundled("primes"), Keras(), StandardErrors(max_iter=3))
    assert (keras.config.floatx(), os.environ.get("KERAS_BACKEND")) == before
    assert keras_backend() == keras.backend.backend()
