"""A file as people have it: text columns, outcomes in words; the numbers are R's (tests/reference/people.R)."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest

import command
import glmnn
from glmnn.errors import DataError, UsageError

REFERENCE = Path(__file__).parents[1] / "reference"
PEOPLE = Path(__file__).parents[2] / "docs" / "people.csv"
BY_R = pd.read_csv(REFERENCE / "people_r.csv")
FISHER = {"solver": "fisher"}
FIT = {"features": ["arm", "age", "smoker"], **FISHER}


@pytest.fixture
def people():
    return pd.read_csv(PEOPLE)


def assert_as_in_r(found, name):
    theirs = BY_R[BY_R.model == name]
    np.testing.assert_allclose(found.coef, theirs.estimate, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.std_error, theirs.error, rtol=1e-7)
    assert found.deviance == pytest.approx(theirs.deviance.iloc[0], rel=1e-12)


FITS = {
    "plain": [
        {"target": "relapse", **FIT},
        {"target": "relapse", "event": "yes", **FIT},
        {"formula": "relapse ~ arm + age + smoker"},
        {"formula": "relapse == 'yes' ~ arm + age + smoker"},
        {"formula": 'I(`relapse` == "yes") ~ . - id - visit', "family": "binomial"},
    ],
    "no": [
        {"target": "relapse", "event": "no", **FIT},
        {"formula": "relapse == 'no' ~ arm + age + smoker"},
        {"formula": "relapse ~ arm + age + smoker", "event": "no"},
    ],
    "placebo": [
        {"target": "arm", "event": "placebo", "features": ["age", "smoker", "relapse"]},
        {"formula": "arm == 'placebo' ~ age + smoker + relapse"},
    ],
    "relevelled": [
        {"target": "relapse", "features": ["arm", "age"], "ref": {"arm": "placebo"}},
        {"formula": "relapse ~ arm + age", "ref": {"arm": "placebo"}},
    ],
    "nointercept": [
        {"target": "relapse", "features": ["arm", "smoker", "age"], "intercept": False},
        {"formula": "relapse ~ arm + smoker + age - 1"},
    ],
}


@pytest.mark.parametrize(("name", "options"), [(name, options) for name, given in FITS.items() for options in given])
def test_factors_and_outcomes_are_those_of_r(people, name, options):
    for data in (PEOPLE, people, people.astype({"arm": "category", "relapse": "category"})):
        assert_as_in_r(glmnn.fit(data, **options, **({} if "solver" in options else FISHER)), name)


def test_the_notes_say_which_outcome_is_1(people):
    assert glmnn.fit(people, target="relapse", **FIT).notes[:2] == (
        "binomial family, because relapse has two outcomes",
        "relapse: 'yes' is 1, 'no' is 0",
    )
    found = glmnn.fit(people, formula="arm == 'low' ~ age", **FISHER)
    assert "arm: 'low' is 1, 'high', 'placebo' are 0" in found.notes
    turned = people.assign(relapse=pd.Categorical(people.relapse, ["yes", "no"]))
    assert "relapse: 'no' is 1, 'yes' is 0" in glmnn.fit(turned, target="relapse", **FIT).notes


@pytest.mark.parametrize(
    ("cells", "event", "note"),
    [
        (["TRUE", "FALSE"], None, "y: 'TRUE' is 1, 'FALSE' is 0"),
        (["case", "control"], None, "y: 'control' is 1, 'case' is 0"),
        (["case", "control"], "case", "y: 'case' is 1, 'control' is 0"),
        ([True, False], False, "y: 'False' is 1, 'True' is 0"),
        ([1, 2], 2, "y: '2' is 1, '1' is 0"),
        ([1.5, 2.0], np.float64(2.0), "y: '2' is 1, '1.5' is 0"),
    ],
)
def test_two_levels_of_any_kind(cells, event, note):
    data = {"x": range(12), "y": [cells[row * row % 5 % 2] for row in range(12)]}
    found = glmnn.fit(data, event=event, **FISHER)
    assert note in found.notes
    one = note.split("'")[1]
    y = [float(str(cell).removesuffix(".0") == one) for cell in data["y"]]
    pd.testing.assert_series_equal(found.coef, glmnn.fit({"x": range(12), "y": y}, **FISHER).coef)


REFUSED = [
    (
        {"target": "arm"},
        DataError,
        r"target 'arm' has 3 levels \(high, low, placebo\): give event .* family='multinomial'",
    ),
    (
        {"target": "relapse", "event": "maybe"},
        UsageError,
        "event maybe: there is no level 'maybe': choose from no, yes",
    ),
    ({"target": "relapse", "event": "no", "family": "poisson"}, UsageError, "event is for the binomial family"),
    (
        {"target": "arm", "event": "low", "family": "multinomial"},
        UsageError,
        "event cannot be combined with the multinomial",
    ),
    ({"formula": "relapse == 'yes' ~ age", "event": "no"}, UsageError, "event no is not the level in the formula, yes"),
    ({"target": "relapse", "family": "gaussian"}, DataError, "'no' is not a number but text"),
    ({"target": "id"}, DataError, "'P001' is not a number but text"),
]


@pytest.mark.parametrize(("options", "kind", "message"), REFUSED)
def test_outcomes_that_cannot_be(people, options, kind, message):
    with pytest.raises(kind, match=message):
        glmnn.fit(people, **({} if "formula" in options else {"features": ["age"]}), **options)


def test_a_model_file_keeps_levels_and_outcomes(people, tmp_path):
    found = glmnn.fit(people, target="relapse", event="no", **FIT)
    found.save(tmp_path / "model.json")
    head = json.loads((tmp_path / "model.json").read_text())
    jsonschema.validate(head, json.loads(command.run("schema", "model").out))
    assert head["outcomes"] == ["yes", "no"]
    assert head["design"]["levels"] == {"arm": ["high", "low", "placebo"], "smoker": ["no", "yes"]}
    saved = glmnn.load(tmp_path / "model.json")
    means = saved.predict(people).to_frame()["mean"]
    np.testing.assert_array_equal(means, found.predict(people).to_frame()["mean"])
    classes = saved.predict(people, type="class").to_frame()["class"]
    assert classes.tolist() == np.where(means >= 0.5, "no", "yes").tolist()
    assert saved.predict(people).metrics["deviance"] == pytest.approx(found.deviance, rel=1e-12)
    odd = people.assign(relapse="maybe")
    assert "no metrics: data frame: row 1, column 'relapse': 'maybe' is none of the outcomes yes, no" in (
        saved.predict(odd).notes
    )
    with pytest.raises(DataError, match="does not know the level 'none'; it knows high, low, placebo"):
        saved.predict(people.assign(arm="none"))


def test_the_command_line_says_the_same(tmp_path):
    model, lock = tmp_path / "model.json", tmp_path / "people.toml"
    what = ["--target", "relapse", "--features", "arm,age,smoker", "--event", "no"]
    ran = command.run("fit", PEOPLE, *what, "--json", "--save", model)
    assert ran.code == 0
    estimates = [row["estimate"] for row in json.loads(ran.out)["inference"]["coefficients"]]
    np.testing.assert_allclose(estimates, BY_R[BY_R.model == "no"].estimate, rtol=1e-9)
    assert command.run("predict", model, PEOPLE, "--type", "class").out.splitlines()[1].split(",")[-1] == "yes"
    assert command.run("lock", PEOPLE, *what, "-o", lock).code == 0
    assert 'event = "no"' in lock.read_text()
    assert command.run("check", lock).code == 0
    claim = ", ".join(f"{term}={value:.6f}" for term, value in zip(*of_r("no"), strict=True))
    audited = command.run("audit", PEOPLE, *what, "--coef", claim)
    assert (audited.code, audited.err) == (0, "")


def of_r(name):
    theirs = BY_R[BY_R.model == name]
    return theirs.term, theirs.estimate


def test_a_network_takes_outcomes_in_words():
    ran = command.run("fit", PEOPLE, "--formula", "relapse ~ age", "--hidden", "2:tanh", "--max-iter", "5", "--json")
    assert "relapse: 'yes' is 1, 'no' is 0" in ran.out


@pytest.mark.parametrize(
    ("formula", "note"),
    [
        ("relapse ~ arm", "factors: arm (base high)"),
        ("relapse ~ 0 + arm + smoker", "factors: arm (every level), smoker (base no)"),
        ("relapse ~ 0 + arm:smoker", "factors: arm (every level), smoker (every level)"),
        ("relapse ~ arm + arm:smoker", "factors: arm (base high), smoker (base no)"),
        ("relapse ~ C(arm, contr.treatment(base='placebo'))", "factors: arm (contrasts of the formula)"),
        ("relapse ~ C(arm, contr.sum) * smoker", "factors: arm (contrasts of the formula), smoker (base no)"),
    ],
)
def test_no_base_is_told_of_a_factor_with_contrasts_of_its_own(people, formula, note):
    assert glmnn.fit(people, formula=formula, **FISHER).notes[-1] == note
