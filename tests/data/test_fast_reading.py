"""What large files are read with: the same numbers, without needless copies and libraries."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glmnn.data.sources import arrow, csv, fast_csv
from glmnn.data.sources.fast_csv import SOME, count_of


@pytest.mark.parametrize("library", ["pyarrow", "pandas"])
@pytest.mark.parametrize("late", ["NA,1", '"NA",1', "True,1", "word,1", "2020-01-01,1"])
def test_a_last_cell_of_another_kind_is_still_read_fast(
    late: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = 340_000
    raw = ("x,y\n" + "1234.5678,0\n" * rows + late + "\n").encode()
    assert len(raw) > csv.LARGE

    def never(*_: Any) -> None:
        raise AssertionError("the strict reader takes minutes")

    def missing(*_: Any) -> None:
        raise ImportError

    monkeypatch.setattr(csv, "_read_strict", never)
    if library == "pandas":
        monkeypatch.setattr(fast_csv, "parse_by_arrow", missing)
    table = csv.read_csv(raw, "late.csv", "")
    column = table.column("x")
    if late.strip('"').startswith("NA"):
        assert column.numbers is not None
        assert np.flatnonzero(np.isnan(column.numbers)).tolist() == [rows]
        assert np.all(column.numbers[:rows] == 1234.5678)
    else:
        assert (column.numbers, column.bad_row, column.cells[rows]) == (None, rows, late.split(",")[0])
    assert table.column("y").complete


def test_bytes_are_counted() -> None:
    raw = b"a,b\n" * SOME
    assert [count_of(raw, letter) for letter in (b",", b"\n", b"x")] == [SOME, SOME, 0]
    assert count_of(b"", b",") == 0


@pytest.mark.parametrize("kind", ["int8", "int64", "uint16", "float16", "float32", "float64"])
def test_numbers_of_arrow_are_those_of_its_own_conversion(kind: str) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    values = np.arange(100).astype(kind)
    chunks = [pyarrow.array(values[:60]).slice(7), pyarrow.array(values[:0]), pyarrow.array(values[60:])]
    for chosen in (chunks, chunks[:1], chunks[1:2]):
        whole = pyarrow.chunked_array(chosen)
        assert arrow.numbers_of(whole).tolist() == whole.to_pylist()
    gap = pyarrow.chunked_array([pyarrow.array([1, None], pyarrow.int64())])
    assert np.isnan(arrow.numbers_of(gap)).tolist() == [False, True]
    assert arrow.numbers_of(pyarrow.chunked_array([], pyarrow.float64())).tolist() == []


def test_a_file_of_numbers_is_read_without_pandas(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    path = tmp_path / "numbers.csv"
    path.write_text("x,g,y\n" + "".join(f"{row % 7},{'ab'[row % 2]},{row % 3 // 2}\n" for row in range(1000)))
    code = """
import sys
from glmnn.data.sources import csv
csv.LARGE = 0
from glmnn.data.sources.files import read_table
table = read_table(sys.argv[1])
print(table.rows, table.column("g").labels[:2], "pandas" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True)
    assert done.stdout == "1000 ('a', 'b') False\n"
