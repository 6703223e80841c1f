"""What is written for machines: JSON against its schema, CSV, Markdown, traces, and files that are whole or old."""

import csv
import errno
import hashlib
import io
import json
import os
import re
import stat
import sys
import threading
from collections import Counter
from dataclasses import asdict, fields
from functools import cache
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from markdown_it import MarkdownIt

from glmnn.cli import main
from glmnn.cli.schema import schema_of
from glmnn.data.sources.files import read_table
from glmnn.diagnostics.robust import KINDS
from glmnn.errors import Exit, GlmnnError, UsageError
from glmnn.fitting import document as documents
from glmnn.fitting import trace
from glmnn.fitting.compare import run
from glmnn.fitting.document import to_document
from glmnn.fitting.estimate import Maximum
from glmnn.fitting.options import FitOptions
from glmnn.fitting.plan import make_spec
from glmnn.fitting.report import fit_report
from glmnn.fitting.tables import labels_of
from glmnn.fitting.trace import to_trace
from glmnn.report import files
from glmnn.report.csv import to_csv
from glmnn.report.files import write_whole
from glmnn.report.formats import FORMATS
from glmnn.report.json import to_json
from glmnn.report.markdown import to_markdown
from glmnn.report.schema import json_values
from glmnn.solvers import loop as fitting
from glmnn.solvers.registry import ALWAYS, LIBRARIES
from glmnn.solvers.stopping import Status
from glmnn.solvers.updates import SCHEDULES

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data"
SCHEMA = schema_of("fit")
BROOM = ["term", "estimate", "std.error", "statistic", "p.value", "conf.low", "conf.high"]
HOSTILE = ["a|b", "*x*", "<b>h</b>", "[l](http://e.org)", "back`tick", "5 & 6", "c\\d", "_u_", "1. e", "=1+2"]

SHIPS = {"formula": "incidents ~ type + built + period", "family": "poisson", "exposure": "months"}
LONGLEY = {"target": "employed", "family": "gaussian"}
CARS = {"target": "distance", "features": ["speed"]}
ALIASED = "a,twice,z,y\n1,2,0,0\n2,4,0,1\n3,6,0,0\n4,8,0,1\n5,10,0,1\n6,12,0,0\n"
QUASI = "x,y\n1,0\n2,0\n3,0\n3,1\n4,1\n5,1\n"
SATURATED = "x,y\n1,2\n2,5\n"
NO_EVENTS = "x,y\n1,0\n2,0\n3,0\n"
ON_THE_EDGE = "x,y\n0,0\n0,0\n1,0\n1,1\n2,1\n2,1\n"
GROUPS = "x,y\n0,0\n0,0\n1,0\n1,1\n1,1\n1,1\n"
WEIGHTED = "x,w,y\n1,1,0\n2,0,1\n3,2,1\n4,1,0\n,1,1\n6,3,1\n"

# name: (bundled file or CSV text, options, exit code)
CASES = {
    "both": ("primes", {}, 0),
    "separated": ("iris_setosa", {"max_iter": 500}, 3),
    "quasi-separated": (QUASI, {"max_iter": 500}, 3),
    "quasi-separated groups": (GROUPS, {"ci": "profile", "solver": ["fisher"]}, 3),
    "no events": (NO_EVENTS, {"family": "poisson", "max_iter": 500}, 3),
    "aliased": (ALIASED, {}, 3),
    "boundary": (ON_THE_EDGE, {"link": "log", "solver": ["both", "statsmodels"], "max_iter": 500}, 3),
    "gaussian": ("longley", {**LONGLEY, "solver": ["fisher"], "level": 0.9}, 0),
    "saturated": (SATURATED, {"family": "gaussian"}, 0),
    "factors": ("ships", {**SHIPS, "ref": ["type=B"]}, 0),
    "sgd": ("video", {"solver": ["sgd"], "max_iter": 500, "seed": 7}, 1),
    "statsmodels": ("primes", {"solver": ["statsmodels"]}, 0),
    "declined": ("cars", {**CARS, "family": "gamma", "link": "inverse", "solver": ["statsmodels"], "init": "zeros"}, 1),
    "every solver": ("primes", {"solver": list(ALWAYS), "max_iter": 250}, 1),
    "perceptron": ("iris_setosa", {"solver": ["perceptron"]}, 3),
    "diverged": ("primes", {"solver": ["gd"], "lr": "1000"}, 1),
    "overflow": ("cars", {**CARS, "family": "poisson", "solver": ["gd"], "lr": "1000"}, 1),
    "iteration limit": ("longley", {**LONGLEY, "max_iter": 150}, 1),
    "adam": ("video", {"solver": ["adam"], "schedule": "cosine", "batch_size": 50, "max_iter": 300, "lr": "0.01"}, 1),
    "no intercept": ("cars", {**CARS, "family": "gamma", "link": "inverse", "intercept": False}, 0),
    "intercept alone": ("primes", {"formula": "y ~ 1"}, 0),
    "tweedie": ("quine", {"formula": "days ~ sex", "family": "tweedie", "power": 1.5}, 0),
    "negative binomial": ("quine", {"formula": "days ~ sex", "family": "negative_binomial", "alpha": 0.8}, 0),
    "power link": ("cars", {**CARS, "family": "gamma", "link": "power(0.4)"}, 0),
    "firth": ("iris_setosa", {"penalty": "firth", "solver": ["fisher"]}, 0),
    "ridge": ("primes", {"l2": 0.5, "penalize_intercept": True}, 0),
    "profile": ("primes", {"ci": "profile", "level": 0.9, "solver": ["fisher"]}, 0),
    "robust": ("cars", {**CARS, "family": "gaussian", "cov": "HC3", "solver": ["fisher"]}, 0),
    "clusters": ("infertility", {"formula": "case ~ induced", "cov": "cluster:matched_set", "solver": ["fisher"]}, 0),
    "frequencies": (WEIGHTED, {"weights": "w", "weights_type": "freq", "na": "drop"}, 0),
    "trials": ("beetles", {"target": "killed", "features": ["log_dose"], "trials": "beetles", "link": "cloglog"}, 0),
    "weights": (WEIGHTED, {"weights": "w", "na": "drop", "init": "ones", "seed": 3}, 0),
}
INTERRUPTED = {
    "interrupted": ("longley", LONGLEY, "gd", 50),
    "interrupted at once": ("primes", {}, "fisher", 0),
}
EVERY = [*CASES, *INTERRUPTED]


def comparison(name):
    """Return the comparison of a case, which runs once; so does one that fails."""
    made, error = outcome(name)
    if error is not None:
        raise error
    return made


@cache
def outcome(name):
    try:
        return run_case(name), None
    except (ValueError, ArithmeticError, GlmnnError) as error:
        return None, error


def run_case(name):
    if name in INTERRUPTED:
        data, options, *where = INTERRUPTED[name]
        return run(make_spec(FitOptions(**options)), read_table(str(DATA / f"{data}.csv")), interrupt(*where))
    data, options, _ = CASES[name]
    path = DATA / f"{data}.csv"
    table = read_table(str(path)) if path.exists() else read_text(data)
    return run(make_spec(FitOptions(**options)), table)


def interrupt(solver, iteration):
    """Press Ctrl-C when this solver has got so far."""

    def progress(name, _rows):
        def watch(look, limit):
            if name == solver and look.iteration >= iteration:
                raise KeyboardInterrupt

        return watch

    return progress


def read_text(text):
    kept = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(text.encode()))
    try:
        return read_table("-")
    finally:
        sys.stdin = kept


def document(name):
    return json.loads(to_json(fit_report(comparison(name))))


def glmnn(*arguments):
    """Run the command line in this process and return its exit code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["glmnn", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
    return ended.value.code


def names_in(folder):
    return sorted(item.name for item in folder.iterdir())


def hostile_table():
    rng = np.random.default_rng(1)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*HOSTILE, "y"])
    rows = rng.standard_normal((60, len(HOSTILE))).round(3)
    writer.writerows([*row, int(rng.random() < 0.5)] for row in rows.tolist())
    return text.getvalue()


# The schema


def test_the_schema_knows_all_options_states_and_solvers():
    options = SCHEMA["$defs"]["fit_options"]
    assert sorted(options["required"]) == sorted(options["properties"]) == sorted(f.name for f in fields(FitOptions))
    solver = SCHEMA["$defs"]["solver"]["properties"]
    assert set(solver["status"]["enum"]) == {status.value for status in Status if status is not Status.TIME_LIMIT}
    names = {*ALWAYS, *(name for library in LIBRARIES.values() for name in library.solvers)}
    of_solver = re.compile(solver["solver"]["pattern"])
    assert all(map(of_solver.search, (*names, "momentum[decay=0.99,lr=0.1]", "adam[eps=1e-08]")))
    assert not any(map(of_solver.search, ("fisherman", "fisher[lr=1]", "adam[lr=1]x", "torch[lr=1]")))
    assert set(options["properties"]["schedule"]["enum"]) == {"auto", *SCHEDULES}
    kinds = options["properties"]["cov"]["pattern"]
    assert all(re.search(kinds, kind) for kind in ("model", *KINDS, "cluster:g"))
    assert set(SCHEMA["properties"]["exit"]["enum"]) == {int(code) for code in Exit} - {Exit.USAGE}


# JSON


def schema_errors(found):
    worst = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(SCHEMA).iter_errors(found))
    return [] if worst is None else [f"{worst.json_path}: {worst.message[:200]}"]


@pytest.mark.parametrize("name", EVERY)
def test_a_document_follows_the_schema(name):
    assert schema_errors(document(name)) == []


@pytest.mark.parametrize("name", EVERY)
def test_a_document_says_how_it_ended(name):
    found = document(name)
    assert found["exit"] == (130 if name in INTERRUPTED else CASES[name][2])


def test_the_cases_have_every_status():
    names = ["both", "separated", "boundary", "declined", "diverged", "iteration limit", "interrupted", "perceptron"]
    # tests/fitting/test_verdict.py and tests/solvers/test_stopping.py have the others
    others = {Status.UNSETTLED, Status.TIME_LIMIT, Status.STALLED}
    found = {solver["status"] for name in names for solver in document(name)["solvers"]}
    assert found == {status.value for status in Status if status not in others}


def test_a_document_that_lies_is_refused():
    found = document("both")
    for change in (
        {"exit": 2},
        {"extra": 1},
        {"schema": "glmnn.fit/9"},
        {"options": {**found["options"], "colour": "red"}},
        {"solvers": [{**found["solvers"][0], "status": "fine"}]},
        {"data": {**found["data"], "sha256": "00"}},
    ):
        assert schema_errors({**found, **change}), change


@pytest.mark.parametrize("name", EVERY)
def test_numbers_are_read_back_exactly(name):
    found, made = document(name), comparison(name)
    assert_same(found, plain(json_values(to_document(made))))
    for solver, fit in zip(found["solvers"], made.fits, strict=True):
        np.testing.assert_array_equal(numbers(solver["coefficients"].values()), finite(fit.coef))
        assert list(solver["coefficients"]) == found["model"]["terms"]
    if isinstance(made.estimate.outcome, Maximum):
        inferred = made.estimate.maximum
        columns = (inferred.coef, inferred.std_error, inferred.statistic, inferred.p_value, inferred.low, inferred.high)
        for key, values in zip(BROOM[1:], columns, strict=True):
            np.testing.assert_array_equal(
                numbers(row[key] for row in found["inference"]["coefficients"]), finite(values), key
            )
        covariance = np.array([numbers(row) for row in found["inference"]["covariance"]])
        np.testing.assert_array_equal(covariance, finite(made.estimate.maximum.covariance))


def numbers(values):
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def finite(values):
    return np.where(np.isfinite(values), values, np.nan)


def plain(value):
    """Return what JSON can hold, arrays as lists; floats stay as they are."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


def assert_same(found, made):
    if isinstance(made, dict):
        assert list(found) == list(made)
        for key in made:
            assert_same(found[key], made[key])
    elif isinstance(made, list):
        assert len(found) == len(made)
        for one, other in zip(found, made, strict=True):
            assert_same(one, other)
    elif isinstance(made, float) and not np.isfinite(made):
        assert found is None
    else:
        assert found == made
        assert isinstance(found, type(made))


def test_a_document_says_what_was_run_on_what():
    found = document("sgd")
    assert found["schema"] == SCHEMA["properties"]["schema"]["const"]
    for name in ("glmnn", "numpy", "scipy", "statsmodels"):
        assert found["versions"][name] == version(name)
    assert found["versions"]["python"] == sys.version.split()[0]
    assert found["data"]["sha256"] == hashlib.sha256((DATA / "video.csv").read_bytes()).hexdigest()
    assert found["data"]["source"] == str(DATA / "video.csv")
    assert found["data"]["rows"] == found["data"]["rows_used"] == 1000
    assert found["seed"] == found["options"]["seed"] == 7
    assert found["options"] == asdict(FitOptions(solver=["sgd"], max_iter=500, seed=7))
    used = document("weights")["data"]
    assert (used["rows"], used["rows_used"]) == (6, 4)


def test_the_hash_is_that_of_the_bytes_even_in_gzip(tmp_path):
    import gzip

    path = tmp_path / "primes.csv.gz"
    path.write_bytes(gzip.compress((DATA / "primes.csv").read_bytes()))
    assert read_table(str(path)).digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_document_names_the_levels_with_the_base_first():
    model = document("factors")["model"]
    assert model["levels"]["type"] == ["B", "A", "C", "D", "E"]
    assert model["levels"]["period"] == ["1960-74", "1975-79"]
    assert len(model["terms"]) == 1 + 4 + 3 + 1


def test_t_statistics_belong_to_an_estimated_dispersion():
    assert document("gaussian")["inference"]["statistic"] == "t"
    assert document("gaussian")["inference"]["level"] == 0.9
    assert document("both")["inference"]["statistic"] == "z"


def test_a_document_says_what_kind_of_estimate_and_error_it_has():
    assert document("both")["estimate"] == "maximum likelihood estimate"
    assert document("ridge")["estimate"] != "maximum likelihood estimate"
    assert document("firth")["separation"] is None
    assert document("profile")["inference"]["interval"] == "profile"
    assert document("robust")["inference"]["std_error"].startswith("HC3")
    assert document("clusters")["inference"]["std_error"].startswith("cluster")
    found = document("frequencies")
    assert found["inference"]["weights"] == "freq"
    assert found["inference"]["nobs"] == 7


def test_a_document_explains_why_there_is_no_maximum():
    separated = document("separated")
    assert separated["inference"] is None
    assert separated["separation"]["kind"] == "complete"
    assert separated["separation"]["rows_separated"] == 150
    assert set(separated["separation"]["infinite"]) == {"(Intercept)", "sepal_length", "sepal_width"}
    quasi = document("quasi-separated")
    assert quasi["separation"]["kind"] == "quasi-complete"
    assert quasi["separation"]["rows_separated"] == 4
    edge = document("boundary")["boundary"]
    assert edge["rows"] == [4, 5]
    assert edge["mean"] == 1
    assert edge["coefficients"] == pytest.approx({"(Intercept)": -2 * np.log(3), "x": np.log(3)}, rel=1e-6)
    aliased = document("aliased")
    assert [alias["term"] for alias in aliased["aliased"]] == ["twice", "z"]
    assert aliased["aliased"][0]["relation"] == pytest.approx({"a": 2.0})
    assert aliased["aliased"][1]["relation"] == {}
    assert aliased["model"]["terms"] == ["(Intercept)", "a"]


@pytest.mark.parametrize("name", EVERY)
def test_a_path_starts_at_the_first_iteration_and_ends_at_the_coefficients(name):
    for solver, fit in zip(document(name)["solvers"], comparison(name).fits, strict=True):
        path = solver["path"]
        assert len(path["iteration"]) == len(path["coefficients"]) <= documents.PATH_POINTS + 2
        assert len(path["passes"]) == len(path["seconds"]) == len(path["iteration"])
        assert path["passes"] == sorted(path["passes"])
        assert path["seconds"] == sorted(path["seconds"])
        assert path["passes"][-1] <= solver["passes"]  # a stalled solver tried further
        assert 0.0 < path["seconds"][-1] <= solver["seconds"] or solver["status"] == "declined"
        if solver["status"] == "converged":
            assert path["passes"][-1] == solver["passes"]
        starts = path["iteration"][0] == 0 and solver["status"] != "declined"
        assert solver["start"] == (path["coefficients"][0] if starts else None)
        assert all(before < after for before, after in pairwise(path["iteration"]))
        started_itself = solver["solver"] == "fisher" and comparison(name).spec.options.init == "auto"
        assert path["iteration"][0] == fit.path_iterations[0] == (1 if started_itself else 0)
        assert path["iteration"][-1] == solver["iterations"]
        if solver["status"] != "diverged":  # that reports the last finite state
            assert path["coefficients"][-1] == list(solver["coefficients"].values())
        states = dict(zip(fit.path_iterations.tolist(), fit.path, strict=True))
        for iteration, coef in zip(path["iteration"], path["coefficients"], strict=True):
            np.testing.assert_array_equal(numbers(coef), finite(states[iteration]))


def test_a_diverged_run_reports_the_last_finite_state():
    solver = document("overflow")["solvers"][0]
    finite_states = [coef for coef in solver["path"]["coefficients"] if None not in coef]
    assert list(solver["coefficients"].values()) == finite_states[-1]


@pytest.mark.parametrize("name", ["both", "statsmodels", "factors"])
def test_a_short_path_is_whole(name):
    """Thinning is for paths of more than PATH_POINTS states."""
    for solver, fit in zip(document(name)["solvers"], comparison(name).fits, strict=True):
        if len(fit.path_iterations) <= documents.PATH_POINTS:
            assert solver["path"]["iteration"] == fit.path_iterations.tolist()


def test_a_thinned_path_still_has_both_ends(monkeypatch):
    monkeypatch.setattr(fitting, "PATH_LENGTH", 20)
    made = run(make_spec(FitOptions(solver=["gd"])), read_table(str(DATA / "primes.csv")))
    found = json.loads(to_json(fit_report(made)))["solvers"][0]
    assert found["iterations"] > 40
    assert found["path"]["iteration"][0] == 0
    assert found["path"]["iteration"][-1] == found["iterations"]
    assert found["path"]["coefficients"][-1] == list(found["coefficients"].values())


@pytest.mark.parametrize("name", EVERY)
def test_deviances_are_in_order_and_within_the_run(name):
    for solver in document(name)["solvers"]:
        iterations = [iteration for iteration, _ in solver["deviance"]]
        assert iterations == sorted(set(iterations))
        assert all(0 <= iteration <= solver["iterations"] for iteration in iterations)


def test_json_keeps_names_of_any_alphabet():
    found = json.loads(
        to_json(fit_report(run(make_spec(FitOptions(family="gaussian")), read_text("größe,y\n1,2\n2,4\n3,5\n"))))
    )
    assert found["model"]["terms"] == ["(Intercept)", "größe"]


# CSV


def csv_rows(text):
    header, *rows = list(csv.reader(io.StringIO(text)))
    return header, [dict(zip(header, row, strict=True)) for row in rows]


@pytest.mark.parametrize("name", EVERY)
def test_csv_has_the_columns_of_broom_and_every_number_in_full(name):
    made = comparison(name)
    header, rows = csv_rows(to_csv(fit_report(made)))
    assert header[: len(BROOM)] == BROOM
    assert header[len(BROOM) :] == ["solver", "status"]
    names = made.estimate.design.data.names
    assert [(row["solver"], row["term"]) for row in rows] == [(fit.solver, name) for fit in made.fits for name in names]
    agreed = {item.solver for item in made.agreements if item.agrees}
    for place, row in enumerate(rows):
        fit, j = made.fits[place // len(names)], place % len(names)
        assert row["status"] == fit.status.value
        np.testing.assert_array_equal(float(row["estimate"]), fit.coef[j])
        if row["solver"] not in agreed:
            assert {row[key] for key in BROOM[2:]} == {""}  # standard errors belong to the maximum
            continue
        found = made.estimate.maximum
        values = (found.std_error, found.statistic, found.p_value, found.low, found.high)
        for key, value in zip(BROOM[2:], values, strict=True):
            np.testing.assert_array_equal(float(row[key]), value[j])


def test_csv_agrees_with_json():
    rows = csv_rows(to_csv(fit_report(comparison("factors"))))[1]
    for row, entry in zip(rows, document("factors")["inference"]["coefficients"], strict=False):
        assert row["term"] == entry["term"]
        for key in BROOM[1:]:
            assert float(row[key]) == entry[key]


def test_csv_keeps_hostile_names():
    made = run(make_spec(FitOptions(solver=["fisher"])), read_text(hostile_table()))
    assert [row["term"] for row in csv_rows(to_csv(fit_report(made)))[1]] == ["(Intercept)", *HOSTILE]


def test_csv_keeps_names_with_commas_quotes_and_line_ends():
    made = run(make_spec(FitOptions(solver=["fisher"], family="gaussian")), read_text('"a, ""b""\nc",y\n1,2\n2,4\n3,5'))
    assert [row["term"] for row in csv_rows(to_csv(fit_report(made)))[1]] == ["(Intercept)", 'a, "b"\nc']


# Markdown


def markdown_tables(text):
    """Return the tables of a Markdown text as lists of rows of plain text, read by a Markdown parser."""
    tables, inside = [], False
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        match token.type:
            case "table_open" | "table_close":
                inside = token.type == "table_open"
                tables += [[] for _ in range(inside)]
            case "tr_open":
                tables[-1].append([])
            case "inline" if inside:
                assert {child.type for child in token.children} <= {"text"}, token.content
                tables[-1][-1].append("".join(child.content for child in token.children))
    return tables


@pytest.mark.parametrize("name", EVERY)
def test_markdown_tables_are_well_formed(name):
    made = comparison(name)
    text = to_markdown(fit_report(made))
    tables = markdown_tables(text)
    assert len(tables) == sum(line.startswith("| ---") for line in text.splitlines()) >= 1
    for table in tables:
        assert len({len(row) for row in table}) == 1
        assert all(table[0])
    roads = next(table for table in tables if table[0][0] == "solver")
    assert [row[0] for row in roads[1:]] == [fit.solver for fit in made.fits]
    if isinstance(made.estimate.outcome, Maximum):
        terms = next(table for table in tables if table[0][:3] == ["term", "estimate", "std.error"])
        assert [row[0] for row in terms[1:]] == list(labels_of(made.estimate))


def test_markdown_shows_hostile_names_as_they_are():
    made = run(make_spec(FitOptions(solver=["both"])), read_text(hostile_table()))
    text = to_markdown(fit_report(made))
    named = [table for table in markdown_tables(text) if table[0][0] == "term"]
    assert named
    for table in named:
        assert [row[0] for row in table[1:]] == ["(Intercept)", *HOSTILE]
    kinds = Counter(token.type for token in MarkdownIt("commonmark").enable("table").parse(text))
    assert kinds["html_block"] == 0


@pytest.mark.parametrize("name", ["both", "separated", "aliased", "interrupted"])
def test_markdown_has_the_verdict(name):
    text = to_markdown(fit_report(comparison(name)))
    for line in document(name)["verdict"]:
        assert line in text


def test_solvers_that_an_interruption_left_no_time_for_are_named():
    made = comparison("interrupted at once")
    left = [solver.name for solver in made.spec.solvers][1:]
    assert left
    assert document("interrupted at once")["verdict"][1:] == [f"Never started: {', '.join(left)}."]


def test_markdown_says_why_there_is_no_maximum():
    """As the report on the terminal does."""
    assert "sepal\\_length to +infinity" in to_markdown(fit_report(comparison("separated")))
    assert "twice" in to_markdown(fit_report(comparison("aliased")))


def test_a_line_end_in_a_name_cannot_start_a_line_of_markdown():
    table = '"n\n# evil",y\n1,2\n2,4\n3,5\n'
    made = run(make_spec(FitOptions(family="gaussian", solver=["fisher"])), read_text(table))
    text = to_markdown(fit_report(made))
    assert not [line for line in text.splitlines() if line.startswith("# evil")]
    assert [token for token in MarkdownIt().parse(text) if token.type == "heading_open" and token.tag == "h1"] == []


# The trace


@pytest.mark.parametrize("name", ["both", "every solver", "sgd", "separated", "overflow", "interrupted", "statsmodels"])
def test_a_trace_has_every_iteration(name):
    made = comparison(name)
    header, *rows = list(csv.reader(io.StringIO(to_trace(made))))
    assert header[:6] == ["solver", "iteration", "deviance", "distance", "passes", "seconds"]
    assert header[6:] == list(made.estimate.design.data.names)
    assert list(dict.fromkeys(row[0] for row in rows)) == [fit.solver for fit in made.fits]
    for fit in made.fits:
        own = [row for row in rows if row[0] == fit.solver]
        first = int(own[0][1])
        assert first in (0, 1)
        assert [int(row[1]) for row in own] == list(range(first, fit.iterations + 1))
        np.testing.assert_array_equal(np.array([row[6:] for row in own], dtype=float), fit.path)
        told = {int(row[1]): float(row[2]) for row in own if row[2]}
        assert all(told[iteration] == deviance for iteration, deviance in fit.deviances())
        assert len(told) == len(own)


def test_every_row_of_a_trace_has_distance_and_costs():
    """The deviance of the primes at zero is 6 log 4; from there to the estimate it is 1.3068 standard errors of x."""
    made = comparison("both")
    rows = csv_rows(to_trace(made))[1]
    for fit in made.fits:
        own = [row for row in rows if row["solver"] == fit.solver]
        passes, seconds = ([float(row[name]) for row in own] for name in ("passes", "seconds"))
        assert passes == sorted(passes)
        assert 0 < passes[-1] <= fit.passes
        assert seconds == sorted(seconds)
        assert 0 < seconds[-1] <= fit.seconds
        assert float(own[-1]["distance"]) < 1e-8
    start = next(row for row in rows if row["iteration"] == "0")
    assert float(start["deviance"]) == pytest.approx(6 * np.log(4))
    assert float(start["distance"]) == pytest.approx(1.30684, rel=1e-5)


def test_a_long_trace_is_spread_over_the_logarithm(monkeypatch):
    monkeypatch.setattr(trace, "MOST", 20)
    monkeypatch.setattr(trace, "FEWEST", 20)
    rows = csv_rows(to_trace(comparison("both")))[1]
    kept = [int(row["iteration"]) for row in rows if row["solver"] == "gd"]
    assert kept[:3] == [0, 1, 2]
    assert kept[-1] == 74
    assert len(kept) <= 21


def test_the_command_writes_the_trace(tmp_path, capsys):
    path = tmp_path / "trace.csv"
    assert glmnn("fit", DATA / "primes.csv", "--trace", path, "--csv", "-q") == 0
    assert csv_rows(capsys.readouterr().out)[0][:7] == BROOM  # the result still goes to standard output
    rows = csv_rows(path.read_text())[1]
    assert Counter(row["solver"] for row in rows)["gd"] > 20
    assert rows[-1]["x"].startswith("0.55177")


# Files


def test_output_writes_what_standard_output_would_have(tmp_path, capsys):
    path = tmp_path / "out.csv"
    assert glmnn("fit", DATA / "primes.csv", "--csv") == 0
    printed = capsys.readouterr().out
    assert glmnn("fit", DATA / "primes.csv", "-o", path) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert str(path) in told.err
    assert path.read_text() == printed
    assert glmnn("fit", DATA / "primes.csv", "-o", path, "-q") == 0
    assert capsys.readouterr() == ("", "")
    assert names_in(tmp_path) == ["out.csv"]


def test_output_is_written_whatever_the_verdict(tmp_path):
    path = tmp_path / "out.json"
    assert glmnn("fit", DATA / "iris_setosa.csv", "--max-iter", 50, "-o", path, "-q") == 3
    assert json.loads(path.read_text())["exit"] == 3
    assert glmnn("fit", DATA / "primes.csv", "-s", "gd", "--max-iter", 3, "-o", path, "-q") == 1
    assert json.loads(path.read_text())["exit"] == 1


def test_text_is_utf_8_with_plain_line_ends_whatever_the_locale(tmp_path):
    path = tmp_path / "out.txt"
    write_whole(str(path), "größe\r\n\n")
    assert path.read_bytes() == "größe\r\n\n".encode()


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt(), MemoryError()]
)
@pytest.mark.parametrize("step", ["write", "replace"])
def test_the_old_file_stays_when_writing_fails_in_the_middle(tmp_path, monkeypatch, step, error):
    path = tmp_path / "out.csv"
    path.write_text("old")

    def fail(*_):
        raise error

    if step == "replace":
        monkeypatch.setattr(Path, "replace", fail)
    else:
        real = files.tempfile.NamedTemporaryFile

        def short_of_space(*arguments, **named):
            file = real(*arguments, **named)
            write = file.write

            def write_half(text):
                write(text[: len(text) // 2])
                raise error

            file.write = write_half
            return file

        monkeypatch.setattr(files.tempfile, "NamedTemporaryFile", short_of_space)
    with pytest.raises(UsageError if isinstance(error, OSError) else type(error)) as told:
        write_whole(str(path), "new" * 10_000)
    if isinstance(error, OSError):
        assert "out.csv" in str(told.value)
        assert "No space left" in str(told.value)
    monkeypatch.undo()
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["out.csv"]


def test_the_old_file_stays_when_the_text_cannot_be_made(tmp_path, monkeypatch):
    path = tmp_path / "out.json"
    path.write_text("old")

    def fail(_):
        raise UsageError("no")

    monkeypatch.setattr("glmnn.cli.output.FORMATS", {**FORMATS, "json": fail})
    assert glmnn("fit", DATA / "primes.csv", "-o", path) == 2
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["out.json"]


def test_a_file_name_that_is_not_unicode_does_no_harm(tmp_path):
    """JSON names the source; on file systems of bytes that name may have no UTF-8."""
    source = os.fsencode(tmp_path) + b"/caf\xe9.csv"
    try:
        with open(source, "wb") as file:  # noqa: PTH123
            file.write((DATA / "primes.csv").read_bytes())
    except OSError:
        pytest.skip("this file system has Unicode names only")
    out = tmp_path / "out.json"
    assert glmnn("fit", os.fsdecode(source), "-o", out, "-q") == 0
    assert json.loads(out.read_text(encoding="utf-8"))["data"]["source"].endswith(".csv")
    assert names_in(tmp_path) == [os.fsdecode(b"caf\xe9.csv"), "out.json"]


def test_a_new_file_has_the_usual_mode_and_an_old_one_keeps_its_own(tmp_path):
    path = tmp_path / "out.csv"
    kept = os.umask(0o027)
    try:
        write_whole(str(path), "one")
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o604)
        write_whole(str(path), "two")
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(kept)
    assert stat.S_IMODE(path.stat().st_mode) == 0o604
    assert path.read_text() == "two"


def test_a_symlink_stays_one_and_its_target_is_replaced(tmp_path):
    (tmp_path / "links").mkdir()
    (tmp_path / "files").mkdir()
    target, link = tmp_path / "files" / "real.csv", tmp_path / "links" / "link.csv"
    target.write_text("old")
    target.chmod(0o600)
    link.symlink_to(target)
    write_whole(str(link), "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert names_in(tmp_path / "files") == ["real.csv"]
    assert names_in(tmp_path / "links") == ["link.csv"]


def test_the_draft_lies_beside_the_file_that_it_replaces(tmp_path, monkeypatch):
    """A move between file systems is no move: with a link the draft belongs into the folder of its target."""
    (tmp_path / "files").mkdir()
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "files" / "real.csv")
    moves = []
    real = Path.replace
    monkeypatch.setattr(Path, "replace", lambda draft, target: moves.append((draft, target)) or real(draft, target))
    write_whole(str(link), "new")
    ((draft, target),) = moves
    assert Path(draft).parent == Path(target).parent == tmp_path / "files"


def test_a_pipe_is_written_to_and_not_replaced(tmp_path):
    """Such as -o >(command) or -o /dev/stdout."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    received = []

    def read():
        received.append(path.read_text())

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    code = glmnn("fit", DATA / "primes.csv", "--csv", "-o", path, "-q")
    kept = stat.S_ISFIFO(path.lstat().st_mode)
    if not received and kept:
        with path.open("w"):
            pass  # lets the reader go
    reader.join(timeout=5 if kept else 0)
    assert kept
    assert code in (0, 2)
    if code == 0:
        assert received[0].startswith("term,")


def test_output_and_trace_may_not_be_the_same_file_under_two_names(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("old.csv").write_text("old")
    assert glmnn("fit", DATA / "primes.csv", "-o", "old.csv", "--trace", "./old.csv") == 2
    assert "same file" in capsys.readouterr().err
    assert Path("old.csv").read_text() == "old"


def test_the_data_are_never_overwritten(tmp_path, capsys):
    path, link = tmp_path / "primes.csv", tmp_path / "link.csv"
    before = (DATA / "primes.csv").read_bytes()
    path.write_bytes(before)
    link.symlink_to(path)
    for flag in ("-o", "--trace"):
        for name in (path, link):
            assert glmnn("fit", path, flag, name, "--csv") == 2
            assert "input" in capsys.readouterr().err
    assert path.read_bytes() == before
