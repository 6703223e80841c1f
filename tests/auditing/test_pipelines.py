"""Coefficients of scikit-learn's pipelines, which scale numbers and give each level an indicator, under a penalty.

The claims are those of tests/reference/pipelines.json, which tests/reference/pipelines.py wrote with scikit-learn.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import glmnn

CLAIMS = json.loads(Path("tests/reference/pipelines.json").read_text())
DATA = pd.read_csv("data/infertility.csv")
MODEL = "case ~ age + parity + spontaneous + education"
SCALERS = {
    "StandardScaler": lambda x: (x.mean(), x.std(ddof=0)),
    "MinMaxScaler": lambda x: (x.min(), x.max() - x.min()),
    "RobustScaler": lambda x: (x.median(), x.quantile(0.75) - x.quantile(0.25)),
}


def named(claim):
    return "{scaler} drop={drop} C={C} {class_weight}".format(**claim)


def turned_back(claim):
    """Return the coefficients in the units of the data, against the first level."""
    coef = dict(claim["coef"])
    found = {"(Intercept)": coef["(Intercept)"] + coef.get("cat__education_0-5yrs", 0.0)}
    for name in ("age", "parity", "spontaneous"):
        centre, spread = SCALERS[claim["scaler"]](DATA[name])
        found[name] = coef[f"num__{name}"] / spread
        found["(Intercept)"] -= centre / spread * coef[f"num__{name}"]
    for level in ("12+yrs", "6-11yrs"):
        found[f"education[T.{level}]"] = coef[f"cat__education_{level}"] - coef.get("cat__education_0-5yrs", 0.0)
    return found


def first_cause(coef, **options):
    audited = glmnn.audit(DATA, coef, formula=MODEL, **options)
    assert not audited.is_maximum
    return audited.audit.finding.search.causes[0]


def assert_named(cause, claim, *words):
    assert "l2" in cause.key
    assert ("class_weights" in cause.key) == (claim["class_weight"] is not None)
    assert cause.parameters["C"] == pytest.approx(claim["C"], rel=2e-3)
    assert all(word in cause.says for word in words), cause.says


SCALED = {"StandardScaler": "standardised", "MinMaxScaler": "scaled to 0 .. 1", "RobustScaler": "RobustScaler"}
QUICK = [CLAIMS[0], CLAIMS[5], CLAIMS[16]]


def check(claim):
    words = (SCALED[claim["scaler"]], *["an indicator of every level"] * (claim["drop"] is None))
    printed = ",".join(f"{name}={value:.6f}" for name, value in claim["coef"].items())
    assert_named(first_cause(printed), claim, "the coefficients are those of", *words)
    assert_named(first_cause(turned_back(claim)), claim, "turned back", *words)


@pytest.mark.parametrize("claim", QUICK, ids=named)
def test_penalty_scale_and_levels_are_named(claim):
    check(claim)


@pytest.mark.slow
@pytest.mark.parametrize("claim", CLAIMS, ids=named)
def test_penalty_scale_and_levels_are_named_in_all(claim):
    check(claim)


def test_another_base_level_does_not_hide_them():
    cause = first_cause(turned_back(CLAIMS[0]), ref="education=12+yrs")
    assert_named(cause, CLAIMS[0], "standardised", "an indicator of every level")
    cause = first_cause(turned_back(CLAIMS[4]), ref="education=12+yrs")
    assert_named(cause, CLAIMS[4], "standardised", "indicators of all levels but the first")


def test_no_remedy_speaks_of_a_penalty_that_is_not_on_the_columns_of_the_data():
    cause = first_cause(turned_back(CLAIMS[0]))
    assert "scikit-learn" in dict(cause.mend)
    assert "glmnn" not in dict(cause.mend)


def test_an_indicator_of_every_level_is_the_maximum_too():
    maximum = glmnn.fit(DATA, formula=MODEL, solver="fisher").coef
    shift = {"0-5yrs": 0.25, "12+yrs": 0.25, "6-11yrs": 0.25}
    effects = {level: shift[level] + maximum.get(f"education[T.{level}]", 0.0) for level in shift}
    claim = {name: maximum[name] for name in ("age", "parity", "spontaneous")} | {
        "(Intercept)": maximum["(Intercept)"] - 0.25,
        **{f"cat__education_{level}": effect for level, effect in effects.items()},
    }
    audited = glmnn.audit(DATA, claim, formula=MODEL)
    assert audited.is_maximum
    assert "an indicator of every level" in audited.verdict + str(audited)
    cells = {f"education_{level}": effect + claim["(Intercept)"] for level, effect in effects.items()}
    assert glmnn.audit(
        DATA, {**{k: claim[k] for k in ("age", "parity", "spontaneous")}, **cells}, formula=MODEL
    ).is_maximum


def test_scaled_numbers_alone_are_named_without_a_penalty():
    maximum = glmnn.fit(DATA, formula=MODEL, solver="fisher").coef
    spread = np.array([1.0, *(DATA[name].std(ddof=0) for name in ("age", "parity", "spontaneous")), 1.0, 1.0])
    spread = dict(zip(["(Intercept)", "age", "parity", "spontaneous", *maximum.index[-2:]], spread, strict=True))
    scaled = {name: value * spread.get(name, 1.0) for name, value in maximum.items()}
    scaled["(Intercept)"] += sum(maximum[name] * DATA[name].mean() for name in ("age", "parity", "spontaneous"))
    cause = first_cause(scaled)
    assert cause.key == "standardized_units"
    assert "standardised numeric columns" in cause.says


def test_robust_scaling_of_all_columns_is_named_with_and_without_a_penalty():
    """RobustScaler before LogisticRegression(C=0.5, tol=1e-12), scikit-learn 1.9.1, and before one with C=np.inf."""
    turned_back = (-1.7321171728892537, 0.012882071944037989, 0.9963530591364647)
    own = (-1.3327729426240762, 0.09339502159427542, 0.9963530591364647)
    free = (-1.3868387505312199, 0.1090628607137621, 1.0738444065092696)
    for coef, key in ((turned_back, "l2_standardized"), (own, "l2+standardized_units"), (free, "standardized_units")):
        claim = dict(zip(("(Intercept)", "age", "spontaneous"), coef, strict=True))
        cause = glmnn.audit(DATA, claim, formula="case ~ age + spontaneous").audit.finding.search.causes[0]
        assert key in cause.key
        assert "RobustScaler" in cause.says
