"""What R, Excel and Spark write: read, or refused in the same words, in memory and on a stream."""

import pytest

import command
from glmnn.data.sources import csv
from glmnn.data.sources.text_chunks import TextFile

ROWS = [(k * 37 % 101 / 7, "ab"[k % 2], int(k * 37 % 101 + k % 5 * 20 > 80)) for k in range(60)]
BODY = "".join(f"{x:.3f},{g},{y}\n" for x, g, y in ROWS)
GERMAN = BODY.replace(",", ";").replace(".", ",")
REFUSED = {
    "x,g,y,\n"
    + BODY.replace("\n", ",\n"): ":1: column 4 has no name; if every line ends in a separator, take that out",
    "x,g,y\n" + BODY.replace("\n", ",\n"): ":2: 4 cells, but the header has 3 columns",
    "sep=;\nx;g;y\n" + GERMAN: ":1: column 2 has no name: take out this line, which tells Excel the separator",
    "Sales;;\n;;\nx;g;y\n"
    + GERMAN: ":1: column 2 has no name: is this a title? The first line must be the column names",
    "# by R\nx,g,y\n" + BODY: (
        ":2: 3 cells, but the header has 1 column, '# by R': if this is a title or a comment, take it out\n"
    ),
    "x,x,y\n" + BODY: ":1: the column name 'x' occurs twice",
    "x,g,y\n" + BODY + "Total,,\n": ":62, column 'x': 'Total' is not a number",
    "x,g,y\n" + BODY + "1,a\n": ":62: 2 cells, but the header has 3 columns",
    "x,g,y\n" + BODY + '1,"a,1\n': ":62: a quote is opened and never closed",
}
READ = {
    "write.csv": '"","x","g","y"\n' + "".join(f'"{k}",{x:.3f},"{g}",{y}\n' for k, (x, g, y) in enumerate(ROWS)),
    "Excel": "\ufeffx;g;y\r\n" + GERMAN.replace("\n", "\r\n"),
    "line breaks in cells": "x,g,y\n" + BODY.replace("a", '"a\n"').replace("b", '"b"'),
}


@pytest.fixture(params=["strict", "fast"], autouse=True)
def _small_pieces(request, monkeypatch):
    start = TextFile.__init__
    monkeypatch.setattr(TextFile, "__init__", lambda self, path, *more: start(self, path, *more, piece=200))
    monkeypatch.setattr(csv, "LARGE", 0 if request.param == "fast" else 10**9)


def fitted(path, engine):
    found = command.run("fit", path, "--target", "y", "--solver", "fisher", "--engine", engine, "-q", "--csv")
    return found.code, found.out, found.err.replace(" so far", "")


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_table_is_refused_in_the_same_words(text, tmp_path):
    path = tmp_path / "data.csv"
    path.write_bytes(text.encode())
    memory = fitted(path, "memory")
    assert memory == fitted(path, "stream")
    assert (memory[0], memory[1]) == (2, "")
    assert f"data.csv{REFUSED[text]}" in memory[2]


@pytest.mark.parametrize("name", READ)
def test_what_programs_write_has_the_same_answer(name, tmp_path):
    path, plain = tmp_path / "data.csv", tmp_path / "plain.csv"
    path.write_bytes(READ[name].encode())
    plain.write_text("x,g,y\n" + BODY)
    assert fitted(path, "memory") == fitted(path, "stream") == fitted(plain, "memory")


def test_parts_without_rows_and_marks_of_spark_play_no_part(tmp_path):
    folder, plain = tmp_path / "out.csv", tmp_path / "plain.csv"
    folder.mkdir()
    parts = ["", "x,g,y\n" + BODY, "x,g,y\n", "", "x,g,y\n" + BODY]
    for number, text in enumerate(parts):
        (folder / f"part-{number:05}.csv").write_text(text)
    (folder / "_SUCCESS").touch()
    (folder / ".part-00000.csv.crc").write_bytes(b"crc\0")
    plain.write_text("x,g,y\n" + BODY + BODY)
    assert fitted(folder, "stream") == fitted(folder, "auto") == fitted(plain, "memory")
    for path in folder.glob("part*"):
        path.write_text("")
    assert "part-00000.csv: the file is empty" in fitted(folder, "stream")[2]
