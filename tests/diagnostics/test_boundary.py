import numpy as np
import pytest
from scipy.optimize import minimize

from glmnn.data.dataset import InMemory
from glmnn.data.sources.files import read_table
from glmnn.diagnostics.boundary import boundary_maximum
from glmnn.errors import Exit
from glmnn.fitting.compare import run
from glmnn.fitting.options import FitOptions
from glmnn.fitting.plan import make_spec
from glmnn.models.families import BINOMIAL, POISSON, negative_binomial
from glmnn.models.glm import GLM
from glmnn.models.links import IDENTITY, LOG
from glmnn.problem.problem import Problem
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import fit
from glmnn.solvers.stopping import Status


def line(rows):
    return np.column_stack([np.ones(rows), np.arange(float(rows))])


def plane(seed, rows=40):
    rng = np.random.default_rng(seed)
    return rng, np.column_stack([np.ones(rows), rng.uniform(0, 1, (rows, 2))])


def log_binomial(seed):
    rng, X = plane(seed)
    return GLM(BINOMIAL, LOG), X, (rng.random(40) < np.minimum(1, np.exp(X @ [-1.5, 1.2, 0.6]))).astype(float)


def poisson_identity(seed):
    rng, X = plane(seed)
    return GLM(POISSON, IDENTITY), X, rng.poisson(np.maximum(0, X @ [0, 3, -1.5])).astype(float)


def count_identity(seed):
    rng, X = plane(seed)
    return GLM(negative_binomial(0.5), IDENTITY), X, rng.poisson(np.maximum(0, X @ [0, 3, -1.5])).astype(float)


def constrained(problem, start, high):
    """Return the deviance that a general constrained optimiser reaches."""
    X, model = problem.data.whole.X, problem.model

    def deviance(coef):
        eta = X @ coef
        inner = np.minimum(eta, -1e-12) if high else np.maximum(eta, 1e-12)
        return float(np.sum(model.pointwise.evaluate(inner, problem.data.whole.y)[0]))

    sign = -1.0 if high else 1.0
    limits = {"type": "ineq", "fun": lambda coef: sign * (X @ coef)}
    with np.errstate(all="ignore"):
        return minimize(
            deviance, start, constraints=[limits], method="SLSQP", options={"ftol": 1e-13, "maxiter": 500}
        ).fun


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(7))
@pytest.mark.parametrize("make", [log_binomial, poisson_identity, count_identity])
def test_a_maximum_is_found_inside_or_on_the_edge(make, seed):
    """Never a false claim: converged means inside, otherwise the edge is at least as good as any optimiser's answer."""
    model, X, y = make(seed)
    problem = Problem(model, InMemory.from_arrays(X, y))
    reference = fit(problem.fresh(), Fisher())
    best = constrained(problem, reference.coef, high=model.link is LOG)
    if reference.status is Status.CONVERGED:
        assert problem.first_order(reference.coef).deviance <= best + 1e-7
        return
    found = boundary_maximum(problem, reference.coef)
    assert found is not None
    assert found.deviance <= best + 1e-6
    assert found.deviance <= problem.first_order(reference.coef).deviance + 1e-9
    np.testing.assert_allclose(X[found.rows] @ found.coef, 0, atol=1e-9)
    assert np.all(y[found.rows] == found.mean)


def test_a_mean_of_zero_by_hand(tmp_path):
    """y = 0 at x = 0 and no intercept needed: the slope is sum y / sum x = 27/15, the intercept exactly 0."""
    path = tmp_path / "p.csv"
    path.write_text("x,y\n0,0\n1,0\n2,1\n3,5\n4,9\n5,12\n")
    comparison = run(make_spec(FitOptions(family="poisson", link="identity")), read_table(str(path)))
    assert comparison.exit is Exit.NO_MAXIMUM
    np.testing.assert_allclose(comparison.estimate.outcome.boundary.coef, [0, 27 / 15], atol=1e-12)
    assert comparison.estimate.outcome.boundary.rows.tolist() == [0]


def test_no_edge_no_claim():
    problem = Problem(GLM(POISSON, LOG), InMemory.from_arrays(line(6), np.arange(6.0)))
    assert boundary_maximum(problem, np.zeros(2)) is None
