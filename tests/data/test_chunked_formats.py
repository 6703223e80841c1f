"""JSON lines and Feather in chunks: the bits and the words of memory."""

import gzip
import re

import numpy as np
import pandas as pd
import pytest

import glmnn
from glmnn.data.sources.text_chunks import TextFile

arrow = pytest.importorskip("pyarrow")
ODD = {  # the 251st line
    "text": '{"x": "oops", "g": "a", "y": 1}',
    "lack": '{"x": 1.0, "g": "a"}',
    "broken": '{"x": 1.0, "g": "a",',
    "list": '{"x": [1.0], "g": "a", "y": 1}',
}


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch):
    start = TextFile.__init__
    monkeypatch.setattr(TextFile, "__init__", lambda self, path, *more: start(self, path, *more, piece=1000))


@pytest.fixture
def frame():
    rng = np.random.default_rng(5)
    x, g = rng.standard_normal(300), rng.integers(0, 3, 300)
    y = rng.random(300) < 1 / (1 + np.exp(-x))
    return pd.DataFrame({"x": x, "g": np.array(["a", "b", "c"])[g], "y": y.astype(int)})


def lines_of(frame):
    return frame.to_json(orient="records", lines=True, double_precision=15).splitlines()


def bits(path, engine, **options):
    return [value.hex() for value in glmnn.fit(path, y="y", solver="fisher", engine=engine, **options).coef]


def said(path, engine, **options):
    with pytest.raises(glmnn.GlmnnError) as refused:
        glmnn.fit(path, y="y", solver="fisher", engine=engine, **options)
    return str(refused.value).replace(" so far", "")


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.feather", "stream.arrow"])
def test_other_formats_have_the_bits_of_memory_in_chunks(name, frame, tmp_path):
    path, table = tmp_path / name, arrow.Table.from_pandas(frame)
    if name.endswith(".feather"):
        frame.to_feather(path)
    elif name.endswith(".arrow"):
        with arrow.ipc.new_stream(path, table.schema) as stream:
            stream.write_table(table, max_chunksize=70)
    else:
        text = "\n".join(lines_of(frame)).encode()
        path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    assert bits(path, "stream") == bits(path, "memory")
    folder = tmp_path / "folder"
    folder.mkdir()
    for part in "ab":
        (folder / f"{part}-{name}").write_bytes(path.read_bytes())
    (folder / "_SUCCESS").touch()
    assert glmnn.fit(folder, y="y", solver="fisher", engine="stream").df_residual == 600 - 4


@pytest.mark.parametrize("kind", ODD)
def test_odd_lines_are_told_as_in_memory(kind, frame, tmp_path):
    path, lines = tmp_path / "a.jsonl", lines_of(frame)
    path.write_text("\n".join([*lines[:250], ODD[kind], *lines[251:]]))
    told = said(path, "stream")
    assert told == said(path, "memory")
    assert "a.jsonl:251" in told


def test_a_key_that_comes_late_is_asked_for_in_the_first_line(frame, tmp_path):
    path, lines = tmp_path / "a.jsonl", lines_of(frame)
    path.write_text("\n".join([*lines[:250], '{"x": 1.0, "g": "a", "y": 1, "z": 3}', *lines[251:]]))
    assert re.search(r"a\.jsonl:251: the key 'z' is new here", said(path, "stream"))
    assert bits(path, "stream", features=["x"]) == bits(path, "memory", features=["x"])


def test_what_is_read_in_memory_only_says_what_to_write_instead(frame, tmp_path):
    frame.to_json(tmp_path / "a.json", orient="records")
    assert "write an object in each line (jq -c '.[]' FILE)" in said(tmp_path / "a.json", "stream")
    frame.to_feather(tmp_path / "a.feather")
    (tmp_path / "cut.feather").write_bytes((tmp_path / "a.feather").read_bytes()[:-2000])
    assert said(tmp_path / "cut.feather", "stream") == said(tmp_path / "cut.feather", "memory")
    (tmp_path / "both").mkdir()
    for name in ("a.json", "a.feather"):
        (tmp_path / "both" / name).write_bytes((tmp_path / "a.feather").read_bytes())
    (tmp_path / "both" / "b.csv").write_text("x,g,y\n1,a,0\n")
    assert "b.csv: files of different kinds in one table" in said(tmp_path / "both", "stream")
