"""Chunked sources: what is read, what is refused and in which words, and what is left behind."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import glmnn
from command import run
from glmnn.data.sources import chunked
from glmnn.data.sources.raw import WATCH
from glmnn.data.sources.text_chunks import TextFile
from glmnn.data.spill import Spill
from glmnn.data.typer import Typer
from glmnn.errors import DataError, GlmnnError
from glmnn.fitting.options import FitOptions
from glmnn.fitting.rows import read_rows

arrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")
STREAM = ("--engine", "stream", "--solver", "fisher")


def written(folder, name, rows, header="x,g,y"):
    path = folder / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text("\n".join([header, *rows, ""]))
    return path


def rows(start, end):
    """Return rows whose response overlaps."""
    return [f"{(k * 37 % 101) / 7!r},{'abc'[k % 3]},{int(k * 37 % 101 + k % 5 * 20 > 80)}" for k in range(start, end)]


def refused(path, *more):
    found = run("fit", str(path), "--target", "y", *STREAM, *more)
    assert (found.code, found.out) == (2, "")
    return found.err


def test_a_bad_cell_is_named_by_file_line_and_column(tmp_path):
    written(tmp_path, "logs/a.csv", rows(0, 40))
    part = rows(40, 80)
    part[17] = part[17].replace(part[17].split(",")[0], "n.v.", 1)
    written(tmp_path, "logs/b.csv", part)
    assert f"{tmp_path}/logs/b.csv:19, column 'x': 'n.v.' is not a number" in refused(tmp_path / "logs")
    table = arrow.table({"x": [1.0, 2.0, None, 4.0] * 9, "y": [0, 1, 1, 0] * 9})
    parquet.write_table(table, tmp_path / "p.parquet")
    assert "p.parquet: row 3, column 'x': the cell is missing" in refused(tmp_path / "p.parquet")


def test_the_line_is_right_in_every_piece(tmp_path, monkeypatch):
    lines = rows(0, 400)
    lines[333] = "oops" + lines[333][lines[333].index(",") :]
    path = written(tmp_path, "a.csv", lines)
    start = TextFile.__init__
    monkeypatch.setattr(TextFile, "__init__", lambda self, path, *more: start(self, path, *more, piece=500))
    assert "a.csv:335, column 'x': 'oops' is not a number" in refused(path)
    lines[333] = "1.5,a"
    written(tmp_path, "a.csv", lines)
    assert "a.csv:335: 2 cells, but the header has 3 columns" in refused(path)


def test_quoted_cells_may_hold_line_breaks_where_a_piece_ends(tmp_path, monkeypatch):
    lines = [f'{k % 7},"a\n{"bcd"[k % 3]}",{int(k * 29 % 83 > 40)}' for k in range(300)]
    path = written(tmp_path, "a.csv", lines)
    inside = glmnn.fit(path, y="y", solver="fisher")
    start = TextFile.__init__
    monkeypatch.setattr(TextFile, "__init__", lambda self, path, *more: start(self, path, *more, piece=333))
    assert glmnn.fit(path, y="y", solver="fisher", engine="stream").coef.equals(inside.coef)


def test_folders_called_key_value_are_columns_and_hidden_files_are_none(tmp_path):
    for year in (2023, 2024):
        written(tmp_path, f"logs/year={year}/part.csv", rows(year * 100, year * 100 + 60))
    written(tmp_path, "logs/_SUCCESS", [])
    written(tmp_path, "logs/.part.csv.crc", [])
    for path in (tmp_path / "logs", tmp_path / "logs/year=*", tmp_path / "logs/*/*.csv"):
        result = glmnn.fit(str(path), formula="y ~ x + C(year)", solver="fisher", engine="stream")
        assert list(result.coef.index) == ["(Intercept)", "x", "C(year)[T.2024]"]
    report = run("fit", str(tmp_path / "logs"), "--target", "y", *STREAM).out
    assert "Rows: 120 in 2 files, read once and kept in a" in report


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: None, "there is no file in this folder"),
        (lambda folder: written(folder, "b.csv", ["1,1"], "x,y"), "there is no column 'g', which"),
        (
            lambda folder: parquet.write_table(arrow.table({"x": [1.0]}), folder / "b.parquet"),
            "files of different kinds in one table",
        ),
        (lambda folder: written(folder, "b.json", ['{"x": 1}'], '{"x": 2}'), "files of different kinds in one table"),
        (lambda folder: written(folder, "b.dta", [], "<stata_dta>"), "Stata files are read in memory only"),
    ],
    ids=["nothing", "columns", "kinds", "json", "stata"],
)
def test_folders_that_are_no_table_are_refused(tmp_path, make, words):
    folder = tmp_path / "logs"
    folder.mkdir()
    if make(folder) is not None or any(folder.iterdir()):
        written(folder, "a.csv", rows(0, 50))
    assert words in refused(folder)
    assert "there is no file for this pattern" in refused(tmp_path / "none*.csv")
    assert "there is no file for this pattern" in refused(tmp_path / "a**b.csv")


@pytest.mark.parametrize("change", ["longer", "gone"])
def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, monkeypatch, change):
    path = written(tmp_path, "a.csv", rows(0, 400))
    read = TextFile.chunks

    def chunks(self, wanted=None):
        yield from read(self, wanted)
        path.unlink() if change == "gone" else written(tmp_path, "a.csv", rows(0, 401))

    monkeypatch.setattr(TextFile, "chunks", chunks)
    told = refused(path)
    assert (
        "the file went away while it was being read" in told
        if change == "gone"
        else ("the file changed while it was being read (" in told and "nothing was fitted" in told)
    )


def test_rows_that_are_read_anew_must_be_the_same(tmp_path, monkeypatch):
    path = written(tmp_path, "a.csv", rows(0, 400))
    read, passes = TextFile.chunks, []

    def chunks(self, wanted=None):
        passes.append(1)
        if len(passes) == 3:
            lines = path.read_text().split("\n")
            lines[5], lines[6] = lines[6], lines[5]  # a sum would not see that
            path.write_text("\n".join(lines))
        yield from read(self, wanted)

    monkeypatch.setattr(TextFile, "chunks", chunks)
    assert "the data changed between two passes; nothing was fitted" in refused(path, "--spill", "none")


def test_a_gzip_file_that_is_cut_short_is_refused(tmp_path):
    import gzip

    packed = gzip.compress("\n".join(["x,g,y", *rows(0, 4_000)]).encode())
    (tmp_path / "a.csv.gz").write_bytes(packed[: len(packed) // 2])
    assert "the gzip data are cut short or damaged" in refused(tmp_path / "a.csv.gz")


FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
from glmnn.cli import main
_, path, spill, engine = sys.argv
sys.argv = ["glmnn", "fit", path, "--target", "y", "--engine", engine, "--spill", spill, "-s", "fisher"]
main()
"""


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="needs limits of file sizes")
@pytest.mark.parametrize("engine", ["stream", "processes"])
def test_a_full_disk_is_said_and_nothing_is_left_behind(tmp_path, engine):
    path, spill = written(tmp_path, "a.csv", rows(0, 5_000)), tmp_path / "spill"
    spill.mkdir()
    ended = subprocess.run(
        [sys.executable, "-c", FULL, path, spill, engine], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},  # Python would keep what the limit leaves of its own files
    )  # fmt: skip
    assert ended.returncode == 2
    assert f"{spill}: 0 rows (0.0 GB) are written, and there is no room for more" in ended.stderr
    assert "give --spill another folder, or --spill none to read the data again on each pass" in ended.stderr
    assert list(spill.iterdir()) == []
    assert "no such" in refused(path, "--spill", str(tmp_path / "nowhere")).lower()


def test_a_spill_file_that_no_longer_holds_its_rows_is_noticed():
    spill = Spill(3)
    values = np.arange(30_000.0).reshape(-1, 3)
    for first in range(0, 10_000, 1_500):
        spill.append(values[first : first + 1_500])
    spill.check(0, spill.segments)
    assert np.array_equal(spill.read(17, 7_003), values[17:7_003])
    for stride, start in ((7, 0), (501, 0), (501, 500), (501, 10_000), (20_000, 12_000)):
        assert np.array_equal(spill.every(stride, start), values[start::stride])
    os.pwrite(spill.descriptor, b"\1", 12_345)
    with pytest.raises(DataError, match="the spill file no longer holds what was written"):
        spill.check(0, spill.segments)


def test_rows_of_a_sample_are_called_as_in_their_files(tmp_path):
    for part, name in enumerate("ab"):
        written(tmp_path, f"logs/{name}.csv", rows(part * 40, part * 40 + 40))
    options = FitOptions(solver=["fisher"], target="y", engine="stream")
    table = read_rows(str(tmp_path / "logs"), options)
    assert table.where(41, "x") == f"{tmp_path}/logs/b.csv:3, column 'x'"
    parquet.write_table(arrow.table({"x": [1.0, 2.0, 3.0, 4.0] * 20, "y": [0, 1, 1, 0] * 20}), tmp_path / "p.parquet")
    assert read_rows(str(tmp_path / "p.parquet"), options).place(79) == f"{tmp_path}/p.parquet: row 80"


def test_reading_parquet_loads_no_pandas(tmp_path):
    parquet.write_table(arrow.table({"g": list("abcb") * 9, "y": [0, 1, 1, 0] * 9}), tmp_path / "p.parquet")
    code = (
        "import sys\nfrom glmnn.fitting.options import FitOptions\nfrom glmnn.fitting.rows import read_rows\n"
        "read_rows(sys.argv[1], FitOptions(target='y', engine='stream'))\nsys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path / "p.parquet")], check=False).returncode == 0


def test_a_system_without_reading_at_a_place_has_the_same_rows(monkeypatch, tmp_path):
    """As Windows, which takes a file away when it is closed."""
    for name in ("preadv", "pwrite", "posix_fallocate", "O_TMPFILE"):
        monkeypatch.delattr(os, name, raising=False)
    monkeypatch.setattr(os, "O_TEMPORARY", 0, raising=False)
    monkeypatch.setattr(os, "O_BINARY", 0, raising=False)
    spill, values = Spill(3, str(tmp_path)), np.arange(30_000.0).reshape(-1, 3)
    for first in range(0, 10_000, 1_500):
        spill.append(values[first : first + 1_500])
    spill.check(0, spill.segments)
    assert np.array_equal(spill.read(17, 7_003), values[17:7_003])
    assert np.array_equal(spill.every(501), values[::501])


def test_what_needs_all_rows_says_how_much_memory_that_takes(tmp_path):
    path = written(tmp_path, "a.csv", rows(0, 3_000))
    found = run("fit", str(path), "--target", "y", "--engine", "stream", "--memory", "10KB", "--solver", "perceptron")
    assert (found.code, found.out) == (2, "")
    assert "--solver perceptron needs all 3,000 rows in memory (" in found.err
    assert "--memory is 1e-05 GB): give --solver fisher, or give --sample with a number of rows" in found.err
    sampled = run("fit", str(path), "--target", "y", "--sample", "500", "--solver", "fisher")
    assert sampled.code == 0
    assert "note: a sample is fitted: every 6th of 3,000 rows" in sampled.out


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--engine", "spark"), "there is no engine 'spark'"),
        (("--memory", "much"), "--memory 'much': write it as 8GB or 500MB"),
        (("--workers", "0"), "--workers must be 1 or more, not 0"),
        (("--engine", "stream", "--scheduler", "tcp://x:1"), "--scheduler needs --engine dask"),
    ],
)
def test_options_on_rows_are_checked(tmp_path, flags, words):
    path = written(tmp_path, "a.csv", rows(0, 50))
    found = run("fit", str(path), "--target", "y", *flags)
    assert found.code == 2
    assert words in found.err


def test_missing_cells_and_weights_of_zero_are_left_out_and_counted(tmp_path):
    lines = [f"{line},{k % 4}" for k, line in enumerate(rows(0, 300))]
    lines[7], lines[8] = f"NA,a,1,{7 % 4}", f",b,0,{8 % 4}"
    path = written(tmp_path, "a.csv", lines, "x,g,y,w")
    asked = {"formula": "y ~ x + C(g)", "weights": "w", "na": "drop", "solver": "fisher"}
    inside = glmnn.fit(path, **asked)
    there = glmnn.fit(path, engine="stream", **asked)
    assert there.coef.equals(inside.coef)
    notes = there.comparison.estimate.notes
    assert "2 of 300 rows left out for missing cells: 2 in 'x'" in notes
    assert f"{sum(k % 4 == 0 for k in range(300) if k not in (7, 8))} rows of weight 0 left out" in notes


def test_nothing_is_left_in_the_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    path = written(tmp_path, "data/a.csv", rows(0, 200))
    table = read_rows(str(path), FitOptions(target="y", engine="stream", spill=str(tmp_path)))
    assert table.stream.store.bytes == 200 * 3 * 8
    assert sorted(Path(tmp_path).iterdir()) == [tmp_path / "data"]


@pytest.mark.slow
def test_memory_that_suffices_gives_all_rows_of_a_stream(tmp_path):
    path = written(tmp_path, "a.csv", rows(0, 300))
    inside = glmnn.fit(path, y="y", solver="fisher,perceptron")
    there = glmnn.fit(path, y="y", solver="fisher,perceptron", engine="stream")
    assert there.comparison.fits[1].coef.tolist() == inside.comparison.fits[1].coef.tolist()


def test_a_frame_without_order_is_refused_by_name():
    kind = type("DataFrame", (), {"__module__": "pyspark.sql.dataframe"})
    with pytest.raises(GlmnnError, match=r"df\.write\.parquet"):
        chunked.open_source(kind())


def test_an_index_of_pandas_without_a_name_plays_no_part(tmp_path):
    frame = pd.DataFrame({"x": np.arange(40.0), "y": [0, 1, 1, 0] * 10}).iloc[::-1]
    (tmp_path / "parts").mkdir()
    frame.to_parquet(tmp_path / "parts/a.parquet")
    expected = glmnn.fit(frame, solver="fisher").coef
    for data in (tmp_path / "parts/a.parquet", tmp_path / "parts", arrow.Table.from_pandas(frame)):
        assert glmnn.fit(data, solver="fisher", engine="stream").coef.equals(expected), data


def both_ways(path, **options):
    """Return what memory and stream say of a file: coefficients, or the message."""
    found = []
    for engine in ("memory", "stream"):
        try:
            found.append(repr(glmnn.fit(path, target="y", solver="fisher", engine=engine, **options).coef.to_dict()))
        except GlmnnError as error:
            found.append(str(error))
    return found


@pytest.mark.parametrize("separator", [";", "\t", "|", ","])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_ends_of_lines_are_read_as_in_memory(tmp_path, separator, end):
    lines = ["x,g,y", *rows(0, 60)]
    (tmp_path / "a.csv").write_text(end.join([*lines, ""]).replace(",", separator), newline="")
    memory, stream = both_ways(tmp_path / "a.csv")
    assert stream == memory
    assert "g[T.b]" in memory


@pytest.mark.parametrize(
    "header",
    ['x,"g,h",y', "\n\nx,g,y", 'x,"g\nh",y', "x,x,y", "x,,y", "1,2,3", "", '"x","g","y', "x;y", ",x,g,y"],
)
def test_headers_are_read_as_in_memory(tmp_path, header):
    (tmp_path / "a.csv").write_text("\n".join([header, *rows(0, 60), ""]))
    memory, stream = both_ways(tmp_path / "a.csv")
    assert stream == memory


@pytest.mark.parametrize("cell", ["?", "missing", "n.v.", "inf", "1e400", "−3", "#N/A", "1,5"])
@pytest.mark.parametrize("name", ["x", "y"])
def test_the_cell_that_makes_text_of_a_column_is_named(tmp_path, cell, name):
    lines = rows(0, 60)
    lines[47] = f'"{cell}",a,1' if name == "x" else f'1.5,a,"{cell}"'
    memory, stream = both_ways(written(tmp_path, "a.csv", lines))
    assert stream == memory
    assert f"a.csv:49, column '{name}': '{cell}' is not a number" in memory
    assert ("if it stands for a missing value, write NA there" in memory) == (cell in ("?", "missing", "#N/A"))


def test_what_is_no_text_is_told_as_in_memory(tmp_path):
    for raw in (b"", b"\n\n", "x,y\n1,2\n".encode("utf-16")):
        (tmp_path / "a.csv").write_bytes(raw)
        memory, stream = both_ways(tmp_path / "a.csv")
        assert stream == memory


def test_reading_is_shown_by_the_bytes_of_all_files(tmp_path, monkeypatch):
    lines = [f"{row},{row % 7 % 2}" for row in range(4_000)]
    (tmp_path / "a.csv").write_text("\n".join(["x,y", *lines, ""]))
    monkeypatch.setattr(TextFile, "__init__", _in_pieces(TextFile.__init__))
    monkeypatch.setattr("glmnn.data.sources.watching.MEGABYTE", 1_000)
    stages, told = [], set()
    token = WATCH.set(stages.append)
    start = Typer.typed
    monkeypatch.setattr(Typer, "typed", lambda self, table: told.add(stages[-1]()) or start(self, table))
    try:
        glmnn.fit(tmp_path / "a.csv", y="y", solver="fisher", engine="stream")
    finally:
        WATCH.reset(token)
    size = round((tmp_path / "a.csv").stat().st_size / 1_000)
    assert len(told) >= 4
    assert all("a.csv  " in line and f" of {size} MB" in line for line in told)


def _in_pieces(start):
    return lambda self, path, *more: start(self, path, *more, piece=5_000)


def test_less_than_a_megabyte_is_not_counted():
    told = []
    token = WATCH.set(lambda stage: told.append(stage()))
    glmnn.fit("data/primes.csv", solver="fisher", engine="stream")
    WATCH.reset(token)
    assert [line for line in told if line.startswith("reading")]
    assert not any("MB" in line for line in told)
