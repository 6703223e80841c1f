"""Predictions of rows in chunks are those of all rows at once."""

import numpy as np

from command import run
from glmnn.predicting import chunks


def written(folder, name, rows):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join(["x,g,y", *rows, ""]))
    return folder / name


def rows(start, end):
    rng = np.random.default_rng(start)
    return [f"{rng.standard_normal()!r},{'abc'[k % 3]},{rng.integers(0, 2)}" for k in range(start, end)]


def test_chunks_are_predicted_as_all_rows_at_once(tmp_path):
    parts = [rows(0, 60), rows(60, 130), rows(130, 170)]
    whole = written(tmp_path, "all.csv", [row for part in parts for row in part])
    for number, part in enumerate(parts):
        written(tmp_path / "parts", f"p{number}.csv", part)
    model = str(tmp_path / "m.json")
    assert run("fit", str(whole), "--target", "y", "--save", model, "-s", "fisher").code == 0
    inside = run("predict", model, str(whole), "--interval", "--format", "csv").out
    there = run("predict", model, str(tmp_path / "parts"), "--interval", "-o", str(tmp_path / "p.csv"))
    assert there.code == 0
    assert (tmp_path / "p.csv").read_text() == inside
    assert run("predict", model, str(tmp_path / "parts/*.csv"), "--interval").out == inside


def test_nothing_half_written_is_left_where_a_cell_is_bad(tmp_path, monkeypatch):
    whole = written(tmp_path, "all.csv", rows(0, 60))
    written(tmp_path / "parts", "a.csv", rows(0, 60))
    written(tmp_path / "parts", "b.csv", [*rows(60, 70), "1.5,d,0"])
    model, out = str(tmp_path / "m.json"), tmp_path / "p.csv"
    out.write_text("as it was")
    assert run("fit", str(whole), "--target", "y", "--save", model, "-s", "fisher").code == 0
    ended = run("predict", model, str(tmp_path / "parts"), "-o", str(out))
    assert ended.code == 2
    assert "b.csv:12, column 'g': the model does not know the level 'd'" in ended.err
    assert out.read_text() == "as it was"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.csv", "m.json", "p.csv", "parts"]
    monkeypatch.setattr(chunks, "free_memory", lambda: 100)  # then one file is too large as well
    assert run("predict", model, str(whole), "--format", "json").err.startswith("glmnn: rows that come in chunks")
