"""What large files are read with: the same numbers, without needless copies and libraries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from glmnn.data.sources import arrow, csv
from glmnn.data.sources.fast_csv import SOME, count_of


@pytest.mark.parametrize("late", ["NA,1", '"NA",1', "True,1", "word,1"])
def test_a_last_cell_of_another_kind_is_still_read_by_pandas(late: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = 340_000
    raw = ("x,y\n" + "1234.5678,0\n" * rows + late + "\n").encode()
    assert len(raw) > csv.LARGE

    def never(*_: Any) -> None:
        raise AssertionError("the strict reader takes minutes")

    monkeypatch.setattr(csv, "_read_strict", never)
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
        assert arrow._numbers(whole).tolist() == whole.to_pylist()
    gap = pyarrow.chunked_array([pyarrow.array([1, None], pyarrow.int64())])
    assert np.isnan(arrow._numbers(gap)).tolist() == [False, True]
    assert arrow._numbers(pyarrow.chunked_array([], pyarrow.float64())).tolist() == []
