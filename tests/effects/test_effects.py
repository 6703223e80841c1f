"""Average marginal effects and marginal means against R (tests/reference/effects.R) and statsmodels' get_margeff."""

import csv
import json
from functools import cache
from itertools import groupby
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import glmnn
from command import PIPE, run
from glmnn.cli.schema import schema_of
from glmnn.data.sources.files import read_table
from glmnn.data.sources.frames import make_table
from glmnn.effects.marginal import average_effects
from glmnn.effects.options import EffectsOptions
from glmnn.effects.points import rows_of
from glmnn.effects.result import Kind
from glmnn.errors import NoMaximum, UsageError
from glmnn.fitting.estimate import find_estimate
from glmnn.options.model import ModelOptions
from glmnn.solvers import fisher

ROOT = Path(__file__).parents[2]
LOGIT = {"formula": "case ~ age * education + parity + spontaneous"}
GAMMA = {"family": "gamma", "link": "log", "weights": "claims", "weights_type": "var"}
CASES = {
    "infertility": ("infertility", LOGIT),
    "infertility_HC0": ("infertility", {**LOGIT, "cov": "HC0"}),
    "infertility_cluster": ("infertility", {**LOGIT, "cov": "cluster:matched_set"}),
    "infertility_cloglog": ("infertility", {"formula": "case ~ log(age) * spontaneous + education", "link": "cloglog"}),
    "ships": ("ships", {"formula": "incidents ~ type + period", "family": "poisson", "exposure": "months"}),
    "insurance": ("car_insurance", {"formula": "average_cost ~ holder_age + car_group * car_age", **GAMMA}),
    "insurance_inverse": (
        "car_insurance",
        {"formula": "average_cost ~ holder_age + car_group", **GAMMA, "link": "inverse"},
    ),
    "cars_spline": ("cars", {"formula": "distance ~ bs(speed, df=5)", "family": "gaussian"}),
    "cars_poly": ("cars", {"formula": "distance ~ poly(speed, 3)", "family": "gamma", "link": "log"}),
    "anorexia": ("anorexia", {"formula": "after ~ I(before**2) * treatment + before", "family": "gaussian"}),
    **{
        f"{name}_grid_{kind}": (name, {**options, "at": "grid", "type": kind})
        for name, options in (
            ("warpbreaks", {"formula": "breaks ~ wool * tension", "family": "poisson"}),
            ("infertility", LOGIT),
        )
        for kind in ("link", "mean")
    },
}


def references():
    with (ROOT / "tests" / "reference" / "effects.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {case: list(part) for case, part in groupby(rows, key=lambda row: row["case"])}


REFERENCES = references()


@cache
def table(name):
    return read_table(str(ROOT / "data" / f"{name}.csv"))


def effects(data, **options):
    rows = table(data) if isinstance(data, str) else make_table(data)
    return average_effects(EffectsOptions(**options), rows)


@pytest.mark.parametrize("case", REFERENCES)
def test_the_numbers_are_those_of_r(case):
    data, options = CASES[case]
    found = {(item.kind.value, item.term, item.contrast): item for item in effects(data, **options).averages}
    for row in REFERENCES[case]:
        item = found[row["kind"], row["term"], row["contrast"]]
        assert item.estimate == pytest.approx(float(row["estimate"]), rel=1e-8)
        assert item.std_error == pytest.approx(float(row["std.error"]), rel=1e-7)


@pytest.mark.parametrize(("at", "theirs"), [("data", "overall"), ("grid", "mean")])
@pytest.mark.parametrize(("link", "model"), [("logit", sm.Logit), ("probit", sm.Probit)])
def test_slopes_are_those_of_get_margeff(at, theirs, link, model):
    frame = pd.read_csv(ROOT / "data" / "infertility.csv")
    names = ["age", "parity", "spontaneous", "induced"]
    found = effects("infertility", target="case", features=names, link=link, at=at)
    fitted = model(frame["case"], sm.add_constant(frame[names])).fit(disp=0, method="newton", tol=1e-14)
    margins = fitted.get_margeff(at=theirs)
    assert [item.term for item in found.averages] == names
    assert [item.estimate for item in found.averages] == pytest.approx(margins.margeff, rel=1e-7)
    if link == "logit":  # of probit it has the observed information instead of the expected one
        assert [item.std_error for item in found.averages] == pytest.approx(margins.margeff_se, rel=1e-7)
        assert [item.p_value for item in found.averages] == pytest.approx(margins.pvalues, rel=1e-6)
        ends = np.array([(item.low, item.high) for item in found.averages])
        np.testing.assert_allclose(ends, margins.conf_int(), rtol=1e-6)


@pytest.mark.parametrize(("at", "theirs"), [("data", "overall"), ("grid", "mean")])
def test_slopes_of_classes_are_those_of_get_margeff(at, theirs):
    frame = pd.read_csv(ROOT / "data" / "quine.csv")
    frame["boy"] = (frame["sex"] == "M").astype(float)
    found = effects(frame, formula="age ~ days + boy", family="multinomial", at=at)
    codes = frame["age"].astype("category").cat.codes
    fitted = sm.MNLogit(codes, sm.add_constant(frame[["days", "boy"]])).fit(disp=0, method="newton", tol=1e-14)
    margins = fitted.get_margeff(at=theirs)
    ours = [
        [(item.estimate, item.std_error) for item in found.averages if item.term == name] for name in ("days", "boy")
    ]
    ours = np.array(ours)
    np.testing.assert_allclose(ours[:, :, 0], margins.margeff, rtol=1e-7)
    np.testing.assert_allclose(ours[:, :, 1], np.reshape(margins.margeff_se, (2, -1), order="C"), rtol=1e-6)
    assert [item.group for item in found.averages[:4]] == ["F0", "F1", "F2", "F3"]
    assert np.sum(ours[:, :, 0], axis=1) == pytest.approx(0, abs=1e-12)


def test_means_of_classes_add_up_to_one():
    found = effects("quine", formula="age ~ sex * ethnicity + days", family="multinomial")
    for level in ("F", "M"):
        p = [item.estimate for item in found.of(Kind.MEAN) if (item.term, item.contrast) == ("sex", level)]
        assert sum(p) == pytest.approx(1)
        assert len(p) == 4


def test_gradients_are_those_of_the_averages():
    """The delta method by differences of refitted averages, for the multinomial, which R's script does not have."""
    estimate = find_estimate(ModelOptions(formula="age ~ sex * days", family="multinomial"), table("quine"))
    coef, free = estimate.maximum.coef, estimate.model.free
    points = rows_of(estimate, weighted=False)
    D, X = points.slope("days"), points.X

    def slopes(flat):
        coefficients = flat.reshape(free, -1)
        eta = np.column_stack([np.zeros(len(X)), X @ coefficients.T])
        p = np.exp(eta) / np.exp(eta).sum(axis=1)[:, None]
        change = np.column_stack([np.zeros(len(X)), D @ coefficients.T])
        return np.mean(p * (change - np.sum(p * change, axis=1)[:, None]), axis=0)

    found = effects("quine", formula="age ~ sex * days", family="multinomial", variables=["days"]).averages
    assert [item.estimate for item in found] == pytest.approx(slopes(coef), rel=1e-9)
    steps = 1e-4 * np.maximum(np.abs(coef), 0.1)
    columns = [
        (slopes(coef + h * e) - slopes(coef - h * e)) / (2 * h) for h, e in zip(steps, np.eye(coef.size), strict=True)
    ]
    gradient = np.column_stack(columns)
    variance = np.diag(gradient @ estimate.maximum.covariance @ gradient.T)
    assert [item.std_error for item in found] == pytest.approx(np.sqrt(variance), rel=1e-6)


# The derivative of the design


@pytest.mark.parametrize(
    ("term", "derivative"),
    [
        ("x", np.ones_like),
        ("log(x)", lambda x: 1 / x),
        ("sqrt(x)", lambda x: 0.5 / np.sqrt(x)),
        ("exp(x / 50)", lambda x: np.exp(x / 50) / 50),
        ("I(x**3)", lambda x: 3 * x**2),
        ("I(1 / x)", lambda x: -1 / x**2),
        ("center(x)", np.ones_like),
        ("log10(x)", lambda x: 1 / (x * np.log(10))),
    ],
)
def test_the_design_is_differentiated_to_eight_digits(term, derivative):
    x = np.geomspace(1e-4, 300, 40)
    frame = {"x": x, "y": np.arange(40.0) % 7}
    points = rows_of(find_estimate(ModelOptions(formula=f"y ~ {term}", family="gaussian"), make_table(frame)), False)
    np.testing.assert_allclose(points.slope("x")[:, 1], derivative(x), rtol=1e-8)
    assert not points.slope("x")[:, 0].any()


def test_numbers_far_from_zero_lose_nothing():
    x = 2000.25 + np.arange(30) / 12
    frame = {"x": x, "y": np.sin(np.arange(30))}
    points = rows_of(find_estimate(ModelOptions(formula="y ~ x", family="gaussian"), make_table(frame)), False)
    np.testing.assert_array_equal(points.slope("x")[:, 1], 1.0)


def test_interactions_are_differentiated_at_each_row():
    frame = pd.read_csv(ROOT / "data" / "infertility.csv")
    estimate = find_estimate(ModelOptions(formula="case ~ age * parity"), make_table(frame))
    slope = rows_of(estimate, weighted=False).slope("age")
    np.testing.assert_allclose(slope[:, 3], frame["parity"], rtol=1e-9)


# Kinds of columns, weights, penalties


def test_true_and_false_are_contrasted():
    frame = pd.DataFrame(
        {"x": [True, False, True, False, True, True], "z": [1, 2, 3, 4, 5, 7], "y": [1, 0, 1, 1, 0, 1]}
    )
    found = effects(frame, formula="y ~ x + z")
    (item,) = [item for item in found.of(Kind.EFFECT) if item.term == "x"]
    assert item.contrast == "True - False"


def test_frequencies_are_rows_written_out():
    frame = pd.DataFrame({"x": [1, 2, 3, 4, 5, 7] * 2, "g": list("aabbab") * 2, "y": [1] * 6 + [0] * 6})
    frame["n"] = [2, 3, 1, 4, 2, 3, 1, 2, 3, 2, 1, 1]
    whole = frame.loc[frame.index.repeat(frame["n"])].reset_index(drop=True)
    one = effects(frame, formula="y ~ x + g", weights="n", weights_type="freq")
    other = effects(whole, formula="y ~ x + g")
    assert one.weighted
    for mine, theirs in zip(one.averages, other.averages, strict=True):
        assert (mine.estimate, mine.std_error) == pytest.approx((theirs.estimate, theirs.std_error), rel=1e-9)


def test_a_gaussian_effect_is_the_coefficient_and_has_t():
    found = effects("cars", target="distance", family="gaussian")
    estimate = find_estimate(ModelOptions(target="distance", family="gaussian"), table("cars")).maximum
    (item,) = found.averages
    for name in ("coef", "std_error", "statistic", "p_value", "low", "high"):
        mine = getattr(item, "estimate" if name == "coef" else name)
        assert mine == pytest.approx(getattr(estimate, name)[1], rel=1e-9)


def test_a_penalised_estimate_has_effects_and_a_note():
    found = effects("iris_setosa", penalty="firth")
    assert np.isfinite([item.estimate for item in found.averages]).all()
    assert any("do not allow for its bias" in note for note in found.notes)


def test_a_level_outside_of_the_domain_has_no_average():
    """Identity link: group b has only large x; at the small x of the others its mean would be negative."""
    frame = pd.DataFrame({"x": [1, 2, 3, 8, 9, 10], "g": list("aaabbb"), "y": [5, 7, 9, 1, 6, 11]})
    found = effects(frame, formula="y ~ x * g", family="poisson", link="identity")
    (item,) = [item for item in found.of(Kind.MEAN) if item.contrast == "b"]
    assert np.isnan([item.estimate, item.std_error, item.p_value]).all()
    assert any(note.startswith("g, b: no average") for note in found.notes)


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        ("primes", {"variables": ["z"]}, "there is no column of the model 'z': choose from x"),
        ("primes", {"at": "means"}, "there is no choice for --at 'means'"),
        ("primes", {"type": "response"}, "there is no choice for --type 'response'"),
        ("primes", {"ci": "profile"}, "--ci profile is not there for effects"),
        ("primes", {"formula": "y ~ 1"}, "only an intercept"),
        ("quine", {"formula": "age ~ sex", "family": "multinomial", "type": "link"}, "--type link: effects of several"),
        ("infertility", {"formula": "case ~ C(induced) + age:induced"}, "'induced' is a number and a factor"),
        ("infertility", {"formula": "case ~ I(age > 30) + parity"}, "'age' is in a comparison or C()"),
    ],
)
def test_what_has_no_effects_is_refused(data, options, message):
    with pytest.raises(UsageError, match=message):
        effects(data, **options)


@pytest.mark.parametrize("options", [{}, {"formula": "y ~ sepal_length + I(2 * sepal_length)"}])
def test_without_a_maximum_there_are_no_effects(options):
    with pytest.raises(NoMaximum, match="no effects, for there is no"):
        effects("iris_setosa", **options)


PEOPLE = "docs/people.csv"


@pytest.mark.parametrize(
    ("date", "at"),
    [("year(visit)", "data"), ("days(visit)", "data"), ("C(month(visit))", "data"), ("days(visit)", "grid")],
)
def test_beside_dates_other_columns_have_effects(date, at):
    """Those of the same model with the part of the date as a column of its own."""
    people = pd.read_csv(PEOPLE)
    when = pd.to_datetime(people["visit"])
    days = (when - when.min()).dt.days
    people["part"] = {"y": when.dt.year, "d": days, "C": when.dt.month.astype(str)}[date[0]]
    options = {"target": None, "at": at, "variables": ["age"]}
    found = average_effects(EffectsOptions(formula=f"relapse ~ {date} + age", **options), read_table(PEOPLE))
    plain = average_effects(EffectsOptions(formula="relapse ~ part + age", **options), make_table(people))
    assert found.averages[0].estimate == pytest.approx(plain.averages[0].estimate, rel=1e-9)
    assert found.averages[0].std_error == pytest.approx(plain.averages[0].std_error, rel=1e-7)
    with pytest.raises(UsageError, match="'visit' is a date in the formula"):
        average_effects(EffectsOptions(formula=f"relapse ~ {date} + age", at=at), read_table(PEOPLE))


def test_a_fit_with_profile_intervals_has_effects():
    fits = [glmnn.fit("data/primes.csv", solver="fisher", ci=ci) for ci in ("wald", "profile")]
    wald, profile = (fit.effects().effects["conf.low"].tolist() for fit in fits)
    assert wald == profile


def test_the_file_of_a_fit_with_profile_intervals_says_that_they_are_not_those_of_effects(tmp_path):
    (tmp_path / "fit.toml").write_text('data = "primes.csv"\n\nci = "profile"\n')
    ended = run("effects", "data/primes.csv", "--config", tmp_path / "fit.toml")
    assert ended.code == 0
    assert (
        ended.err
        == f"glmnn: {tmp_path / 'fit.toml'}, line 3: ci is passed over, for the intervals of effects are Wald's\n"
    )
    assert run("effects", "data/primes.csv", "--config", tmp_path / "fit.toml", "--quiet").err == ""


def test_the_variables_may_be_a_list():
    found = effects("infertility", target="case", features=["age", "parity", "induced"], variables=["parity,age"])
    assert [item.term for item in found.averages] == ["parity", "age"]


# Documents, Python and the command line

INFERTILITY = ("data/infertility.csv", "--formula", "case ~ age + education * parity")
CLASSES = ("data/quine.csv", "--formula", "age ~ days + sex", "--family", "multinomial")


@pytest.mark.parametrize("arguments", [INFERTILITY, CLASSES, (*INFERTILITY, "--at", "grid", "--type", "link")])
def test_a_document_follows_its_schema(arguments, monkeypatch):
    monkeypatch.chdir(ROOT)
    ran = run("effects", *arguments, "--json")
    document = json.loads(ran.out)
    jsonschema.validate(document, schema_of("effects"))
    assert document["effects"]
    assert document["means"]


def test_csv_has_the_columns_of_broom(monkeypatch):
    monkeypatch.chdir(ROOT)
    header, first, *_, last = run("effects", *INFERTILITY, "--csv").out.splitlines()
    assert header == "kind,term,contrast,group,estimate,std.error,statistic,p.value,conf.low,conf.high"
    assert first.startswith("effect,age,dY/dX,,")
    assert last.startswith("mean,education,6-11yrs,,")


@pytest.mark.parametrize("form", ["table", "md", "html"])
def test_every_format_has_effects_and_means(form, monkeypatch):
    monkeypatch.chdir(ROOT)
    ran = run("effects", *INFERTILITY, "--format", form, **PIPE)
    assert ran.code == 0
    assert "Average marginal effects on the mean" in ran.out
    assert "Marginal means" in ran.out


def test_python_has_the_same_numbers_as_the_command():
    options = {"formula": INFERTILITY[2], "cov": "HC3", "level": 0.9}
    fit = glmnn.fit(str(ROOT / "data" / "infertility.csv"), solver="fisher", **options)
    found = fit.effects(at="grid")
    theirs = effects("infertility", at="grid", **options)
    assert found.to_frame()["std.error"].tolist() == [item.std_error for item in theirs.averages]
    assert found.effects["conf.low"].tolist() == [item.low for item in theirs.of(Kind.EFFECT)]
    assert "HC3 standard errors" in str(found)
    assert found.means["contrast"].tolist() == ["0-5yrs", "12+yrs", "6-11yrs"]
    assert "group" not in found.effects


def test_without_a_maximum_the_exit_code_says_so(monkeypatch):
    monkeypatch.chdir(ROOT)
    ran = run("effects", "data/iris_setosa.csv")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.count("\n") == 1


def test_ctrl_c_is_no_missing_maximum(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(fisher.Fisher, "steps", interrupted)
    with pytest.raises(KeyboardInterrupt):
        effects("primes")


@pytest.mark.parametrize("cov", ["model", "HC1"])
def test_means_do_not_depend_on_where_another_column_begins(cov):
    rng = np.random.default_rng(4)
    x, group, y = rng.integers(0, 64, 50) / 64, rng.permutation(["a", "b"] * 25), rng.standard_normal(50)
    found = []
    for origin in (0.0, 2.0**23):  # both are exact
        frame = pd.DataFrame({"x": x + origin, "group": group, "y": y})
        fitted = glmnn.fit(frame, family="gaussian", cov=cov, solver="fisher")
        found.append(fitted.effects(variables=["group"]).to_frame().query("kind == 'mean'")["std.error"])
    np.testing.assert_allclose(*found, rtol=1e-7)
    assert len(found[0]) == 2
