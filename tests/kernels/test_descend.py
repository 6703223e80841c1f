"""Compiled steps of gradient descent are NumPy's to rounding, and what they decline NumPy makes."""

from itertools import islice

import numpy as np
import pytest

from glmnn.data.dataset import InMemory
from glmnn.kernels.choice import chosen
from glmnn.models.families import BINOMIAL, GAMMA, GAUSSIAN, POISSON
from glmnn.models.glm import GLM
from glmnn.models.links import IDENTITY, LOG, LOGIT
from glmnn.problem.problem import Problem
from glmnn.solvers.compiled import CompiledSteps
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.loop import fit
from glmnn.solvers.stopping.standard_errors import StandardErrors
from glmnn.solvers.updates import gd

pytest.importorskip("numba")
pytestmark = [pytest.mark.slow, pytest.mark.whole]  # compiling takes seconds; the plain run tries the switch

UNIT = 2.0**-52
PAIRS = [GLM(BINOMIAL, LOGIT), GLM(POISSON, LOG), GLM(GAUSSIAN, IDENTITY)]
RULES = ["gd", "momentum[decay=0.8]", "nesterov", "adam[beta1=0.8]"]
each_pair = pytest.mark.parametrize("model", PAIRS, ids=lambda model: model.family.name)
each_rule = pytest.mark.parametrize("rule", RULES)


def drawn(model, rows, weighted=False, scale=1.0):
    rng = np.random.default_rng(rows)
    X = np.column_stack([np.ones(rows), scale * rng.standard_normal((rows, 3))])
    eta = X @ [0.2, 0.5, -0.3, 0.1] / scale
    y = {BINOMIAL: lambda: 1.0 * (rng.random(rows) < 1 / (1 + np.exp(-eta))), POISSON: lambda: rng.poisson(np.exp(eta)),
         GAUSSIAN: lambda: eta + rng.standard_normal(rows)}[model.family]()  # fmt: skip
    weight, offset = (rng.uniform(0.5, 2.0, rows), rng.normal(0, 0.3, rows)) if weighted else (None, None)
    return Problem(model, InMemory.from_arrays(X, y, None, weight, offset))


def both_ways(problem, solver, steps, start=None):
    """Return the runs by NumPy and by compiled loops."""
    runs = []
    for how in ("numpy", "compiled"):
        with chosen(how):
            runs.append(fit(problem.fresh(), solver, StandardErrors(tol=1e-30, max_iter=steps), start))
    return runs


@pytest.mark.slow
@each_pair
@each_rule
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("batch", [None, 1, 32])
def test_the_steps_are_numpys(model, rule, weighted, batch):
    problem = drawn(model, 1_100, weighted)
    start, steps = None, 400
    if "adam" in rule and batch is None:  # divides slopes by their size: not where one is rounding, as at the mean
        start, steps = np.full(4, 0.8), 50
    for options in ({"standardize": False}, {"schedule": "sqrt"}):
        solver = Gradient(rule, lr=0.005 if batch == 1 else 0.05, batch_size=batch, **options)
        plain, compiled = both_ways(problem, solver, steps, start)
        assert (compiled.status, compiled.iterations, compiled.passes) == (plain.status, plain.iterations, plain.passes)
        assert [look.iteration for look in compiled.looks] == [look.iteration for look in plain.looks]
        np.testing.assert_array_equal(compiled.path_iterations, plain.path_iterations)
        np.testing.assert_array_equal(compiled.path_costs[:, 0], plain.path_costs[:, 0])
        assert np.max(np.abs(compiled.path - plain.path)) <= 8 * UNIT
        assert not np.array_equal(compiled.path, plain.path) or model.family is GAUSSIAN  # they are two roads


@each_rule
def test_ten_thousand_steps_are_within_rounding(rule):
    problem = drawn(PAIRS[0], 1_000)
    plain, compiled = both_ways(problem, Gradient(rule, lr=1e-3, standardize=False), 10_000)
    assert plain.iterations == compiled.iterations > 3_000
    assert np.max(np.abs(compiled.path - plain.path)) <= UNIT


def test_rows_far_out_are_numpys():
    """A rate that is far too large: eta leaves the range of exp, which ends loops for counts but not for shares."""
    for batch in (None, 5, 1):
        solver = Gradient("gd", lr=30.0, batch_size=batch, standardize=False)
        plain, compiled = both_ways(drawn(PAIRS[1], 40, scale=20.0), solver, 60)
        assert plain.status is compiled.status
        np.testing.assert_array_equal(np.isfinite(compiled.path), np.isfinite(plain.path))
        plain, compiled = both_ways(drawn(PAIRS[0], 40, scale=200.0), solver, 60)
        assert np.max(np.abs(plain.path)) > 700
        np.testing.assert_allclose(compiled.path, plain.path, rtol=1e-12)


def test_what_has_no_loop_is_numpys():
    problem = drawn(PAIRS[0], 30)
    with chosen("compiled"):
        assert CompiledSteps(problem, gd(0.1)).loops(1, 1) is not None
        assert CompiledSteps(Problem(GLM(GAMMA, LOG), problem.data), gd(0.1)).loops(1, 1) is None
        assert CompiledSteps(Gradient(weight_decay=0.1).own(problem), gd(0.1)).loops(1, 1) is None
        assert CompiledSteps(problem, gd(0.1)._replace(form=None)).loops(1, 1) is None


def test_a_run_loads_the_loops_after_a_second_of_work_counted_not_timed(monkeypatch):
    asked = []
    monkeypatch.setattr("glmnn.solvers.compiled.compiled", lambda _name, seconds: asked.append(seconds))
    problem = drawn(PAIRS[0], 1_000)
    steps = islice(Gradient(lr=1e-3).steps(problem), 11)
    assert [step.iteration for step in steps] == list(range(11))
    np.testing.assert_allclose(asked, (4e-6 + 1e-9 * 4_000) * np.arange(10))
