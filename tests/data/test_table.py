"""Reading tables: formats, types of columns, missing cells, labels, line numbers; both readers say the same."""

import csv
import datetime
import decimal
import gzip
import hashlib
import io
import json
import re
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import glmnn
from glmnn.data.cells import MISSING
from glmnn.data.sources import csv as module
from glmnn.data.sources import fast_csv
from glmnn.data.sources.csv import LARGE
from glmnn.data.sources.files import read_table
from glmnn.data.sources.frames import make_table
from glmnn.data.table import Column
from glmnn.errors import DataError

TEXT = "x,g,y\n1,a,0\n2.5,b,1\n-3e2,a,0\n"


@pytest.fixture
def write(tmp_path):
    """Write text or bytes to a file and return its path."""

    def write_file(content, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write_file


@pytest.fixture
def read(write):
    """Write text or bytes to a file and read it as a table."""
    return lambda content, name="table.csv": read_table(write(content, name))


def numbers(table):
    return {name: column.numbers.tolist() for name, column in table.columns.items() if column.numbers is not None}


def assert_is_the_table(table):
    assert list(table.columns) == ["x", "g", "y"]
    assert table.rows == 3
    assert numbers(table) == {"x": [1.0, 2.5, -300.0], "y": [0.0, 1.0, 0.0]}
    assert list(table.column("g").cells) == ["a", "b", "a"]


# Formats


@pytest.mark.parametrize(("delimiter", "name"), [(",", "t.csv"), ("\t", "t.tsv"), (";", "t.csv"), ("|", "t.txt")])
def test_the_separator_is_found_in_the_header_whatever_the_name(read, delimiter, name):
    table = read(TEXT.replace(",", delimiter), name)
    assert_is_the_table(table)
    assert table.delimiter == delimiter


def test_a_separator_in_quotes_does_not_count(read):
    table = read('"a,b,c";"d,e";y\n1;2;0\n')
    assert list(table.columns) == ["a,b,c", "d,e", "y"]


def test_a_table_may_have_one_column(read):
    table = read("y\n0\n1\n1\n")
    assert numbers(table) == {"y": [0.0, 1.0, 1.0]}


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_byte_order_marks_and_a_missing_last_line_end(read, ends, mark, last):
    text = mark + TEXT.replace("\n", ends)
    table = read(text if last else text.removesuffix(ends))
    assert_is_the_table(table)
    assert list(table.lines) == [2, 3, 4]


@pytest.mark.parametrize("name", ["table.csv.gz", "table.csv"])
def test_gzip_is_known_by_its_first_bytes(read, name):
    raw = gzip.compress(TEXT.encode())
    table = read(raw, name)
    assert_is_the_table(table)
    assert table.digest == hashlib.sha256(raw).hexdigest()


def test_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    table = read_table("-")
    assert_is_the_table(table)
    assert table.source == "<stdin>"
    assert table.digest == hashlib.sha256(TEXT.encode()).hexdigest()
    assert table.where(1, "x") == "<stdin>:3, column 'x'"


def test_gzip_on_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(TEXT.encode()))))
    assert_is_the_table(read_table("-"))


def test_parquet(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "table.parquet"
    columns = {"x": [1.0, 2.5, -300.0], "g": ["a", "b", "a"], "y": [0, 1, 0]}
    parquet.write_table(pyarrow.table(columns), path)
    table = read_table(str(path))
    assert_is_the_table(table)
    assert table.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert table.where(1, "x") == f"{path}: row 2, column 'x'"


def test_parquet_keeps_every_digit_and_every_gap(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "table.parquet"
    columns = {
        "third": [1 / 3, None, 5e-324],
        "nan": [float("nan"), 1.0, 2.0],
        "whole": pyarrow.array([2**53, None, -1], pyarrow.int64()),
        "label": ["u", None, "w"],
        "code": pyarrow.array(["p", "q", "p"]).dictionary_encode(),
    }
    parquet.write_table(pyarrow.table(columns), path)
    table = read_table(str(path))
    np.testing.assert_array_equal(table.numbers("third"), [1 / 3, np.nan, 5e-324])
    np.testing.assert_array_equal(table.numbers("nan"), [np.nan, 1.0, 2.0])
    np.testing.assert_array_equal(table.numbers("whole"), [2.0**53, np.nan, -1.0])
    assert table.column("label").missing.tolist() == [False, True, False]
    assert table.column("code").labels == ("p", "q", "p")


def test_parquet_columns_keep_their_types(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "table.parquet"
    columns = {
        "truth": [True, None, False],
        "zip": ["00001", "00002", None],  # text stays text, also where it is digits
        "price": pyarrow.array([decimal.Decimal("1.10"), None, decimal.Decimal("-3.00")]),
        "half": pyarrow.array([1.5, 0.25, None], pyarrow.float32()),
        "none": pyarrow.nulls(3),
        "when": [datetime.date(2020, 1, 31), None, datetime.date(2021, 12, 1)],
    }
    parquet.write_table(pyarrow.table(columns), path)
    table = read_table(str(path))
    expected = {"truth": [1, np.nan, 0], "price": [1.1, np.nan, -3], "half": [1.5, 0.25, np.nan], "none": [np.nan] * 3}
    for name, values in expected.items():
        np.testing.assert_array_equal(table.numbers(name), values)
    assert table.column("truth").labels == ("True", "", "False")
    assert table.column("zip").labels == ("00001", "00002", "")
    assert table.column("when").labels == ("2020-01-31", "", "2021-12-01")
    with pytest.raises(DataError, match="row 1, column 'zip': '00001' is not a number but text: make the column"):
        table.numbers("zip")


@pytest.mark.parametrize("compression", ["lz4", "zstd", "uncompressed", "stream"])
def test_feather_and_arrow_files_are_read_as_parquet(tmp_path, compression):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import feather

    columns = pyarrow.table({"x": [1.0, 2.5, -300.0], "g": ["a", "b", "a"], "y": [0, 1, 0]})
    path = tmp_path / "table.feather"
    if compression == "stream":
        with pyarrow.ipc.new_stream(path, columns.schema) as file:
            file.write_table(columns, max_chunksize=2)
    else:
        feather.write_feather(columns, path, compression=compression, chunksize=2)
    assert_is_the_table(read_table(str(path)))
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(DataError, match="not a readable Feather file"):
        read_table(str(path))


def test_levels_of_all_row_groups_are_one_factor_and_a_nameless_index_is_no_column(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    frame = pd.DataFrame({"g": list("abab") + list("cbcb")}, index=list("stuvwxyz"))
    path = tmp_path / "table.parquet"
    frame.astype("category").to_parquet(path, row_group_size=4)
    assert parquet.ParquetFile(path).num_row_groups == 2
    table = read_table(str(path))
    assert list(table.columns) == ["g"]
    assert table.column("g").labels == tuple("ababcbcb")


@pytest.mark.parametrize("cells", [[[1], [2, 3]], [{"a": 1}, {"a": 2}]], ids=["list", "struct"])
def test_several_values_in_a_cell_are_refused_in_columns_of_the_model_alone(tmp_path, cells):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pyarrow.table({"x": cells, "y": [0, 1]}), tmp_path / "table.parquet")
    for source in (str(tmp_path / "table.parquet"), pd.DataFrame({"x": cells, "y": [0, 1]})):
        table = make_table(source)
        assert table.numbers("y").tolist() == [0.0, 1.0]
        with pytest.raises(DataError, match=r"column 'x': .* it has several values in a row: make each a column"):
            table.numbers("x")


@pytest.mark.parametrize("odd", [[1, 2], {"a": 1}, (1, 2), {1}, np.array([1, 2])], ids=lambda odd: type(odd).__name__)
@pytest.mark.parametrize("others", [["a", "b", "c"], [1, 2, 3], [1, "a", 2.5]], ids=str)
def test_the_cell_of_several_values_is_named_among_text_and_numbers(tmp_path, odd, others):
    cells = [others[0], None, others[1], odd, others[2], odd]
    sources = [pd.DataFrame({"x": pd.Series(cells, dtype=object)})]
    if isinstance(odd, list | dict):
        (tmp_path / "rows.jsonl").write_text("".join(f"{json.dumps({'x': cell})}\n" for cell in cells))
        (tmp_path / "rows.json").write_text(json.dumps([{"x": cell} for cell in cells]))
        sources += [str(tmp_path / "rows.jsonl"), str(tmp_path / "rows.json")]
    for source in sources:
        with pytest.raises(DataError, match=r"(row |:)4, column 'x': .*it has several values in a row"):
            make_table(source).numbers("x")


def test_a_stream_names_the_cell_of_several_values(tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = [{"x": row % 7, "y": row % 2} for row in range(40)]
    rows[11]["x"], rows[30]["x"] = "a", [1, 2]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    for engine in ("memory", "stream"):
        with pytest.raises(DataError, match=r":31, column 'x': .*it has several values in a row"):
            glmnn.fit(str(path), target="y", solver="fisher", engine=engine)


def test_records_are_answered_with_what_to_do():
    with pytest.raises(DataError, match=r"these are records; give a frame of them, pandas\.DataFrame\(records\)"):
        make_table([{"x": 1, "y": 0}, {"x": 2, "y": 1}])


def test_durations_are_answered_with_what_to_do():
    length = [datetime.timedelta(hours=1), datetime.timedelta(days=2)]
    pyarrow = pytest.importorskip("pyarrow")
    for data in (pyarrow.table({"x": length}), pd.DataFrame({"x": length}), {"x": length}):
        with pytest.raises(DataError, match="make durations numbers, as total_seconds"):
            make_table(data).numbers("x")


# Cells


def test_quotes(read):
    table = read('name,"a, b","say ""hi""",y\n"x, y",1,"2",0\n"p\nq","3",4,1\n')
    assert list(table.columns) == ["name", "a, b", 'say "hi"', "y"]
    assert list(table.column("name").cells) == ["x, y", "p\nq"]
    assert numbers(table) == {"a, b": [1.0, 3.0], 'say "hi"': [2.0, 4.0], "y": [0.0, 1.0]}


def test_lines_are_counted_through_quoted_line_ends_and_blank_lines(read):
    table = read('x,g\n1,"a\nb\nc"\n2,d\n\n\n3,"e\r\nf"\n4,g\n')
    assert list(table.lines) == [2, 5, 8, 10]
    assert table.where(2, "x").endswith("table.csv:8, column 'x'")
    with pytest.raises(DataError, match=r"table\.csv:2, column 'g'"):
        table.numbers("g")


def test_blank_lines_before_the_header_and_at_the_end(read):
    table = read("\n\nx,y\n1,2\n\n")
    assert numbers(table) == {"x": [1.0], "y": [2.0]}
    assert list(table.lines) == [4]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1", 1.0),
        (" 1 ", 1.0),
        ("+1.5", 1.5),
        ("-0.0", 0.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e-320", 1e-320),
        ("1E5", 1e5),
        ("0.1000000000000000055511151231257827", 0.1),
        ("179769313486231570000000000000000000000e270", 1.7976931348623157e308),
        ("007", 7.0),
    ],
)
def test_cells_that_are_numbers(read, cell, value):
    found = read(f"x,y\n{cell},0\n2,1\n").numbers("x")
    assert found.tolist() == [value, 2.0]
    assert np.signbit(found[0]) == np.signbit(value)


@pytest.mark.parametrize(
    "cell", ["a", "1_000", "1 000", "inf", "-Infinity", "1e999", "0x1F", "١", "5%", "TRUE", "1/2", "--1", "NaN1"]
)
def test_cells_that_are_no_numbers(read, cell):
    table = read(f"x;y\n3;0\n{cell};1\n")
    column = table.column("x")
    assert column.numbers is None
    assert column.bad_row == 1
    assert column.mixed
    with pytest.raises(DataError, match=r"table\.csv:3, column 'x': .* is not a number"):
        table.numbers("x")


@pytest.mark.parametrize("token", sorted(MISSING))
def test_missing_tokens_in_numbers(read, token):
    table = read(f"x,y\n1,0\n{token},1\n {token} ,1\n2,0\n")
    column = table.column("x")
    np.testing.assert_array_equal(column.numbers, [1.0, np.nan, np.nan, 2.0])
    assert column.missing.tolist() == [False, True, True, False]


def test_missing_codes_are_missing_in_text_too(read):
    column = read("g,y\nNA,0\n,1\n  ,1\nnan,0\n.,1\nb,1\n").column("g")
    assert column.numbers is None
    assert column.missing.tolist() == [True, True, True, True, True, False]
    assert column.labels == ("", "", "", "", "", "b")
    assert column.missing_codes == {"NA": 1, "": 2, "nan": 1, ".": 1}


def test_a_column_without_any_cell_is_missing_numbers(read):
    column = read("x,y\nNA,0\n,1\n").column("x")
    assert np.isnan(column.numbers).all()
    assert column.missing.all()


def test_text_with_numbers_in_it_is_known_as_mixed(read):
    table = read("a,b,c,y\n1,x,1,0\n2,y,two,1\n3,z,3,1\n")
    assert table.column("a").numbers is not None
    assert not table.column("b").mixed
    assert table.column("c").mixed
    assert table.column("c").bad_row == 1


def test_labels_of_numbers_have_no_needless_fraction():
    column = Column("g", np.array([1.0, 2.5, -3.0, 1e20, 0.1]))
    assert column.labels == ("1", "2.5", "-3", "100000000000000000000", "0.1")


def test_labels_of_text_are_stripped(read):
    assert read("g,y\n a ,0\nb,1\n").column("g").labels == ("a", "b")


def test_labels_of_numbers_with_gaps_can_still_be_had(read):
    """Rows with gaps are dropped after the labels are made."""
    assert read("g,y\n1,0\nNA,1\n2,1\n").column("g").labels[::2] == ("1", "2")


def test_names_are_stripped_and_unicode_is_kept(read):
    table = read(" x , größe ,\u4e2d\n1,2,3\n")
    assert list(table.columns) == ["x", "größe", "\u4e2d"]


def test_roles_are_named_in_messages(read):
    table = read(TEXT)
    with pytest.raises(DataError, match="there is no target 'z'"):
        table.column("z", "target")


# Both readers


def both(path):
    """Read a file with the strict reader, and with the fast one if it trusts itself."""
    raw = path.read_bytes()
    text = raw.decode("utf-8-sig")
    delimiter = module._delimiter(text)
    strict = module._read_strict(text, str(path), "", delimiter, None)
    return strict, module.read_fast(raw, str(path), "", delimiter)


def assert_same(strict, fast):
    assert list(strict.columns) == list(fast.columns)
    assert strict.rows == fast.rows
    assert list(strict.lines) == list(fast.lines)
    assert strict.delimiter == fast.delimiter
    for name, column in strict.columns.items():
        other = fast.columns[name]
        assert (column.numbers is None) == (other.numbers is None), name
        assert column.missing.tolist() == other.missing.tolist()
        if column.numbers is None:
            assert list(column.cells) == list(other.cells), name
            assert (column.bad_row, column.mixed) == (other.bad_row, other.mixed)
            assert column.labels == other.labels
        else:
            np.testing.assert_array_equal(column.numbers, other.numbers)
            assert np.signbit(column.numbers).tolist() == np.signbit(other.numbers).tolist()


NUMBER_CELLS = st.one_of(
    st.integers(-1000, 1000).map(str),
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
    st.sampled_from(["007", "+1", "1e5", "-0", "-0.0", " 4 ", ".5", "5.", "1E-300", "123456789012345678901234567890"]),
)
ODD_CELLS = st.sampled_from(
    [*sorted(MISSING), "inf", "-inf", "Infinity", "1_000", "TRUE", "False", "1e999", "0x10", "1,5", 'say "hi"', "a\nb",
     "None", "<NA>", "#N/A", "-nan", "1.#IND", "١", " ", "1 2", "1d5", "2020-01-01", "a b", "é", "'", "1e", "."]
)  # fmt: skip
GUESSED_CELLS = [  # what libraries have types for
    st.sampled_from(["2020-01-01", "1999-12-31"]),
    st.sampled_from(["2020-01-01 10:00", "2020-01-01T10:00:00Z", "2020-01-01 10:00:00.123456789"]),
    st.sampled_from(["12:30", "23:59:59"]),
    st.sampled_from(["true", "false", "True", "FALSE", "0", "1"]),
    st.sampled_from(["0x10", "0XfF", "7"]),
    st.sampled_from(["9223372036854775807", "-9223372036854775808", "9223372036854775808", "1"]),
    st.sampled_from(["nan", "inf", "1.5", "-Infinity", "+inf"]),
]
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=4)
COLUMNS = st.sampled_from(
    [NUMBER_CELLS, NUMBER_CELLS, st.one_of(NUMBER_CELLS, ODD_CELLS), WORDS, ODD_CELLS, *GUESSED_CELLS]
)


@st.composite
def tables(draw):
    """Return CSV text of a small table, in one of the dialects."""
    width, rows = draw(st.integers(1, 4)), draw(st.integers(1, 6))
    names = [f"c{j}" for j in range(width)]
    if draw(st.booleans()):
        names[0] = draw(WORDS.map(str.strip).filter(lambda name: name and name not in names))
    cells = [draw(st.lists(draw(COLUMNS), min_size=rows, max_size=rows)) for _ in range(width)]
    text = io.StringIO()
    writer = csv.writer(
        text,
        delimiter=draw(st.sampled_from([",", "\t", ";", "|"])),
        lineterminator=draw(st.sampled_from(["\n", "\r\n"])),
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])),
    )
    writer.writerow(names)
    writer.writerows(zip(*cells, strict=True))
    mark = draw(st.sampled_from(["", "\ufeff"]))
    end = draw(st.sampled_from(["", "\n"]))
    return mark + text.getvalue() + end


def outcome(path):
    """Return the table, or the message that there is none."""
    try:
        return read_table(str(path))
    except DataError as error:
        return re.sub(r"\s+", " ", str(error))


def without_pyarrow(*_):
    raise ImportError


def assert_both_read_the_same(path, text):
    """Whatever is large enough for the fast reader is read as if it were small: the same table or the same message."""
    path.write_bytes(text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "LARGE", 10**9)
        strict = outcome(path)
        patch.setattr(module, "LARGE", 0)
        fast = [outcome(path)]
        patch.setattr(fast_csv, "parse_by_arrow", without_pyarrow)
        fast.append(outcome(path))
    for other in fast:
        assert type(strict) is type(other), (strict, other)
        if isinstance(strict, str):
            assert strict == other
        else:
            assert (strict.source, strict.digest, strict.notes) == (other.source, other.digest, other.notes)
            assert_same(strict, other)


@pytest.mark.parametrize(
    "text",
    [
        "x,y\n1,2\n3,4\n",
        "a,b\n-0.0,x\n-0,y\n",
        "x,y\n9007199254740993,1\n123456789012345678901234567890,2\n",
        "x,y\n18446744073709551615,1\n-1,2\n",
        "x,y\n0.30000000000000004,1\n2.2250738585072011e-308,2\n",
        "x,y\n1,TRUE\n2,FALSE\n",
        "x,y\n1,1\n2,a\n",
        "x;y\n1,5;2\n3;4\n",
        "x,y\n 1, 2\n 3, 4\n",
        "x,y,\n1,2,\n",
        "x,y\n1,2\n3\n",
        "x,y\n1,2,3\n3,4,5\n",
        "x,y\n#1,2\n3,4\n",
        "x,x\n1,2\n",
        "x,y\r1,2\r3,4\r",
        "x,y\n1,2\x1a\n3,4\n",
        'x,y\n"a,b",2\nc,4\n',
        'x,y\n1,""\n2,a\n',
        'x,y\n1,"a ""b"" c"\n2,a\n',
        'x,y\n1, "a"\n2,b\n',
        'x,y\n1,a"b"\n2,b\n',
        'x,y\n1,"a"b\n2,b\n',
        'x,y\n1,"a\n2,b"\n3,c\n',
        'x,y\n"1","2"\n"3","4"\n',
        '"x","y,z"\r\n1,2\r\n"3",4\r\n',
        'x,y\n1,2\n3,"4",5\n6\n',
        "x,y\n1,2\n3,4,5\n6\n",
        'x,y\n1,"\n',
        '"x\ny",z\n1,2\n',
        "x;y\n18446744073709551616;1\n;2\n",
        "x;y\n18446744073709551616;1,5\n;2\n",
        "x;y\n1_000;1\n1,5;2\n",
    ],
)
def test_both_readers_read_known_snares_the_same(tmp_path, text):
    assert_both_read_the_same(tmp_path / "either.csv", text)


@given(tables())
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_readers_read_the_same(tmp_path_factory, text):
    assert_both_read_the_same(tmp_path_factory.getbasetemp() / "either.csv", text)


@pytest.mark.parametrize("cells", ["repr", "short"])
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_the_fast_reader_is_used_and_keeps_every_bit(tmp_path, cells, delimiter):
    rng = np.random.default_rng(0)
    X = np.ldexp(rng.standard_normal((2000, 3)), rng.integers(-300, 300, (2000, 3)))
    shown = repr if cells == "repr" else "{:.4g}".format
    lines = [delimiter.join([*map(shown, row), str(i % 7), f"g{i % 3}"]) for i, row in enumerate(X.tolist())]
    path = tmp_path / "table.csv"
    path.write_text("\n".join([delimiter.join("abcde"), *lines, ""]))
    strict, fast = both(path)
    assert fast is not None
    assert_same(strict, fast)


@pytest.mark.parametrize(
    "text",
    [
        '"x","g","y"\n' + "1.5,a,0\n" * 9,  # a header as R and pyarrow write it
        '"x","g","y"\n' + '1.5,"a, b",0\n2,"c",1\n' * 9,
        "x,g,y\n" + "NA,TRUE,0\n2,FALSE,1\n" * 9,
        "x,g,y\n" + "1.5,\u00e9,0\n" * 9,
    ],
)
def test_files_as_other_programs_write_them_do_not_need_the_strict_reader(tmp_path, text):
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    strict, fast = both(path)
    assert fast is not None
    assert_same(strict, fast)


def test_quotes_are_looked_at_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(fast_csv, "PIECE", 7)
    for text in ('x,g\n1,"a,b"\n2,"c"\n3,d\n' * 2, 'x,g\n1,"a,b"\n2,"c"\n3,"d\n4"\n'):
        assert_both_read_the_same(tmp_path / "either.csv", text)


def test_a_table_of_integers_has_its_labels_with_the_fast_reader(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("g,y\n" + "1,0\n2,1\n3,1\n" * 100)
    strict, fast = both(path)
    assert fast is not None
    assert fast.column("g").labels == strict.column("g").labels == ("1", "2", "3") * 100


def test_a_large_file_goes_to_the_fast_reader(tmp_path, monkeypatch):
    called = []
    real = module.read_fast
    monkeypatch.setattr(module, "read_fast", lambda *given: called.append(1) or real(*given))
    path = tmp_path / "table.csv"
    path.write_text("x,y\n" + "1.5,0\n" * 10)
    read_table(str(path))
    assert not called
    path.write_text("x,y\n" + "1.5,0\n" * (LARGE // 6 + 1))
    assert read_table(str(path)).rows == LARGE // 6 + 1
    assert called


@pytest.mark.parametrize("bad", ["x,y\n1,2\n3,oops\n5,6\n", 'x,y\n1,2\n"3\n",4\n5,6\n', "x,y\n1,2\n\n3,NA\n"])
def test_what_the_fast_reader_doubts_keeps_its_line_numbers(tmp_path, monkeypatch, bad):
    path = tmp_path / "table.csv"
    path.write_text(bad)
    monkeypatch.setattr(module, "LARGE", 10**9)
    strict = read_table(str(path))
    monkeypatch.setattr(module, "LARGE", 0)
    fast = read_table(str(path))
    assert [strict.where(row, "y") for row in range(strict.rows)] == [fast.where(row, "y") for row in range(fast.rows)]


@pytest.mark.parametrize("kind", ["typed", "objects"])
def test_complex_numbers_and_durations_are_no_text(kind):
    x = pd.Series(range(6))
    columns = {"z": x + 1j, "t": pd.to_timedelta(x, "D")}
    frame = pd.DataFrame(columns, dtype=object if kind == "objects" else None).assign(y=[0, 1, 0, 1, 1, 0])
    for formula, cell, hint in [
        ("y ~ z", r".*1j\)?", "leave it out"),
        ("y ~ t", "0 days.*", "make durations numbers, as total_seconds"),
        ("t ~ y", "0 days.*", "make durations numbers, as total_seconds"),
    ]:
        with pytest.raises(DataError, match=rf"row 1, column '[zt]': '{cell}' is not a number: {hint}"):
            glmnn.fit(frame, formula=formula)


def test_durations_of_arrow_are_no_text():
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"y": [0, 1, 0, 1, 1, 0], "t": pa.array([1, 2, 3, 4, 5, 6], pa.duration("s"))})
    with pytest.raises(DataError, match=r"row 1, column 't': '.*' is not a number"):
        glmnn.fit(table, formula="y ~ t")


def test_a_number_in_brackets_is_not_several_values(tmp_path):
    (tmp_path / "a.csv").write_text('x,y\n1,0\n"(1,234)",1\n3,0\n')
    with pytest.raises(DataError, match=r"a\.csv:3, column 'x': '\(1,234\)' is not a number: leave it out"):
        read_table(str(tmp_path / "a.csv")).numbers("x", "feature")
