"""Extended precision where plain sums would cost digits, and only there."""

import numpy as np
import pytest

from glmnn.data.dataset import InMemory
from glmnn.models.families import BINOMIAL, GAMMA, GAUSSIAN, POISSON
from glmnn.models.glm import GLM
from glmnn.models.links import IDENTITY, LOG, LOGIT
from glmnn.problem.problem import Problem
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import fit
from glmnn.solvers.polish import LOST, needs_extended

MODELS = [GLM(BINOMIAL, LOGIT), GLM(POISSON, LOG), GLM(GAMMA, LOG), GLM(GAUSSIAN, IDENTITY)]


def drawn(model, rows, columns, seed=1, far=0.0):
    """Return a problem of normal columns, `far` from zero, whose last coefficient is 0."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(rows), rng.standard_normal((rows, columns)) + far])
    mu = model.link.inverse(0.3 * X[:, 0] + 0.2 * (X[:, 1] - far))
    y = model.family.draw(rng, mu, 0.5, None)
    return Problem(model, InMemory.from_arrays(X, np.asarray(y, dtype=float)))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
@pytest.mark.parametrize(("rows", "far"), [(1_000, 0.0), (30_000, 0.0), (30_000, 100.0)])
def test_plain_sums_cost_no_more_than_is_allowed(monkeypatch, model, rows, far):
    problem = drawn(model, rows, 3, far=far)
    plain = fit(problem.fresh(), Fisher())
    here = problem.second_order(plain.coef)
    extended = needs_extended(problem, plain.coef, here)
    assert far or not extended
    monkeypatch.setattr("glmnn.problem.problem.TINY", np.inf)
    exact = fit(problem.fresh(), Fisher())
    room = np.maximum(np.abs(exact.coef), here.std_error())
    assert np.all(np.abs(plain.coef - exact.coef) <= LOST * room)


def test_a_response_far_from_zero_is_summed_in_extended_precision():
    """The columns are as mild as can be, but the residuals are the last digits of the response."""
    near = drawn(GLM(GAUSSIAN, IDENTITY), 2_000, 3)
    y = np.round(near.data.whole.y * 2.0**20) / 2.0**20  # so that 2**32 may be added exactly
    runs = []
    for shift in (0.0, 2.0**32):
        problem = Problem(near.model, InMemory.from_arrays(near.data.whole.X, y + shift))
        runs.append(fit(problem.fresh(), Fisher()))
        assert needs_extended(problem, runs[-1].coef, problem.second_order(runs[-1].coef)) is bool(shift)
    assert runs[1].coef[1:] == pytest.approx(runs[0].coef[1:], rel=1e-11, abs=1e-13)
