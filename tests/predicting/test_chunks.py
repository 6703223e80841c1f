"""Predictions of rows in chunks are those of all rows at once."""

import re

import numpy as np
import pytest

from command import run
from glmnn.data.sources import text_chunks
from glmnn.diagnostics import metrics
from glmnn.predicting import chunks, measuring


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


RESPONSES = {
    "binomial": ("y ~ x + g", ()),
    "ties": ("y ~ g", ("--threshold", "0.4")),
    "trials": ("k ~ x", ()),
    "weights": ("y ~ x", ()),
    "poisson": ("n ~ x + g", ()),
    "gamma": ("t ~ x", ()),
    "multinomial": ("g ~ x", ("--type", "class")),
    "words": ("s ~ x", ()),
}
FLAGS = {
    "trials": ("--trials", "m"),
    "weights": ("--weights", "m"),
    "poisson": ("--family", "poisson"),
    "gamma": ("--family", "gamma", "--link", "log"),
    "multinomial": ("--family", "multinomial"),
}


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    rng = np.random.default_rng(3)
    x, m = rng.standard_normal(3_000), rng.integers(0, 4, 3_000)
    y = (rng.random(3_000) < 1 / (1 + np.exp(-x))).astype(int)
    columns = {
        "x": map(repr, x.tolist()), "m": m, "y": y, "g": np.array(["p", "q", "r"])[m % 3], "k": np.minimum(2 * y, m),
        "n": rng.poisson(np.exp(0.3 * x)), "t": rng.gamma(3.0, np.exp(0.2 * x)), "s": np.array(["no", "yes"])[y],
    }  # fmt: skip
    cells = [[str(cell) for cell in column] for column in columns.values()]
    for row in (5, 1_700):
        cells[2][row] = cells[0][row + 1] = "NA"
    path = tmp_path_factory.mktemp("people") / "p.csv"
    path.write_text("\n".join([",".join(columns), *map(",".join, zip(*cells, strict=True)), ""]))
    return path


@pytest.mark.parametrize("name", RESPONSES)
def test_measures_of_chunks_are_those_of_all_rows(name, people, tmp_path, monkeypatch):
    formula, asked = RESPONSES[name]
    model, start = str(tmp_path / "m.json"), text_chunks.TextFile.__init__
    fitted = run(
        "fit", people, "--formula", formula, *FLAGS.get(name, ()), "--na", "drop", "-s", "fisher", "--save", model
    )
    assert fitted.code == 0
    flags = ("predict", model, str(people), "--na", "drop", "--format", "csv", *asked)
    whole = run(*flags)
    monkeypatch.setattr(
        text_chunks.TextFile, "__init__", lambda self, path, *more: start(self, path, *more, piece=9_000)
    )
    monkeypatch.setattr(chunks, "free_memory", lambda: 100)
    monkeypatch.setattr(measuring, "RUN", 256)
    monkeypatch.setattr(measuring, "STEP", 16)
    parts = run(*flags)
    assert parts.out == whole.out
    assert [line for line in parts.err.splitlines() if "note" not in line] == [
        line for line in whole.err.splitlines() if "note" not in line
    ]
    assert re.search("rows with a response\n.*deviance", parts.err)
    assert "2 of 3000 rows have no prediction" in parts.err or "x" not in formula


def test_a_response_that_does_not_fit_is_said_and_predictions_are_written(people, tmp_path, monkeypatch):
    model = str(tmp_path / "m.json")
    assert run("fit", people, "--formula", "y ~ g", "--na", "drop", "-s", "fisher", "--save", model).code == 0
    (tmp_path / "bad.csv").write_text("g,y\np,0\nq,7\n")
    (tmp_path / "none.csv").write_text("g\np\n")
    monkeypatch.setattr(chunks, "free_memory", lambda: 100)
    bad, none = (run("predict", model, str(tmp_path / name)) for name in ("bad.csv", "none.csv"))
    assert (bad.code, len(bad.out.splitlines())) == (0, 3)
    assert "note: no metrics: " in bad.err
    assert "bad.csv:3, column 'y': 7" in bad.err
    assert (none.code, none.err) == (0, "")


@pytest.mark.parametrize("rows", [1, 17, 2_000])
@pytest.mark.parametrize("different", [1, 5, 10_000])
def test_the_area_under_the_curve_by_sorted_runs_is_that_of_all_rows(rows, different, monkeypatch):
    rng = np.random.default_rng(rows)
    mu, y, weight = rng.integers(0, different, rows) / different, rng.integers(0, 2, rows), rng.integers(1, 4, rows)
    kept = measuring.Spill(4)
    kept.append(np.column_stack([mu, mu, y, weight]).astype(float))
    monkeypatch.setattr(measuring, "RUN", 128)
    monkeypatch.setattr(measuring, "STEP", 8)
    found, known = measuring.auc_of(kept), metrics.auc(y, mu, weight)
    assert found == pytest.approx(known, rel=1e-13, nan_ok=True)
