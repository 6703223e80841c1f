"""The picture documents of an audit and of a network."""

import warnings

import jsonschema
import numpy as np
import pytest

import glmnn
from drawn import as_json
from glmnn.api.audited import audit
from glmnn.api.trained import train
from glmnn.auditing.pictures import to_pictures as of_audit
from glmnn.cli.schema import schema_of
from glmnn.data.bundled import folder
from glmnn.data.sources.files import read_asked
from glmnn.fitting.options import FitOptions
from glmnn.networks.pictures import to_pictures as of_network
from glmnn.racing.options import RaceOptions
from glmnn.racing.pictures import to_pictures as of_race
from glmnn.racing.race import race as run_race

VALIDATOR = jsonschema.Draft202012Validator(schema_of("pictures"))


def data(name):
    return str(folder() / f"{name}.csv")


def test_a_claim_sits_in_the_plane_and_in_the_forest():
    found = audit(data("primes"), {"(Intercept)": -3.1121, "x": 0.4783})
    document = as_json(of_audit(found.audit))
    VALIDATOR.validate(document)
    claim = document["claim"]
    assert claim["xy"] == [-3.1121, 0.4783]
    assert claim["outside"] == pytest.approx(0.0, abs=1e-12)
    assert claim["distance"] == pytest.approx(found.distance, rel=1e-5)
    assert "L2 penalty" in claim["causes"][0]
    assert [test["passed"] for test in claim["tests"]] == [False] * 5
    view = document["plane"]["views"][0]
    assert view["x"][0] < -3.5491 < -3.1121 < view["x"][1]
    x = document["coefficients"]["terms"][1]
    assert x["scaled_claimed"] == pytest.approx(0.4783 * x["scale"], rel=1e-5)


def test_a_claim_without_a_maximum_has_no_place():
    found = audit(data("iris_setosa"), {"(Intercept)": -20.0, "sepal_length": 9.0, "sepal_width": -10.0})
    document = as_json(of_audit(found.audit))
    VALIDATOR.validate(document)
    assert (document["claim"]["xy"], document["claim"]["distance"]) == (None, None)


@pytest.mark.parametrize("more", [{"cv": 3, "holdout": 0.2}, {}])
def test_a_network_trains_visibly(more):
    options = FitOptions(hidden="3:tanh", solver=["adam"], max_iter=200, target="y", **more)
    comparison = train(options, read_asked(data("iris_setosa"), options)).comparison
    document = as_json(of_network(comparison))
    VALIDATOR.validate(document)
    training = document["training"]
    assert [look["update"] for look in training["loss"]] == [look.update for look in comparison.trained.looks]
    assert training["loss"][-1]["loss"] < training["loss"][0]["loss"]
    assert (training["loss"][0]["held_out"] is None) == ("holdout" not in more)
    assert len(training["folds"]) == more.get("cv", 0)
    assert len(training["mean"]) == document["rows"]["shown"]
    y = np.array(document["rows"]["y"])
    assert np.mean(np.abs(np.array(training["mean"]) - y)) < 0.3


def test_the_means_of_classes_are_those_of_the_observed_ones():
    options = FitOptions(
        hidden="3:tanh", solver=["adam"], max_iter=300, formula="species ~ sepal_length", family="multinomial"
    )
    comparison = train(options, read_asked(data("iris"), options)).comparison
    document = as_json(of_network(comparison))
    VALIDATOR.validate(document)
    assert document["training"]["glm_mean"] == pytest.approx(document["rows"]["mean"], rel=1e-3)
    assert np.median(document["training"]["mean"]) > 0.5


def test_a_library_that_was_restarted_has_the_place_where_it_ends_by_its_own_rule():
    options = RaceOptions(solver=["fisher,statsmodels"], repeat=1, budget=2.0)
    race = run_race(options, read_asked(data("primes"), options))
    document = as_json(of_race(race))
    VALIDATOR.validate(document)
    run = document["runs"][1]
    assert run["kind"] == "restarted"
    assert run["own_stop"]["xy"] == pytest.approx(document["plane"]["best"], rel=1e-4)
    assert run["own_stop"]["distance"] < 1e-3


def test_without_a_maximum_an_own_stop_has_no_distance():
    options = RaceOptions(solver=["fisher,statsmodels"], repeat=1, budget=2.0, max_iter=20)
    document = as_json(of_race(run_race(options, read_asked(data("iris_setosa"), options))))
    VALIDATOR.validate(document)
    assert document["runs"][1]["own_stop"]["distance"] is None


@pytest.mark.parametrize(
    ("columns", "options"),
    [
        ({"y": [0, 1, 1, 0, 1]}, {"formula": "y ~ 1", "family": "binomial"}),
        ({"x": [1, 2, 3.0], "y": [1, 1, 1]}, {"family": "poisson"}),
        ({"x": [1, 2.0], "y": [2, 5.0]}, {"family": "gaussian"}),
        ({"x": [0, 0, 1, 1, 2.0], "y": [0, 0, 0, 1, 1.0]}, {"family": "binomial", "link": "identity"}),
    ],
    ids=["intercept alone", "constant response", "saturated", "on the boundary"],
)
def test_odd_fits_have_documents_and_figures_too(columns, options):
    document = glmnn.fit(columns, **options).pictures
    VALIDATOR.validate(document)
    pytest.importorskip("matplotlib").use("Agg")
    from glmnn.report.figures.gallery import figures

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [name for name, _ in figures(document)]
