"""Bad input ends in one or two lines on stderr that say what, where and what to do, and in exit code 2."""

import contextlib
import gzip
import io
import json
import os
import shlex
import signal
import stat
import subprocess
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from glmnn.cli import main
from glmnn.data.sources import csv as table_module
from glmnn.data.sources.files import read_table
from glmnn.errors import DataError
from glmnn.report.formats import FORMATS

GOOD = "x,y\n1,0\n2,1\n3,0\n4,1\n5,0\n6,1\n"
GOOD_FIT = {"(Intercept)": -1.26462267, "x": 0.36132076}
COUNTS = "x,y\n1,1\n2,3\n3,2\n4,6\n5,9\n"
FACTOR = "g,y\na,0\nb,1\na,1\nb,0\na,0\nb,1\n"
FAMILIES = ("gaussian", "binomial", "poisson", "gamma", "inverse_gaussian", "negative_binomial", "tweedie")


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str


class Screen(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


def invoke(*args, stdin=b"", encoding="utf-8", terminal=False):
    """Run the command line in this process as the console script does; an escaped exception counts as a traceback."""
    out = (Screen if terminal else io.TextIOWrapper)(io.BytesIO(), encoding=encoding, newline="")
    err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["glmnn", *args])
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        except Exception:
            code = 1
            err.write(traceback.format_exc())
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode(stream.encoding))
    return Outcome(code, *texts)


def said_briefly(outcome):
    """Check that stderr holds at most two lines, no traceback, no warning and nothing a terminal would act on."""
    lines = outcome.err.removesuffix("\n").split("\n")
    assert "Traceback" not in outcome.err, outcome.err
    assert "Warning" not in outcome.err, outcome.err
    assert len(lines) <= 2, outcome.err
    assert all(line.isprintable() for line in lines), repr(outcome.err)


def refused(outcome, *words):
    """Check for exit code 2, nothing on stdout, and one or two lines on stderr that hold all the words."""
    said_briefly(outcome)
    assert outcome.code == 2, outcome
    assert outcome.out == ""
    assert outcome.err.strip()
    assert [word for word in words if word not in outcome.err] == [], outcome.err


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Every test works in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    return tmp_path


def write(content, name="data.csv"):
    path = Path(name)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def fit(content, args="", name="data.csv"):
    return invoke("fit", write(content, name), *shlex.split(args))


def case(name, content, args, *words):
    return pytest.param(content, args, words, id=name)


def coefficients(outcome):
    """Return the estimates of a JSON document by term."""
    assert outcome.code == 0, outcome
    return {row["term"]: row["estimate"] for row in json.loads(outcome.out)["inference"]["coefficients"]}


# --- cells -----------------------------------------------------------------------------------------------------------

NOT_NUMBERS = [
    "abc", "1_000", "inf", "-inf", "Infinity", "1e999", "-1e309", "0x10", "0b1", "1 000", "TRUE", "5%", "$5", "--", "?",
    "1.5.2", "1e", "1;2", "½", "１２", "١", "1d5", "#N/A", "2020-01-01", "=1+1", '"1,5"', '"1,234.5"', '"li\nne"',
]  # fmt: skip
ROLES = {
    "feature": "",
    "target": "--target p --features x",
    "weights": "--features x --weights p",
    "offset": "--features x --offset p",
    "exposure": "--family poisson --features x --exposure p",
    "trials": "--features x --trials p",
    "formula": "--formula 'y ~ p'",
    "function in a formula": "--formula 'y ~ log(p)'",
}


def shown(cell):
    return cell.strip('"').replace("\n", "\\n")


@pytest.mark.parametrize(
    ("cell", "role"),
    [(cell, role) for role in ROLES for cell in (NOT_NUMBERS if role in ("feature", "target") else NOT_NUMBERS[:4])],
)
def test_a_cell_that_is_not_a_number_is_named(cell, role):
    rows = ["1,1,0", "2,2,1", f"3,{cell},0", "4,2,1", "5,1,1", "6,2,0"]
    outcome = fit("x,p,y\n" + "\n".join(rows) + "\n", ROLES[role])
    refused(outcome, "data.csv:4", "column 'p'", f"'{shown(cell)}'", "is not a number")


@pytest.mark.parametrize("cell", ["inf", "-inf", "Infinity", "1e999", "-1e309"])
def test_an_infinite_cell_is_said_to_be_infinite(cell):
    refused(fit(f"x,y\n1,0\n{cell},1\n3,0\n"), "data.csv:3", "'x'", cell, "finite")


@pytest.mark.parametrize("cell", ["1_000", "1 000", '"1,5"', '"1,000"'])
def test_a_number_in_another_notation_is_answered_with_the_notation_wanted(cell):
    refused(fit(f"x,y\n1,0\n{cell},1\n3,0\n"), "data.csv:3", "'x'", shown(cell), "point", "thousands")


@pytest.mark.parametrize(
    ("content", "value"),
    [
        pytest.param('x,y\n"1,5",0\n"2,5",1\n"3,5",0\n', "1,5", id="quoted"),
        pytest.param("x\ty\n1,5\t0\n2,5\t1\n3,5\t0\n", "1,5", id="tabs"),
        pytest.param("x;y\n1.234,5;0\n2.345,5;1\n", "1.234,5", id="thousands"),
        pytest.param("x,y\n1_0,0\n2_0,1\n3_0,0\n", "1_0", id="underscores"),
        pytest.param("x,y\n1 000,0\n2 000,1\n3 000,0\n", "1 000", id="blanks"),
        pytest.param("x,y\ninf,0\ninf,1\n-inf,0\n", "inf", id="infinite"),
    ],
)
def test_a_whole_column_in_another_notation_is_not_called_a_factor(content, value):
    outcome = fit(content)
    refused(outcome, "data.csv:2", "'x'", f"'{value}'")
    assert "C(" not in outcome.err


def test_a_whole_target_column_with_decimal_commas():
    refused(fit("x\ty\n1\t1,5\n2\t2,5\n3\t3,5\n", "--family gaussian"), "data.csv:2", "'y'", "'1,5'", "--decimal ,")


@pytest.mark.parametrize(
    ("args", "cells"),
    [
        (f"--{role} p --features x", cells)
        for role in ("target", "weights", "offset")
        for cells in (("1", "heavy", "2"), ("1", "heavy", "1"), ("light", "heavy", "light"))
        if role != "target" or "1" in cells
    ],
)
def test_text_in_a_role_that_cannot_be_a_factor_is_not_answered_with_a_factor(cells, args):
    rows = "".join(f"{x},{cell},{x % 2}\n" for x, cell in enumerate(cells))
    outcome = fit("x,p,y\n" + rows, args)
    refused(outcome, "data.csv:", "'p'", "not a number")
    assert "C(" not in outcome.err


def test_a_text_column_that_is_hardly_a_factor_is_not_turned_into_indicators_unasked():
    refused(fit("g,x,y\na,1,0\nb,2,1\nc,3,0\nb,4,1\n"), "data.csv", "'g'", "text", "3 levels in 4 rows", "C(g)")
    refused(fit("g,x,y\na,1,0\nb,2,1\nc,3,0\n", "--features g,x"), "data.csv:2", "'g'", "'a'", "all different", "C(g)")


@pytest.mark.parametrize("name", ["my group", "a-b", "1st", "größe!", "class of", "x`y", "C(a)"])
def test_the_advice_for_a_text_column_can_be_followed(name):
    column = f'"{name}"'
    outcome = fit(f"{column},x,y\na,1,0\nb,2,1\na,3,1\nb,4,0\nc,5,0\nb,6,1\n")
    refused(outcome, "data.csv", name)
    if "`" not in name:
        assert f"C(`{name}`)" in outcome.err


@pytest.mark.parametrize("cells", ["True False", "TRUE FALSE", "true false", "yes no", "T F"])
def test_bool_like_cells_are_text(cells):
    first, second = cells.split()
    rows = "".join(f"{(first, second)[row % 3 % 2]},{row},{(first, second)[row % 4 % 3 % 2]}\n" for row in range(12))
    assert f"x[T.{max(cells.split())}]" in coefficients(
        fit(f"x,z,y\n{rows}", "--target z --family gaussian --features x --json")
    )


@pytest.mark.parametrize("cell", ["", " ", "\t", "NA", "NaN", "nan", "N/A", "null", "NULL", '""'])
@pytest.mark.parametrize("column", ["x", "y"])
def test_a_missing_cell_is_refused_unless_rows_may_be_dropped(cell, column):
    row = f"{cell},1" if column == "x" else f"7,{cell}"
    content = f"x,y\n1,0\n{row}\n2,1\n3,0\n4,1\n5,0\n6,1\n"
    refused(fit(content), "data.csv:3", f"column '{column}'", "missing", "--na drop")
    dropped = fit(content, "--na drop --json")
    assert coefficients(dropped) == pytest.approx(GOOD_FIT, rel=1e-6)
    assert "1 of 7 rows left out" in dropped.out


MISSING = [
    case("formula", "x,y\n1,0\n,1\n3,0\n", "--formula 'y ~ log(x)'", "data.csv:3", "'x'", "missing"),
    case("weights", "x,w,y\n1,1,0\n2,,1\n3,1,0\n", "--weights w", "data.csv:3", "'w'", "missing"),
    case("factor", "g,y\na,0\n,1\nb,0\n", "--formula 'y ~ C(g)'", "data.csv:3", "'g'", "missing"),
    case("how many", "x,y\n1,0\n,1\n,0\n,1\n5,0\n", "", "data.csv:3", "'x'", "missing", "3"),
    case("every row", "x,y\n,1\n1,\n,0\n", "--na drop", "data.csv", "every row"),
    case("whole column, empty", "x,y\n,0\n,1\n,0\n", "", "data.csv", "'x'", "missing"),
    case("whole column, NA", "x,y\nNA,0\nNA,1\nNA,0\n", "", "data.csv", "'x'", "missing"),
    case("whole column, drop", "x,y\nNA,0\nNA,1\nNA,0\n", "--na drop", "data.csv", "'x'", "missing"),
    case("whole target", "x,y\n1,NA\n2,NA\n", "", "data.csv", "'y'", "missing"),
    case("whole target, drop", "x,y\n1,\n2,\n", "--na drop --family gaussian", "data.csv", "'y'", "missing"),
    case("drop does not forgive text", "x,y\n1,0\nabc,1\n,0\n4,1\n", "--na drop", "data.csv:3", "'x'", "'abc'"),
    case("drop does not forgive inf", "x,y\n1,0\n,1\ninf,0\n4,1\n", "--na drop", "data.csv:4", "'x'", "'inf'"),
    case("drop does not forgive a short row", "x,y\n1,0\n2\n3,1\n", "--na drop", "data.csv:3"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "args", "words"), MISSING)
def test_missing_cells(content, args, words):
    refused(fit(content, args), *words)


# --- values that the model does not allow ----------------------------------------------------------------------------

ILLEGAL = [
    case("y = 2, binomial", "x,y\n1,0\n2,2\n3,1\n", "--family binomial", "data.csv:3", "'y'", ": 2", "0 or 1"),
    case("y = -1, binomial", "x,y\n1,0\n2,-1\n3,1\n", "--family binomial", "data.csv:3", "'y'", "-1"),
    case("y = 0.5, binomial", "x,y\n1,0\n2,0.5\n3,1\n", "--family binomial", "data.csv:3", "'y'", "0.5", "--trials"),
    case("y = 2, family not given", "x,y\n1,0\n2,2\n3,1\n", "", "data.csv", "'y'", "--family", *FAMILIES),
    case("proportion above 1", "x,y,w\n1,0,1\n2,1.5,2\n3,1,1\n", "--family binomial --weights w", "data.csv:3", "1.5"),
    case("negative count", "x,y\n1,0\n2,-2\n3,1\n", "--family poisson", "data.csv:3", "'y'", "-2", "0 or more"),
    case("broken count", "x,y\n1,0\n2,2.5\n3,1\n", "--family poisson", "data.csv:3", "'y'", "2.5", "whole"),
    case("broken count, nb", "x,y\n1,0\n2,2.5\n3,1\n", "--family negative_binomial --alpha 1", "data.csv:3", "2.5"),
    case("gamma 0", "x,y\n1,2\n2,0\n3,1\n", "--family gamma", "data.csv:3", "'y'", ": 0", "greater than 0"),
    case("gamma -1", "x,y\n1,2\n2,-1\n3,1\n", "--family gamma", "data.csv:3", "'y'", "-1"),
    case("inverse gaussian", "x,y\n1,2\n2,-0.5\n3,1\n", "--family inverse_gaussian", "data.csv:3", "'y'", "-0.5"),
    case("tweedie -1", "x,y\n1,2\n2,-1\n3,1\n", "--family tweedie --power 1.5", "data.csv:3", "'y'", "-1"),
    case("tweedie 0", "x,y\n1,2\n2,0\n3,1\n", "--family tweedie --power 3.5", "data.csv:3", "'y'", "greater than 0"),
    case("how many rows", "x,y\n1,0\n2,-2\n3,-1\n", "--family poisson", "data.csv:3", "-2", "2 such rows"),
    case("negative weight", "x,w,y\n1,1,0\n2,-1,1\n3,1,0\n", "--weights w", "data.csv:3", "'w'", "-1", "negative"),
    case("weights all 0", "x,w,y\n1,0,0\n2,0,1\n3,0,0\n", "--weights w", "data.csv", "'w'", "0"),
    case("too many successes", "n,x,y\n5,1,3\n5,2,6\n5,3,4\n", "--trials n", "data.csv:3", "'y'", ": 6", "successes"),
    case("broken trials", "n,x,y\n5,1,3\n5.5,2,4\n5,3,4\n", "--trials n", "data.csv:3", "'n'", "5.5", "whole"),
    case("negative trials", "n,x,y\n5,1,3\n-5,2,4\n5,3,4\n", "--trials n", "data.csv:3", "'n'", "-5"),
    case("broken successes", "n,x,y\n5,1,3\n5,2,2.5\n5,3,4\n", "--trials n", "data.csv:3", "'y'", "2.5", "whole"),
    case("negative successes", "n,x,y\n5,1,3\n5,2,-2\n5,3,4\n", "--trials n", "data.csv:3", "'y'", "-2"),
    case("trials all 0", "n,x,y\n0,1,0\n0,2,0\n0,3,0\n", "--trials n", "data.csv", "'n'", "0"),
    case("trials, poisson", "n,x,y\n5,1,3\n5,2,2\n", "--trials n --family poisson", "--trials", "binomial", "poisson"),
    case("exposure 0", "e,x,y\n5,1,3\n0,2,2\n5,3,4\n", "--exposure e --family poisson", "data.csv:3", "'e'", ": 0"),
    case("exposure < 0", "e,x,y\n5,1,3\n-1,2,2\n5,3,4\n", "--exposure e --family poisson", "data.csv:3", "'e'", "-1"),
    case("exposure, no log link", "e,x,y\n5,1,3\n1,2,2\n", "--exposure e --family gaussian", "--exposure", "log"),
    case("exposure, logit", "e,x,y\n5,1,1\n1,2,0\n", "--exposure e", "--exposure", "log", "logit"),
    case("log of a negative", "x,y\n1,0\n-2,1\n3,1\n", "--formula 'y ~ log(x)'", "data.csv:3", "log(x)"),
    case("division by 0", "x,y\n1,0\n0,1\n3,1\n", "--formula 'y ~ I(1/x)'", "data.csv:3", "x"),
    case("overflow", "x,y\n1,0\n9999,1\n3,1\n", "--formula 'y ~ exp(x)'", "data.csv:3", "exp(x)"),
    case("identifier as a factor", "g,y\n" + "".join(f"id{i},{i % 2}\n" for i in range(600)), "--formula 'y ~ C(g)'",
         "data.csv", "'g'", "600 levels"),
    case("numbers and text as a factor", "g,y\n1,0\na,1\n2,1\n", "--formula 'y ~ g'", "data.csv:3", "'g'", "'a'"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "args", "words"), ILLEGAL)
def test_a_value_that_the_model_does_not_allow(content, args, words):
    refused(fit(content, args), *words)


COLUMNS = [
    case("no target", "a,b\n1,0\n2,1\n", "", "data.csv", "target", "--target", "a, b"),
    case("target, near", "x,yield\n1,0\n2,1\n", "--target yeild", "data.csv", "'yeild'", "'yield'"),
    case("target, case", GOOD, "--target Y", "data.csv", "'Y'", "'y'"),
    case("target, far", GOOD, "--target outcome", "data.csv", "'outcome'", "x, y"),
    case("feature", "height,y\n1,0\n2,1\n", "--features hieght", "data.csv", "'hieght'", "'height'"),
    case("one of the features", GOOD, "--features x,zz", "data.csv", "'zz'", "x, y"),
    case("weights", GOOD, "--weights w", "data.csv", "--weights", "'w'", "x, y"),
    case("offset", GOOD, "--offset w", "data.csv", "--offset", "'w'", "x, y"),
    case("exposure", COUNTS, "--family poisson --exposure w", "data.csv", "--exposure", "'w'", "x, y"),
    case("trials", GOOD, "--trials w", "data.csv", "--trials", "'w'", "x, y"),
    case("formula, near", "height,y\n1,0\n2,1\n", "--formula 'y ~ hieght'", "data.csv", "'hieght'", "'height'"),
    case("formula, in a function", GOOD, "--formula 'y ~ log(xx)'", "data.csv", "'xx'", "'x'"),
    case("formula, target", GOOD, "--formula 'yy ~ x'", "data.csv", "'yy'", "'y'"),
    case("formula, a python name", GOOD, "--formula 'y ~ I(x + open)'", "data.csv", "'open'", "x, y"),
    case("target is a feature", GOOD, "--features x,y", "'y'", "target"),
    case("target on both sides", GOOD, "--formula 'y ~ x + y'", "'y'", "target"),
    case("target inside a function", COUNTS, "--family poisson --formula 'y ~ log(y)'", "'y'", "target"),
    case("target is the weights", GOOD, "--weights y", "--weights", "y", "target"),
    case("target is the offset", GOOD, "--offset y", "--offset", "y", "target"),
    case("weights are a feature", "x,w,y\n1,1,0\n2,1,1\n", "--weights w --features x,w", "'w'", "weights"),
    case("feature twice", GOOD, "--features x,x", "'x'", "twice"),
    case("feature twice, two options", GOOD, "--features x --features x", "'x'", "twice"),
    case("reserved name", "(Intercept),y\n1,0\n2,1\n3,1\n", "", "data.csv", "(Intercept)", "--no-intercept"),
    case("no columns left", "y\n1\n0\n1\n", "--no-intercept", "--no-intercept"),
    case("only zeros", "x,y\n0,1\n0,0\n0,1\n", "--no-intercept", "data.csv", "0"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "args", "words"), COLUMNS)
def test_a_column_that_is_not_there_or_plays_two_parts(content, args, words):
    refused(fit(content, args), *words)


# --- the file --------------------------------------------------------------------------------------------------------

SHAPES = [
    case("short row", "x,y\n1,0\n2\n3,1\n", "", "data.csv:3", "1 cell", "2 columns"),
    case("long row", "x,y\n1,0\n2,1,7\n3,1\n", "", "data.csv:3", "3 cells", "2 columns"),
    case("trailing commas", "x,y\n1,0,\n2,1,\n", "", "data.csv:2", "3 cells", "2 columns"),
    case("row names without a header", "x,y\n0,1,0\n1,2,1\n2,3,0\n", "", "data.csv:2", "3 cells", "2 columns"),
    case("short after blank lines", "x,y\n\n\n1,0\n\n2\n", "", "data.csv:6", "1 cell"),
    case("short after a cell of two lines", 'x,y,g\n1,0,"a\nb"\n2,1\n', "", "data.csv:4", "2 cells", "3 columns"),
    case("short, CRLF", "x,y\r\n1,0\r\n2\r\n", "", "data.csv:3", "1 cell"),
    case("bad cell, CRLF", "x,y\r\n1,0\r\n2,z\r\n3,1\r\n", "", "data.csv:3", "'y'", "'z'"),
    case("bad cell, CR", "x,y\r1,0\r2,z\r3,1\r", "", "data.csv:3", "'y'", "'z'"),
    case("bad cell, no final newline", "x,y\n1,0\n2,z", "", "data.csv:3", "'y'", "'z'"),
    case("bad cell, BOM", b"\xef\xbb\xbfx,y\nz,0\n2,1\n", "", "data.csv:2", "'x'", "'z'"),
    case("comment line", "# made by hand\nx,y\n1,0\n", "", "data.csv:2"),
    case("name twice", "x,z,x,y\n1,2,3,0\n", "", "data.csv:1", "'x'", "twice"),
    case("name twice, blanks", "x, x,y\n1,1,0\n", "", "data.csv:1", "'x'", "twice"),
    case("name twice, BOM", b"\xef\xbb\xbfx,x,y\n1,1,0\n", "", "data.csv:1", "'x'", "twice"),
    case("no name at the end", "x,y,\n1,0,\n", "", "data.csv:1", "column 3", "name"),
    case("no name at the start", ",,y\\n1,2,0\\n", "", "data.csv:1", "column 1", "name"),
    case("name of blanks", "x,  ,y\n1,2,0\n", "", "data.csv:1", "column 2", "name"),
    case("header of numbers", "1,2\n1,0\n2,1\n", "", "data.csv:1", "1, 2", "names"),
    case("header of broken numbers", "1.5,-2e3\n1,0\n2,1\n", "", "data.csv:1", "1.5", "names"),
    case("empty", "", "", "data.csv", "empty"),
    case("blank lines only", " \n\n \n", "", "data.csv", "empty"),
    case("BOM only", b"\xef\xbb\xbf", "", "data.csv", "empty"),
    case("BOM and newline", b"\xef\xbb\xbf\r\n", "", "data.csv", "empty"),
    case("header only", "x,y\n", "", "data.csv", "no rows"),
    case("header only, no newline", "x,y", "", "data.csv", "no rows"),
    case("header and blank lines", "x,y\n\n\r\n", "", "data.csv", "no rows"),
    case("separated by blanks", "x y\n1 0\n2 1\n", "", "data.csv", "spaces"),
    case("separated by blanks, target", "x  y  z\n1  0  3\n2  1  3\n", "--target y", "data.csv", "'y'", "spaces"),
    case("separated by blanks, formula", "x y\n1 0\n2 1\n", "--formula 'y ~ x'", "data.csv", "'y'", "spaces"),
    case("quote never closed", 'x,y\n1,0\n"2,1\n3,0\n', "", "data.csv:3", "quot"),
    case("quote never closed, header", '"x,y\n1,0\n2,1\n', "", "data.csv:1", "quot"),
    case("text after a quote", 'x,y\n1,0\n"2"a,1\n', "", "data.csv:3", '"'),
    case("NUL", b"x,y\n1,0\n2,\x001\n", "", "data.csv:3", "NUL"),
    case("NUL at the start", b"\x00x,y\n1,0\n", "", "data.csv:1", "NUL"),
    case("UTF-16", "x,y\n1,0\n".encode("utf-16"), "", "data.csv", "UTF-16", "UTF-8"),
    case("UTF-16, big end", "\ufeffx,y\n1,0\n".encode("utf-16-be"), "", "data.csv", "UTF-16", "UTF-8"),
    case("UTF-16 without a mark", "x,y\n1,0\n".encode("utf-16-le"), "", "data.csv:1", "NUL"),
    case("Latin 1", "x,y\n1,0\ngröß,1\n".encode("latin-1"), "", "data.csv:3", "0xf6", "UTF-8"),
    case("Latin 1 in the header", "größe,y\n1,0\n".encode("latin-1"), "", "data.csv:1", "0xf6", "UTF-8"),
    case("cut inside a letter", "x,y\n1,0\n2,ö".encode()[:-1], "", "data.csv:3", "0xc3", "UTF-8"),
    case("gzip cut short", gzip.compress(GOOD.encode())[:-10], "", "data.csv", "gzip"),
    case("gzip header only", gzip.compress(GOOD.encode())[:5], "", "data.csv", "gzip"),
    case("gzip, two bytes", b"\x1f\x8b", "", "data.csv", "gzip"),
    case("gzip damaged", gzip.compress(GOOD.encode())[:-6] + b"abcdef", "", "data.csv", "gzip"),
    case("gzip of nothing", gzip.compress(b""), "", "data.csv", "empty"),
    case("gzip with a bad cell", gzip.compress(b"x,y\n1,0\nz,1\n"), "", "data.csv:3", "'x'", "'z'"),
    case("gzip of UTF-16", gzip.compress("x,y\n1,0\n".encode("utf-16")), "", "data.csv", "UTF-16"),
    case("a zip or a workbook", b"PK\x03\x04\x14\x00\x06\x00abc", "", "data.csv:1", "not a text file"),
    case("a web page", "<!DOCTYPE html><html>\n<body>404, not found</body>\n</html>\n", "", "data.csv"),
    case("JSON", '{"a": [1, 2, 3],\n "b": 3}\n', "", "data.csv:1"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "args", "words"), SHAPES)
def test_a_file_that_is_not_a_table(content, args, words):
    refused(fit(content, args), *words)


@pytest.mark.parametrize(("content", "args", "words"), [*SHAPES, *ILLEGAL[:3], *MISSING[:3]])
def test_standard_input_is_treated_as_a_file(content, args, words):
    data = content if isinstance(content, bytes) else content.encode()
    outcome = invoke("fit", "-", *shlex.split(args), stdin=data)
    refused(outcome, *(word.replace("data.csv", "<stdin>") for word in words))


PATHS = [
    pytest.param("prime.csv", ("prime.csv", "'primes.csv'"), id="nearest name"),
    pytest.param("PRIMES.CSV", ("PRIMES.CSV", "'primes.csv'"), id="other case"),
    pytest.param("./prime.csv", ("./prime.csv", "'primes.csv'"), id="with a folder"),
    pytest.param("sub/primes2.csv", ("sub/primes2.csv", "'primes3.csv'"), id="nearest name in that folder"),
    pytest.param("zzzz.qq", ("zzzz.qq", "primes.csv"), id="nothing near"),
    pytest.param("nowhere/primes.csv", ("nowhere/primes.csv", "no"), id="no such folder"),
    pytest.param("primes.csv/x.csv", ("primes.csv/x.csv",), id="inside a file"),
    pytest.param("none", ("none", "no file in this folder"), id="an empty folder"),
    pytest.param("~/primes.csv", ("~/primes.csv",), id="home, not expanded"),
    pytest.param("https://example.org/a.csv", ("https://example.org/a.csv",), id="address"),
    pytest.param("x" * 300, ("x" * 20, "too long"), id="long"),
    pytest.param("a\0b.csv", ("a\\x00b.csv",), id="NUL"),
    pytest.param("a\nb.csv", ("a\\nb.csv",), id="newline"),
    pytest.param("\x1b]0;pwned\x07.csv", ("\\x1b]0;pwned\\x07.csv",), id="escape code"),
    pytest.param("[red]x[/red].csv", ("[red]x[/red].csv",), id="markup"),
    pytest.param("loop.csv", ("loop.csv",), id="circle of links"),
    pytest.param("dangling.csv", ("dangling.csv",), id="link to nothing"),
    pytest.param("", ("data",), id="no name"),
]


@pytest.mark.parametrize(("path", "words"), PATHS)
def test_a_path_that_is_not_a_readable_file(path, words):
    write(GOOD, "primes.csv")
    Path("sub").mkdir()
    Path("none").mkdir()
    write(GOOD, "sub/primes3.csv")
    Path("loop.csv").symlink_to("loop.csv")
    Path("dangling.csv").symlink_to("gone.csv")
    refused(invoke("fit", path), *words)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read():
    Path(write(GOOD)).chmod(0)
    refused(invoke("fit", "data.csv"), "data.csv", "ermission")


def test_no_data_at_all():
    refused(invoke("fit"), "data", "-")
    refused(invoke("fit", "-"), "<stdin>", "empty")


# --- options ---------------------------------------------------------------------------------------------------------


def option(args, *words):
    return pytest.param(args, words, id=args or "nothing")


OPTIONS = [
    option("--family binom", "'binom'", "'binomial'", *FAMILIES),
    option("--family ''", "family", *FAMILIES),
    option("--family poisson2", "'poisson2'", "'poisson'"),
    option("--link loglt", "'loglt'", "'logit'", "cauchit", "power(EXPONENT)"),
    option("--link 'power(x)'", "power(x)", "not a number"),
    option("--link 'power(0)'", "power", "0", "log"),
    option("--link 'power(nan)'", "power", "nan"),
    option("--link 'power(1e400)'", "power", "inf"),
    option("--link sqrt", "sqrt", "binomial", "logit"),
    option("--solver fischer", "'fischer'", "'fisher'", "nesterov"),
    option("--solver fisher,gdd", "'gdd'", "'gd'"),
    option("--solver ''", "solver", "fisher", "gd"),
    option("--solver torch:momentun", "'momentun'", "'momentum'", "nesterov"),
    option("--solver gd:momentum", "'gd:momentum'", "fisher"),
    option("--schedule sqroot", "'sqroot'", "'sqrt'", "cosine"),
    option("--solver fisher --schedule sqroot", "'sqroot'", "'sqrt'"),
    option("--format jsn", "'jsn'", "'json'", "table", "csv", "md"),
    option("--format ''", "format", "table", "json", "csv", "md"),
    option("--json --csv", "json", "csv"),
    option("--json --format md", "json", "md"),
    option("--na skip", "--na", "'skip'", "fail", "drop"),
    option("--lr -1", "--lr", "-1", "positive"),
    option("--lr 0", "--lr", "0", "positive"),
    option("--lr abc", "--lr", "'abc'", "auto"),
    option("--lr nan", "--lr", "nan"),
    option("--lr inf", "--lr", "inf"),
    option("--lr 1_000", "--lr", "1_000"),
    option("--lr ''", "--lr"),
    option("--solver fisher --lr -1", "--lr", "-1"),
    option("--solver statsmodels --lr abc", "--lr", "'abc'"),
    option("--level 2", "--level", "2", "0 and 1"),
    option("--level 0", "--level", "0", "1"),
    option("--level 1", "--level", "1"),
    option("--level 95", "--level", "95", "0 and 1"),
    option("--level -0.5", "--level", "-0.5"),
    option("--level nan", "--level", "nan"),
    option("--level abc", "--level", "abc"),
    option("--tol 0", "--tol", "0", "positive"),
    option("--tol -1", "--tol", "-1", "positive"),
    option("--tol nan", "--tol", "nan"),
    option("--tol inf", "--tol", "inf"),
    option("--tol tiny", "--tol", "tiny"),
    option("--tol-agree 0", "--tol-agree", "0", "positive"),
    option("--tol-agree -1", "--tol-agree", "-1"),
    option("--max-iter 0", "--max-iter", "0", "1 or more"),
    option("--max-iter -5", "--max-iter", "-5"),
    option("--max-iter 1.5", "--max-iter", "1.5"),
    option("--max-iter many", "--max-iter", "many"),
    option("--batch-size 0", "--batch-size", "0", "1 or more"),
    option("--batch-size -3", "--batch-size", "-3"),
    option("--batch-size half", "--batch-size", "half"),
    option("--solver fisher --batch-size 0", "--batch-size", "0"),
    option("--seed -1", "--seed", "-1", "0 or more"),
    option("--seed 1.5", "--seed", "1.5"),
    option("--init 1,2,3", "--init", "3", "2", "(Intercept), x"),
    option("--init 1", "--init", "1", "2", "(Intercept), x"),
    option("--init zero", "--init", "'zero'", "zeros", "ones", "random"),
    option("--init 1,nan", "--init", "nan"),
    option("--init 1,inf", "--init", "inf"),
    option("--init 1,,2", "--init", "'1,,2'"),
    option("--init ''", "--init", "zeros"),
    option("--init 1_0,2", "--init", "1_0"),
    option("--alpha 1", "--alpha", "negative_binomial", "binomial"),
    option("--power 1.5", "--power", "tweedie", "binomial"),
    option("--family negative_binomial --l2 1", "--alpha", "penalty"),
    option("--family negative_binomial --alpha 0", "--alpha", "0", "poisson"),
    option("--family negative_binomial --alpha -1", "--alpha", "-1"),
    option("--family negative_binomial --alpha nan", "--alpha", "nan"),
    option("--family tweedie", "tweedie", "--power"),
    option("--family tweedie --power 2", "2", "gamma"),
    option("--family tweedie --power 0.5", "--power", "0.5", "1 and 2"),
    option("--family tweedie --power nan", "--power", "nan"),
    option("--features ''", "--features"),
    option("--features ,", "--features"),
    option("--target ''", "target", "''"),
    option("--ref x", "--ref", "'x'", "var=level"),
    option("--ref =a", "--ref", "'=a'", "var=level"),
    option("--ref x=1", "--ref", "factor", "C("),
    option("--formula 'y ~ x' --ref x=1", "--ref", "x", "factor"),
    option("--formula 'y ~ x' --ref q=1", "'q'", "x, y"),
    option("--formula 'y ~ x' --features x", "--features", "--formula"),
    option("--formula 'y ~ x' --target x", "--target", "x", "y"),
    option("--formula ''", "formula", "target ~ features"),
    option("--formula y", "'y'", "target ~ features"),
    option("--formula 'y ~'", "'y ~'", "right"),
    option("--formula '~ x'", "'~ x'", "left"),
    option("--formula 'y ~ x ~ x'", "'y ~ x ~ x'", "target ~ features"),
    option("--formula 'y + x ~ x'", "'y + x ~ x'", "left"),
    option("--formula 'log(y) ~ x'", "'log(y) ~ x'", "left"),
    option("--formula 'y ~ x +'", "'x +'"),
    option("--formula 'y ~ (x'", "'(x'"),
    option("--formula 'y ~ x)'", "'x)'"),
    option("--formula 'y ~ x x'", "'x x'"),
    option("--formula 'y ~ x | x'", "x | x"),
    option("--formula 'y ~ 2'", "'2'"),
    option("--formula 'y ~ 0'", "no columns"),
    option("--formula 'y ~ ``'", "``"),
    option("--formula 'y ~ C()'", "C()"),
    option("--formula 'y ~ log()'", "log()"),
    option("--formula \"y ~ I('x')\"", "I('x')"),
    option("--formula \"y ~ C(x, 'treatment')\"", "treatment"),
    option('--formula "y ~ C(x, contr)"', "contr"),
    option("--formula \"y ~ C(x, contr.treatment('9'))\"", "9"),
    option("--formula 'y ~ poly(x, -1)'", "poly(x, -1)"),
    option("--formula 'y ~ bs(x, df=-1)'", "bs(x, df=-1)"),
    option("--slover gd", "--slover", "--solver"),
    option("--nope", "--nope"),
    option("-z", "-z"),
    option("--lr", "--lr"),
    option("--json=1", "--json"),
    option("more.csv", "more.csv"),
    option("--config ''", "--config"),
    option("--output ''", "--output"),
    option("--trace ''", "--trace"),
]


@pytest.mark.parametrize(("args", "words"), OPTIONS)
def test_an_option_that_makes_no_sense(args, words):
    refused(fit(GOOD, args), *words)


def test_an_intercept_alone_is_a_model():
    outcome = fit(GOOD, "--formula 'y ~ 1' --json")
    said_briefly(outcome)
    assert coefficients(outcome) == pytest.approx({"(Intercept)": 0.0}, abs=1e-9)


@pytest.mark.parametrize("function", ["log", "log10", "log2", "exp", "sqrt", "center", "scale", "I", "bs", "C"])
def test_every_function_that_the_message_offers_works(function):
    refused(fit(GOOD, "--formula 'y ~ foo(x)'"), "'foo(x)'", function)
    content = "x,y\n" + "".join(f"{1 + i % 5},{i * 7 % 3 % 2}\n" for i in range(30))
    outcome = fit(content, f"--formula 'y ~ {function}(x)'")
    said_briefly(outcome)
    assert outcome.code == 0, outcome


LEVELS = [
    option("--ref g=c", "--ref", "'c'", "a, b"),
    option("--ref g=A", "--ref", "'A'", "'a'"),
    option("--ref g=", "--ref", "g=", "a, b"),
    option("--ref g=a --ref g=b", "--ref", "g"),
    option("--ref h=a", "'h'", "g, y"),
]


@pytest.mark.parametrize(("args", "words"), LEVELS)
def test_a_base_level_that_is_not_there(args, words):
    refused(fit(FACTOR, f"--formula 'y ~ C(g)' {args}"), *words)


COMMANDS = [
    option("fitt data.csv", "'fitt'", "'fit'"),
    option("Fit data.csv", "'Fit'", "'fit'"),
    option("frobnicate", "'frobnicate'"),
    option("datasets prime", "'prime'", "'primes'"),
    option("datasets zzz", "'zzz'", "iris"),
    option("datasets ../primes", "'../primes'"),
    option("datasets ''", "data set", "iris"),
    option("datasets iris primes", "primes"),
    option("schema fti", "'fti'", "'fit'"),
    option("schema ../fit", "'../fit'"),
    option("--verison", "--verison", "--version"),
]


@pytest.mark.parametrize(("args", "words"), COMMANDS)
def test_a_command_or_a_data_set_that_is_not_there(args, words):
    refused(invoke(*shlex.split(args)), *words)


SIMULATIONS = [
    option("--n 0", "--n", "0", "1 or more"),
    option("--n -1", "--n", "-1"),
    option("--n x", "--n", "x"),
    option("--n 1.5", "--n", "1.5"),
    option("--n 99999999999999", "--n", "99999999999999"),
    option(f"--n {10**30}", "--n"),
    option("--beta x", "--beta", "'x'", "0.3,-1,2"),
    option("--beta ''", "--beta", "0.3,-1,2"),
    option("--beta 1,,2", "--beta", "'1,,2'"),
    option("--beta 1,", "--beta", "'1,'"),
    option("--beta nan", "--beta", "'nan'", "finite"),
    option("--beta 1e999", "--beta", "'1e999'", "finite"),
    option("--beta 1_0,2", "--beta", "1_0"),
    option("--design foo", "'foo'", "uniform", "normal", "correlated", "conditioned"),
    option("--design unform:0:1", "'unform'", "'uniform'"),
    option("--design ''", "design", "uniform"),
    option("--design uniform", "'uniform'", "uniform:LOW:HIGH"),
    option("--design uniform:3:1", "'uniform:3:1'", "uniform:LOW:HIGH"),
    option("--design uniform:1:1", "'uniform:1:1'"),
    option("--design uniform:a:b", "'uniform:a:b'", "numbers"),
    option("--design uniform:nan:nan", "'uniform:nan:nan'"),
    option("--design uniform:-inf:inf", "uniform:-inf:inf"),
    option("--design uniform:-1e308:1e308", "uniform:-1e308:1e308"),
    option("--design normal:1", "'normal:1'"),
    option("--design correlated:1", "'correlated:1'", "below 1"),
    option("--design correlated:nan", "'correlated:nan'"),
    option("--design conditioned:0.5", "'conditioned:0.5'", "at least 1"),
    option("--design conditioned:inf", "conditioned:inf"),
    option("--design conditioned:nan", "'conditioned:nan'"),
    option("--family poison", "'poison'", "'poisson'"),
    option("--link lgit", "'lgit'", "'logit'"),
    option("--family poisson --link identity", "poisson", "identity", "0"),
    option("--family gamma", "gamma", "inverse", "0"),
    option("--link log", "binomial", "log", "0"),
    option("--link identity", "binomial", "identity", "0 and 1"),
    option("--family poisson --beta 60", "too large"),
    option("--family poisson --beta 1000", "too large"),
    option("--family gaussian --beta 1e308,1e308", "too large"),
    option("--family negative_binomial", "negative_binomial", "--alpha"),
    option("--family negative_binomial --alpha 1e300", "too large"),
    option("--family tweedie --power 3.5", "tweedie(3.5)", "1 and 2"),
    option("--family tweedie --power 2", "gamma"),
    option("--alpha 1", "--alpha", "negative_binomial"),
    option("--dispersion 0", "--dispersion", "0", "positive"),
    option("--dispersion -1", "--dispersion", "-1", "positive"),
    option("--dispersion nan", "--dispersion", "nan"),
    option("--dispersion x", "--dispersion", "x"),
    option("--trials 0", "--trials", "positive"),
    option("--trials -1", "--trials", "positive"),
    option("--trials 1.5", "--trials", "1.5"),
    option(f"--trials {10**30}", "--trials"),
    option("--trials 3 --family poisson", "--trials", "binomial"),
    option("--seed -1", "--seed", "-1"),
    option("--seed x", "--seed", "x"),
    option("--output nowhere/x.csv", "nowhere/x.csv", "folder"),
    option("--output .", ".", "folder"),
    option("--output ''", "--output"),
    option("more", "more"),
    option("--bta 1", "--bta", "--beta"),
]


@pytest.mark.parametrize(("args", "words"), SIMULATIONS)
def test_a_simulation_that_is_not_possible(args, words):
    given = shlex.split(args)
    if "--n" not in given:
        given += ["--n", "20"]
    refused(invoke("simulate", *given), *words)
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    "args",
    [
        "--beta 1e308,1e308",
        "--family gaussian --dispersion 1e308",
        "--family gamma --link log --dispersion 1e308",
        "--family gamma --link log --dispersion 1e-320",
        "--family inverse_gaussian --link log --dispersion 1e308",
        "--family negative_binomial --alpha 1e-320",
        "--family negative_binomial --alpha 1e-300",
        "--family tweedie --power 1.0000000000001",
        "--family tweedie --power 1.9999999999999",
        "--design correlated:-0.9999999999999999",
        "--design conditioned:1e300",
        "--design uniform:0:1e308",
        "--trials 9007199254740993",
    ],
)
def test_an_extreme_simulation_is_refused_or_gives_finite_numbers_that_the_family_allows(args):
    outcome = invoke("simulate", "--n", "20", *shlex.split(args))
    said_briefly(outcome)
    assert outcome.code in (0, 2)
    if outcome.code == 0:
        rows = [line.split(",") for line in outcome.out.splitlines()[1:]]
        numbers = np.array(rows, dtype=float)
        assert numbers.shape[0] == 20
        assert np.isfinite(numbers).all()
        if "gamma" in args or "inverse_gaussian" in args:
            assert (numbers[:, -1] > 0).all()


HUGE = "x,y\n1e308,1\n-1e308,0\n1e308,1\n1e300,0\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "args"),
    [
        pytest.param(HUGE, "", id="huge feature"),
        pytest.param("x,y\n1e-308,1\n-1e-308,0\n5e-324,1\n1e-300,0\n", "", id="tiny feature"),
        pytest.param("x,y\n1,1e308\n2,-1e308\n3,1e308\n4,5\n", "--family gaussian", id="huge target"),
        pytest.param("x,y\n1,1e308\n2,1e307\n3,1e306\n4,1\n", "--family poisson", id="huge counts"),
        pytest.param("x,y\n1,5e-324\n2,1e-300\n3,1e-306\n4,1\n", "--family gamma --max-iter 5000", id="tiny target"),
        pytest.param("x,o,y\n1,1e308,1\n2,1e308,0\n3,2,1\n4,5,0\n", "--offset o", id="huge offset"),
        pytest.param("x,w,y\n1,1e308,1\n2,1e308,0\n3,2,1\n4,5,0\n", "--weights w", id="huge weights"),
        pytest.param("x,w,y\n1,1e-320,1\n2,1e-320,0\n3,1e-320,1\n4,1e-320,0\n", "--weights w", id="tiny weights"),
        pytest.param("n,x,y\n1e300,1,3\n5,2,2\n5,3,4\n", "--trials n", id="huge trials"),
        pytest.param(COUNTS, "--family tweedie --power 1e300 --max-iter 5000", id="huge power"),
        pytest.param(COUNTS, "--family negative_binomial --alpha 1e300", id="huge alpha"),
        pytest.param(COUNTS, "--family gaussian --link 'power(1e300)'", id="huge exponent"),
        pytest.param(COUNTS, "--family gaussian --link 'power(1e-300)'", id="tiny exponent"),
        pytest.param(GOOD, "--tol 1e-320 --max-iter 100", id="tiny tolerance"),
        pytest.param(GOOD, "--tol 1e300", id="huge tolerance"),
        pytest.param(GOOD, "--lr 1e308 --max-iter 100", id="huge learning rate"),
        pytest.param(GOOD, "--lr 1e-308 --max-iter 100", id="tiny learning rate"),
        pytest.param(GOOD, "--init 1e308,1e308 --max-iter 20", id="huge start"),
        pytest.param(GOOD, f"--solver sgd --batch-size {10**30} --max-iter 20", id="huge batch"),
        pytest.param(GOOD, f"--seed {10**400} --init random --max-iter 20", id="huge seed"),
        pytest.param(GOOD, "--level 1e-300", id="tiny level"),
        pytest.param("x,y\n1,0\n", "", id="one row"),
        pytest.param("x,y\n1,1\n1,0\n1,1\n", "", id="constant feature"),
        pytest.param("x,y\n1,1\n2,1\n3,1\n", "", id="constant target"),
        pytest.param("x,y\n1,5\n2,5\n3,5\n4,5\n", "--family gaussian", id="constant gaussian target"),
        pytest.param("a,b,c,y\n1,2,3,1\n4,2,6,0\n", "", id="more columns than rows"),
    ],
)
def test_extreme_numbers_end_in_a_verdict_or_in_one_line(content, args):
    outcome = fit(content, args)
    said_briefly(outcome)
    assert outcome.code in (0, 1, 2, 3)
    assert bool(outcome.out) != (outcome.code == 2)


# --- configuration files ---------------------------------------------------------------------------------------------

CONFIGS = [
    case("unknown key", 'famly = "poisson"', "", "run.toml", "'famly'", "'family'"),
    case("key far from any", "zzz = 1", "", "run.toml", "'zzz'", "alpha"),
    case("text without quotes", "family = poisson", "", "run.toml", "line 1", "text stands in quotes"),
    case("section", '[model]\nfamily = "poisson"', "", "run.toml", "'model'"),
    case("text for a number", 'level = "high"', "", "run.toml", "level", "number", "'high'"),
    case("bool for a number", "level = true", "", "run.toml", "level", "number"),
    case("broken number for a whole one", "seed = 1.5", "", "run.toml", "seed", "whole", "1.5"),
    case("list for a text", 'family = ["a"]', "", "run.toml", "family", "text"),
    case("text for a bool", 'intercept = "no"', "", "run.toml", "intercept", "true or false", "'no'"),
    case("number for a bool", "intercept = 1", "", "run.toml", "intercept", "true or false", "1"),
    case("list in a list", 'features = [["x"]]', "", "run.toml", "features"),
    case("date", "seed = 2020-01-01", "", "run.toml", "seed", "whole number"),
    case("table for a text", 'family = {name = "poisson"}', "", "run.toml", "family", "text"),
    case("out of range", "level = 3", "", "level", "3"),
    case("unknown family", 'family = "binom"', "", "'binom'", "'binomial'"),
    case("hyphen", "max-iter = 0", "", "max-iter", "0"),
    case("the same option twice", "max-iter = 4\nmax_iter = 5", "", "run.toml", "max"),
    case("not TOML", "level = high", "", "run.toml", "TOML", "line 1"),
    case("not TOML, line", "level = 0.9\nseed = = 1", "", "run.toml", "TOML", "line 2"),
    case("quote never closed", 'family = "poisson\n', "", "run.toml", "TOML", "line 1"),
    case("key twice", "level = 0.9\nlevel = 0.8\n", "", "run.toml", "TOML", "line 2"),
    case("not text", b"\x00\x01\x02", "", "run.toml", "TOML"),
    case("Latin 1", 'title = "größe"'.encode("latin-1"), "", "run.toml", "0xf6"),
    case("UTF-16", 'family = "poisson"'.encode("utf-16"), "", "run.toml"),
    case("long number", "seed = " + "9" * 5000, "", "run.toml"),
    case("number too large", "level = " + "9" * 400, "", "run.toml", "level"),
    case("deep", "features = " + "[" * 5000 + "]" * 5000, "", "run.toml"),
    case("NUL in a formula", 'formula = "y ~ log(x\\u0000)"', "", "x\\x00"),
    case("NUL in an init", 'init = "a\\u0000"', "", "a\\x00"),
    case("escape code in a key", '"\\u001b]0;x\\u0007" = 1', "", "run.toml", "\\x1b]0;x\\x07"),
    case("escape code in a value", 'family = "\\u001b[31m"', "", "\\x1b[31m"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "args", "words"), CONFIGS)
def test_a_configuration_that_makes_no_sense(content, args, words):
    write(content, "run.toml")
    refused(fit(GOOD, f"--config run.toml {args}"), *words)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        pytest.param("rin.toml", ("rin.toml", "'run.toml'"), id="nearest name"),
        pytest.param("nowhere/run.toml", ("nowhere/run.toml",), id="no such folder"),
        pytest.param(".", (".", "folder"), id="folder"),
        pytest.param("a\0b.toml", ("a\\x00b.toml",), id="NUL"),
        pytest.param("\x1b[31m.toml", ("\\x1b[31m.toml",), id="escape code"),
        pytest.param("a\nb.toml", ("a\\nb.toml",), id="newline"),
    ],
)
def test_a_configuration_that_is_not_there(path, words):
    write("level = 0.9", "run.toml")
    refused(fit(GOOD, f"--config '{path}'"), *words)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param("prims.csv", ("prims.csv", "'primes.csv'"), id="nearest name"),
        pytest.param("none", ("none", "no file in this folder"), id="folder"),
        pytest.param("a\\u0000b", ("a\\x00b",), id="NUL"),
    ],
)
def test_the_data_of_a_configuration_are_not_there(value, words):
    write(GOOD, "primes.csv")
    Path("none").mkdir()
    write(f'data = "{value}"', "run.toml")
    refused(invoke("fit", "--config", "run.toml"), *words)


def test_a_configuration_without_data():
    write('family = "binomial"', "run.toml")
    refused(invoke("fit", "--config", "run.toml"), "data")


# --- output files ----------------------------------------------------------------------------------------------------

OUTPUTS = [
    option("--output data.csv", "data.csv", "input"),
    option("--output ./data.csv", "data.csv", "input"),
    option("--output sub/../data.csv", "data.csv", "input"),
    option("--output link.csv", "link.csv", "input"),
    option("--output hard.csv", "hard.csv", "input"),
    option("--trace data.csv", "data.csv", "input"),
    option("--trace link.csv", "link.csv", "input"),
    option("--config run.toml --output run.toml", "run.toml", "input"),
    option("--config run.toml --trace run.toml", "run.toml", "input"),
    option("--output a.csv --trace a.csv", "--output", "--trace", "same"),
    option("--output a.csv --trace ./a.csv", "--output", "--trace", "same"),
    option("--output a.csv --trace sub/../a.csv", "--output", "--trace", "same"),
    option("--output old.json --trace old_link.json", "--output", "--trace", "same"),
    option("--output nowhere/a.json", "nowhere/a.json", "no folder", "nowhere"),
    option("--trace nowhere/a.csv", "nowhere/a.csv", "no folder", "nowhere"),
    option("--output old.json/a.json", "old.json/a.json", "folder"),
    option("--output sub", "sub", "folder"),
    option("--output .", ".", "folder"),
    option(f"--output {'n' * 300}.json", "too long"),
    option(f"--trace {'n' * 300}.csv", "too long"),
    option("--output 'a\0b'", "a\\x00b"),
    option("--trace 'a\0b'", "a\\x00b"),
    option("--output '\x1b[31m/a'", "\\x1b[31m/a"),
    option("--output 'a\nb/c'", "a\\nb/c"),
]


def everything():
    """Return the files of this folder with their content; links are not followed."""
    files = (path for path in Path().rglob("*") if not path.is_symlink() and path.is_file())
    return {str(path): path.read_bytes() for path in files}


@pytest.mark.parametrize(("args", "words"), OUTPUTS)
def test_an_output_that_cannot_be_or_would_destroy_an_input(args, words):
    write(GOOD)
    write("level = 0.9\n", "run.toml")
    write("old\n", "old.json")
    Path("sub").mkdir()
    Path("link.csv").symlink_to("data.csv")
    Path("old_link.json").symlink_to("old.json")
    Path("hard.csv").hardlink_to("data.csv")
    before = everything()
    outcome = invoke("fit", "data.csv", *shlex.split(args))
    refused(outcome, *words)
    assert everything() == before


@pytest.mark.parametrize("bad", ["x,y\n1,0\nz,1\n", "", "x,y\n1,0\n2\n"])
def test_an_error_leaves_the_old_output_and_makes_no_new_one(bad):
    write("old\n", "old.json")
    write(bad)
    refused(invoke("fit", "data.csv", "--output", "old.json", "--trace", "new.csv"), "data.csv")
    assert everything() == {"data.csv": bad.encode(), "old.json": b"old\n"}


def test_a_failed_move_leaves_the_old_output_and_no_draft(monkeypatch):
    write("old\n", "old.json")

    def fail(*args, **kwargs):
        raise OSError(28, "No space left on device")

    for name in ("replace", "rename"):
        monkeypatch.setattr(os, name, fail)
    refused(fit(GOOD, "--output old.json"), "old.json", "No space left")
    assert sorted(everything()) == ["data.csv", "old.json"]
    assert Path("old.json").read_text() == "old\n"


def test_a_failure_while_the_result_is_rendered_leaves_the_old_output(monkeypatch):
    def fail(*args):
        raise RuntimeError

    monkeypatch.setattr("glmnn.cli.output.FORMATS", dict.fromkeys(FORMATS, fail))
    monkeypatch.setattr("glmnn.cli.output.print_report", fail)
    for ending in ("json", "csv", "md", "txt"):
        write("old\n", f"old.{ending}")
        assert fit(GOOD, f"--output old.{ending}").code != 0
        assert Path(f"old.{ending}").read_text() == "old\n"
    assert len(everything()) == 5


def test_a_folder_that_may_not_be_written_to(monkeypatch):
    Path("shut").mkdir()
    write("old\n", "shut/old.json")
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # root may write anywhere: let the system say no
        allowed = os.access
        monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and allowed(path, mode))
    else:
        Path("shut").chmod(0o555)
    try:
        refused(fit(GOOD, "--output shut/old.json"), "shut/old.json", "writ")
    finally:
        Path("shut").chmod(0o755)
    assert everything() == {"data.csv": GOOD.encode(), "shut/old.json": b"old\n"}


def test_a_link_stays_a_link_and_what_it_names_is_replaced():
    Path("far").mkdir()
    write("old\n", "far/old.json")
    Path("link.json").symlink_to("far/old.json")
    outcome = fit(GOOD, "--output link.json --quiet")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert Path("link.json").is_symlink()
    assert json.loads(Path("far/old.json").read_text())["exit"] == 0
    assert sorted(path.name for path in Path("far").iterdir()) == ["old.json"]


def test_the_new_file_keeps_the_permissions_of_the_old_one():
    Path(write("old\n", "old.json")).chmod(0o640)
    assert fit(GOOD, "--output old.json").code == 0
    assert stat.S_IMODE(Path("old.json").stat().st_mode) == 0o640
    assert fit(GOOD, "--output new.json").code == 0
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(Path("new.json").stat().st_mode) == 0o666 & ~mask


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("flag", ["--output", "--trace"])
def test_a_pipe_or_a_device_is_never_replaced_by_a_file(flag):
    # as root, a tool that moves its draft over the name given would destroy /dev/null
    os.mkfifo("pipe")
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        outcome = fit(GOOD, f"{flag} pipe --quiet")
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(Path("pipe").stat().st_mode)
    if outcome.code == 2:
        refused(outcome, "pipe")


def glmnn(*args, **options):
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "glmnn", *args],
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
        **options,
    )


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="needs limits on the size of files")
def test_a_full_disk_leaves_the_old_output():
    import resource

    write(GOOD)
    write("old\n", "old.json")
    ended = glmnn(
        "fit", "data.csv", "--output", "old.json", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},  # Python would keep what the limit left of its own files
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)),
    )  # fmt: skip
    refused(Outcome(ended.returncode, ended.stdout.decode(), ended.stderr.decode()), "old.json")
    assert everything() == {"data.csv": GOOD.encode(), "old.json": b"old\n"}


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="needs /dev/full")
def test_a_full_disk_behind_standard_output_is_one_line():
    write(GOOD)
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        ended = glmnn("fit", "data.csv", "--json", stdin=subprocess.DEVNULL, stdout=full)
    outcome = Outcome(ended.returncode, "", ended.stderr.decode())
    said_briefly(outcome)
    assert outcome.code != 0
    assert "space" in outcome.err


def test_the_file_behind_standard_input_is_not_overwritten():
    write(GOOD)
    with Path("data.csv").open("rb") as data:
        ended = glmnn("fit", "-", "--output", "data.csv", stdin=data, stdout=subprocess.PIPE)
    assert Path("data.csv").read_text() == GOOD
    refused(Outcome(ended.returncode, ended.stdout.decode(), ended.stderr.decode()), "data.csv", "input")


def test_the_console_script_says_the_same():
    write("x,y\n1,0\nabc,1\n")
    ended = glmnn("fit", "data.csv", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    here = invoke("fit", "data.csv")
    assert (ended.returncode, ended.stdout.decode(), ended.stderr.decode()) == (here.code, here.out, here.err)
    refused(here, "data.csv:3", "column 'x'", "'abc'")


# --- the two readers -------------------------------------------------------------------------------------------------

ROWS = [f"{i / 10},{i % 2}" for i in range(200)]


def lines(*changes, header="x,y", end="\n", final=True):
    """Return a table of 200 rows with some of its lines (header = 1) replaced; None takes a line out."""
    text = [header, *ROWS]
    for number, line in changes:
        text[number - 1] = line
    return end.join(line for line in text if line is not None) + (end if final else "")


def column(cells, name="x"):
    return f"{name},y\n" + "".join(f"{cell},{place % 2}\n" for place, cell in enumerate(cells))


def describe(path):
    """Return all that a reader found: for each cell its number or its text, and where it stands."""
    try:
        table = read_table(path)
    except DataError as error:
        return str(error)
    found = {}
    for name, cells in table.columns.items():
        numbers = None if cells.numbers is None else [repr(float(value) + 0.0) for value in cells.numbers]
        texts = None if numbers else [cell.strip() for cell in cells.cells]
        places = [table.where(row, name) for row in range(table.rows)]
        found[name] = (numbers, texts, cells.missing.tolist(), cells.bad_row, cells.mixed, cells.labels, places)
    return found, table.digest, table.delimiter, table.rows


TRICKY = {
    "plain": lines(),
    "CRLF": lines(end="\r\n"),
    "CR": lines(end="\r"),
    "BOM": "\ufeff" + lines(),
    "BOM, CRLF": "\ufeff" + lines(end="\r\n"),
    "no final newline": lines(final=False),
    "two final newlines": lines() + "\n",
    "blank line": lines((100, "\n5.5,1")),
    "blank line, no final newline": lines((100, "\n5.5,1"), final=False),
    "blank line, bad cell below, no final newline": lines((100, "\n5.5,1"), (150, "abc,1"), final=False),
    "blank line, CRLF, no final newline": lines((100, "\r\n5.5,1"), (150, "abc,1"), end="\r\n", final=False),
    "blank line before the header": "\n\n" + lines(),
    "blank line after the header": lines((1, "x,y\n")),
    "line of blanks": lines((100, "   ")),
    "line of blanks, one column": "y\n1\n0\n   \n1\n0\n",
    "line of a tab, one column": "y\n1\n0\n\t\n1\n0\n",
    "line of a form feed": lines((100, "\x0c")),
    "line of a comma": lines((100, ",")),
    "short row": lines((150, "14.8")),
    "short row at the end": lines((201, "19.9")),
    "short row at the end, no newline": lines((201, "19.9"), final=False),
    "short row at the start": lines((2, "0.0")),
    "short row, three columns": "x,z,y\n" + "1,2,0\n2,3,1\n" * 40 + "1,2\n" + "2,3,1\n" * 40,
    "long row": lines((150, "14.8,1,2")),
    "long row at the start": lines((2, "14.8,1,2")),
    "trailing comma everywhere": "x,y\n" + "".join(f"{row},\n" for row in ROWS),
    "row names without a header": "x,y\n" + "".join(f"{place},{row}\n" for place, row in enumerate(ROWS)),
    "row names from 1 without a header": "x,y\n" + "".join(f"{place},{row}\n" for place, row in enumerate(ROWS, 1)),
    "row names of text without a header": "x,y\n" + "".join(f"r{place},{row}\n" for place, row in enumerate(ROWS)),
    "row names with an empty header": ",x,y\n" + "".join(f"{place},{row}\n" for place, row in enumerate(ROWS)),
    "quotes everywhere": '"x","y"\n' + "".join('"{}","{}"\n'.format(*row.split(",")) for row in ROWS),
    "quotes in the header": lines(header='"x, in cm",y'),
    "newline in the header": lines(header='"x\nin cm",y'),
    "quoted cell": lines((150, '"14.8",1')),
    "blank after a quoted cell": lines((150, '"14.8" ,1')),
    "comma in a cell": lines((150, '"14,8",1')),
    "newline in a cell": lines((150, '"14\n8",1')),
    "newline in a cell, bad cell below": lines((150, '"14\n8",1'), (160, "abc,1")),
    "doubled quote": lines((150, '"14""8",1')),
    "quote inside a cell": lines((150, '14"8,1')),
    "quote never closed": lines((150, '"14.8,1')),
    "lone CR in a cell": lines((150, "14\r8,1")),
    "lone CR at the end of a cell": lines((150, "14.8\r,1")),
    "CRLF and LF": lines(end="\r\n")[:900] + lines(header=None)[900:],
    "CRCRLF": lines(end="\r\r\n"),
    "blanks around": "x , y\n" + "".join(" {} ,\t{} \n".format(*row.split(",")) for row in ROWS),
    "name twice": lines(header="x,x"),
    "name twice as pandas would mend it": "x,x.1,x\n" + "".join(f"{row},1\n" for row in ROWS),
    "name that pandas gives": lines(header="Unnamed: 0,y"),
    "no name": lines(header=",y"),
    "header of numbers": lines(header="1,2"),
    "one number in the header": lines(header="1.50,y"),
    "name of a missing value": lines(header="NA,y"),
    "header only": "x,y\n",
    "one column": "y\n" + "".join(f"{place % 2}\n" for place in range(90)),
    "one column with a blank line": "y\n1\n0\n\n1\n",
    "letters": column("äöü" * 30),
    "letters in the header": lines(header="größe,y"),
    "levels with an underscore": column(["a_1", "b_2"] * 40),
    "levels with blanks": column([" a ", "b"] * 40),
    "True and False": column(["True", "False"] * 40),
    "TRUE and FALSE": column(["TRUE", "FALSE"] * 40),
    "True and numbers": column(["True", "1"] * 40),
    "17 digits": column(repr(value) for value in np.random.default_rng(1).random(400)),
    "17 digits, all sizes": column(
        f"{value:.16e}" for value in np.exp(np.random.default_rng(2).uniform(-700, 700, 2000))
    ),
    "25 digits": column(f"{value:.25f}" for value in np.random.default_rng(3).random(400)),
    "whole numbers of 54 bits": column(2**53 + place for place in range(100)),
    "whole numbers above 2**63": column(2**63 + 1000 * place for place in range(100)),
    "whole numbers above 2**64": column(2**64 + 4000 * place for place in range(100)),
    "above 2**63 and negative": column([2**63 + 5000, -5] * 40),
    "zeros in front": column(f"{place:06d}" for place in range(100)),
    "dates": column(f"2020-01-{1 + place % 28:02d}" for place in range(80)),
    "all missing": column(["NA"] * 80),
    "all empty": column([""] * 80),
    "missing in text": column(["a", "NA", "", "b"] * 20),
    "text far down": column([*range(5000), "abc"]),
    "missing far down": column([*range(5000), "NA"]),
    "underscore far down": column([*range(5000), "1_000"]),
    "infinite far down": column([*range(5000), "inf"]),
    "decimal commas": "x;y\n" + "".join(f"{place},5;{place % 2}\n" for place in range(80)),
    "tabs": lines().replace(",", "\t"),
    "semicolons": lines().replace(",", ";"),
    "bars": lines().replace(",", "|"),
    "comment": lines((100, "# nothing,1")),
    "backslash": lines((100, "5\\,1")),
    "line separator": lines((100, "5\u2028,1")),
    "next line": lines((100, "5\x85,1")),
    "vertical tab": lines((100, "5\x0b,1")),
    "control Z": lines((100, "\x1a,1")),
    "huge cell": column(["a", "b" * 200_000, "a"]),
    "NUL": lines((100, "\0,1")),
    "Latin 1": lines((100, "ö,1")).encode("latin-1"),
}


@pytest.mark.parametrize("content", TRICKY.values(), ids=TRICKY.keys())
def test_both_readers_find_the_same(content, monkeypatch):
    write(content)
    monkeypatch.setattr(table_module, "LARGE", 10**12)
    strict = describe("data.csv")
    monkeypatch.setattr(table_module, "LARGE", 0)
    assert describe("data.csv") == strict


CELLS = [
    *NOT_NUMBERS, "", " ", "NA", "NaN", "nan", "-nan", "N/A", "n/a", "null", "NULL", "None", "\\N", "True", "False",
    "12345678901234567", "9007199254740993", "9223372036854775807", "9223372036854775808", "18446744073709551616",
    "-9223372036854775809", "99999999999999999999999", "1e22", "2.2250738585072011e-308", "5e-324", "1e-400",
    "1.7976931348623157e308", "1.7976931348623159e308", "7.3177701707893310e+15", "8.41e21", ".5", "5.", "+5", "-0",
    "00012", "1E5", " 5 ", "\t5", "\u00a05", "\ufeff5", "5\x0b", '"7"', '"7"x', "a\x1bb",
]  # fmt: skip


@pytest.mark.parametrize("place", [2, 201])
def test_both_readers_say_the_same_of_every_cell(place, monkeypatch):
    differ = {}
    for cell in CELLS:
        for line in (f"{cell},1", f"1,{cell}"):
            write(lines((place, line)))
            monkeypatch.setattr(table_module, "LARGE", 10**12)
            strict = describe("data.csv")
            monkeypatch.setattr(table_module, "LARGE", 0)
            fast = describe("data.csv")
            if strict != fast:
                differ[line] = (strict, fast)
    assert differ == {}


@pytest.mark.parametrize("library", ["pyarrow.csv", "pandas"])
def test_large_clean_files_do_take_the_other_reader(library, monkeypatch):
    module = pytest.importorskip(library)
    calls = []
    original = module.read_csv
    monkeypatch.setattr(module, "read_csv", lambda *args, **kwargs: calls.append(1) or original(*args, **kwargs))
    if library == "pandas":
        monkeypatch.setitem(sys.modules, "pyarrow", None)
    path = write(lines())
    read_table(path)
    assert calls == []
    monkeypatch.setattr(table_module, "LARGE", 0)
    read_table(path)
    assert calls == [1]


@pytest.mark.parametrize("large", [0, 10**12], ids=["pandas", "strict"])
@pytest.mark.parametrize(
    ("content", "args", "words"),
    [
        case("text", lines((150, "abc,1")), "", "data.csv:150", "'x'", "'abc'"),
        case("1_000", lines((150, "1_000,1")), "", "data.csv:150", "'x'", "'1_000'"),
        case("inf", lines((150, "inf,1")), "", "data.csv:150", "'x'", "'inf'", "finite"),
        case("inf in the target", lines((150, "1,inf")), "", "data.csv:150", "'y'", "'inf'", "finite"),
        case("True", lines((150, "True,1")), "", "data.csv:150", "'x'", "'True'"),
        case("missing", lines((150, ",1")), "", "data.csv:150", "'x'", "missing"),
        case("short row", lines((150, "1")), "", "data.csv:150", "1 cell", "2 columns"),
        case("short row, drop", lines((150, "1")), "--na drop", "data.csv:150", "1 cell", "2 columns"),
        case("long row", lines((150, "1,2,3")), "", "data.csv:150", "3 cells", "2 columns"),
        case("y = 2", lines((150, "1,2")), "--family binomial", "data.csv:150", "'y'", ": 2"),
        case("after a blank line", lines((100, "\n1,1"), (150, "abc,1")), "", "data.csv:151", "'abc'"),
        case("after a blank line, no final newline", lines((100, "\n1,1"), (150, "abc,1"), final=False), "",
             "data.csv:151", "'abc'"),
        case("after a cell of two lines", lines((100, '"1\n2",1'), (150, "1")), "", "data.csv:151", "1 cell"),
        case("CRLF", lines((150, "abc,1"), end="\r\n"), "", "data.csv:150", "'abc'"),
        case("BOM", "\ufeff" + lines((150, "abc,1")), "", "data.csv:150", "'abc'"),
        case("row names without a header", TRICKY["row names without a header"], "", "data.csv:2", "3 cells"),
        case("space separated", lines().replace(",", " "), "", "data.csv", "spaces"),
        case("NUL", lines((150, "\0,1")), "", "data.csv:150", "NUL"),
        case("Latin 1", lines((150, "ö,1")).encode("latin-1"), "", "data.csv:150", "0xf6"),
        case("quote never closed", lines((150, '"1,1')), "", "data.csv:150", "quot"),
    ],
)  # fmt: skip
def test_errors_deep_in_a_file(content, args, words, large, monkeypatch):
    monkeypatch.setattr(table_module, "LARGE", large)
    refused(fit(content, args), *words)


# --- other forms of a table ------------------------------------------------------------------------------------------

X, Y = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [0, 1, 0, 1, 0, 1]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        pytest.param(GOOD, "data.txt", id="any ending"),
        pytest.param(GOOD.replace(",", "\t"), "data.tsv", id="tabs"),
        pytest.param(GOOD.replace(",", "\t"), "data.csv", id="tabs in a .csv"),
        pytest.param(GOOD.replace(",", ";"), "data.csv", id="semicolons"),
        pytest.param(GOOD.replace(",", "|"), "data.csv", id="bars"),
        pytest.param(GOOD.replace("\n", "\r\n"), "data.csv", id="CRLF"),
        pytest.param(GOOD.replace("\n", "\r"), "data.csv", id="CR"),
        pytest.param("\ufeff" + GOOD, "data.csv", id="BOM"),
        pytest.param(gzip.compress(GOOD.encode()), "data.csv.gz", id="gzip"),
        pytest.param(gzip.compress(GOOD.encode()), "data.csv", id="gzip without the ending"),
        pytest.param(GOOD, "data.csv.gz", id="ending .gz without gzip"),
        pytest.param(gzip.compress(GOOD[:9].encode()) + gzip.compress(GOOD[9:].encode()), "d", id="gzip in two parts"),
        pytest.param(gzip.compress(GOOD.replace(",", "\t").encode()), "data", id="gzip of tabs"),
        pytest.param("\n\n" + GOOD.replace("3,0", "3,0\n\n"), "data.csv", id="blank lines"),
        pytest.param(GOOD.replace("3,0", '"3","0"'), "data.csv", id="quotes"),
        pytest.param(GOOD.replace("3,0", " 3 ,\t0 "), "data.csv", id="blanks"),
        pytest.param(GOOD.replace("3,0", "3.0e0,-0"), "data.csv", id="notations"),
    ],
)
def test_the_same_table_in_another_form(content, name, monkeypatch):
    data = Path(write(content, name)).read_bytes()
    for large in (0, 10**12):
        monkeypatch.setattr(table_module, "LARGE", large)
        found = read_table(name)
        assert {key: cells.numbers.tolist() for key, cells in found.columns.items()} == {"x": X, "y": Y}
    assert coefficients(invoke("fit", "-", "--json", stdin=data)) == pytest.approx(GOOD_FIT, rel=1e-6)


@pytest.fixture
def parquet():
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")

    def make(*names, **columns):
        written = io.BytesIO()
        arrays = [pa.array(values) for values in columns.values()]
        pq.write_table(pa.Table.from_arrays(arrays, names=list(names or columns)), written)
        return written.getvalue()

    return make


def test_parquet_is_a_table_too(parquet):
    wanted = pytest.approx(GOOD_FIT, rel=1e-6)
    data = parquet(x=X, y=Y)
    assert coefficients(fit(data, "--json", "data.parquet")) == wanted
    assert coefficients(fit(data, "--json", "data.csv")) == wanted
    assert coefficients(fit(gzip.compress(data), "--json", "data.gz")) == wanted
    assert coefficients(invoke("fit", "-", "--json", stdin=data)) == wanted


@pytest.mark.parametrize(
    ("columns", "args", "words"),
    [
        pytest.param({"x": [1, None, 3, 4, 5, 6], "y": Y}, "", ("row 2", "'x'", "missing"), id="null"),
        pytest.param({"x": [1, float("nan"), 3, 4, 5, 6], "y": Y}, "", ("row 2", "'x'", "missing"), id="nan"),
        pytest.param({"x": [1, float("inf"), 3, 4, 5, 6], "y": Y}, "", ("row 2", "'x'", "finite"), id="inf"),
        pytest.param({"x": list("abcabc"), "y": Y}, "", ("'x'", "text"), id="text"),
        pytest.param({"x": ["1_000", *"23456"], "y": Y}, "", ("row 1", "'x'", "'1_000'"), id="1_000"),
        pytest.param({"x": [[1, 2]] * 6, "y": Y}, "", ("'x'",), id="lists"),
        pytest.param({"x": [b"\xff"] * 6, "y": Y}, "", ("'x'",), id="bytes"),
        pytest.param({"x": X, "y": [0, 2, 0, 1, 0, 1]}, "--family binomial", ("row 2", "'y'", ": 2"), id="y = 2"),
        pytest.param({"x": [], "y": []}, "", ("no rows",), id="no rows"),
        pytest.param({}, "", ("column",), id="no columns"),
        pytest.param({"": X, "y": Y}, "", ("column 1", "name"), id="no name"),
        pytest.param({"1": X, "2": Y}, "", ("--target", "1, 2"), id="names are numbers"),
    ],
)
def test_a_parquet_file_with_bad_content(columns, args, words, parquet):
    outcome = fit(parquet(**columns), args, "data.parquet")
    refused(outcome, "data.parquet", *words)
    assert "data.parquet:1:" not in outcome.err  # it has no lines


def test_a_parquet_file_with_a_name_twice(parquet):
    refused(fit(parquet("x", "x", "y", a=X, b=X, c=Y), "", "data.parquet"), "data.parquet", "'x'", "twice")


@pytest.mark.parametrize("damage", ["cut", "tail", "zeros", "middle", "magic"])
def test_a_damaged_parquet_file(damage, parquet):
    good = parquet(x=X, y=Y)
    half = len(good) // 2
    bad = {
        "cut": good[:half],
        "tail": good[:-1],
        "zeros": good[:4] + bytes(len(good) - 8) + good[-4:],
        "middle": good[:8] + b"\xff" * 12 + good[20:],
        "magic": b"PAR1abc",
    }[damage]
    refused(fit(bad, "", "data.parquet"), "data.parquet", "Parquet")


def test_parquet_without_pyarrow_names_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    refused(fit(b"PAR1 whatever PAR1", "", "data.parquet"), "data.parquet", "pyarrow", "pip install")


def test_a_bad_table_does_not_stop_the_next_one():
    with contextlib.suppress(DataError):
        read_table(write(""))
    assert fit(GOOD).code == 0


@pytest.mark.parametrize("values", [("1", "2"), ("-1", "1"), ("0", "100")])
def test_two_numbers_that_are_not_0_and_1_are_answered_with_the_event(glmnn, tmp_path, values):
    path = tmp_path / "data.csv"
    path.write_text("x,y\n" + "".join(f"{k * 7 % 11},{values[k % 2]}\n" for k in range(12)))
    asked = f"of its two values {values[0]} and {values[1]} give --event {values[1]} to count {values[1]} as 1, or"
    for more in ([], ["--family", "binomial"]):
        refused = glmnn("fit", path, "--target", "y", *more)
        assert (refused.code, refused.out) == (2, "")
        assert asked in refused.err
    assert glmnn("fit", path, "--target", "y", f"--event={values[1]}", "-s", "fisher").code == 0
