"""Levels that are numbers: by their value, however a cell is written, and with all digits of whole numbers."""

import numpy as np
import pandas as pd
import pytest

import glmnn
from glmnn.data.sources import csv
from glmnn.data.sources.files import read_table
from glmnn.data.sources.text_chunks import TextFile

LARGE = [9007199254740992, 9007199254740993, 9007199254740994, 9223372036854775807]  # 2^53, ... float64 has no second
WRITTEN = {  # cells and the levels that they are
    "large": ([*map(str, LARGE)], [*map(str, LARGE)]),
    "larger than int64": (["123456789012345678901", "123456789012345678902"], None),
    "zeros": (["7", "007", "8", "08"], ["7", "7", "8", "8"]),
    "fractions": (["1.0", "1", "2.50", "2.5"], ["1", "1", "2.5", "2.5"]),
    "words as well": (["7", "007", "w"], ["7", "007", "w"]),
    "decimal commas": (["1,5", "2,5", "3,0"], ["1.5", "2.5", "3"]),
}


def columns(levels, rows=400):
    rng = np.random.default_rng(4)
    x = rng.standard_normal(rows)
    places = rng.integers(0, len(levels), rows)
    y = (rng.random(rows) < 1 / (1 + np.exp(-x - places / 2))).astype(int)
    return x, [levels[place] for place in places], y


def written(path, cells):
    x, g, y = columns(cells)
    separator = ";" if "," in "".join(cells) else ","
    numbers = [repr(float(value)).replace(".", "," if separator == ";" else ".") for value in x]
    lines = [separator.join(row) for row in zip(numbers, g, map(str, y), strict=True)]
    path.write_text("\n".join([separator.join("xgy"), *lines, ""]))
    return path


@pytest.mark.parametrize("engine", ["memory", "pieces", "fast", "fast pieces"])
@pytest.mark.parametrize("name", WRITTEN)
def test_a_level_is_the_value_of_its_cells(name, engine, tmp_path, monkeypatch):
    cells, levels = WRITTEN[name]
    labels = cells if levels is None else levels
    x, g, y = columns([f"level {label}" for label in labels])
    right = glmnn.fit(pd.DataFrame({"x": x, "g": g, "y": y}), formula="y ~ x + C(g)", solver="fisher")
    if "fast" in engine:
        monkeypatch.setattr(csv, "LARGE", 0)
    start = TextFile.__init__
    monkeypatch.setattr(TextFile, "__init__", lambda self, path, *more: start(self, path, *more, piece=700))
    path = written(tmp_path / "a.csv", cells)
    for formula, cov in (("y ~ x + C(g)", "model"), ("y ~ x", "cluster:g")):
        found = glmnn.fit(
            path, formula=formula, cov=cov, solver="fisher", engine="stream" if "pieces" in engine else "memory"
        )
        if cov == "model":
            names = [name.replace("level ", "") for name in right.coef.index]
            assert found.coef.index.tolist() == names
            np.testing.assert_allclose(found.coef, right.coef, rtol=1e-9)
        else:
            frame = pd.DataFrame({"x": x, "g": g, "y": y})
            errors = glmnn.fit(frame, formula=formula, cov=cov, solver="fisher").std_error
            np.testing.assert_allclose(found.std_error, errors, rtol=1e-9)


@pytest.mark.parametrize(
    ("kind", "engine"),
    [
        ("arrays", "memory"),
        *((kind, engine) for kind in ("frame", "Int64", "parquet") for engine in ("memory", "stream")),
    ],
)
def test_whole_numbers_beyond_float64_stay_apart_as_levels(kind, engine, tmp_path):
    if engine == "stream" or kind == "parquet":
        pytest.importorskip("pyarrow")
    x, g, y = columns(LARGE)
    data = frame = pd.DataFrame({"x": x, "g": g, "y": y})
    if kind == "Int64":
        data = frame.astype({"g": "Int64"})
    elif kind == "arrays":
        data = {"x": x, "g": np.array(g), "y": y}
    elif kind == "parquet":
        data = tmp_path / "a.parquet"
        frame.to_parquet(data)
    found = glmnn.fit(data, formula="y ~ x + C(g)", solver="fisher", engine=engine)
    assert found.coef.index.tolist() == ["(Intercept)", "x", *(f"C(g)[T.{level}]" for level in LARGE[1:])]


def test_as_a_number_a_large_one_is_the_nearest_of_float64(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("g,y\n" + "".join(f"{level},{level % 2}\n" for level in LARGE))
    for fast in (10**9, 0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(csv, "LARGE", fast)
            column = read_table(str(path)).column("g")
        assert column.numbers.tolist() == [*map(float, LARGE)]
        assert column.labels == (*map(str, LARGE),)
