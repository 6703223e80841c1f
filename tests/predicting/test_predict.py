"""Saved models and what they predict: the fitted means to the last bit, new rows in any shape, nonsense refused."""

import json
import subprocess
from dataclasses import fields
from fractions import Fraction
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest
import scipy.stats
import statsmodels.api as sm
from exact_errors import exact_errors

import glmnn as package
from command import on_terminal, started
from glmnn.cli.schema import schema_of
from glmnn.data.bundled import catalogue
from glmnn.data.sources.files import read_table
from glmnn.errors import GlmnnError, UsageError
from glmnn.fitting.compare import run
from glmnn.fitting.options import FitOptions
from glmnn.fitting.plan import make_spec
from glmnn.networks.compare import run_hidden
from glmnn.networks.plan import make_blueprint
from glmnn.options.model import ModelOptions
from glmnn.predicting.file import make_model, read_model, to_model_json
from glmnn.predicting.model import KINDS
from glmnn.predicting.options import PredictOptions
from glmnn.predicting.predict import predict

ROOT = Path(__file__).parents[2]
DATA, SAVED = ROOT / "data", ROOT / "configs" / "models" / "infertility.json"
INFERTILITY = "case ~ age + parity + education + spontaneous + induced"
SCHEMAS = {name: schema_of(name) for name in ("model", "predict")}
MODEL_FIELDS = {item.name for item in fields(ModelOptions)}
FUNCTIONS = {  # formulas that remember something of the rows they were fitted to
    "poly": "y ~ poly(x, 3)",
    "bs": "y ~ bs(x, df=5)",
    "bs with knots": "y ~ bs(`odd name`, knots=[0.1, 0.4], degree=2)",
    "center and scale": "y ~ center(x) + scale(log(z)):g",
    "nested": "y ~ center(poly(x, 2)) + scale(scale(x) + z)",
    "numbers as a factor": "y ~ C(k)",
    "a factor and its numbers": "y ~ C(k) + k:x",
    "comparison": "y ~ C(g == 'a') + z + C(z > 1) + g:z",
    "contrasts": "y ~ C(g, contr.sum) * poly(x, 2) + C(k, contr.helmert)",
    "interaction": "y ~ g * C(k) + z:g",
    "dot": "y ~ . - g",
    "no intercept": "y ~ 0 + g + poly(z, 2)",
    "powers": "y ~ (x + z + g)^2 + I(x**2) + sqrt(z) + exp(-z)",
}


def made_rows(n=60):
    rng = np.random.default_rng(3)
    x = rng.uniform(-2, 5, n)
    return pd.DataFrame(
        {
            "x": x,
            "z": rng.uniform(0.2, 3, n),
            "odd name": rng.uniform(0, 0.5, n),
            "g": np.resize(["a", "b", "__c"], n),
            "k": np.resize([1, 2, 4, 7], n),
            "y": 0.5 * x + rng.standard_normal(n),
        }
    )


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(ran):
    """Return the one line of a refusal."""
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("glmnn: ")
    assert ran.err.count("\n") == 1
    return ran.err


def fitted_means(comparison):
    estimate = comparison.estimate
    rest = estimate.reference.rest
    rest = np.zeros_like(estimate.reference.coef) if rest is None else rest
    link = estimate.problem.glm.link
    eta = estimate.problem.predictor(estimate.reference.coef, rest)
    return np.concatenate([link.inverse(eta(block)) for block in estimate.problem.data.blocks()])


# the same numbers


@pytest.mark.parametrize("name", sorted(set(catalogue()) - {"iris_setosa"}))
def test_a_model_predicts_its_own_data_to_the_last_bit(name, here):
    about = catalogue()[name]
    options = {key: value for key, value in about.items() if key in MODEL_FIELDS}
    if "formula" in options:
        del options["target"]
    table = read_table(str(DATA / f"{name}.csv"))
    comparison = run(make_spec(FitOptions(**options, solver=["fisher"])), table)
    text = to_model_json(make_model(comparison, {"glmnn": "0"}))
    jsonschema.validate(json.loads(text), SCHEMAS["model"])
    Path("model.json").write_text(text)
    model = read_model("model.json")
    assert to_model_json(model) == text
    found = predict(model, table, PredictOptions(interval=True))
    assert found.columns["mean"].tolist() == fitted_means(comparison).tolist()
    assert np.all((found.columns["low"] < found.columns["mean"]) & (found.columns["mean"] < found.columns["high"]))
    assert found.metrics["deviance"] == pytest.approx(comparison.estimate.maximum.deviance, rel=1e-14)
    assert found.measured == comparison.estimate.design.data.rows


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_formula_makes_the_same_columns_of_any_rows(name, here):
    frame = made_rows()
    result = package.fit(frame, formula=FUNCTIONS[name], family="gaussian", solver="fisher")
    result.save("model.json")
    model = package.load("model.json")
    whole = model.predict(frame)
    assert whole.values.tolist() == fitted_means(result.comparison).tolist()
    assert result.predict(frame).values.equals(whole.values)
    backwards = frame[frame.columns[::-1]].assign(other="text").drop(columns="y")
    for rows in (slice(5, 6), slice(10, 13), slice(None, None, -7)):
        found = model.predict(backwards[rows])
        assert found.values.equals(whole.values[rows])  # row by row, with the index of the frame
        assert found.metrics == {}


def test_no_state_is_ever_made_of_new_rows(here):
    frame = made_rows()
    package.fit(
        frame, formula="y ~ poly(x, 2) + bs(`odd name`, df=4) + z + C(z > 1)", family="gaussian", solver="fisher"
    ).save("model.json")
    document = json.loads(Path("model.json").read_text())
    states = document["design"]["states"]
    spline = next(call for call in states if call.startswith("bs"))
    for part, change in (
        ("states", {}),
        ("states", {**states, spline: {**states[spline], "lower_bound": []}}),
        ("states", {**states, spline: {**states[spline], "knots": [0.0]}}),
        ("states", {**states, "poly(x, 2)": {"alpha": [1.0, 2.0]}}),
        ("states", {**states, "poly(z, 2)": {"alpha": [1.0]}}),
        ("states", {**states, "poly(x, 2)": {"alpha": [1.0], "norms2": [1.0, 1.0, 1.0]}}),
        ("states", {**states, "poly(x, 2)": {"nonsense": [1.0]}}),
        ("categories", {}),
        ("categories", {"C(z > 1)": [False]}),
        ("categories", {"C(z > 1)": [0.5, True]}),
    ):
        Path("edited.json").write_text(json.dumps({**document, "design": {**document["design"], part: change}}))
        with pytest.raises(GlmnnError):
            package.load("edited.json").predict(frame)


def test_ill_conditioned_columns_keep_their_digits(here):
    frame = pd.DataFrame({"x": 1e6 + np.arange(12.0), "y": np.arange(12.0) ** 2 % 7})
    result = package.fit(frame, formula="y ~ x + I(x**2)", family="gaussian", solver="fisher")
    result.save("model.json")
    found = package.load("model.json").predict(frame)
    assert found.values.tolist() == fitted_means(result.comparison).tolist()
    np.testing.assert_allclose(
        found.values, np.polyval(np.polyfit(frame.x - 1e6, frame.y, 2), frame.x - 1e6), rtol=1e-9
    )


def test_saved_in_the_repository_is_what_is_fitted_now(glmnn, here):
    assert glmnn("fit", DATA / "infertility.csv", "--formula", INFERTILITY, "-q", "--save", "m.json").code == 0
    saved, now = (json.loads(Path(path).read_text()) for path in (SAVED, "m.json"))
    coefficients = []
    for document in (saved, now):
        jsonschema.validate(document, SCHEMAS["model"])
        del document["versions"]
        coefficients.append(document["glm"]["coefficients"])
        document["glm"] = dict.fromkeys(document["glm"])
    assert saved == now
    np.testing.assert_allclose(*coefficients, rtol=1e-13)  # the last bits depend on the kernels of BLAS


# intervals


def test_intervals_are_those_of_statsmodels(here):
    frame = pd.read_csv(DATA / "infertility.csv")
    X = sm.add_constant(frame[["age", "parity", "spontaneous"]])
    theirs = sm.GLM(frame["case"], X, sm.families.Binomial()).fit(tol=1e-14).get_prediction(X).conf_int(alpha=0.1)
    result = package.fit(frame, formula="case ~ age + parity + spontaneous", solver="fisher")
    ours = result.predict(frame, interval=True, level=0.9).to_frame()
    np.testing.assert_allclose(ours[["low", "high"]], theirs, rtol=1e-9)
    cars = pd.read_csv(DATA / "cars.csv")
    X = sm.add_constant(cars[["speed"]])
    theirs = sm.OLS(cars["distance"], X).fit().get_prediction(X).conf_int()  # t, for the dispersion is estimated
    ours = package.fit(cars, target="distance", family="gaussian", solver="fisher").predict(cars, interval=True)
    np.testing.assert_allclose(ours.to_frame()[["low", "high"]], theirs, rtol=1e-9)


@pytest.mark.parametrize("degree", [1, 2, 3])
@pytest.mark.parametrize("saved", [False, True])
def test_intervals_keep_their_digits_where_columns_are_ill_conditioned(here, degree, saved):
    year = np.arange(1990.0, 2030.0)
    frame = pd.DataFrame({"year": year, "y": (year - 2010) / 10 + 0.3 * np.random.default_rng(1).standard_normal(40)})
    terms = ["year", "I(year**2)", "I(year**3)"][:degree]
    result = package.fit(frame, formula=f"y ~ {' + '.join(terms)}", family="gaussian", solver="fisher")
    if saved:
        result.save("year.json")
        jsonschema.validate(json.loads(Path("year.json").read_text()), SCHEMAS["model"])
        result = package.load("year.json")
    new = [1991, 2005, 2010, 2035]
    predicted = result.predict({"year": new}, interval=True)
    ends, rows = predicted.to_frame(), [[Fraction(x) ** k for k in range(degree + 1)] for x in new]
    X = [[Fraction(x) ** k for k in range(degree + 1)] for x in year]
    exact = np.array(exact_errors(X, frame["y"], rows)) * scipy.stats.t.ppf(0.975, 39 - degree)
    # the terms that cancel are (mean / sd)^degree as large as their sum; a variance would lose the square of that
    rounding = np.finfo(float).eps * (year.mean() / year.std()) ** degree
    np.testing.assert_allclose((ends["high"] - ends["low"]) / 2, exact, rtol=16 * rounding)
    assert not predicted.notes


@pytest.mark.parametrize("cov", ["HC1", "HC3"])
def test_robust_intervals_do_not_depend_on_where_a_column_begins(here, cov):
    rng = np.random.default_rng(2)
    x, y = rng.integers(0, 64, 50) / 64, rng.standard_normal(50)
    half = []
    for origin in (0.0, 2.0**20):  # both are exact
        fitted = package.fit({"x": x + origin, "y": y}, family="gaussian", cov=cov, solver="fisher")
        ends = fitted.predict({"x": np.array([0.25, 0.5, 3.0]) + origin}, interval=True).to_frame()
        half.append((ends["high"] - ends["low"]) / 2)
    np.testing.assert_allclose(*half, rtol=1e-8)


def test_ends_stay_in_the_domain_and_links_keep_their_order(here):
    frame = pd.DataFrame({"x": [1.0, 2, 3, 4, 5, 6], "y": [1.0, 1.3, 1.2, 2.5, 4.0, 9.0]})
    model = package.fit(frame, family="gamma", link="inverse", solver="fisher")
    far = pd.DataFrame({"x": [6.0, 6.5, 60.0]})
    found = model.predict(far, interval=True)
    means = found.to_frame()
    assert np.isinf(means["high"][1])
    assert np.isnan(means["mean"][2])
    assert "no mean in 1 rows" in found.notes[0]
    etas = model.predict(frame, interval=True, type="link").to_frame()
    np.testing.assert_allclose(1 / etas["high"], model.predict(frame, interval=True).to_frame()["low"], rtol=1e-15)
    exact = package.fit({"x": [1, 2], "y": [1.0, 3.0]}, family="gaussian", solver="fisher")
    assert exact.predict({"x": [3]}).values.tolist() == pytest.approx([5.0])
    with pytest.raises(UsageError, match="interval needs a covariance"):
        exact.predict({"x": [3]}, interval=True)


# what is saved, and what is not


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        ((DATA / "iris_setosa.csv",), 3, "no finite maximum"),
        (("twice.csv",), 3, "no unique maximum, for twice = 2 x"),
        (("edge.csv", "--link", "log"), 3, "on the boundary"),
    ],
)
def test_a_model_without_a_maximum_is_not_saved(glmnn, here, arguments, code, why):
    Path("twice.csv").write_text("x,twice,y\n1,2,0\n2,4,0\n3,6,1\n4,8,0\n5,10,1\n6,12,1\n")
    Path("edge.csv").write_text("x,y\n0,0\n0,0\n1,0\n1,1\n2,1\n2,1\n")
    ran = glmnn("fit", *arguments, "--solver", "fisher", "--save", "model.json")
    assert ran.code == code
    assert ran.err.startswith("glmnn: nothing saved: ")
    assert why in ran.err
    assert not Path("model.json").exists()
    with pytest.raises(GlmnnError, match="nothing to save or to predict with"):
        package.fit(str(arguments[0]), solver="fisher", link="log" if len(arguments) > 1 else None).save("model.json")


def test_what_a_slow_solver_leaves_does_not_matter(glmnn, here):
    ran = glmnn("fit", DATA / "primes.csv", "--solver", "gd", "--max-iter", 3, "--save", "slow.json")
    assert ran.code == 1
    assert glmnn("fit", DATA / "primes.csv", "--save", "model.json").code == 0
    assert Path("slow.json").read_bytes() == Path("model.json").read_bytes()


@pytest.mark.parametrize("penalty", [{"penalty": "firth"}, {"l2": 1.0}])
def test_a_penalised_model_is_saved_with_its_name(penalty, here):
    package.fit(DATA / "iris_setosa.csv", solver="fisher", **penalty).save("model.json")
    model = package.load("model.json")
    assert model.model.saved.penalised
    assert "likelihood" not in str(model).partition(",")[0]
    assert model.model.saved.estimate in str(model)
    assert "bias of the penalty" in model.predict(DATA / "iris_setosa.csv", interval=True).notes[0]


def test_families_and_links_keep_their_parameters(here):
    for options in (
        {"family": "negative_binomial", "alpha": 0.123456789},
        {"family": "tweedie", "power": 1.3456789},
        {"family": "gamma", "link": "power(0.123456789)", "formula": "days ~ sex", "data": "quine"},
    ):
        frame = pd.read_csv(DATA / "quine.csv").assign(days=lambda rows: rows["days"] + 1)
        options = {key: value for key, value in options.items() if key != "data"}
        result = package.fit(frame, **{"formula": "days ~ sex + age", **options}, solver="fisher")
        result.save("model.json")
        assert package.load("model.json").predict(frame).values.tolist() == fitted_means(result.comparison).tolist()


def test_outputs_never_replace_an_input(glmnn, here):
    Path("data.csv").write_bytes((DATA / "primes.csv").read_bytes())
    assert glmnn("fit", "data.csv", "--save", "model.json", "-q").code == 0
    before = {path.name: path.read_bytes() for path in here.iterdir()}
    for arguments in (
        ("fit", "data.csv", "--save", "data.csv"),
        ("fit", "data.csv", "--save", "x.json", "-o", "x.json"),
        ("fit", "data.csv", "--save", ""),
        ("predict", "model.json", "data.csv", "-o", "data.csv"),
        ("predict", "model.json", "data.csv", "-o", "model.json"),
        ("predict", "model.json", "data.csv", "-o", "nowhere/x.csv"),
    ):
        refused(glmnn(*arguments))
        assert {path.name: path.read_bytes() for path in here.iterdir()} == before


# new rows


@pytest.fixture
def saved(here):
    """Stand in a folder with a model of a factor, a number and an offset."""
    rows = pd.DataFrame(
        {"g": list("aabbcc") * 2, "x": range(12), "o": [0.1] * 12, "y": [0, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0]}
    )
    rows.to_csv("rows.csv", index=False)
    package.fit("rows.csv", formula="y ~ g + x", offset="o", solver="fisher").save("model.json")
    return here


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("g,x,o\na,1,0\nd,2,0\n", "new.csv:3, column 'g': the model does not know the level 'd'; it knows a, b, c."),
        ("g,x,o\n1,1,0\n", "new.csv:2, column 'g': the model does not know the level '1'; it knows a, b, c."),
        ("g,x,o\na,one,0\n", "new.csv:2, column 'x': 'one' is not a number but text"),
        ("g,x,o\na,1,0\nb,,0\n", "new.csv:3, column 'x': the cell is missing (1 in this column)"),
        ("g,x,o\n,1,0\n", "new.csv:2, column 'g': the level is missing"),
        ("g,x,o\na,1,\n", "new.csv:2, column 'o': the cell is missing"),
        ("G,x,o\na,1,0\n", "there is no feature 'g': did you mean 'G'?"),
        ("g,x\na,1\n", "there is no column for --offset 'o'"),
        ("g,x,o\n\x1b[31m,1,0\n", "does not know the level '\\x1b[31m'"),
        ("g,x,o\n=1+2,1,0\n", "does not know the level '=1+2'"),
        ("", "the file is empty"),
    ],
)
def test_rows_that_do_not_fit_are_refused_by_line(glmnn, saved, text, said):
    Path("new.csv").write_text(text)
    assert said in refused(glmnn("predict", "model.json", "new.csv"))


def test_missing_cells_and_new_levels_as_asked(glmnn, saved):
    Path("new.csv").write_text("x,o,g,y\n1,0,a,0\n,0,b,1\n2,0,d,1\n3,0,c,\n")
    drop = glmnn("predict", "model.json", "new.csv", "--na", "drop", "--new-levels", "missing", "--type", "class")
    assert [line.split(",")[0] for line in drop.out.split()] == ["row", "1", "4"]
    assert "2 of 4 rows left out for missing cells: 1 in 'g', 1 in 'x'" in drop.err
    assert "1 rows with a response" in drop.err
    keep = glmnn("predict", "model.json", "new.csv", "--na", "keep", "--new-levels", "missing", "--type", "class")
    assert keep.out.split()[1] == drop.out.split()[1]
    assert keep.out.split()[2:4] == ["2,,", "3,,"]
    ran = glmnn("predict", "model.json", "new.csv", "--new-levels", "missing")
    assert "new.csv:4, column 'g': the level is missing" in refused(ran)
    Path("none.csv").write_text("x,o,g\n,0,a\n")
    assert glmnn("predict", "model.json", "none.csv", "--na", "keep").out == "row,mean\n1,\n"
    assert "every row" in refused(glmnn("predict", "model.json", "none.csv", "--na", "drop"))


def test_levels_are_found_however_they_are_written(here):
    Path("numbers.csv").write_text("k,y\n1,0\n2,1\n2,2\n3,5\n1,1\n3,4\n")
    model = package.fit("numbers.csv", formula="y ~ C(k)", family="gaussian", solver="fisher")
    Path("other.csv").write_text("k\n01\n2.0\n3\n")
    values = model.predict("other.csv").values.tolist()
    assert values == pytest.approx([0.5, 1.5, 4.5])
    assert model.predict({"k": ["1", "2", "3"]}).values.tolist() == values
    Path("text.csv").write_text("k,y\n01,0\nn,1\nx,2\n01,3\nn,5\nx,1\n")
    model = package.fit("text.csv", formula="y ~ C(k)", family="gaussian", solver="fisher")
    Path("some.csv").write_text("k\nn\n")
    assert model.predict("some.csv").values.tolist() == pytest.approx([3.0])
    Path("some.csv").write_text("k\n01\n")
    assert model.predict("some.csv").values.tolist() == pytest.approx([1.5])


def test_a_spline_ends_where_its_data_did(here):
    model = package.fit(made_rows(), formula="y ~ bs(x, df=4) + C(k) + k:z", family="gaussian", solver="fisher")
    new = made_rows(3).assign(x=[0.0, 99.0, 1.0])
    with pytest.raises(GlmnnError, match="row 2, column 'x': 99 is outside of what was fitted"):
        model.predict(new)
    with pytest.raises(GlmnnError, match="row 3, column 'k': 5 is not a level that the model knows: 1, 2, 4, 7"):
        model.predict(new.assign(x=0.0, k=[1, 2, 5]))


@pytest.mark.parametrize(
    "name",
    ["a b", "x.1", "`", "lambda", "C", "__class__", "open('f','w')", "{0}", "é", "=1", "a . b", "[T.x]", "\x07", "~"],
)
def test_hostile_names_are_names(name, here):
    frame = pd.DataFrame({name: [1.0, 2, 3, 4, 5], "g": list("xyxyx"), "y": [1.0, 3, 2, 5, 4]})
    options = {"features": [name]} if set(name) & {"`", "~"} else {"formula": f"y ~ `{name}` + g"}
    result = package.fit(frame, **options, family="gaussian", solver="fisher")
    result.save("model.json")
    assert Path("model.json").read_text().isascii()
    assert (
        package.load("model.json").predict(frame[["g", name]]).values.tolist() == result.predict(frame).values.tolist()
    )
    assert [path.name for path in here.iterdir()] == ["model.json"]


def test_arrays_and_frames_and_indices(here):
    X, y = np.array([[1.0, 2], [2, 1], [3, 5], [4, 3], [5, 9]]), [0, 1, 1, 0, 1]
    result = package.fit(X, y, names=["a", "b"], family="poisson", solver="fisher")
    values = result.predict(X).values
    assert result.predict({"b": X[:, 1], "a": X[:, 0]}).values.equals(values)
    assert result.predict([[1, 2], [2, 1]]).values.tolist() == values[:2].tolist()
    frame = pd.DataFrame(X.copy(), columns=["a", "b"], index=list("pqrst"))  # pandas before 3 makes a view of X
    frame.loc["q", "a"] = np.nan
    assert result.predict(frame, na="drop").to_frame().index.tolist() == ["p", "r", "s", "t"]
    kept = result.predict(frame, na="keep").to_frame()
    assert kept["mean"].isna().tolist() == [False, True, False, False, False]
    with pytest.raises(GlmnnError, match="give na='drop' to leave such rows out, or na='keep'"):
        result.predict(frame)
    with pytest.raises(GlmnnError, match="there is no feature 'a'"):
        result.predict(X[:, :1])
    frame = result.predict(X).to_frame()
    assert "Predictions" in str(result.predict(X))
    assert "<table" in result.predict(X)._repr_html_()
    assert package.load(SAVED).to_frame().columns.tolist() == ["term", "estimate", "std.error"]


# metrics of new rows


def test_metrics_need_a_response_that_fits(saved):
    model = package.load("model.json")
    rows = pd.read_csv("rows.csv")
    assert model.predict(rows).metrics["auc"] > 0.5
    assert model.predict(rows.drop(columns="y")).metrics == {}
    for bad, said in (
        ([2] * 12, "binomial needs 0 or 1"),
        (["no"] * 12, "is not a number"),
        ([None] * 12, "no row has"),
    ):
        found = model.predict(rows.assign(y=bad))
        assert found.metrics == {}
        assert said in found.notes[0]
        assert found.values.equals(model.predict(rows).values)
    some = model.predict(rows.assign(y=[1, 0, *[None] * 10]))
    assert some.prediction.measured == 2
    beetles = package.fit(DATA / "beetles.csv", target="killed", features="log_dose", trials="beetles", solver="fisher")
    without = pd.read_csv(DATA / "beetles.csv").drop(columns="beetles")
    assert "there is no column 'beetles' for the trials" in beetles.predict(without).notes[0]
    assert beetles.predict(without).values.equals(beetles.predict(DATA / "beetles.csv").values)


# classes and networks


NETWORKS = {
    "classes": {"formula": "g ~ . - y - hit", "loss": "cce"},
    "binomial": {"formula": "hit ~ C(g) * z + poly(x, 2) + C(k)", "offset": "y"},
    "no intercept": {"formula": "hit ~ 0 + g + x", "loss": "bce"},
    "exposure": {"formula": "k ~ x + g", "family": "poisson", "exposure": "z"},
    "a column twice": {"formula": "y ~ x + I(2 * x) + g", "family": "gaussian"},
    "no link but log": {"formula": "z ~ x + g", "family": "gamma"},
    "parameter": {"formula": "k ~ x", "family": "negative_binomial", "alpha": 0.123456789},
    "squared errors": {"formula": "hit ~ x", "loss": "mse", "weights": "z"},
}


def save_network(**options):
    """Train a small network on made rows and save it; return experiment and table."""
    hit = lambda rows: (np.sin(9 * rows["x"] + rows["k"]) > 0).astype(int)  # noqa: E731
    made_rows().assign(hit=hit).to_csv("rows.csv", index=False)
    table = read_table("rows.csv")
    given = FitOptions(**{"hidden": "4:tanh,3:sigmoid", "max_iter": 40, **options})
    comparison = run_hidden(make_blueprint(given), table)
    Path("model.json").write_text(to_model_json(make_model(comparison, {"glmnn": "0"})))
    return comparison, table


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_predicts_its_own_data(name, here):
    comparison, table = save_network(**NETWORKS[name])
    text = Path("model.json").read_text()
    jsonschema.validate(json.loads(text), SCHEMAS["model"])
    model = read_model("model.json")
    assert to_model_json(model) == text
    network, inputs = comparison.trained.network, comparison.inputs
    eta, found = network.eta(comparison.trained.coef, inputs.whole), predict(model, table, PredictOptions())
    np.testing.assert_array_equal(
        np.column_stack(list(found.columns.values())).T, np.atleast_2d(network.head.mean(eta).T)
    )
    link = predict(model, table, PredictOptions(type="link"))
    np.testing.assert_array_equal(np.column_stack(list(link.columns.values())).T, np.atleast_2d(eta.T))
    assert found.metrics["deviance"] == pytest.approx(comparison.network.fitted["deviance"], rel=1e-12)
    frame = pd.read_csv("rows.csv")[::-1]
    backwards = package.load("model.json").predict(frame[frame.columns[::-1]]).to_frame().sort_index()
    np.testing.assert_allclose(backwards, np.column_stack(list(found.columns.values())), rtol=1e-12)
    with pytest.raises(UsageError, match="no standard errors"):
        predict(model, table, PredictOptions(interval=True))


def test_networks_are_saved_and_say_their_class(glmnn, here):
    save_network(**NETWORKS["binomial"])
    frame = package.load("model.json").predict("rows.csv", type="class").to_frame()
    assert frame["class"].tolist() == (frame["mean"] >= 0.5).astype(int).tolist()
    arguments = ("fit", DATA / "iris.csv", "--target", "species", "--hidden", "3", "--loss", "cce", "--seed", 1)
    ran = glmnn(*arguments, "--max-iter", 300, "--save", "iris.json")
    assert (ran.code, ran.err) == (0, "glmnn: wrote iris.json\n")
    model = package.load("iris.json")
    found = model.predict(DATA / "iris.csv", type="class")
    likeliest = found.to_frame().drop(columns="class").idxmax(axis=1)
    assert [f"p({label})" for label in found.values] == likeliest.tolist()
    assert found.metrics["accuracy"] > 0.9
    assert "network of 3 relu under softmax over 3 classes" in str(model)
    assert model.to_frame()["term"][0] == "layer1[1<-sepal_length]"
    ran = glmnn(*arguments, "--solver", "gd", "--lr", 1e9, "--save", "diverged.json")
    assert ran.code == 1
    assert "nothing saved: training diverged" in ran.err
    assert not Path("diverged.json").exists()


@pytest.mark.parametrize("options", [{"features": "sepal_length"}, {"l2": 0.5}])
def test_classes_come_back_as_they_were_fitted(glmnn, options, here):
    flags = [text for name, value in options.items() for text in (f"--{name}", value)]
    arguments = ("--target", "species", "--family", "multinomial", "--solver", "fisher", "--ref", "species=virginica")
    assert glmnn("fit", DATA / "iris.csv", *arguments, *flags, "-q", "--save", "model.json").code == 0
    jsonschema.validate(json.loads(Path("model.json").read_text()), SCHEMAS["model"])
    iris = pd.read_csv(DATA / "iris.csv")
    result = package.fit(
        iris, target="species", family="multinomial", solver="fisher", ref={"species": "virginica"}, **options
    )
    estimate, model = result.comparison.estimate, package.load("model.json")
    p = estimate.model.fitted(estimate.reference.coef, estimate.design.data.whole)
    found = model.predict(iris[iris.columns[::-1]])
    assert found.values.columns.tolist() == ["p(virginica)", "p(setosa)", "p(versicolor)"]
    np.testing.assert_allclose(found.values, p, rtol=1e-12)
    assert model.predict(iris[70:71]).values.equals(found.values[70:71])
    assert found.values.equals(result.predict(iris).values)
    likelihood = np.log(p[np.arange(150), estimate.design.data.whole.y.astype(int)]).sum()
    assert found.metrics["deviance"] == pytest.approx(-2 * likelihood, rel=1e-12)
    assert model.model.saved.deviance == pytest.approx(-2 * likelihood, rel=1e-12)
    classes = model.predict(iris, type="class")
    assert found.metrics["accuracy"] == pytest.approx(np.mean(classes.values == iris["species"]))
    etas = model.predict(iris, type="link").values
    assert not etas["link(virginica)"].any()
    np.testing.assert_allclose(etas["link(setosa)"], np.log(p[:, 1] / p[:, 0]), rtol=1e-9, atol=1e-9)
    assert model.to_frame()["estimate"].tolist() == result.coef.tolist()
    assert model.to_frame()["term"].tolist() == result.coef.index.tolist()
    jsonschema.validate(json.loads(classes.to_json()), SCHEMAS["predict"])
    other = model.predict(iris.assign(species="iris"))
    assert other.metrics == {}
    assert "no metrics: data frame: row 1, column 'species': the model does not know the class 'iris'" in other.notes[0]
    assert "intervals" in refused(glmnn("predict", "model.json", DATA / "iris.csv", "--interval"))
    kept = model.predict(iris.assign(sepal_length=[np.nan, *iris["sepal_length"][1:]]), na="keep", type="class")
    assert kept.to_frame().isna().sum(axis=1).tolist() == [4, *[0] * 149]


def test_hostile_labels_are_labels(glmnn, here):
    labels = ["row", "class", "=1+2", "\x1b[31m", "<b>", 'a,"b']
    frame = pd.DataFrame({"x": np.tile(np.arange(10.0), 6) % 7, "y": np.repeat(labels, 10)})
    result = package.fit(frame, family="multinomial", solver="fisher", l2=1.0)
    result.save("model.json")
    assert Path("model.json").read_text().isascii()
    frame[["x"]].to_csv("rows.csv", index=False)
    found = package.load("model.json").predict("rows.csv", type="class")
    assert set(found.values) <= set(labels)
    assert {f"p({label})" for label in labels} | {"class"} == set(found.to_frame().columns)
    for shown in (str(found), glmnn("predict", "model.json", "rows.csv", "--format", "table").out):
        assert "p(\\x1b[31m)" in shown
        assert "\x1b" not in shown
    assert "<b>" not in found._repr_html_()


# how it is shown


def test_formats_say_the_same(glmnn, saved):
    found = package.load("model.json").predict("rows.csv", interval=True, type="class")
    arguments = ("predict", "model.json", "rows.csv", "--interval", "--type", "class")
    ran = glmnn(*arguments)
    assert ran.out == found.to_csv()
    assert [line.partition(" ")[0] for line in ran.err.splitlines()] == ["glmnn:", "glmnn:"]
    assert glmnn(*arguments, "-q") == (0, ran.out, "")
    rows = [line.split(",") for line in ran.out.split()]
    assert rows[0] == ["row", "mean", "low", "high", "class"]
    assert [float(row[1]) for row in rows[1:]] == found.to_frame()["mean"].tolist()
    assert [int(row[4]) for row in rows[1:]] == (found.to_frame()["mean"] >= 0.5).astype(int).tolist()
    written = glmnn(*arguments, "--format", "json").out
    assert glmnn(*arguments, "--json").out == written
    assert glmnn(*arguments, "--csv").out == glmnn(*arguments).out
    document = json.loads(written)
    jsonschema.validate(document, SCHEMAS["predict"])
    assert [str(item["class"]) for item in document["predictions"]] == [row[4] for row in rows[1:]]
    assert document["metrics"] == {"rows": 12, **found.metrics}
    assert glmnn(*arguments, "-o", "out.json").err.endswith("glmnn: wrote out.json\n")
    assert json.loads(Path("out.json").read_text()) == document
    glmnn(*arguments, "-o", "out.csv")
    assert Path("out.csv").read_text() == ran.out
    table = glmnn(*arguments, "--format", "table").out
    assert "the data that were fitted" in table
    assert "and 2 more rows" in table
    assert "{" not in table
    link = glmnn("predict", "model.json", "rows.csv", "--type", "link", "-q").out.split()
    assert link[0] == "row,link"


@pytest.mark.slow
def test_standard_input_and_terminal(saved):
    with started("predict", "model.json", "-", "-q", stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        out = process.communicate(Path("rows.csv").read_bytes(), timeout=60)[0]
    assert process.returncode == 0
    assert out.decode() == package.load("model.json").predict("rows.csv").to_csv()
    code, text = on_terminal("predict", "model.json", "rows.csv")
    assert code == 0
    assert "Against the responses" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--type", "maen"), "did you mean 'mean'?"),
        (("--level", "1"), "--level must lie between 0 and 1"),
        (("--threshold", "2"), "--threshold must lie between 0 and 1"),
        (("--na", "skip"), "fail, drop, keep"),
        (("--new-levels", "base"), "fail, missing"),
        (("--format", "xml"), "table, json, csv, md, html"),
    ],
)
def test_wrong_options(glmnn, saved, arguments, said):
    assert said in refused(glmnn("predict", "model.json", "rows.csv", *arguments))


def test_classes_are_for_binomial_models(glmnn, here):
    package.fit(DATA / "cars.csv", target="distance", family="gaussian", solver="fisher").save("model.json")
    assert "needs a binomial model" in refused(glmnn("predict", "model.json", DATA / "cars.csv", "--type", "class"))


# model files that are none


def test_models_and_data_in_each_other_s_place(glmnn, saved):
    assert "give it first" in refused(glmnn("predict", "rows.csv", "model.json"))
    assert "this is a model, not data" in refused(glmnn("predict", "model.json", "model.json"))
    assert "this is not a model file; `glmnn fit --save` makes one" in refused(glmnn("predict", "rows.csv", "rows.csv"))
    refused(glmnn("fit", "model.json"))
    assert glmnn("fit", "rows.csv", "--features", "x", "--json", "-o", "fit.json").code == 0
    assert "but a document 'glmnn.fit/2'" in refused(glmnn("predict", "fit.json", "rows.csv"))
    assert "did you mean 'model.json'" in refused(glmnn("predict", "modle.json", "rows.csv"))
    for nothing in ("-", "", ".", "\0"):
        refused(glmnn("predict", nothing, "rows.csv"))


def edited(change):
    """Return the model with one thing changed: a path of keys, and the value or a function of the old one."""
    document = json.loads(Path("model.json").read_text())
    *way, last = change[0].split("/")
    inner = document
    for key in way:
        inner = inner[key]
    if change[1] is DROP:
        del inner[last]
    else:
        inner[last] = change[1](inner[last]) if callable(change[1]) else change[1]
    return document


DROP = object()
NONSENSE = {
    "another version": ("schema", "glmnn.model/2", "this glmnn reads glmnn.model/1 only"),
    "another document": ("schema", "x", "not a model file"),
    "another kind": ("kind", "forest", "there is no kind of model 'forest'"),
    "no kind": ("kind", None, "there is no kind of model"),
    "no numbers": ("glm", DROP, "glm is missing"),
    "numbers no table": ("glm", [], "glm must be a table"),
    "unknown key": ("extra", 1, "there is no key 'extra'"),
    "unknown key inside": ("glm/coefficient", [], "did you mean 'coefficients'?"),
    "missing key": ("target", DROP, "target is missing"),
    "text for a number": ("glm/coefficients", lambda old: ["nan", *old[1:]], "coefficients[0] must be a finite number"),
    "null for a number": ("glm/deviance", None, "glm.deviance must be a finite number, not nothing"),
    "truth for a number": ("glm/df_residual", True, "must be a whole number"),
    "one coefficient less": ("glm/coefficients", lambda old: old[1:], "has 3 numbers for 4 terms"),
    "one term more": ("glm/terms", lambda old: [*old, "z"], "4 numbers for 5 terms"),
    "another term": ("glm/terms", lambda old: [*old[:-1], "z"], "terms are not those of its own design"),
    "other order": ("glm/terms", lambda old: old[::-1], "terms are not those of its own design"),
    "a term twice": ("glm/terms", lambda old: [*old[:-1], old[0]], "names, each once"),
    "no triangle": ("glm/covariance", lambda old: old[:-1], "lower triangle"),
    "negative variance": ("glm/covariance", lambda old: [[-1.0], *old[1:]], "negative"),
    "no root": ("glm/root", [[1.0], [1.0]], "glm.root is not the lower triangle"),
    "negative root": ("glm/root", [[-1.0], [0.0, 1.0], [0.0] * 3, [0.0] * 4], "glm.root: a number on its diagonal"),
    "no family": ("glm/family", "binomail", "did you mean 'binomial'?"),
    "no link": ("glm/link", "log it", "link"),
    "link and family": ("glm/link", "sqrt", "does not make sense"),
    "parameter": ("glm/alpha", 1.0, "belongs to the negative_binomial"),
    "exposure": ("parts/exposure", "x", "parts.exposure cannot be combined with"),
    "offset is target": ("parts/offset", "y", "parts.offset is the target"),
    "hash": ("data/sha256", "0", "not a SHA-256 hash"),
    "rows": ("data/rows_used", 0, "between 1 and data.rows"),
    "levels of nothing": ("design/levels", {"h": ["a"]}, "there is no column 'h'"),
    "a level twice": ("design/levels", {"g": ["a", "a"]}, "each once"),
    "no levels": ("design/levels", {"g": []}, "each once"),
    "a level less": ("design/levels", {"g": ["a", "b"]}, "does not know the level 'c'"),
    "levels forgotten": ("design/levels", {}, "is not a number but text"),
    "levels of other columns": ("design/features", ["x"], "there is no column 'g'"),
    "code": ("design/formula", "y ~ I(__import__('os').system('touch hacked')) + x", "is not allowed"),
    "code in a function": ("design/formula", "y ~ C(g, levels=open('hacked', 'w'))", "is not allowed"),
    "explosion": ("design/formula", "y ~ " + "*".join(f"x{j}" for j in range(60)), "too many interactions"),
    "deep formula": ("design/formula", "y ~ " + "(" * 5000 + "x" + ")" * 5000, "long"),
    "other target": ("design/formula", "z ~ g + x", "not the left side"),
    "no formula": ("design/formula", "", "write it as target ~ features"),
    "target right": ("design/formula", "y ~ g + x + y", "is the target"),
    "other formula": ("design/formula", "y ~ g", "terms are not those of its own design"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", NONSENSE)
def test_a_file_edited_by_hand_is_refused_in_one_line(glmnn, saved, name):
    *change, said = NONSENSE[name]
    Path("edited.json").write_text(json.dumps(edited(change)))
    assert said in refused(glmnn("predict", "edited.json", "rows.csv"))
    assert not Path("hacked").exists()


NETWORK_NONSENSE = {
    "no layers": ("network/layers", [], "there is no hidden layer"),
    "no units": ("network/layers", [{"units": 0, "activation": "tanh", "bias": True}], "units must be 1 to"),
    "huge": ("network/layers", [{"units": 10**15, "activation": "tanh", "bias": True}], "units must be 1 to"),
    "one unit more": ("network/layers", lambda old: [{**old[0], "units": 5}, old[1]], "numbers; the layers need"),
    "activation": ("network/layers", lambda old: [{**old[0], "activation": "tahn"}, old[1]], "did you mean 'tanh'?"),
    "no bias": ("network/head/bias", False, "numbers; the layers need"),
    "no truth": ("network/head/bias", 1, "must be true or false"),
    "family": ("network/head/family", "gaussain", "did you mean 'gaussian'?"),
    "link": ("network/head/link", "inverse", "link"),
    "half a line": ("network/head", lambda old: {**old, "family": "gamma", "link": "inverse"}, "take every number"),
    "classes of none": ("network/head/classes", ["a", "b"], "classes are those of the multinomial family"),
    "no classes": ("network/head/family", "multinomial", "classes are missing"),
    "a class twice": ("network/head", lambda old: {**old, "family": "multinomial", "classes": ["a", "a"]}, "each once"),
    "infinite": ("network/coefficients", lambda old: ["inf", *old[1:]], "must be a finite number"),
    "other inputs": ("network/inputs", lambda old: [*old[:-1], "w"], "some of network.terms"),
    "order of inputs": ("network/inputs", lambda old: old[::-1], "in the same order"),
    "other terms": ("network/terms", lambda old: [*old, "w"], "terms are not those of its own design"),
    "trials": ("parts/exposure", "x", "parts.exposure cannot be combined with"),
    "kind": ("kind", "multinomial", "multinomial is missing"),
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORK_NONSENSE)
def test_a_network_edited_by_hand_is_refused_in_one_line(glmnn, here, name):
    save_network(formula="hit ~ x + g", max_iter=1)
    *change, said = NETWORK_NONSENSE[name]
    Path("edited.json").write_text(json.dumps(edited(change)))
    assert said in refused(glmnn("predict", "edited.json", "rows.csv"))


@pytest.mark.parametrize(
    ("key", "change", "said"),
    [
        ("classes", lambda old: old[1:], "rows of 2 numbers, one for each class but the base: 1"),
        ("classes", lambda old: [old[0], *old[:-1]], "each once"),
        ("coefficients", lambda old: [old[0], old[1][1:]], "rows of 2 numbers"),
        ("remainders", lambda old: [*old[0], *old[1]], "must be a list"),
        ("terms", lambda old: [old[0], "x"], "terms are not those of its own design"),
        ("covariance", lambda old: old[1:], "lower triangle of 4 terms"),
    ],
)
def test_classes_edited_by_hand_are_refused_in_one_line(glmnn, here, key, change, said):
    iris = DATA / "iris.csv"
    package.fit(
        iris, target="species", features="sepal_length", family="multinomial", solver="fisher"
    ).save("model.json")  # fmt: skip
    Path("edited.json").write_text(json.dumps(edited((f"multinomial/{key}", change))))
    assert said in refused(glmnn("predict", "edited.json", iris))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"schema": "glmnn.model/1", "kind": NaN}', "NaN is no number that JSON knows"),
        ('{"schema": "glmnn.model/1", "kind": "glm", "kind": "glm"}', "'kind' stands there twice"),
        ('{"schema": "glmnn.model/1", ', "not valid JSON"),
        ('{"schema": "glmnn.model/1", "kind": ' + "[" * 100_000, "not valid JSON"),
        ('{"schema": "glmnn.model/1", "kind": ' + "1" * 5000 + "}", "not valid JSON"),
        ("[]", "this is not a model file"),
        ("\x1b[31m", "this is not a model file"),
        ("", "this is not a model file"),
    ],
)
def test_text_that_is_no_model_is_refused_in_one_line(glmnn, saved, text, said):
    Path("edited.json").write_text(text)
    assert said in refused(glmnn("predict", "edited.json", "rows.csv"))
    Path("edited.json").write_bytes(b"\xff\xfe" + text.encode())
    assert "this is not a model file" in refused(glmnn("predict", "edited.json", "rows.csv"))


def test_a_number_too_large_for_a_float_is_refused(glmnn, saved):
    text = Path("model.json").read_text()
    deviance = json.loads(text)["glm"]["deviance"]
    Path("edited.json").write_text(text.replace(f'"deviance": {deviance}', '"deviance": 1e999'))
    assert "glm.deviance must be a finite number" in refused(glmnn("predict", "edited.json", "rows.csv"))


def test_the_schema_of_a_model_names_every_kind_and_lies_are_refused():
    assert SCHEMAS["model"]["properties"]["kind"]["enum"] == list(KINDS)
    saved = json.loads(SAVED.read_text())
    validator = jsonschema.Draft202012Validator(SCHEMAS["model"])
    for change in ({"extra": 1}, {"kind": "forest"}, {"data": {}}, {"schema": "glmnn.model/2"}, {"target": 1}):
        assert list(validator.iter_errors({**saved, **change})), change
    assert list(validator.iter_errors({key: value for key, value in saved.items() if key != "glm"}))
