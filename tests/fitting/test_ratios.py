"""Exponentials of coefficients, against broom."""

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import glmnn
from command import run
from pairs import MODELS

ROOT = Path(__file__).parents[2]
REFERENCE = pd.read_csv(ROOT / "tests" / "reference" / "ratios.csv")
CASES = {
    "odds": ("primes", {}, "odds ratios"),
    "risk": ("infertility", {"formula": "case ~ spontaneous", "link": "log"}, "risk ratios"),
    "hazard": ("beetles", {"formula": "killed ~ log_dose", "trials": "beetles", "link": "cloglog"}, "hazard ratios"),
    "rate": ("warpbreaks", {"formula": "breaks ~ C(wool) + C(tension)", "family": "poisson"}, "rate ratios"),
    "mean": ("blood_clotting", {"formula": "seconds ~ concentration", "family": "gamma", "link": "log"}, "mean ratios"),
    "relative": ("iris", {"formula": "species ~ sepal_width", "family": "multinomial"}, "relative risk ratios"),
}


@pytest.mark.parametrize("case", CASES)
def test_ratios_against_broom(case):
    name, options, called = CASES[case]
    found = glmnn.fit(str(ROOT / "data" / f"{name}.csv"), solver="fisher", **options).ratios
    theirs = REFERENCE[REFERENCE["case"] == case]
    assert found.columns.name == called
    for ours, column in (("estimate", "estimate"), ("conf.low", "low"), ("conf.high", "high")):
        # nnet stops where the deviance does, so about half the digits of its coefficients hold
        np.testing.assert_allclose(found[ours], theirs[column], rtol=1e-4 if case == "relative" else 1e-8)


def test_csv_has_the_columns_of_broom():
    """broom exponentiates the estimate and the ends of the interval; the rest belongs to the coefficient."""
    told = run("fit", ROOT / "data" / "primes.csv", "--exp", "--csv", "-s", "fisher")
    rows = list(csv.DictReader(told.out.splitlines()))
    theirs = REFERENCE[REFERENCE["case"] == "odds"]
    for ours, column in (
        ("estimate", "estimate"), ("std.error", "std_error"), ("statistic", "statistic"), ("p.value", "p_value"),
        ("conf.low", "low"), ("conf.high", "high"),
    ):  # fmt: skip
        np.testing.assert_allclose([float(row[ours]) for row in rows], theirs[column], rtol=1e-8)


@pytest.mark.parametrize("form", ["table", "md", "html"])
def test_every_report_says_what_the_ratios_are(form):
    told = run("fit", ROOT / "data" / "primes.csv", "--exp", "--format", form, "-s", "fisher", COLUMNS="120")
    assert told.code == 0
    assert "Odds ratios" in told.out
    assert "1.736" in told.out


def test_json_has_them_beside_the_coefficients():
    told = json.loads(run("fit", ROOT / "data" / "primes.csv", "--exp", "--json", "-s", "fisher").out)["inference"]
    assert told["ratios"]["name"] == "odds ratios"
    assert told["ratios"]["terms"][1]["estimate"] == np.exp(told["coefficients"][1]["estimate"])
    assert json.loads(run("fit", ROOT / "data" / "primes.csv", "--json").out)["inference"]["ratios"] is None


def test_profile_ends_are_exponentials_too():
    found = glmnn.fit(str(ROOT / "data" / "primes.csv"), ci="profile")
    np.testing.assert_array_equal(found.ratios["conf.high"], np.exp(found.interval["conf.high"]))


def test_a_model_without_ratios_says_why():
    told = run("fit", ROOT / "data" / "primes.csv", "--exp", "--link", "probit")
    assert told.code == 2
    assert not told.out
    assert "binomial and the probit link" in told.err
    with pytest.raises(glmnn.GlmnnError, match="exp is for the log link"):
        _ = glmnn.fit(str(ROOT / "data" / "primes.csv"), link="probit").ratios


def test_which_pairs_have_ratios():
    """The log link has them whatever the family, logit and cloglog where the mean is a probability."""
    named = {
        (model.family.kind, model.link.name): model.capabilities.ratios for model in MODELS if model.capabilities.ratios
    }
    assert named == {
        ("binomial", "logit"): "odds ratios",
        ("binomial", "cloglog"): "hazard ratios",
        ("binomial", "log"): "risk ratios",
        ("poisson", "log"): "rate ratios",
        ("negative_binomial", "log"): "rate ratios",
        **{(kind, "log"): "mean ratios" for kind in ("gaussian", "gamma", "inverse_gaussian", "tweedie")},
    }
