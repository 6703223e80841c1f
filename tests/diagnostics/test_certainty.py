"""No more digits are claimed than are right, under extreme weights and columns, against 60-digit arithmetic."""

import numpy as np
import pytest
from exact import exact_maximum, true_digits

from glmnn.data.dataset import InMemory
from glmnn.diagnostics.inference import infer
from glmnn.errors import DataError
from glmnn.fitting.agreement import compare
from glmnn.models.families import GAMMA, POISSON
from glmnn.models.glm import GLM
from glmnn.models.links import IDENTITY, INVERSE, LOG
from glmnn.problem.problem import Problem
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import fit
from pairs import MODEL_NAMES, MODELS, typical_means


def weights(X, rng):
    return X, 10.0 ** rng.uniform(-9, 12, len(X))


def scales(X, rng):
    return X * 10.0 ** rng.uniform(-8, 8, 2), 10.0 ** rng.uniform(-4, 4, len(X))


def shift(X, rng):
    return X + np.array([0.0, 10.0 ** rng.uniform(0, 11)]), np.ones(len(X))


def few(X, rng):
    return X, 10.0 ** rng.integers(-9, 13, len(X))


def drawn(model, extreme, seed):
    """Return a problem of a few rows near typical means, made extreme."""
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(5, 9))
    low, high = model.link.link(np.array(typical_means(model)))
    x = np.round(rng.uniform(-1, 1, rows), 2)
    mu = model.link.inverse((low + high) / 2 + (high - low) / 2 * x)
    match model.family.kind:
        case "binomial":
            y = np.clip(np.round(mu + rng.normal(0, 0.1, rows), 2), 0.05, 0.95)
        case "poisson" | "negative_binomial":
            y = rng.poisson(mu) + 1.0
        case _:
            y = np.round(np.abs(mu + rng.normal(0, 0.3, rows)) + 0.05, 2)
    X, weight = extreme(np.column_stack([np.ones(rows), x]), rng)
    return Problem(model, InMemory.from_arrays(X, y, ("a", "x"), weight.astype(float)))


def claimed_and_true(problem):
    """Return the digits claimed of the maximum, and how many are right; None where no maximum is claimed."""
    try:
        run = fit(problem.fresh(), Fisher())
    except DataError:
        return None
    if not run.converged:
        return None
    found = infer(problem.fresh(), run.coef, rest=run.rest)
    agreement = compare(problem.fresh(), run, run.coef, found.std_error, certain=found.certain_digits)
    exact = exact_maximum(problem, run.coef)
    assert exact is not None
    return agreement.digits, true_digits(run.coef, exact), found


@pytest.mark.slow
@pytest.mark.parametrize("extreme", [weights, scales, shift, few])
@pytest.mark.parametrize("model", MODELS, ids=MODEL_NAMES)
def test_no_digit_is_claimed_that_is_not_there(model, extreme):
    seen = claimed_and_true(drawn(model, extreme, 7))
    if seen is not None:
        claimed, right, _ = seen
        assert np.all(claimed <= right + 1.0)


def test_most_of_the_draws_have_a_maximum():
    seen = [claimed_and_true(drawn(model, weights, 7)) is not None for model in MODELS[::4]]
    assert np.mean(seen) > 0.7


@pytest.mark.parametrize("model", MODELS, ids=MODEL_NAMES)
def test_a_column_far_from_zero_costs_no_digits(model):
    """x + 1e10 beside the intercept: the observed information is summed where such columns are orthogonal."""
    seen = claimed_and_true(drawn(model, lambda X, _rng: (X + np.array([0.0, 1e10]), np.ones(len(X))), 3))
    if seen is not None:
        claimed, right, _ = seen
        assert right.min() > 12.0
        assert claimed.min() > 10.0


@pytest.mark.parametrize("seed", range(6))
def test_weights_over_twenty_one_orders_of_magnitude(seed):
    seen = claimed_and_true(drawn(GLM(POISSON, IDENTITY), few, seed))
    if seen is not None:
        assert seen[1].min() > 14.0


def test_few_digits_are_told():
    """A row of weight 1e12 and the others of 1e-6: the slope is a difference of the last digits of its score."""
    x, weight = np.array([0.0, 1.0, 2.0, 3.0]), np.array([1e-9, 1e-9, 1e12, 1e12])
    y = np.array([3.0, 1.0, 2.0, 2.0])
    problem = Problem(GLM(GAMMA, LOG), InMemory.from_arrays(np.column_stack([np.ones(4), x]), y, ("a", "x"), weight))
    claimed, right, found = claimed_and_true(problem)
    assert np.all(claimed <= right + 1.0)
    assert claimed[1] < 3.0
    assert any(note.startswith("rounding leaves few digits certain: x ") for note in found.notes)


def test_ordinary_data_lose_nothing():
    for model in (GLM(POISSON, LOG), GLM(GAMMA, INVERSE)):
        claimed, _, found = claimed_and_true(drawn(model, lambda X, _rng: (X, np.ones(len(X))), 1))
        assert claimed.min() == 15.95
        assert found.notes == ()
