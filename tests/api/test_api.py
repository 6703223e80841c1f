"""The Python API: every kind of data gives the numbers of the command line, and every slip one clear sentence."""

import csv
import datetime
import decimal
import inspect
import io
import json
import pickle
import re
import subprocess
import sys
import tomllib
import warnings
from dataclasses import fields
from html.parser import HTMLParser
from itertools import chain
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hostile import LONG, NAMES
from typer.testing import CliRunner

import glmnn
from glmnn.api.keywords import python_errors
from glmnn.cli import app
from glmnn.cli.schema import schema_of
from glmnn.data.cells import parse_number
from glmnn.errors import MARK, DataError, OptionError, UsageError, option, printable, quoted
from glmnn.fitting.options import FitOptions
from glmnn.fitting.report import fit_report
from glmnn.problem.problem import Problem
from glmnn.report.html import STYLE, notebook_html
from glmnn.report.sections import Report, Section
from glmnn.report.tables import Grid
from glmnn.simulating.options import SimulateOptions
from glmnn.simulating.run import fit_simulation

ROOT = Path(__file__).parents[2]
CATALOGUE = tomllib.loads((ROOT / "data" / "datasets.toml").read_text(encoding="utf-8"))
SCHEMA = schema_of("fit")
X, Y = [2, 3, 5, 7, 11, 13], [0, 0, 1, 0, 1, 1]
COEF = [-3.54907070, 0.55177592]  # the first output of the README
FISHER = {"solver": "fisher"}
OPTIONS = {item.name for item in fields(FitOptions)}


def primes(**columns):
    return {"x": X, "y": Y, **columns}


def frame(**columns):
    return pd.DataFrame(primes(**columns))


def refused(data, *said, kind=glmnn.GlmnnError, **options):
    with pytest.raises(kind) as caught:
        glmnn.fit(data, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert "--" not in message
    assert [part for part in said if part not in message] == [], message


def same(one, other):
    """Say that two results have the same numbers, to the last bit."""
    documents = [result.to_dict() for result in (one, other)]
    for document in documents:
        for part in ("data", "options"):
            del document[part]
        for solver in document["solvers"]:
            del solver["seconds"], solver["setup_seconds"], solver["path"]["seconds"]
    assert documents[0] == documents[1]


def as_frame(text):
    """Return CSV as a frame; how exactly pandas reads numbers depends on its version."""
    columns = pd.DataFrame(csv.DictReader(io.StringIO(text)))
    return columns.apply(lambda cells: [float(cell) for cell in cells] if parse_number(cells[0]) is not None else cells)


# the same numbers as the command line


@pytest.mark.slow
@pytest.mark.parametrize("name", CATALOGUE)
def test_a_frame_gives_the_numbers_of_its_file(name):
    path = ROOT / "data" / f"{name}.csv"
    about = {key: value for key, value in CATALOGUE[name].items() if key in OPTIONS}
    if "formula" in about:
        del about["target"]
    columns = as_frame(path.read_text(encoding="utf-8"))
    before = columns.copy(deep=True)
    by_file, by_frame = (glmnn.fit(data, **about, **FISHER) for data in (path, columns))
    same(by_file, by_frame)
    assert by_file.to_dict()["data"]["source"] == str(path)
    jsonschema.validate(by_frame.to_dict(), SCHEMA)
    pd.testing.assert_frame_equal(columns, before)
    categories = columns.astype(dict.fromkeys(columns.select_dtypes(exclude="number"), "category"))
    same(by_file, glmnn.fit(categories, **about, **FISHER))


@pytest.mark.parametrize("name", ["primes", "iris_setosa"])
def test_printed_it_is_the_report_of_the_command_line(name, monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("COLUMNS", raising=False)
    path = f"data/{name}.csv"
    ran = CliRunner().invoke(app, ["fit", path, "-s", "fisher"])
    found = glmnn.fit(path, **FISHER)
    texts = [re.sub(r"[\d.]+ m?s ", "TIME ", text).split() for text in (str(found), ran.stdout)]
    assert texts[0] == texts[1]
    assert (repr(found), found.exit_code) == (str(found), ran.exit_code)


MATRICES = {
    "list": X,
    "integers": np.array(X),
    "column": np.array(X)[:, None],
    "float32": np.array(X, dtype=np.float32),
    "long double": np.array(X, dtype=np.longdouble),
    "Fortran order": np.asfortranarray(np.column_stack([X, X]))[:, 1:],
    "not contiguous": np.repeat(X, 3)[::3],
    "read-only": np.broadcast_to(np.array(X)[:, None], (6, 1)),
    "masked, nothing hidden": np.ma.array(X, mask=[False] * 6),
    "objects": np.array(X, dtype=object),
    "Decimal": [decimal.Decimal(x) for x in X],
    "sparse": scipy.sparse.csr_array(np.array(X)[:, None]),
    "range and list": [[x] for x in X],
    "nullable": pd.Series(X, dtype="Int64"),
    "arrow": pd.Series(X, dtype="float64[pyarrow]"),
    "sparse series": pd.Series(pd.arrays.SparseArray(X)),
}
TARGETS = {
    "list": Y,
    "tuple": tuple(Y),
    "truth": np.array(Y, dtype=bool),
    "truth as objects": [bool(y) for y in Y],
    "nullable truth": pd.Series(Y, dtype="boolean"),
    "series": pd.Series(Y, name="y"),
    "nameless series": pd.Series(Y),
}


@pytest.mark.parametrize("kind", MATRICES)
def test_every_array_of_numbers_is_read(kind):
    found = glmnn.fit(MATRICES[kind], Y, names=["x"], **FISHER)
    same(found, glmnn.fit(primes(), **FISHER))
    assert found.coef.tolist() == pytest.approx(COEF)


@pytest.mark.parametrize("kind", TARGETS)
def test_every_target_of_zeros_and_ones_is_read(kind):
    same(glmnn.fit({"x": X}, TARGETS[kind], **FISHER), glmnn.fit(frame(), **FISHER))


def test_arrays_are_called_x1_x2_and_columns_can_be_left_out():
    two = np.column_stack([X, X[::-1]])
    assert list(glmnn.fit(two, [5, 3, 4, 4, 2, 7], family="gaussian").coef.index) == ["(Intercept)", "x1", "x2"]
    assert list(glmnn.fit(pd.Series(X, name="size"), Y, **FISHER).coef.index) == ["(Intercept)", "size"]


def test_names_of_columns_are_text_whatever_they_were():
    odd = pd.DataFrame({0: X, ("a", 1): X[::-1], "y": Y})
    assert list(glmnn.fit(odd, features=[0], **FISHER).coef.index) == ["(Intercept)", "0"]
    assert list(glmnn.fit(odd, formula="y ~ `('a', 1)`", **FISHER).coef.index) == ["(Intercept)", "('a', 1)"]
    same(glmnn.fit(pd.DataFrame({0: X, 1: Y}), 1, **FISHER), glmnn.fit({"0": X, "1": Y}, "1", **FISHER))


# parts given as arrays, options as Python has them


@pytest.mark.parametrize(
    ("part", "values", "options"),
    [
        ("weights", [1, 2, 1, 3, 1, 1], {}),
        ("offset", [0.1, 0.2, 0.3, 0.1, 0.2, 0.3], {}),
        ("trials", [2, 2, 3, 1, 1, 2], {}),
        ("exposure", [1, 2, 3, 4, 5, 6], {"family": "poisson"}),
    ],
)
def test_a_part_is_a_column_or_an_array(part, values, options):
    by_name = glmnn.fit(frame(**{part: values}), **{part: part}, **options, **FISHER)
    for given in (values, np.array(values), pd.Series(values), pd.Series(values, name=part)):
        same(glmnn.fit(frame(), **{part: given}, **options, **FISHER), by_name)


def test_options_come_as_python_has_them():
    given = {"init": np.array([0, 0.1]), "level": np.float32(0.5), "max_iter": np.int64(50), "seed": 1, "l2": None}
    options = glmnn.fit(frame(), features=("x",), lr=0.5, solver=["fisher", "gd"], **given).comparison.spec.options
    assert (options.init, options.lr, options.level, options.max_iter) == ("0.0,0.1", "0.5", 0.5, 50)
    assert (options.features, options.solver, options.l2) == (["x"], ["fisher", "gd"], None)


@pytest.mark.parametrize("levels", [["a", "b", "c"], [1, 2, 10], [1.0, 2.0, 10.0], [0.5, 2.5, 10.5]])
@pytest.mark.parametrize("ordered", [True, False])
def test_the_order_of_categories_counts_as_in_pandas_and_r(levels, ordered, tmp_path):
    cells, y = [levels[j] for j in (2, 0, 1, 1, 2, 0)], [3, 1, 4, 1, 5, 9]
    frame = pd.DataFrame({"g": pd.Categorical(cells, [*levels[::-1], 77], ordered=ordered), "y": y})
    frame.to_csv(tmp_path / "g.csv", index=False)
    names = [str(level).removesuffix(".0") for level in levels]
    for formula, g in ((None, "g"), ("y ~ g", "g"), ("y ~ C(g)", "C(g)")):
        found = glmnn.fit(frame, formula=formula, family="gaussian", **FISHER)
        assert list(found.coef.index) == ["(Intercept)", f"{g}[T.{names[1]}]", f"{g}[T.{names[0]}]"]
        assert f"factors: g (base {names[2]})" in found.notes
        other = glmnn.fit(frame, formula=formula, family="gaussian", ref={"g": levels[1]}, **FISHER)
        assert other.to_dict()["model"]["levels"]["g"] == [names[1], names[2], names[0]]
    of_file = glmnn.fit(tmp_path / "g.csv", formula="y ~ C(g)", family="gaussian", ref={"g": levels[2]}, **FISHER)
    assert of_file.deviance == pytest.approx(found.deviance, rel=1e-12)


def test_text_is_a_factor_also_when_it_reads_as_numbers_and_truth_is_one_unless_computed_with():
    text = pd.Series(["1", "2", "10", "1", "2", "10"])
    for g in (text, text.astype(object), text.astype("string")):
        found = glmnn.fit(frame(g=g), formula="x ~ g", family="gaussian", **FISHER)
        assert list(found.coef.index) == ["(Intercept)", "g[T.2]", "g[T.10]"]
    truth = frame(g=[True, False, True, True, False, False])
    formulas = [None, "y ~ g", "y ~ C(g)", "y ~ I(g * 2.0)"]
    terms = [list(glmnn.fit(truth, formula=formula, **FISHER).coef.index)[-1] for formula in formulas]
    assert terms == ["g[T.True]", "g[T.True]", "C(g)[T.True]", "I(g * 2.0)"]


def test_a_missing_cell_is_missing_whatever_stands_there():
    for hole in (None, np.nan, pd.NA, pd.NaT, float("nan")):
        for cells in ([2, hole, *X[2:]], pd.Series([2, hole, *X[2:]], dtype=object)):
            refused(primes(x=cells), "row 2, column 'x': the cell is missing", "na='drop'", kind=DataError)
    for cells in (np.ma.array(X, mask=[0, 1, 0, 0, 0, 0]), pd.array([2, None, *X[2:]], dtype="Int64")):
        found = glmnn.fit({"x": cells}, [5, 2, 4, 6, 7, 8], na="drop", family="gaussian", **FISHER)
        assert found.notes == ("1 of 6 rows left out for missing cells: 1 in 'x'",)
    refused(primes(g=["a", None, "b", "a", "b", "a"]), "row 2, column 'g'", formula="y ~ g")


# refusals

ODD = {
    "infinite": [1, 2, np.inf, 4, 5, 6],
    "too large": [1, 2, 10**400, 4, 5, 6],
    "complex": np.array(X) + 1j,
    "dates": pd.date_range("2026-01-01", periods=6),
    "date objects": [datetime.date(2026, 1, day) for day in range(1, 7)],
    "intervals": pd.to_timedelta(X, unit="D"),
    "text": list("abcdef"),
    "digits as text": list("123456"),
    "text among numbers": [1, 2, "c", 4, 5, 6],
    "digits among numbers": [1, 2, "3", 4, 5, 6],
    "bytes": np.array([b"a"] * 6),
    "objects": [object()] * 6,
}
ODD_WORDS = {
    "dates": "'2026-01-01' is a date: write year(x), month(x) or days(x)",
    "date objects": "'2026-01-01' is a date",
    "complex": "'(2+1j)' is not a number",
    "intervals": "is not a number: make durations numbers, as total_seconds() of pandas and polars does",
    "text": "nearly all different (6 values in 6 rows)",
    "bytes": "in every row, and a factor needs two levels",
    "objects": "in every row",
}


@pytest.mark.parametrize("kind", ODD)
def test_what_is_no_number_is_refused_by_row_and_column_where_a_number_is_needed(kind):
    row = 3 if "among" in kind or kind in ("infinite", "too large") else 1
    # pandas before 3 makes no column of such a number by itself
    column = pd.Series(ODD[kind], dtype=object) if kind == "too large" else ODD[kind]
    for data in (primes(x=ODD[kind]), frame(x=column)):
        refused(data, f"row {row}, column 'x'", ODD_WORDS.get(kind, "is not a number"), kind=DataError)
        same(glmnn.fit({**data, "z": X}, features=["z"], **FISHER), glmnn.fit(primes(z=X), features="z", **FISHER))


@pytest.mark.parametrize(
    ("data", "y", "said"),
    [
        (None, None, "'NoneType' has 0 dimensions"),
        (3.0, Y, "'float' has 0 dimensions"),
        (np.zeros((2, 2, 2)), Y, "'ndarray' has 3 dimensions"),
        ([[1, 2], [3]], [0, 1], "different lengths"),
        (np.array([(1, 2.0)], dtype=[("a", int), ("b", float)]), [1], "structured array"),
        (X, np.array(Y)[None, :], "y: 'ndarray' has 2 dimensions"),
        (X, Y[:3], "y has length 3, but there are 6 rows"),
        (X, None, "give target with one of x1"),
        (X, [], "y has length 0"),
        ([], [], "no rows"),
        ({}, None, "no columns"),
        (pd.DataFrame(), None, "no columns"),
        (frame()[:0], None, "no rows"),
        ({"x": X, "y": Y[:3]}, None, "column 'x' has 6 rows, but 'y' has 3"),
        ({"x": X, "y": 1}, None, "column 'y': 'int' has 0 dimensions"),
        (pd.concat([frame(), frame()], axis=1), None, "the column name 'x' occurs twice"),
        (pd.DataFrame({1: X, "1": Y}), None, "the column name '1' occurs twice"),
        (pd.DataFrame({"": X, "y": Y}), None, "column 1 has no name"),
        (frame(), Y, "there is a column 'y' already: give y='y'"),
        (frame(), frame().y, "there is a column 'y' already: give y='y'"),
        (frame()[["x"]], frame().y[::-1], "y has another index than the data"),
        ({"x": pd.Series(X), "y": pd.Series(Y, index=range(1, 7))}, None, "y has another index than x"),
        ("y ~ x", frame(), "the data come first"),
        (X, list("abcdef"), "array: target 'y' has 6 levels (a, b, c, d, e, f): give event with"),
        ("data/prmes.csv", None, "no"),
    ],
)
def test_data_of_another_shape_are_refused(data, y, said):
    refused(data, said, y=y)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"familly": "poisson"}, "there is no option 'familly': did you mean 'family'?"),
        ({"solver": []}, "solver is empty: name one or more"),
        ({"solver": "fischer"}, "did you mean 'fisher'?"),
        ({"intercept": 0}, "intercept must be true or false"),
        ({"level": "0.9"}, "level must be a number, not '0.9'"),
        ({"level": 2}, "level must lie between 0 and 1"),
        ({"family": pd.DataFrame({"x": X})}, "family must be text"),
        ({"init": [1]}, "init has 1 numbers"),
        ({"init": ["a", 1]}, "init must be text"),
        ({"weights": [1, 2]}, "weights has length 2, but there are 6 rows"),
        ({"weights": [1, -2, 1, 1, 1, 1]}, "row 2, column 'weights': -2: a weight cannot be negative"),
        ({"weights": pd.Series([1] * 6, name="x")}, "there is a column 'x' already: give weights='x'"),
        ({"weights": pd.Series([1] * 6, index=range(6, 0, -1))}, "weights has another index"),
        ({"weights": {"x": 1}}, "weights must be one column"),
        ({"offset": "z"}, "there is no column for offset 'z'"),
        ({"y": "y", "target": "y"}, "give y or target, not both"),
        ({"names": ["x", "y"]}, "names are for arrays"),
        ({"ref": {"a=b": "c"}, "formula": "y ~ C(x)"}, "with = in its name"),
        ({"ref": {"x": 4}, "formula": "y ~ C(x)"}, "there is no level '4'"),
        ({"family": "gaussian", "weights": X}, "needs weights_type"),
    ],
)
def test_options_that_do_not_fit_are_refused_in_the_words_of_python(options, said):
    refused(frame(), said, **options)


def test_a_response_may_be_a_single_column():
    expected = glmnn.fit(X, Y, solver="fisher").coef
    column = np.asarray(Y)[:, None]
    for given in (column, column.tolist(), np.ma.array(column), column.astype(object), column.astype(bool)):
        assert glmnn.fit(X, given, solver="fisher").coef.equals(expected)
    assert glmnn.fit(X, column, weights=np.ones((6, 1)), solver="fisher").coef.equals(expected)
    for other in (column.T, np.hstack([column, column]), column[None]):
        refused(X, "y: 'ndarray' has", y=other)


@pytest.mark.parametrize("names", [["a", "b"], ["y"], "x", [""]])
def test_names_of_an_array_fit_it(names):
    refused(X, y=Y, names=names)


def test_messages_name_options_as_python_does():
    message = f"give {option('l2')} or {option('weights_type')}, {quoted('--na drop')}; {option('intercept', False)}"
    with pytest.raises(UsageError, match=r"^give l2 or weights_type, '--na drop'; intercept=False$"), python_errors():
        raise UsageError(message)
    assert str(UsageError(message)) == "give --l2 or --weights-type, '--na drop'; --no-intercept"
    assert printable(MARK) != MARK  # so no text of a user is taken for a mention


def test_an_error_carries_the_option():
    with pytest.raises(OptionError, match=r"^level must lie between 0 and 1, not 2$") as caught:
        glmnn.fit(frame(), level=2.0)
    assert (caught.value.option, caught.value.message, caught.value.value) == ("level", "must lie between 0 and 1", 2.0)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (str(copy), copy.option) == (str(caught.value), "level")


# results


def test_a_result_has_the_numbers_of_its_experiment():
    found = glmnn.fit(frame(), level=0.9)
    inference = found.comparison.estimate.maximum
    for series, values in [
        (found.coef, inference.coef),
        (found.std_error, inference.std_error),
        (found.p_value, inference.p_value),
    ]:
        assert (list(series.index), series.tolist()) == (["(Intercept)", "x"], values.tolist())
    assert np.array_equal(found.covariance, inference.covariance)
    assert np.array_equal(found.interval, np.column_stack([inference.low, inference.high]))
    assert ",".join(found.to_frame()) == "term,estimate,std.error,statistic,p.value,conf.low,conf.high"
    assert found.to_frame()["statistic"].tolist() == inference.statistic.tolist()
    numbers = [found.deviance, found.null_deviance, found.loglik, found.aic, found.bic, found.dispersion]
    assert numbers == [
        inference.deviance, inference.null_deviance, inference.log_likelihood, inference.aic, inference.bic, 1.0,
    ]  # fmt: skip
    assert (found.df_residual, found.converged, found.agrees, found.exit_code) == (4, True, True, 0)
    assert (found.separation, found.aliased) == ("", ())
    assert list(found.solvers.index) == list(found.coef_by_solver) == ["fisher", "gd"]
    assert found.solvers["distance"].tolist() == [item.distance for item in found.comparison.agreements]
    assert json.loads(found.to_json()) == found.to_dict()
    assert found.to_markdown().startswith("## glmnn fit")


def test_without_a_maximum_there_are_no_numbers_and_no_exception():
    found = glmnn.fit(ROOT / "data" / "iris_setosa.csv")
    assert found.to_frame().drop(columns="term").isna().all(axis=None)
    assert found.covariance.isna().all(axis=None)
    assert np.isnan([found.deviance, found.aic, found.loglik]).all()
    assert (found.exit_code, found.agrees, found.converged) == (3, False, False)
    assert "No finite maximum" in found.verdict
    assert "is a line with 150 of 150 rows" in found.separation
    assert np.isfinite(found.coef_by_solver).all(axis=None)
    assert found.solvers["verdict"].unique().tolist() == ["no finite maximum"]


def test_an_aliased_term_has_no_number_and_the_others_have_theirs():
    found = glmnn.fit(frame(twice=[2 * x for x in X]), **FISHER)
    assert found.coef.tolist() == pytest.approx([*COEF, np.nan], nan_ok=True)
    assert found.covariance.isna().sum().tolist() == [1, 1, 3]
    assert (len(found.aliased), found.exit_code) == (1, 3)


def test_on_the_boundary_there_are_estimates_without_inference():
    rows = {"x": [0, 1, 2, 3, 4, 5], "y": [0, 1, 4, 6, 7, 9]}  # the slope is sum y / sum x
    found = glmnn.fit(rows, family="poisson", link="identity", **FISHER)
    assert found.coef.tolist() == pytest.approx([0, 27 / 15], abs=1e-9)
    assert (found.exit_code, np.isfinite(found.deviance)) == (3, True)
    assert found.std_error.isna().all()


def test_a_disagreement_is_told():
    found = glmnn.fit(frame(), solver="gd", lr=0.01, max_iter=10)
    assert (found.exit_code, found.agrees, found.converged) == (1, False, False)
    assert found.coef.tolist() == pytest.approx(COEF)
    assert "does not agree" in found.verdict


def test_a_result_can_be_pickled_and_copied():
    found = glmnn.fit(frame())
    same(pickle.loads(pickle.dumps(found)), found)


def surroundings():
    drawn = np.random.get_state()[1].tolist()  # noqa: NPY002 the state that everybody shares
    return np.geterr(), list(warnings.filters), drawn, pd.get_option("display.width")


def test_a_fit_is_quiet_and_changes_nothing_around_it(capfd):
    glmnn.fit(frame(), solver="statsmodels")  # to import it is not our doing
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        before = surroundings()
        for solver in ("both", "sgd", "statsmodels"):
            glmnn.fit(frame(), solver=solver, max_iter=50)
        glmnn.fit({"x": [1e100, 2e100, 3e100, 4e100], "y": [0, 0, 1, 1]})
        assert surroundings() == before
    assert capfd.readouterr() == ("", "")


# simulate


def test_simulated_rows_are_those_of_the_command_line():
    options = SimulateOptions(n=200, beta="0.3,-1", family="binomial", trials=4, seed=3)
    made = glmnn.simulate(n=200, beta=[0.3, -1], trials=4, seed=3)
    assert list(made.to_frame()) == ["x1", "trials", "y"]
    assert np.array_equal(made.to_frame(), as_frame(made.made.simulation.to_csv()))
    assert made.beta.to_dict() == {"(Intercept)": 0.3, "x1": -1.0}
    found = made.fit(level=0.9)
    by_command = fit_simulation(made.made, options).estimate.maximum
    assert found.coef.tolist() == by_command.coef.tolist()
    assert found.to_dict()["data"]["source"] == "simulated, seed 3"
    jsonschema.validate(found.to_dict(), SCHEMA)
    drawn, truth = (line[2:] for line in str(made).splitlines()[:2])
    assert (drawn, truth) == (
        "200 rows drawn, features uniform:-3:3, seed 3",
        "binomial, logit link: logit(mean) = 0.3 - 1 x1",
    )


@pytest.mark.parametrize(("options", "said"), [({"n": 0}, "n must be"), ({"bet": 1}, "'beta'"), ({"n": 1.5}, "whole")])
def test_a_simulation_that_cannot_be_is_refused(options, said):
    with pytest.raises(UsageError, match=said):
        glmnn.simulate(**options)
    with pytest.raises(UsageError, match="there is no option 'zolver'"):
        glmnn.simulate(n=20).fit(zolver="gd")


# notebooks

TAGS = {"div", "style", "p", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "span"}
DRAWN = {"svg", "g", "text", "line", "polyline", "circle", "rect"}  # and attributes that ask for nothing
LOOKS = {
    "role", "aria-label", "viewbox", "width", "height", "font-family", "font-size", "font-weight", "fill", "style",
    "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linejoin", "text-anchor",
    "transform", "points", "x", "y", "dy", "x1", "x2", "y1", "y2", "cx", "cy", "r",
}  # fmt: skip


class Page(HTMLParser):
    """Tags and text of a page; a tag that is not closed, or not ours, is an error."""

    def __init__(self, text):
        super().__init__()
        self.open, self.cells = [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        assert tag in TAGS | DRAWN
        assert {name for name, _ in attributes} <= (LOOKS if tag in DRAWN else {"class"})
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.cells.append(data.rstrip("\u2007"))  # the blanks that align decimal points


def test_the_page_has_what_the_report_has():
    found = glmnn.fit(frame())
    cells = Page(found._repr_html_()).cells
    assert {"-3.549", "2.744", "0.19", "converged", "Why gd took its steps", *found.verdict.splitlines()} <= set(cells)
    lost = Page(glmnn.fit(ROOT / "data" / "iris_setosa.csv")._repr_html_()).cells
    assert {"No finite maximum: the rows are completely separated.", "no finite maximum"} <= set(lost)
    assert any("is a line with 150 of 150 rows strictly on their own side" in cell for cell in lost)
    assert {"x1", "binomial, logit link: logit(mean) = 0.3 - 1 x1 + 2 x2"} <= set(
        Page(glmnn.simulate(n=9)._repr_html_()).cells
    )


@pytest.mark.parametrize(
    ("data", "options"),
    [
        ("primes", {"solver": "both"}),
        ("iris_setosa", {"solver": "perceptron"}),
        ("cars", {"target": "distance", "family": "gaussian"}),
    ],
)
def test_the_page_lacks_nothing_of_the_report(data, options):
    """Every section, line and cell: the perceptron's mistakes were once in the text alone."""
    found = glmnn.fit(ROOT / "data" / f"{data}.csv", **options)
    report, cells = fit_report(found.comparison), Page(found._repr_html_()).cells
    for section in report.sections:
        assert section.title in {"", *cells}
        assert {*section.lines, *section.below} <= set(cells)
        assert section.grid is None or {*section.grid.headers, *chain(*section.grid.rows)} - {""} <= set(cells)


@pytest.mark.parametrize("names", [NAMES, LONG], ids=["hostile", "long"])
def test_no_name_is_markup(names):
    grid = Grid(("term", *names))
    grid.add("</td><script>", *names)
    shown = Page(notebook_html(Report("", [Section("", names, grid)]))).cells
    assert [name for name in names if printable(name) and printable(name) not in shown] == []
    columns = {name: np.cos(np.arange(400) * (j + 2.5)) for j, name in enumerate(names[:20])}
    found = glmnn.fit(columns, np.sin(np.arange(400) ** 2), family="gaussian", **FISHER)
    shown = Page(found._repr_html_()).cells
    assert [name for name in names[:20] if printable(name) not in shown] == []


def test_the_style_takes_its_colours_from_the_notebook_and_stays_inside():
    assert "#" not in STYLE
    assert "rgb" not in STYLE
    rules = [rule.strip() for rule in STYLE.split("}") if rule.strip()]
    selectors = [selector.strip() for rule in rules for selector in rule.split("{")[0].split(",")]
    assert [selector for selector in selectors if not selector.startswith(".glmnn")] == []


# the package


def test_help_lists_every_option():
    for function, kind in ((glmnn.fit, FitOptions), (glmnn.simulate, SimulateOptions)):
        parameters = inspect.signature(function).parameters
        assert [item.name for item in fields(kind) if parameters[item.name].kind.name != "KEYWORD_ONLY"] == []
        text = inspect.getdoc(function)
        assert [item.name for item in fields(kind) if not re.search(rf"\n{item.name} : .+\n    \S", text)] == []
        assert re.findall("--[a-z]", text) == []
        assert "OPTIONS" not in text


def test_importing_the_package_loads_nothing_heavy():
    script = """
import sys
import glmnn
names = dir(glmnn)
heavy = {"numpy", "scipy", "pandas", "rich", "typer"} & set(sys.modules)
assert not heavy, heavy
assert {"fit", "simulate"} <= set(names)
assert all(getattr(glmnn, name) for name in names)
assert not hasattr(glmnn, "predict")
import glmnn.solvers.loop, glmnn.cli
assert callable(glmnn.fit)
"""
    subprocess.run([sys.executable, "-c", script], check=True)
    assert (ROOT / "glmnn" / "py.typed").exists()


def test_what_a_comparison_needs_passes_for_is_measured_when_asked(monkeypatch):
    X, y = np.arange(12.0)[:, None], np.array([0, 0, 1, 0, 1, 0, 1, 1, 0, 1, 1, 1])
    passes = []
    first_order = Problem.first_order
    monkeypatch.setattr(Problem, "first_order", lambda self, coef: passes.append(1) or first_order(self, coef))
    _, item = glmnn.fit(X, y).comparison.agreements
    assert item.agrees
    assert not passes
    assert (abs(item.deviance_gap) < 1e-12, 0 < item.largest_mean_change < 1e-8, item.max_score < 1e-6) == (True,) * 3
    assert len(passes) == 2
    assert pickle.loads(pickle.dumps(item)).measured == item.measured


def test_many_rows_that_are_separated_have_not_converged():
    """A solver's own rule may be met on them: the deviance hardly changes any more."""
    rng = np.random.default_rng(1)
    x = rng.integers(0, 3, 40_000)
    x[-1] = 9
    found = glmnn.fit({"y": rng.integers(0, 2, 40_000), "x": x}, formula="y ~ C(x)", solver="fisher")
    assert (found.converged, found.agrees, found.exit_code) == (False, False, 3)
    assert found.coef.isna().all()
