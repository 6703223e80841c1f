"""Natural splines, dates and the spellings of R and patsy; the numbers are R's (tests/reference/people.R)."""

import datetime
import re

import numpy as np
import pandas as pd
import pytest
from data.test_people import BY_R, FISHER, PEOPLE, assert_as_in_r

import glmnn
from glmnn.data.formula.spellings import translated
from glmnn.errors import DataError, UsageError

FORMULAS = {
    "ns": "relapse ~ ns(age, df=3) + smoker",
    "ns4": "relapse ~ ns(age, 4)",
    "nsknots": "relapse ~ ns(age, knots=[35, 50])",
    "square": "relapse ~ age + I(age**2)",
    "dates": "relapse ~ year(visit) + month(visit) + weekday(visit)",
    "days": "relapse ~ days(visit) + C(year(visit))",
}


@pytest.mark.parametrize("name", FORMULAS)
def test_functions_give_the_coefficients_of_r_and_come_back_from_a_file(name, tmp_path):
    found = glmnn.fit(PEOPLE, formula=FORMULAS[name], **FISHER)
    assert_as_in_r(found, name)
    found.save(tmp_path / "model.json")
    some = pd.read_csv(PEOPLE)[50:60]
    again = glmnn.load(tmp_path / "model.json").predict(some, type="link").to_frame().link
    whole = found.predict(PEOPLE, type="link").to_frame().link
    np.testing.assert_allclose(again, whole[50:60], rtol=1e-12)


def test_a_natural_spline_goes_on_straight_beyond_the_data_as_in_r():
    found = glmnn.fit(PEOPLE, formula=FORMULAS["ns"], **FISHER)
    theirs = BY_R[BY_R.model == "nspredicted"]
    new = {"age": theirs.term.astype(float), "smoker": ["no"] * 3}
    np.testing.assert_allclose(found.predict(new, type="link").to_frame().link, theirs.estimate, rtol=1e-9)


def test_the_parts_of_dates_are_those_of_pandas(tmp_path):
    when = pd.Series(pd.date_range("1899-12-25", "2101-03-05", periods=3001).round("min"))
    parts = {"year": when.dt.year, "month": when.dt.month, "day": when.dt.day, "weekday": when.dt.day_of_week + 1}
    days = (when - when.min()).dt.total_seconds() / 86_400
    data = pd.DataFrame({"when": when, "text": when.dt.strftime("%d.%m.%Y %H:%M"), "y": np.arange(3001.0)})
    data.to_csv(tmp_path / "dates.csv", index=False)
    for given in (data, tmp_path / "dates.csv"):
        for name in ("when", "text"):
            for part, expected in {**parts, "days": days}.items():
                found = glmnn.fit(given, formula=f"y ~ {part}({name})", family="gaussian", **FISHER)
                design = found.comparison.estimate.design.data.whole.X
                np.testing.assert_allclose(design[:, 1], expected, rtol=0, atol=1e-9, err_msg=f"{part}({name})")
    dates = [datetime.date(2026, 1, day) for day in (31, 1, 15)]
    found = glmnn.fit({"d": dates, "y": [1.0, 2, 4]}, formula="y ~ days(d)", family="gaussian", **FISHER)
    assert found.comparison.estimate.design.data.whole.X[:, 1].tolist() == [30.0, 0.0, 14.0]


def test_dates_of_new_rows_are_counted_from_the_first_that_was_fitted():
    found = glmnn.fit({"d": ["2026-01-11", "2026-01-01", "2026-01-06"], "y": [1.0, 0, 0.7]}, formula="y ~ days(d)",
                      family="gaussian", **FISHER)  # fmt: skip
    one, two = (found.predict({"d": [day]}).to_frame()["mean"][0] for day in ("2026-02-01", "2026-02-02"))
    assert two - one == pytest.approx(found.coef["days(d)"])
    with pytest.raises(DataError, match=r"row 2, column 'd': 'soon' is not a date as 2026-01-31 or 31\.01\.2026"):
        found.predict({"d": ["2026-02-01", "soon"]})
    with pytest.raises(DataError, match="row 2, column 'd': the cell is missing"):
        found.predict({"d": ["2026-02-01", None]})


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("I(age^2)", "I(age**2)"),
        ("as.factor(arm) + factor(`my col`)", "C(arm) + C(`my col`)"),
        ('relevel(arm, ref = "low")', 'C(arm, contr.treatment(base="low"))'),
        (
            "C(arm, Treatment('low')) + C(arm, Treatment(reference='low'))",
            "C(arm, contr.treatment(base='low')) + C(arm, contr.treatment(base='low'))",
        ),
        ("C(arm, Sum)", "C(arm, contr.sum)"),
        ("C(arm, Treatment)", "C(arm, contr.treatment)"),
        ("np.log(age) + numpy.sqrt(age) + np.log1p(age)", "log(age) + sqrt(age) + log(1 + age)"),
        ("cr(age, df=3) + standardize(age)", "ns(age, df=3) + scale(age)"),
        ("poly(age, 2, raw = TRUE)", "poly(age, 2, raw = True)"),
        ("ns(age, knots = c(35, 50))", "ns(age, knots = [35, 50])"),
        ("Q('my col') + as.numeric(age)", "`my col` + age"),
    ],
)
def test_r_and_patsy_are_answered_with_the_translation(theirs, ours):
    assert translated(theirs) == ours
    assert translated(ours) == ours
    with pytest.raises(UsageError, match="here that is written") as error:
        glmnn.fit(PEOPLE, formula=f"relapse ~ {theirs}")
    assert ours in str(error.value)
    if "my col" not in ours:
        assert glmnn.fit(PEOPLE, formula=f"relapse ~ {ours}", **FISHER).exit_code in (0, 3)


@pytest.mark.parametrize("text", ["`as.factor(x)` + `np.log(y)`", "C(arm, contr.sum)", "x + Sum", "log(c)", "`I(a^2)`"])
def test_what_is_no_other_spelling_is_left_alone(text):
    assert translated(text) == text


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("relapse ~ offset(log(age))", "offset.. is an option here: offset with the column, or exposure"),
        ("cbind(relapse, age) ~ arm", "give the successes as target, and trials with their number"),
        ("relapse ~ visit + year(visit)", "'visit' is a date in one place and not in another"),
        ("relapse ~ visit", "'2025-05-11' is a date: write year.visit., month.visit. or days.visit."),
        ("relapse ~ log(visit)", "is a date: write year"),
        ("relapse ~ year(age)", "column 'age': '50.3' is not a date"),
        ("relapse ~ ns(age)", "ns needs df=, the number of its columns, or knots="),
        ("relapse ~ ns(age, knots=[5, 30])", "ns needs its knots within the range of its column, 21 to 69.8"),
    ],
)
def test_what_cannot_be_is_answered_with_what_can(formula, message):
    with pytest.raises((UsageError, DataError), match=message):
        glmnn.fit(PEOPLE, formula=formula)


def test_names_with_blanks_need_backticks_and_names_with_dots_do_not(tmp_path):
    frame = pd.DataFrame({"my col": [1, 2, 3, 4, 5.0], "a.b": [2, 1, 4, 3, 5.0], "y": [2.0, 1, 7, 3, 4]})
    with pytest.raises(UsageError, match="write the column 'my col' in backticks: `my col`"):
        glmnn.fit(frame, formula="y ~ my col", family="gaussian")
    found = glmnn.fit(frame, formula="y ~ `my col` + log(a.b) + a.b", family="gaussian", **FISHER)
    assert list(found.coef.index) == ["(Intercept)", "my col", "log(a.b)", "a.b"]
    found.save(tmp_path / "model.json")
    means = glmnn.load(tmp_path / "model.json").predict(frame).to_frame()["mean"]
    np.testing.assert_array_equal(means, found.predict(frame).to_frame()["mean"])


def test_columns_may_be_called_as_functions_are():
    frame = pd.DataFrame({"year": [1.0, 2, 3, 4, 5], "days": [2.0, 1, 4, 3, 5], "y": [0, 1, 0, 1, 0]})
    for formula in ("y ~ year + days", "y ~ .", "y ~ `year` + `days`", None):
        assert list(glmnn.fit(frame, formula=formula, **FISHER).coef.index) == ["(Intercept)", "year", "days"]


COMPUTED = {  # and the column that it is the factor of
    "C(age > 40)": lambda data: data["age"] > 40,
    "C(x**2)": lambda data: (data["x"] ** 2).map(lambda value: f"{value:03d}"),
    "C(x + z)": lambda data: data["x"] + data["z"],
    "C(I(x), contr.sum)": lambda data: data["x"],
    "C(x):age + log(x + 1)": None,
}


@pytest.mark.parametrize("term", COMPUTED)
@pytest.mark.parametrize("engine", ["memory", "stream"])
def test_what_is_computed_of_numbers_may_be_a_factor(term, engine, tmp_path):
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"age": rng.integers(20, 70, 90), "x": rng.integers(0, 4, 90), "z": rng.integers(0, 2, 90)})
    data["y"] = rng.integers(0, 2, 90)
    data.to_csv(tmp_path / "data.csv", index=False)
    found = glmnn.fit(tmp_path / "data.csv", formula=f"y ~ {term}", engine=engine, **FISHER)
    assert not [name for name in found.coef.index if re.search(r"\d\.0\]", name)]
    found.save(tmp_path / "model.json")
    again = glmnn.load(tmp_path / "model.json").predict(data[5:9], type="link").to_frame().link
    np.testing.assert_allclose(again, found.predict(data, type="link").to_frame().link[5:9], rtol=1e-12)
    if COMPUTED[term] is not None:
        plain = glmnn.fit(data.assign(f=COMPUTED[term](data)), formula="y ~ C(f)", **FISHER)
        assert found.deviance == pytest.approx(plain.deviance, rel=1e-12)
        if "contr" not in term:
            np.testing.assert_allclose(found.coef, plain.coef, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("relapse ~ log(arm)", "column 'arm' is text, of which nothing can be computed"),
        ("relapse ~ age + I(arm**2)", "column 'arm' is text, of which nothing can be computed"),
        ("relapse ~ ns(arm, df=3)", "column 'arm' is text, of which nothing can be computed"),
        ("relapse ~ poly(arm, 2)", "column 'arm' is text, of which nothing can be computed"),
        ("relapse ~ log(C(age))", "C() makes a factor, which nothing is computed of"),
    ],
)
@pytest.mark.parametrize("engine", ["memory", "stream"])
def test_text_in_the_place_of_numbers_is_named(formula, message, engine):
    with pytest.raises(UsageError, match=re.escape(message)):
        glmnn.fit(PEOPLE, formula=formula, engine=engine, **FISHER)


def test_a_computed_level_that_was_not_fitted_is_refused():
    data = {"x": [0, 1, 2, 0, 1, 2, 1], "y": [0, 1, 0, 1, 0, 1, 1]}
    found = glmnn.fit(data, formula="y ~ C(x * 2)", **FISHER)
    with pytest.raises(DataError, match="makes a level here that the fitted rows did not have"):
        found.predict({"x": [3]})
