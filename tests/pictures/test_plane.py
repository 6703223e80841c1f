"""The plane of the paths and the log-likelihood over it."""

import numpy as np
import pytest

from drawn import fitted, pictures
from glmnn.data.dataset import InMemory
from glmnn.diagnostics.inference import infer
from glmnn.models.families import BINOMIAL, POISSON
from glmnn.models.glm import GLM
from glmnn.models.links import CLOGLOG, LOG, LOGIT
from glmnn.pictures import surface
from glmnn.pictures.plane import joint_region, leading_basis, metric_of, pair_basis
from glmnn.pictures.surface import surface_of
from glmnn.problem.problem import Problem
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import fit


def with_offset(problem, pair, values):
    """Return the deviance at the best of the other coefficients, two being held: a fit with these in the offset."""
    whole = problem.data.in_memory("the reference").whole
    rest = np.delete(np.arange(whole.X.shape[1]), pair)
    held = InMemory.from_arrays(whole.X[:, rest], whole.y, None, whole.prior_weight, whole.X[:, pair] @ values)
    free = Problem(problem.model, held)
    return free.first_order(fit(free, Fisher()).coef).deviance


@pytest.mark.parametrize(("away", "tolerance"), [(0.1, 1e-5), (0.5, 1e-4), (2.0, 2e-3)])
def test_the_rise_is_that_of_a_fit_with_the_others_free(away, tolerance):
    estimate = fitted("infertility", "fisher").estimate
    problem, best = estimate.problem, estimate.maximum.coef
    pair = [estimate.design.data.names.index(name) for name in ("spontaneous", "induced")]
    basis = pair_basis(metric_of(estimate.maximum), tuple(pair))
    lowest = problem.first_order(best).deviance
    over = surface_of(problem, basis, 1.0)
    for angle in np.linspace(0.0, 2.0 * np.pi, 7):
        direction = np.array([np.cos(angle), np.sin(angle)]) * estimate.maximum.std_error[pair]
        block = np.linalg.inv(basis.metric.covariance[np.ix_(pair, pair)])
        place = basis.best + away * direction / np.sqrt(direction @ block @ direction)
        found = over.rise(place[:1], place[1:])[0, 0]
        assert found == pytest.approx(np.sqrt(with_offset(problem, pair, place) - lowest), rel=tolerance)


def test_a_pair_is_left_as_it_is_and_the_rest_is_outside():
    estimate = fitted("infertility", "fisher").estimate
    metric = metric_of(estimate.maximum)
    basis, coef = pair_basis(metric, (5, 1)), np.random.default_rng(1).normal(size=(20, 7))
    assert np.array_equal(basis.place(coef), coef[:, [5, 1]])
    inside = metric.lengths(basis.coefficients(basis.place(coef)))
    assert np.hypot(inside, basis.outside(coef)) == pytest.approx(metric.lengths(coef))
    back = basis.coefficients(basis.place(coef))
    assert back[:, [5, 1]] == pytest.approx(coef[:, [5, 1]])
    assert basis.outside(back) == pytest.approx(0.0, abs=1e-9)


def test_the_metric_is_that_of_the_data_s_own_columns_where_the_information_is_in_others():
    estimate = fitted("longley", "fisher").estimate
    assert estimate.maximum.second_order.to_data is not None
    found = metric_of(estimate.maximum)
    covariance = estimate.maximum.covariance
    assert np.sqrt(np.diagonal(found.covariance)) == pytest.approx(np.sqrt(np.diagonal(covariance)), rel=1e-6)
    assert found.root @ found.back == pytest.approx(np.eye(7), abs=1e-6)


def test_directions_are_in_standard_errors():
    estimate = fitted("infertility").estimate
    metric = metric_of(estimate.maximum)
    basis = leading_basis(metric, [run.path for run in fitted("infertility").fits])
    step = metric.root @ basis.columns
    assert step.T @ step == pytest.approx(np.eye(2), abs=1e-10)
    near = surface_of(estimate.problem, basis, 1.0).rise(np.array([-0.1, 0.0, 0.1]), np.array([0.0]))
    assert near[0] == pytest.approx([0.1, 0.0, 0.1], rel=5e-3, abs=1e-6)


def test_some_rows_with_the_curvature_of_all_are_as_good_as_all(monkeypatch):
    rng = np.random.default_rng(5)
    X = np.column_stack([np.ones(20_000), rng.normal(size=(20_000, 3))])
    eta = X @ np.array([-1.0, 0.5, 0.3, -0.8])
    coins, counts = rng.random(eta.size) < 1 / (1 + np.exp(-eta)), rng.poisson(np.exp(eta / 2))
    for model, y in ((GLM(BINOMIAL, LOGIT), coins), (GLM(BINOMIAL, CLOGLOG), coins), (GLM(POISSON, LOG), counts)):
        problem = Problem(model, InMemory.from_arrays(X, np.asarray(y, dtype=float)))
        maximum = infer(problem, fit(problem, Fisher()).coef)
        basis = pair_basis(metric_of(maximum), (1, 2))
        errors = maximum.std_error[1:3]
        x = basis.best[0] + errors[0] * np.array([0.5, 2.0, 20.0])
        up = basis.best[1] + errors[1] * np.array([-1.0, 3.0])
        some = surface_of(problem, basis, 1.0)
        assert some.problem.rows < 5_000
        monkeypatch.setattr(surface, "MOST_DEVIANCES", 10**12)
        whole = surface_of(problem, basis, 1.0)
        assert whole.problem.rows == 20_000
        assert some.rise(x, up) == pytest.approx(whole.rise(x, up), rel=0.02)
        assert some.rise(x[:2], up) == pytest.approx(whole.rise(x[:2], up), rel=2e-3)
        monkeypatch.undo()


def test_a_penalised_surface_has_its_minimum_at_the_penalised_estimate():
    for more in ({"l2": 5.0}, {"penalty": "firth"}):
        document = pictures("primes", "fisher", **more)
        near = document["plane"]["views"][1]
        rise = np.array(near["rise"], dtype=float)
        middle = (near["gy"][30], near["gx"][30])
        assert np.argmin(rise) == 30 * 61 + 30
        assert middle == pytest.approx(document["plane"]["best"][::-1], abs=1e-5)
        assert rise.min() < 1e-4
        assert document["model"]["goal"] == "penalised estimate"


def test_outside_the_model_there_is_no_likelihood():
    estimate = fitted("blood_clotting", "fisher").estimate
    basis = pair_basis(metric_of(estimate.maximum), (0, 1))
    far = basis.best - 100.0 * estimate.maximum.std_error[:2]  # under the inverse link a mean must stay positive
    rise = surface_of(estimate.problem, basis, estimate.maximum.dispersion).rise(far[:1], basis.best[1:])
    assert np.isinf(rise).all()


@pytest.mark.parametrize("name", ["primes", "infertility", "iris", "cars", "quine"])
def test_the_lowest_place_of_each_view_is_nearest_to_the_maximum(name):
    plane = pictures(name)["plane"]
    for view in plane["views"]:
        gx, gy = np.array(view["gx"]), np.array(view["gy"])
        rise = np.array(view["rise"], dtype=float).reshape(61, 61)
        low_y, low_x = np.unravel_index(np.nanargmin(rise), rise.shape)
        best = [np.argmin(np.abs(gx - plane["best"][0])), np.argmin(np.abs(gy - plane["best"][1]))]
        assert abs(low_x - best[0]) <= 1
        assert abs(low_y - best[1]) <= 1


def test_the_joint_region_is_that_of_chi_squared_or_f():
    # R: sqrt(qchisq(0.95, 2)) and sqrt(2 * qf(0.95, 2, 48))
    assert joint_region(fitted("infertility").estimate.maximum) == pytest.approx(2.447746830681)
    assert joint_region(fitted("cars").estimate.maximum) == pytest.approx(2.5261541267)


def test_a_plane_that_cannot_be_says_why():
    assert pictures("iris_setosa")["absent"]["plane"] == "there is no maximum"
    one = pictures("primes", "fisher", intercept=False)
    assert one["absent"]["plane"] == "one coefficient makes no plane"
    assert one["plane"] is None
