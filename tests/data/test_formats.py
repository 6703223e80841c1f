"""Frames and files of every kind give the same fit as the CSV of the same rows."""

import importlib.util
import io
import json

import numpy as np
import pandas as pd
import pyarrow
import pytest
import scipy.sparse
from data.test_people import PEOPLE

import command
import glmnn
from glmnn.data.sources.files import read_table
from glmnn.errors import DataError

OPTIONS = {"formula": "relapse ~ arm + age + smoker + year(visit)", "solver": "fisher"}
COEF = glmnn.fit(PEOPLE, **OPTIONS).coef


class Capsule:
    """A table of which nothing is known but the Arrow PyCapsule interface, as a frame of polars is one."""

    def __init__(self, table):
        self.table = table
        self.columns = table.column_names

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


def people():
    return pd.read_csv(PEOPLE)


def arrow(ordered=False):
    table = pyarrow.Table.from_pandas(people().assign(visit=pd.to_datetime(people().visit).dt.date))
    if ordered:
        arm = pyarrow.DictionaryArray.from_arrays(
            pyarrow.array(people().arm.map({"placebo": 0, "low": 1, "high": 2})), ["placebo", "low", "high"]
        )
        table = table.set_column(1, pyarrow.field("arm", arm.type, metadata=ordered), arm)
    return table


FRAMES = {
    "pandas": lambda: people().assign(visit=lambda frame: pd.to_datetime(frame.visit)),
    "pandas category": lambda: people().astype({"arm": "category", "smoker": "category", "relapse": "category"}),
    "pandas arrow": lambda: arrow().to_pandas(types_mapper=pd.ArrowDtype),
    "arrow": arrow,
    "capsule": lambda: Capsule(arrow()),
    "polars categorical": lambda: Capsule(arrow({"_PL_CATEGORICAL2": "0;0;u32;"})),
    "mapping": lambda: people().to_dict("list"),
}


@pytest.mark.parametrize("name", FRAMES)
def test_frames_of_every_kind(name):
    pd.testing.assert_series_equal(glmnn.fit(FRAMES[name](), **OPTIONS).coef, COEF)


@pytest.mark.parametrize("metadata", [{"_PL_ENUM_VALUES2": "7;placebo"}, {"other": ""}])
def test_the_order_of_levels_counts_where_the_type_declares_it(metadata):
    assert "factors: arm (base placebo), smoker (base no)" in glmnn.fit(Capsule(arrow(metadata)), **OPTIONS).notes


def test_sparse_matrices_are_arrays():
    X = scipy.sparse.random(100, 4, 0.4, random_state=1, format="csr")
    y = np.arange(100) % 3 % 2
    for sparse in (X, X.tocoo(), scipy.sparse.csc_array(X)):
        pd.testing.assert_series_equal(
            glmnn.fit(sparse, y, solver="fisher").coef, glmnn.fit(X.toarray(), y, solver="fisher").coef
        )


def excel(path):
    pytest.importorskip("openpyxl")
    people().to_excel(path, index=False)


FILES = {
    "people.dta": lambda path: people().to_stata(path, write_index=False),
    "labels.dta": lambda path: people().astype({"arm": "category"}).to_stata(path, write_index=False),
    "old.dta": lambda path: people().to_stata(path, write_index=False, version=114),
    "people.jsonl": lambda path: people().to_json(path, orient="records", lines=True),
    "people.json": lambda path: people().to_json(path, orient="records"),
    "people.feather": lambda path: people().to_feather(path),
    "people.parquet": lambda path: people().to_parquet(path),
    "people.csv.gz": lambda path: people().to_csv(path, index=False),
    "people.xlsx": excel,
}


@pytest.mark.parametrize("name", FILES)
def test_files_of_every_kind(name, tmp_path):
    FILES[name](tmp_path / name)
    pd.testing.assert_series_equal(glmnn.fit(tmp_path / name, **OPTIONS).coef, COEF)
    (tmp_path / "unnamed").write_bytes((tmp_path / name).read_bytes())  # known by what it begins with
    pd.testing.assert_series_equal(glmnn.fit(tmp_path / "unnamed", **OPTIONS).coef, COEF)


@pytest.mark.parametrize("name", ["people.dta", "old.dta"])
def test_a_damaged_file_of_another_program_is_one_line(name, tmp_path):
    FILES[name](tmp_path / name)
    raw = (tmp_path / name).read_bytes()
    for length in (20, 200, len(raw) // 2):
        (tmp_path / name).write_bytes(raw[:length])
        with pytest.raises(DataError, match="not a readable Stata file"):
            read_table(str(tmp_path / name))


@pytest.mark.skipif(importlib.util.find_spec("openpyxl") is not None, reason="it is installed")
def test_excel_without_its_reader_says_what_to_install(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "book.xlsx", "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
    ran = command.run("fit", tmp_path / "book.xlsx")
    assert (ran.code, ran.out) == (2, "")
    assert "book.xlsx: reading Excel files needs openpyxl: pip install openpyxl" in ran.err


def test_json_values_keep_their_types(tmp_path):
    rows = [{"x": 1, "zip": "00001", "ok": True, "z": None}, {"zip": "00002", "x": 2.5, "ok": False, "z": 10**400}]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n\n" + '{"x": null}\n')
    table = read_table(str(tmp_path / "rows.jsonl"))
    np.testing.assert_array_equal(table.numbers("x"), [1, 2.5, np.nan])
    assert table.column("zip").labels == ("00001", "00002", "")
    assert table.column("ok").labels == ("True", "False", "")
    with pytest.raises(DataError, match=r"rows\.jsonl:2, column 'z'"):
        table.numbers("z")
    assert table.where(2, "x").endswith("rows.jsonl:4, column 'x'")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"x": 1}\n{"x": \n', r":2: this is not JSON lines, which have one object in each line"),
        ('{"x": 1}\n3\n', r":2: an object is needed in each line"),
        ('[{"x": 1}, ', "not a readable JSON file"),
        ("{}\n{}\n", "there are no columns"),
    ],
)
def test_json_that_is_no_table(tmp_path, text, message):
    (tmp_path / "rows.jsonl").write_text(text)
    with pytest.raises(DataError, match=message):
        read_table(str(tmp_path / "rows.jsonl"))


NESTED = [
    '{"y": 0, "x": 1, "z": [1]}\n{"y": 1, "x": 2, "z": [3, 4]}\n',
    '[{"y": 0, "x": 1, "z": {"a": 1}}, {"y": 1, "x": 2, "z": {"a": null}}]',
    '{"y": 0, "x": 1, "z": 1.5}\n{"y": 1, "x": 2, "z": [3, 4]}\n',
]


@pytest.mark.parametrize("text", NESTED)
def test_nested_values_matter_in_columns_of_the_model_alone(tmp_path, text):
    (tmp_path / "rows.jsonl").write_text(text)
    table = read_table(str(tmp_path / "rows.jsonl"))
    assert table.numbers("x").tolist() == [1.0, 2.0]
    with pytest.raises(DataError, match="it has several values in a row: make each a column, or leave it out"):
        table.numbers("z")


@pytest.mark.parametrize(
    "address", ["https://example.org/data/people.csv", "s3://bucket/people.csv", "HTTP://a/people.csv"]
)
def test_an_address_is_answered_with_what_to_do(address):
    ran = command.run("fit", address)
    assert (ran.code, ran.out) == (2, "")
    assert f"this is an address; fetch the file first (curl -LO {address}), then give 'people.csv'" in ran.err


def test_standard_input_may_be_json():
    lines = io.StringIO()
    people().to_json(lines, orient="records", lines=True)
    ran = command.run("fit", "-", "--formula", OPTIONS["formula"], "--json", stdin=lines.getvalue())
    estimates = [row["estimate"] for row in json.loads(ran.out)["inference"]["coefficients"]]
    np.testing.assert_allclose(estimates, COEF)
