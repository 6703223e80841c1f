"""Terms and nested models against R's anova, drop1 and car's Anova (tests/reference/anova.R)."""

import csv
import json
from functools import cache
from itertools import groupby
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest

import glmnn
from command import PIPE, run
from glmnn.analysing.nested import analyse_nested
from glmnn.analysing.result import Kind
from glmnn.analysing.terms import analyse_terms
from glmnn.cli.schema import schema_of
from glmnn.data.sources.files import read_table
from glmnn.errors import UsageError
from glmnn.options.model import ModelOptions

ROOT = Path(__file__).parents[2]
WARPBREAKS = ("data/warpbreaks.csv", "--formula", "breaks ~ wool * tension", "--family", "poisson")
TERMS = {
    "warpbreaks": ("warpbreaks", {"formula": "breaks ~ wool * tension", "family": "poisson"}),
    "warpbreaks_gaussian": ("warpbreaks", {"formula": "breaks ~ wool * tension", "family": "gaussian"}),
    "infertility": ("infertility", {"formula": "case ~ age + education * induced + spontaneous"}),
    "admissions": ("admissions", {"formula": "admitted ~ department * gender", "trials": "applicants"}),
    "ships": ("ships", {"formula": "incidents ~ type + period", "family": "poisson", "exposure": "months"}),
    "insurance": (
        "car_insurance",
        {
            "formula": "average_cost ~ holder_age + car_group * car_age",
            "family": "gamma",
            "link": "log",
            "weights": "claims",
            "weights_type": "var",
        },
    ),
    "anorexia": ("anorexia", {"formula": "after ~ before * treatment", "family": "gamma", "link": "log"}),
    "quine": (
        "quine",
        {"formula": "days ~ ethnicity * sex + age", "family": "negative_binomial", "alpha": 0.7, "link": "log"},
    ),
    "quine_alpha": ("quine", {"formula": "days ~ sex + age", "family": "negative_binomial", "link": "log"}),
    "warpbreaks_quasi": (
        "warpbreaks",
        {"formula": "breaks ~ wool * tension", "family": "poisson", "dispersion": "pearson"},
    ),
    "quine_classes": ("quine", {"formula": "age ~ sex * ethnicity + days", "family": "multinomial"}),
}
NESTED = {
    "warpbreaks_gamma": (
        "warpbreaks",
        ["breaks ~ 1", "breaks ~ wool", "breaks ~ wool * tension"],
        {"family": "gamma", "link": "log"},
    ),
    "quine_alpha": ("quine", ["days ~ sex", "days ~ sex + age"], {"family": "negative_binomial", "link": "log"}),
    "infertility_poly": ("infertility", ["case ~ parity", "case ~ poly(parity, 3) + age"], {}),
}


def references():
    with (ROOT / "tests" / "reference" / "anova.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {key: list(part) for key, part in groupby(rows, key=lambda row: (row["case"], row["kind"]))}


REFERENCES = references()


@cache
def table(name):
    """Return a data set, the ships without those that were never at sea."""
    path = ROOT / "data" / f"{name}.csv"
    return read_table(str(path))


def analysis(case, kind):
    if kind == "nested":
        name, formulas, options = NESTED[case]
        return analyse_nested([ModelOptions(formula=formula, **options) for formula in formulas], table(name))
    name, options = TERMS[case]
    return analyse_terms(ModelOptions(**options), table(name), Kind(kind))


@pytest.mark.parametrize(("case", "kind"), REFERENCES)
def test_the_numbers_are_those_of_r(case, kind):
    found = glmnn.AnovaResult(analysis(case, kind)).to_frame()
    loose = 1e-5 if case == "quine_classes" else 1e-8  # nnet's optimiser stops early
    theirs = REFERENCES[case, kind]
    if kind != "nested":
        names = [row["term"].replace("factor(period)", "period") for row in theirs]
        assert [name for name in names if name not in found["term"].tolist()] == []
        found = found.set_index("term").loc[names]
    assert len(found) == len(theirs)
    for place, row in enumerate(theirs):
        for name, text in row.items():
            if name in found and text and name != "term":
                tolerance = 100 * loose if name == "p.value" else loose
                assert found[name].iloc[place] == pytest.approx(float(text), rel=tolerance, abs=1e-9), (row, name)


def test_types_two_and_three_are_the_same_without_interactions():
    options = ModelOptions(formula="incidents ~ type + period", family="poisson", exposure="months")
    two, three = (analyse_terms(options, table("ships"), kind) for kind in (Kind.MARGINAL, Kind.PARTIAL))
    for one, other in zip(two.rows[1:], three.rows[1:], strict=True):
        assert one.test.statistic == pytest.approx(other.test.statistic, rel=1e-9)


@pytest.mark.parametrize("coding", ["contr.treatment", "contr.treatment(base='M')", "contr.helmert", "contr.sum"])
def test_type_three_does_not_depend_on_the_contrasts_of_the_formula(coding):
    formula = f"breaks ~ C(wool) * C(tension, {coding})"
    found = analyse_terms(ModelOptions(formula=formula, family="poisson"), table("warpbreaks"), Kind.PARTIAL)
    assert found.rows[1].label == "C(wool)"
    statistics = [row.test.statistic for row in found.rows[1:]]
    assert statistics == pytest.approx([11.678003502126, 63.297146135693, 28.0867574766071], rel=1e-9)


def test_names_with_spaces_and_base_levels_keep_type_three():
    frame = pd.read_csv(ROOT / "data" / "warpbreaks.csv").rename(columns={"wool": "kind of wool"})
    fit = glmnn.fit(
        frame, formula="breaks ~ `kind of wool` * tension", family="poisson", ref={"tension": "M"}, solver="fisher"
    )
    found = glmnn.anova(fit, type=3).to_frame()
    assert found["term"].tolist() == ["<none>", "kind of wool", "tension", "kind of wool:tension"]
    assert found["statistic"].iloc[1:].tolist() == pytest.approx([11.678003502126, 63.297146135693, 28.0867574766071])


def test_a_model_without_intercept_is_tested_against_nothing():
    """Every mean is then exp(0) = 1."""
    x, y = np.array([1.0, 2, 3, 4]), np.array([2.0, 1, 4, 9])
    fit = glmnn.fit(x, y, family="poisson", intercept=False, solver="fisher")
    row = glmnn.anova(fit).to_frame().iloc[1]
    nothing = 2 * np.sum(y * np.log(y) - (y - 1))
    assert row["residual.deviance"] == pytest.approx(nothing)
    assert row["statistic"] == pytest.approx(nothing - fit.deviance)
    log_likelihood = -4 - np.log(2.0 * 24 * 362880)
    assert row["AIC"] == pytest.approx(-2 * log_likelihood)


def test_aliased_columns_cost_no_degree_of_freedom():
    frame = pd.read_csv(ROOT / "data" / "cars.csv")
    frame["twice"] = 2 * frame["speed"]
    fit = glmnn.fit(frame, y="distance", family="gaussian", solver="fisher")
    found = glmnn.anova(fit)
    assert found.to_frame()["df"].tolist()[1:] == [0, 0]
    assert "speed: no test, because its columns are combinations of others" in str(found)
    assert glmnn.anova(fit, type=1).to_frame()["df"].tolist()[1:] == [1, 0]
    with pytest.raises(glmnn.UsageError, match="type III has no answer, for twice = 2 speed"):
        glmnn.anova(fit, type=3)


# Nested models


def fitted(formula, data="warpbreaks", **options):
    options = {"family": "poisson", "solver": "fisher", **options}
    return glmnn.fit(str(ROOT / "data" / f"{data}.csv"), formula=formula, **options)


def test_models_are_ordered_by_size():
    large, small = fitted("breaks ~ wool * tension"), fitted("breaks ~ wool")
    found = glmnn.anova(large, small).to_frame()
    assert found["term"].tolist() == ["breaks ~ wool", "breaks ~ wool * tension"]
    assert found["df"].iloc[1] == 4


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        (("breaks ~ wool",), ("breaks ~ tension",), r"not nested.*its column 'wool\[T.B\]'"),
        (("breaks ~ wool",), ("breaks ~ C(wool, contr.sum)",), "both have 2 coefficients"),
        (("breaks ~ wool",), ("case ~ age", "infertility"), "54 and 248 rows"),
    ],
)
def test_models_that_are_not_nested_are_refused(one, other, message):
    with pytest.raises(glmnn.UsageError, match=message):
        glmnn.anova(fitted(*one), fitted(*other))


def test_other_families_weights_and_rows_are_refused():
    small, large = fitted("breaks ~ wool"), "breaks ~ wool * tension"
    with pytest.raises(glmnn.UsageError, match="poisson, log link and gaussian, identity link"):
        glmnn.anova(small, fitted(large, family="gaussian"))
    frame = pd.read_csv(ROOT / "data" / "warpbreaks.csv").assign(w=2.0, e=3.0)
    with pytest.raises(glmnn.UsageError, match="not the same prior weights"):
        glmnn.anova(small, glmnn.fit(frame, formula=large, family="poisson", weights="w", solver="fisher"))
    with pytest.raises(glmnn.UsageError, match="not the same offset"):
        glmnn.anova(small, glmnn.fit(frame, formula=large, family="poisson", exposure="e", solver="fisher"))
    frame.loc[3, "tension"] = None
    with pytest.raises(glmnn.UsageError, match=r"54 and 53 rows.*missing cells"):
        glmnn.anova(small, glmnn.fit(frame, formula=large, family="poisson", na="drop", solver="fisher"))
    with pytest.raises(glmnn.UsageError, match="not the same response"):
        glmnn.anova(small, glmnn.fit(frame[::-1].fillna("L"), formula=large, family="poisson", solver="fisher"))


def test_the_same_rows_of_another_frame_are_the_same_rows():
    frame = pd.read_csv(ROOT / "data" / "warpbreaks.csv")
    small = glmnn.fit(frame[["wool", "breaks"]], formula="breaks ~ wool", family="poisson", solver="fisher")
    assert glmnn.anova(small, fitted("breaks ~ wool * tension")).p_value.iloc[0] == pytest.approx(1.58374e-20, rel=1e-5)


# What there is no likelihood ratio for


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"penalty": "firth"}, "penalty cannot be combined with a likelihood ratio"),
        ({"l2": 1}, "l2 cannot be combined with a likelihood ratio"),
        ({"cov": "HC3"}, "cov='HC3' cannot be combined with a likelihood ratio"),
    ],
)
def test_other_estimates_are_refused(options, message):
    fit = glmnn.fit(str(ROOT / "data" / "primes.csv"), solver="fisher", **options)
    for test in (glmnn.anova, lambda fit: glmnn.anova(fit, fit), glmnn.FitResult.drop1):
        with pytest.raises(glmnn.UsageError, match=message):
            test(fit)


def test_sampling_weights_are_refused():
    frame = pd.read_csv(ROOT / "data" / "cars.csv").assign(w=1.5)
    fit = glmnn.fit(frame, formula="distance ~ speed", family="gaussian", weights="w", weights_type="prob")
    with pytest.raises(glmnn.UsageError, match="sampling weights make no likelihood"):
        glmnn.anova(fit)


def test_separated_data_have_no_test():
    fit = glmnn.fit(str(ROOT / "data" / "iris_setosa.csv"), solver="fisher")
    with pytest.raises(glmnn.NoMaximum, match="no analysis of deviance, for there is no finite maximum"):
        glmnn.anova(fit)
    assert run("anova", ROOT / "data" / "iris_setosa.csv").code == 3


def test_a_smaller_model_on_the_boundary_has_no_test():
    """Without z the line of x alone reaches a mean of 1 in the first row, which is its end with the identity link."""
    frame = pd.DataFrame({"x": range(-3, 5), "z": [1, 1, 0, 0, 0, 1, 1, 0], "y": [1, 1, 1, 0, 1, 0, 0, 1]})
    found = glmnn.fit(frame, formula="y ~ x + z", link="identity", solver="fisher").drop1()
    assert found.to_frame().iloc[2][["statistic", "p.value", "AIC"]].isna().all()
    assert found.to_frame()["residual.deviance"].iloc[2] == pytest.approx(8.887528, rel=1e-6)
    assert np.isfinite(found.p_value.iloc[0])
    assert "z: no test, because the smaller of the two models has no maximum inside its domain" in str(found)


def test_an_exact_fit_has_no_f():
    frame = pd.DataFrame({"x": [1.0, 2, 3, 4], "y": [2.0, 4, 6, 8]})
    found = glmnn.anova(glmnn.fit(frame, family="gaussian", solver="fisher"))
    assert np.isnan(found.p_value.iloc[0])


# Documents and the command line


@pytest.mark.parametrize("kind", ["1", "2", "3"])
def test_a_document_follows_its_schema(kind):
    ran = run("anova", *WARPBREAKS, "--type", kind, "--json")
    assert ran.code == 0
    document = json.loads(ran.out)
    jsonschema.validate(document, schema_of("anova"))
    assert document["rows"][1]["df"] == 1
    assert document["rows"][0]["statistic"] is None


def test_csv_has_brooms_columns():
    ran = run("anova", *WARPBREAKS, "--csv")
    header, first, second = ran.out.splitlines()[:3]
    assert header == "term,df,deviance,df.residual,residual.deviance,statistic,p.value,AIC,BIC"
    assert first.startswith("<none>,,,48,182.3")
    assert second.startswith("wool,1,16.03")


def test_every_format_has_the_terms(tmp_path):
    for form in ("table", "md", "html"):
        ran = run("anova", *WARPBREAKS, "--format", form, **PIPE)
        assert ran.code == 0
        assert "wool:tension" in ran.out


def test_several_formulas_are_nested_models():
    ran = run(
        "anova", WARPBREAKS[0], *WARPBREAKS[3:], "--formula", "breaks ~ wool", "--formula", WARPBREAKS[2], "--csv"
    )
    assert [line.partition(",")[0] for line in ran.out.splitlines()] == ["term", "breaks ~ wool", WARPBREAKS[2]]


def test_fits_in_files_are_compared(tmp_path):
    small, large = tmp_path / "a.json", tmp_path / "b.json"
    run("fit", WARPBREAKS[0], "--formula", "breaks ~ wool", *WARPBREAKS[3:], "-s", "fisher", "-o", small)
    run("fit", *WARPBREAKS, "-s", "fisher", "-o", large)
    ran = run("anova", large, small, "--json")
    document = json.loads(ran.out)
    jsonschema.validate(document, schema_of("anova"))
    assert document["rows"][1]["statistic"] == pytest.approx(99.02832798465039)
    assert document["rows"][1]["df"] == 4
    other = json.loads(small.read_text())
    changes = {
        "to other data": lambda found: found["data"].update(sha256="0" * 64),
        "to 50 and 54 rows": lambda found: found["data"].update(rows_used=50),
        "gamma, log link and poisson, log link": lambda found: found["model"].update(family="gamma"),
        "offset is months and not there": lambda found: found["options"].update(offset="months"),
        "'wool' is only in the smaller one": lambda found: found["model"].update(terms=["(Intercept)", "wool"]),
        "no analysis of deviance": lambda found: found.update(inference=None),
        "l2 cannot be combined": lambda found: found["options"].update(l2=1.0),
        "deviance must be a finite number": lambda found: found["inference"].update(deviance="x"),
        "this is not a fit": lambda found: found.update(schema="glmnn.check/1"),
    }
    for message, change in changes.items():
        changed = json.loads(json.dumps(other))
        change(changed)
        small.write_text(json.dumps(changed))
        ran = run("anova", small, large)
        assert ran.code == (3 if "no analysis" in message else 2)
        assert message in ran.err, message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "give the data"),
        ((*WARPBREAKS, "--type", "4"), "--type must be 1, 2 or 3, not 4"),
        (("data/primes.csv", "--formula", "y ~ 1"), "there is no term to test"),
        (("data/primes.csv", "--l2", "1"), "--l2 cannot be combined with a likelihood ratio"),
        (("a.json", "b.json", "--family", "poisson"), "give no options of the model with them"),
        (("a.json", "b.json"), "a.json: there is no such file"),
    ],
)
def test_what_cannot_be_tested_is_one_line(arguments, message, monkeypatch):
    monkeypatch.chdir(ROOT)
    ran = run("anova", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert ran.err.count("\n") == 1


LOGIT = ("data/infertility.csv", "--formula")


@pytest.mark.parametrize(
    ("arguments", "verdict"),
    [
        (WARPBREAKS, "3 terms tested by the likelihood ratio; the whole model has the lowest AIC."),
        ((*WARPBREAKS[:3], "--family", "gaussian", "--type", "1"), "3 terms tested by F; the terms up to wool:tension"),
        ((*LOGIT, "case ~ age", "--type", "1"), "1 term tested by the likelihood ratio; the intercept alone"),
        ((*LOGIT, "case ~ age + spontaneous"), "2 terms tested by the likelihood ratio; the model without age"),
        ((*WARPBREAKS, "--dispersion", "pearson"), "3 terms tested by F. breaks ~"),
        (
            (*WARPBREAKS, "--formula", "breaks ~ wool"),
            "2 nested models tested by the likelihood ratio; breaks ~ wool",
        ),
    ],
)
def test_the_verdict_names_the_lowest_aic(arguments, verdict, monkeypatch):
    monkeypatch.chdir(ROOT)
    shown = " ".join(run("anova", *arguments, **PIPE).out.split()[1:])
    assert shown.startswith(verdict)


@pytest.mark.parametrize("given", ["data/primes.csv", pd.DataFrame({"y": [0, 1]})])
def test_what_is_no_fit_is_refused(given):
    with pytest.raises(UsageError, match=f"anova takes fits, as glmnn.*, and this is a {type(given).__name__}"):
        glmnn.anova(given)
