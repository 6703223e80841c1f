"""The multinomial logit: one softmax layer, fitted by Fisher scoring and by the hand-written layer."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp

from glmnn.cli.schema import schema_of
from glmnn.data.dataset import InMemory
from glmnn.data.sources.files import read_table
from glmnn.diagnostics.existence import separation_of
from glmnn.errors import Exit, GlmnnError
from glmnn.fitting.compare import run
from glmnn.fitting.options import FitOptions
from glmnn.fitting.plan import make_spec
from glmnn.fitting.report import fit_report
from glmnn.models.families import BINOMIAL, find_family
from glmnn.models.glm import GLM
from glmnn.models.links import LOGIT
from glmnn.models.multinomial import Multinomial
from glmnn.models.softmax import softmax, to_baseline, to_symmetric
from glmnn.problem.problem import Problem
from glmnn.report.json import to_json
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.gradient import Gradient
from glmnn.solvers.loop import fit
from glmnn.solvers.stopping.standard_errors import StandardErrors

ROOT = Path(__file__).parents[2]
R = json.loads((ROOT / "tests" / "reference" / "multinomial.json").read_text(encoding="utf-8"))
CASES = {
    "iris_sepal_width": ("iris", {"formula": "species ~ sepal_width"}),
    "iris_versicolor_base": ("iris", {"formula": "species ~ sepal_width", "ref": ["species=versicolor"]}),
    "quine_age": ("quine", {"formula": "age ~ days + sex"}),
    "quine_weighted": ("quine", {"formula": "age ~ sex", "weights": "days"}),
}


def fitted(name: str, **options):
    given_ = FitOptions(**{"family": "multinomial", "solver": ["fisher"], **options})
    return run(make_spec(given_), read_table(str(ROOT / "data" / f"{name}.csv")))


def random_problem(seed: int, rows: int = 60, classes: int = 4, width: int = 3) -> Problem:
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(rows), rng.normal(size=(rows, width - 1)) * [2.0, 0.3]])
    names = Multinomial(tuple("abcdef"[:classes])).terms(("(Intercept)", "u", "v"))
    data = InMemory.from_arrays(X, rng.integers(0, classes, rows), names, rng.uniform(0.5, 2.0, rows))
    return Problem(Multinomial(tuple("abcdef"[:classes])), data)


@pytest.mark.parametrize("case", CASES)
def test_numbers_are_those_of_nnet(case):
    name, options = CASES[case]
    found, theirs = fitted(name, **options).estimate, R[case]
    assert list(found.design.classes) == theirs["classes"]
    np.testing.assert_allclose(found.maximum.coef, np.ravel(theirs["coef"]), rtol=2e-5, atol=1e-6)  # nnet's BFGS
    np.testing.assert_allclose(found.maximum.std_error, np.ravel(theirs["std_error"]), rtol=2e-5)
    assert found.maximum.deviance == pytest.approx(theirs["deviance"], rel=1e-10)
    assert found.maximum.aic == pytest.approx(theirs["aic"], rel=1e-10)


def test_statsmodels_and_the_layer_agree_with_fisher():
    found = fitted("iris", formula="species ~ sepal_width", solver=["fisher", "gd", "momentum", "adam", "statsmodels"])
    assert found.exit is Exit.DONE
    assert all(item.distance < 1e-7 for item in found.agreements)


def test_score_and_information_are_derivatives_of_the_deviance():
    problem, step = random_problem(1), 1e-6
    coef = np.random.default_rng(0).normal(size=9)
    here = problem.second_order(coef)
    for j, unit in enumerate(np.eye(9)):
        up, down = problem.first_order(coef + step * unit), problem.first_order(coef - step * unit)
        assert -(up.deviance - down.deviance) / (4 * step) == pytest.approx(here.score[j], abs=1e-6)
        np.testing.assert_allclose(-(up.score - down.score) / (2 * step), here.information[j], atol=1e-7)


def test_the_information_never_exceeds_its_bound():
    problem = random_problem(2)
    bound = problem.bounded_information()
    for seed in range(20):
        information = problem.second_order(np.random.default_rng(seed).normal(size=9)).information
        assert np.linalg.eigvalsh(bound - information)[0] >= -1e-9


def test_two_classes_are_a_logistic_regression():
    rng = np.random.default_rng(3)
    X, y = np.column_stack([np.ones(80), rng.normal(size=80)]), rng.integers(0, 2, 80)
    two = fit(Problem(Multinomial(("no", "yes")), InMemory.from_arrays(X, y)), Fisher())
    one = fit(Problem(GLM(BINOMIAL, LOGIT), InMemory.from_arrays(X, y)), Fisher())
    np.testing.assert_allclose(two.coef, one.coef, rtol=1e-13)


@mp.workdps(40)
def test_the_maximum_has_fifteen_digits():
    problem = random_problem(4)
    found = fit(problem.fresh(), Fisher()).coef
    whole = problem.data.whole
    X = mp.matrix(whole.X.tolist())
    b = [mp.mpf(value) for value in found]
    for _ in range(3):
        score, information = [mp.mpf(0)] * 9, mp.matrix(9, 9)
        for i in range(len(whole.y)):
            w = mp.mpf(float(whole.prior_weight[i]))
            e = [mp.mpf(1)] + [mp.exp(sum(X[i, j] * b[3 * k + j] for j in range(3))) for k in range(3)]
            p = [value / sum(e) for value in e]
            for k in range(3):
                for j in range(3):
                    score[3 * k + j] += w * ((whole.y[i] == k + 1) - p[k + 1]) * X[i, j]
                    for m in range(3):
                        for h in range(3):
                            factor = p[k + 1] * ((k == m) - p[m + 1])
                            information[3 * k + j, 3 * m + h] += w * factor * X[i, j] * X[i, h]
        step = mp.lu_solve(information, mp.matrix(score))
        b = [value + step[place] for place, value in enumerate(b)]
    np.testing.assert_allclose(found, [float(value) for value in b], rtol=1e-15)


def test_gradient_descent_is_that_of_a_layer_with_a_row_for_each_class():
    problem, lr = random_problem(5), 0.2
    whole = problem.data.whole
    hot = np.eye(4)[whole.y.astype(int)]
    layer = np.zeros((4, 3))
    for _ in range(25):
        p = np.exp(whole.X @ layer.T)
        p /= p.sum(axis=1, keepdims=True)
        layer -= lr * ((p - hot) * whole.prior_weight[:, None]).T @ whole.X / len(whole.y)
    run_ = fit(problem, Gradient("gd", lr=lr, standardize=False), StandardErrors(max_iter=25), start=np.zeros(9))
    np.testing.assert_allclose(run_.coef.reshape(3, 3), to_baseline(layer), rtol=1e-12)
    np.testing.assert_allclose(to_symmetric(run_.coef.reshape(3, 3)), layer, rtol=1e-12, atol=1e-14)


@given(st.integers(0, 10_000))
def test_adding_a_vector_to_all_rows_of_a_layer_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    layer, shift, X = rng.normal(size=(4, 3)), rng.normal(size=3), rng.normal(size=(5, 3))
    np.testing.assert_allclose(softmax(X @ layer.T), softmax(X @ (layer + shift).T), atol=1e-12)
    np.testing.assert_allclose(to_baseline(layer + shift), to_baseline(layer), atol=1e-12)
    np.testing.assert_allclose(to_symmetric(to_baseline(layer)), layer - layer.mean(axis=0), atol=1e-12)


def test_far_out_nothing_overflows():
    problem = random_problem(6)
    here = problem.second_order(np.full(9, 800.0) * np.resize([1, -1], 9))
    assert np.isfinite(here.deviance)
    assert np.all(np.isfinite(here.score))
    assert np.all(np.isfinite(here.information))


@pytest.mark.parametrize(
    ("features", "complete"), [(["petal_length"], False), (["petal_width", "petal_length"], False)]
)
def test_all_of_iris_is_separated(features, complete):
    found = fitted("iris", target="species", features=features)
    assert found.exit is Exit.NO_MAXIMUM
    assert not found.estimate.outcome.separation.complete
    assert found.estimate.outcome.separation.separated >= 50  # setosa


def test_where_no_separation_is_found_the_maximum_is_finite_and_where_one_is_the_deviance_falls_along_it():
    rng = np.random.default_rng(8)
    for seed in range(40):
        rows = int(rng.integers(6, 14))
        X = np.column_stack([np.ones(rows), np.random.default_rng(seed).integers(-2, 3, (rows, 1))]).astype(float)
        y = np.random.default_rng(seed + 100).integers(0, 3, rows)
        if np.unique(y).size < 3:
            continue
        lines = "x,y\n" + "\n".join(f"{x:g},{'abc'[label]}" for x, label in zip(X[:, 1], y, strict=True))
        problem = Problem(Multinomial(("a", "b", "c")), InMemory.from_arrays(X, y, ("p", "q", "r", "s")))
        reference = fit(problem.fresh(), Fisher(), StandardErrors(max_iter=200))
        found = separation_of(problem.fresh(), reference)
        if found is None:
            assert reference.converged, lines
            assert np.abs(reference.coef).max() < 15, lines
        else:
            # the deviance never rises along the direction
            values = [problem.first_order(reference.coef + t * found.direction).deviance for t in (0.0, 1.0, 4.0, 16.0)]
            assert all(b <= a + 1e-9 for a, b in pairwise(values))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"formula": "species ~ sepal_width", "link": "probit"},
            "--link cannot be combined with the multinomial family",
        ),
        ({"formula": "species ~ sepal_width", "offset": "petal_width"}, "--offset cannot be combined with"),
        ({"formula": "species ~ sepal_width", "ref": ["species=rose"]}, "there is no level 'rose'"),
        ({"formula": "species ~ sepal_width", "ci": "profile"}, "--ci profile is not there"),
        ({"formula": "species ~ sepal_width", "cov": "HC3"}, "--cov HC3 is not there"),
        ({"formula": "species ~ sepal_width", "penalty": "firth"}, "--penalty firth is for"),
        ({"formula": "species ~ sepal_width", "weights": "petal_width", "weights_type": "freq"}, "whole number"),
        ({"formula": "petal_width ~ sepal_width", "alpha": 2.0}, "--alpha cannot be combined with"),
    ],
)
def test_what_does_not_go_together_is_refused(options, said):
    with pytest.raises(GlmnnError, match=said):
        fitted("iris", **options)


def test_robust_errors_are_the_sandwich():
    found = fitted("iris", formula="species ~ sepal_width", cov="HC0").estimate
    model, block = found.model, found.design.data.whole
    slope = model.slope(model.eta(found.maximum.coef, block), block)[:, 1:]
    scores = (slope[:, :, None] * block.X[:, None, :]).reshape(block.y.size, -1)
    bread = np.linalg.inv(found.maximum.second_order.information)
    np.testing.assert_allclose(found.maximum.covariance, bread @ scores.T @ scores @ bread, rtol=1e-9)


def test_a_penalty_leaves_the_intercepts_alone():
    found = fitted("iris", formula="species ~ petal_length", l2=1.0)
    assert found.exit is Exit.DONE
    here = found.estimate.problem.first_order(found.estimate.maximum.coef)
    np.testing.assert_allclose(here.score, 0.0, atol=1e-8)
    plain = Problem(found.estimate.model, found.estimate.design.data).first_order(found.estimate.maximum.coef)
    np.testing.assert_allclose(
        plain.score, [0, found.estimate.maximum.coef[1], 0, found.estimate.maximum.coef[3]], atol=1e-8
    )
    assert found.estimate.maximum.deviance == pytest.approx(plain.deviance, rel=1e-13)


def test_the_document_of_classes_is_that_of_its_schema():
    schema = schema_of("fit")
    for options in ({"formula": "species ~ sepal_width"}, {"target": "species", "features": ["petal_length"]}):
        jsonschema.validate(json.loads(to_json(fit_report(fitted("iris", **options)))), schema)


def test_what_simulates_no_classes_says_so():
    with pytest.raises(GlmnnError, match="the multinomial family is not for this"):
        find_family("multinomial")
