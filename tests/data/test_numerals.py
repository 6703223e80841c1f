"""Decimal commas, thousands and missing codes, as spreadsheets and other programs write them."""

import json

import numpy as np
import pandas as pd
import pytest

import command
import glmnn
from glmnn.data.sources import csv as module
from glmnn.data.sources.files import read_table
from glmnn.errors import DataError, OptionError

ROWS = [(1.5, 20.25, "a", 0), (2.0, 1234.5, "b", 1), (3.25, -7.0, "a", 0), (4.0, 0.125, "b", 1), (5.5, 3.0, "c, d", 1)]
GERMAN = "x;z;g;y\n" + "".join(f"{x};{z};{g};{y}\n".replace(".", ",") for x, z, g, y in ROWS)


@pytest.fixture(params=["strict", "fast"])
def read(request, tmp_path, monkeypatch):
    """Read a text as a file, by either reader."""
    monkeypatch.setattr(module, "LARGE", 0 if request.param == "fast" else 10**9)

    def read_text(text, **signs):
        path = tmp_path / "data.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_table(str(path), **signs)

    return read_text


def assert_is_the_table(table):
    np.testing.assert_array_equal(table.numbers("x"), [row[0] for row in ROWS])
    np.testing.assert_array_equal(table.numbers("z"), [row[1] for row in ROWS])
    assert table.column("g").labels == ("a", "b", "a", "b", "c, d")


def test_semicolons_with_decimal_commas_are_read_so_with_a_note(read):
    table = read(GERMAN)
    assert_is_the_table(table)
    assert table.notes == ("numbers are read with a decimal comma: x, z",)
    assert_is_the_table(read(b"\xef\xbb\xbf" + GERMAN.replace("\n", "\r\n").encode()))  # as Excel saves it
    quoted = "\n".join(";".join(f'"{cell}"' for cell in line.split(";")) for line in GERMAN.splitlines())
    assert_is_the_table(read(quoted))


@pytest.mark.parametrize(
    "text", ['"";"x";"g";"y"\n"1";1,5;"a";0\n"2";NA;NA;1\n', '"","x","g","y"\n"a",1.5,"a",0\n"b",NA,NA,1\n']
)
def test_what_r_and_pandas_write_with_row_names(read, text):
    """What R 4.2.2 writes by write.csv2 and write.csv of data.frame(x = c(1.5, NA), g = c("a", NA), y = 0:1)."""
    table = read(text)
    assert list(table.columns) == ["x", "g", "y"]
    np.testing.assert_array_equal(table.numbers("x"), [1.5, np.nan])
    assert table.column("g").missing.tolist() == [False, True]
    assert "the first column has no name: it is taken for the names of the rows" in table.notes
    with pytest.raises(DataError, match=r"data\.csv:1: column 2 has no name"):
        read("x,,y\n1,2,0\n")


def test_cells_between_blanks_are_answered_with_the_separators(read):
    with pytest.raises(DataError, match=r"data\.csv:1: the header has no comma, .* are the cells separated by spaces"):
        read('"x" "y"\n1 0\n2 1\n')


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        (GERMAN, {"decimal": ","}),
        (GERMAN.replace(";", "\t"), {"decimal": ","}),
        (GERMAN.replace("1234,5", "1.234,5"), {"decimal": ",", "thousands": "."}),
        (GERMAN.replace("1234,5", "1.234,5"), {"thousands": "."}),
        (GERMAN.replace("1234,5", "1 234,5"), {"decimal": ",", "thousands": " "}),
        (GERMAN.replace("1234,5", "1\u202f234,5"), {"decimal": ",", "thousands": " "}),
        (GERMAN.replace("1234,5", "1'234,5"), {"decimal": ",", "thousands": "'"}),
    ],
)
def test_signs_that_are_asked_for(read, text, signs):
    assert_is_the_table(read(text, **signs))


def test_points_with_thousands(read):
    table = read('x,y\n"1,234.5",0\n"-12,345,678",1\n7,0\n', thousands=",")
    np.testing.assert_array_equal(table.numbers("x"), [1234.5, -12345678, 7])
    for cell in ("1,23", "1,2345", "1234,567", ",123", "1,,234"):
        with pytest.raises(DataError, match="is not a number"):
            read(f'x,y\n"{cell}",0\n1,1\n', thousands=",").numbers("x")


def test_a_point_is_no_decimal_where_a_comma_is_asked_for(read):
    with pytest.raises(DataError, match=r"data\.csv:3, column 'x': '2\.5' is not a number"):
        read("x;y\n1,5;0\n2.5;1\n", decimal=",").numbers("x")
    with pytest.raises(DataError, match=r"data\.csv:2, column 'x': '1,5' is not a number"):
        read("x;y\n1,5;0\n2,5;1\n", decimal=".").numbers("x")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (
            "x;z;y\n1,5;1;0\n2,5;2.5;1\n",
            r"data\.csv:3, column 'z': '2\.5' has a decimal point, but '1,5' in col",
        ),
        ("x;z;y\n1;3.5;0\n2;1,5;1\n4;2;1\n", "'3.5' is not a number|decimal"),
    ],
)
def test_a_mixture_is_an_error(read, text, where):
    with pytest.raises(DataError, match=where):
        read(text).numbers("z")


@pytest.mark.parametrize("text", ["x;g;y\n1.5;a, b;0\n2;c;1\n", "x;g;y\n1;a,b;0\n2;c;1\n", "x;y\n1.5;0\n2.5;1\n"])
def test_a_comma_in_text_says_nothing_of_numbers(read, text):
    assert read(text).notes == ()


def test_text_with_a_slip_among_decimal_commas_is_named(read):
    with pytest.raises(DataError, match=r"data\.csv:4, column 'z': 'many' is not a number"):
        read("x;z;y\n1,5;1,5;0\n2,5;2,5;1\n3,5;many;0\n").numbers("z")


@pytest.mark.parametrize(
    ("signs", "message"),
    [
        ({"decimal": ";"}, "decimal must be a point or a comma, not ';'"),
        ({"thousands": "x"}, "thousands must be a comma"),
        ({"decimal": ",", "thousands": ","}, "cannot be ',' too"),
        ({"thousands": "."}, None),
    ],
)
def test_signs_that_cannot_be(read, signs, message):
    if message is None:
        assert read("x;y\n1.234;0\n2;1\n", **signs).numbers("x").tolist() == [1234.0, 2.0]
        return
    with pytest.raises(OptionError, match=message):
        read("x;y\n1;0\n2;1\n", **signs)


def test_many_decimal_commas_keep_every_bit(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    x = np.ldexp(rng.standard_normal(3000), rng.integers(-300, 300, 3000))
    (tmp_path / "data.csv").write_text("x;y\n" + "".join(f"{value!r};1\n".replace(".", ",") for value in x.tolist()))
    for large in (0, 10**9):
        monkeypatch.setattr(module, "LARGE", large)
        np.testing.assert_array_equal(read_table(str(tmp_path / "data.csv")).numbers("x"), x)


def test_the_same_from_the_command_line_python_and_a_saved_model(tmp_path):
    path, model, lock = tmp_path / "data.csv", tmp_path / "model.json", tmp_path / "lock.toml"
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": rng.normal(size=40).round(3), "y": rng.integers(0, 2, 40)})
    frame.to_csv(path, sep="\t", decimal=",", index=False)
    expected = glmnn.fit(frame, solver="fisher").coef
    assert command.run("fit", path).code == 2  # tabs: a comma may stand between thousands
    ran = command.run("fit", path, "--decimal", ",", "--json", "--save", model)
    np.testing.assert_array_equal(
        [row["estimate"] for row in json.loads(ran.out)["inference"]["coefficients"]], expected
    )
    np.testing.assert_array_equal(glmnn.fit(path, decimal=",", solver="fisher").coef, expected)
    assert json.loads(model.read_text())["decimal"] == ","
    assert command.run("predict", model, path).code == 0
    assert glmnn.load(model).predict(path).metrics == glmnn.load(model).predict(frame).metrics
    assert command.run("lock", path, "--decimal", ",", "-o", lock).code == 0
    assert command.run("check", lock).code == 0
    claim = ",".join(f"{term}={value:.5f}" for term, value in expected.items())
    assert command.run("audit", path, "--decimal", ",", "--coef", claim).code == 0
    with pytest.raises(OptionError, match="decimal is for files of text"):
        glmnn.fit(frame, decimal=",")


CODES = "age,bmi,arm,y\n1,2,a,0\nNA,.,a,1\nNA,3,NA,0\n,4,b,1\n5,5,b,0\n6,7,a,1\n"


def test_missing_codes_are_listed_by_column(read):
    table = read(CODES)
    with pytest.raises(DataError) as error:
        glmnn_design(table)
    assert str(error.value).endswith(
        "data.csv:3, column 'age': the cell is missing (3 in this column: 2 'NA', 1 blank; 1 in 'bmi': 1 '.'; 1 in "
        "'arm': 1 'NA'); fill it, or give --na drop to leave such rows out"
    )
    assert glmnn_design(table, drop_missing=True).notes[0] == (
        "3 of 6 rows left out for missing cells: 3 in 'age', 1 in 'bmi', 1 in 'arm'"
    )


def glmnn_design(table, **roles):
    from glmnn.data.design import make_design
    from glmnn.data.variables import Roles
    from glmnn.models.families import BINOMIAL

    return make_design(table, Roles(**roles), "y", BINOMIAL)
