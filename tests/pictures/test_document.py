"""The picture document as a whole."""

import json

import jsonschema
import numpy as np
import pytest
from scipy.stats import beta

from drawn import as_json, fitted, pictures
from glmnn.cli.schema import schema_of
from glmnn.fitting.pictures import to_pictures

VALIDATOR = jsonschema.Draft202012Validator(schema_of("pictures"))
SETS = ["primes", "infertility", "iris_setosa", "iris", "beetles", "cars", "quine"]


@pytest.mark.parametrize("name", SETS)
def test_it_is_what_its_schema_says(name):
    document = pictures(name)
    VALIDATOR.validate(document)
    assert len(json.dumps(document)) < 300_000
    for run in document["runs"]:
        columns = [column for column in run["states"].values() if column is not None]
        assert {len(column) for column in columns} == {len(run["states"]["iteration"])}


def test_the_path_of_primes_ends_at_the_maximum():
    document = pictures("primes")
    best = document["plane"]["best"]
    for run in document["runs"]:
        assert run["states"]["xy"][-1] == pytest.approx(best, abs=1e-5)
        assert run["states"]["distance"][-1] < 1e-7
    assert best == fitted("primes").estimate.maximum.coef.tolist()
    assert document["runs"][0]["states"]["iteration"][0] == 1  # Fisher scoring starts from means


def test_no_folder_and_no_name_of_a_user_is_in_it():
    text = json.dumps(as_json(to_pictures(fitted("primes"))))
    assert "primes.csv" in text
    assert "/" not in json.loads(text)["data"]["name"]
    assert "/home/" not in text


def test_without_a_maximum_there_are_lengths_and_deviances_and_no_distances():
    document = pictures("iris_setosa", "fisher,gd", max_iter=300)
    assert (document["plane"], document["coefficients"], document["residuals"]) == (None, None, None)
    assert document["levels"]["unit"] == "null deviance"
    for run in document["runs"]:
        assert run["states"]["distance"] is None
        length, deviance = (np.array(run["states"][name]) for name in ("length", "deviance"))
        assert length[-1] == pytest.approx(np.linalg.norm(run["states"]["coef"][-1]), rel=1e-4)
        assert deviance[-1] < deviance[0]
    found = document["separation"]
    assert found["complete"]
    assert found["moves"] == 150
    assert min(np.abs(document["rows"]["margin"])) > 0
    sides = np.sign(document["rows"]["margin"])
    assert len({(side, y) for side, y in zip(sides, document["rows"]["y"], strict=True)}) == 2


def test_the_levels_of_a_race_to_nowhere_are_parts_of_the_null_deviance():
    run = pictures("iris_setosa", "fisher,gd", max_iter=300)["runs"][0]
    null = 2 * (50 * np.log(3) + 100 * np.log(1.5))
    for entry in run["reached"]:
        at = run["states"]["iteration"].index(entry["iteration"])
        assert run["states"]["deviance"][at] <= entry["level"] * null
        assert at == 0 or run["states"]["deviance"][at - 1] > entry["level"] * null


def test_the_forest_is_in_standard_deviations_of_the_columns():
    terms = {item["term"]: item for item in pictures("infertility")["coefficients"]["terms"]}
    assert terms["(Intercept)"]["scaled"] is None
    whole = fitted("infertility").estimate.design.data.whole
    scale = whole.X[:, 1].std()
    age = terms["age"]
    assert age["scale"] == pytest.approx(scale, rel=1e-5)
    assert age["scaled"]["low"] == pytest.approx(age["low"] * scale, rel=1e-4)
    assert age["ratio"]["estimate"] == pytest.approx(np.exp(age["estimate"]), rel=1e-5)
    assert age["scaled_wald"] is None


def test_profile_intervals_stand_beside_wald_s():
    terms = pictures("primes", "fisher", ci="profile")["coefficients"]
    assert terms["interval"] == "profile"
    x = terms["terms"][1]
    assert x["scaled"]["low"] != x["scaled_wald"]["low"]
    assert x["scaled_wald"]["low"] == pytest.approx((x["estimate"] - 1.959964 * x["std_error"]) * x["scale"], rel=1e-4)


def test_the_activation_is_a_table_of_the_inverse_link():
    document = pictures("infertility")
    z, mean = (np.array(document["activation"][name]) for name in ("z", "mean"))
    assert mean == pytest.approx(1 / (1 + np.exp(-z)), abs=1e-5)
    X, best = np.array(document["rows"]["X"]), document["runs"][0]["states"]["coef"][-1]
    eta = X @ best
    assert (z[0] < eta.min()) & (eta.max() < z[-1])
    assert document["rows"]["mean"] == pytest.approx(1 / (1 + np.exp(-eta)), rel=1e-4)


def test_calibration_has_exact_intervals_and_all_the_responses():
    groups = pictures("infertility")["calibration"]
    assert len(groups) == 10
    assert sum(group["trials"] for group in groups) == 248
    assert sum(group["share"] * group["trials"] for group in groups) == pytest.approx(83, abs=0.01)
    for group in groups:
        ones, trials = round(group["share"] * group["trials"]), group["trials"]
        low = beta.ppf(0.025, ones, trials - ones + 1) if ones else 0.0
        assert (group["low"], group["high"]) == pytest.approx((low, beta.ppf(0.975, ones + 1, trials - ones)), rel=1e-4)


def test_the_area_under_the_curve_is_that_of_the_curve():
    roc = pictures("infertility")["roc"]
    area = np.trapezoid(roc["true_positive"], roc["false_positive"])
    assert area == pytest.approx(roc["auc"], abs=2e-3)
    assert (roc["false_positive"][0], roc["true_positive"][-1]) == (0.0, 1.0)


def test_the_pace_is_that_of_the_report():
    comparison, pace = fitted("infertility"), pictures("infertility")["pace"]
    rate = comparison.convergence_rate
    assert pace["condition"] == pytest.approx(rate.used.condition, rel=1e-5)
    assert pace["limit"] == pytest.approx(rate.used.largest_stable_lr, rel=1e-5)
    assert pace["raw_condition"] == pytest.approx(rate.raw.condition, rel=1e-5)
    slowest = max(pace["steps"])
    assert pace["predicted"] == pytest.approx(rate.predicted, rel=1e-5)
    assert pace["steps"].index(slowest) == len(pace["steps"]) - 1
    away = comparison.fits[1].looks[0].decrement
    assert slowest * np.log10(away / 1e-8) == pytest.approx(rate.predicted, rel=1e-3)  # they sum to the predicted steps


def test_classes_have_distances_and_means():
    model = {"target": None, "features": (), "formula": "species ~ sepal_width + petal_length", "link": None}
    document = pictures("iris", "fisher,gd", family="multinomial", max_iter=200, **model)
    VALIDATOR.validate(document)
    assert (document["activation"], document["in_data"]["kind"]) == (None, "means")
    assert document["absent"]["activation"]
    assert document["model"]["classes"] == ["setosa", "versicolor", "virginica"]
    first, second = document["means"]
    assert (first["solver"], len(first["mean"][0])) == ("fisher", document["rows"]["shown"])
    assert second["state"][-1] == len(document["runs"][1]["states"]["iteration"]) - 1


def test_no_rows_where_none_are_to_be_shown():
    document = as_json(to_pictures(fitted("primes"), rows=0))
    for name in ("rows", "activation", "in_data", "residuals"):
        assert document[name] is None
    assert document["absent"]["rows"]
    VALIDATOR.validate(document)


def test_a_pair_is_chosen_by_names_of_either_kind():
    assert pictures("infertility", "fisher", plane="age,parity")["plane"]["labels"] == ["age", "parity"]
    found = pictures("infertility", "fisher", plane="education 12+yrs,education[T.6-11yrs]")["plane"]
    assert found["labels"] == ["education 12+yrs", "education 6-11yrs"]
    assert found["words"] == []
