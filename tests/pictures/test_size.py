"""The document does not grow with the rows, nor with the columns."""

import json
import time

import numpy as np
import pytest

import glmnn
from drawn import as_json
from glmnn.fitting.pictures import to_pictures


def wide(rows, columns, solver):
    rng = np.random.default_rng(0)
    X, truth = rng.normal(size=(rows, columns)), 0.3 * rng.normal(size=columns)
    y = (rng.random(rows) < 1 / (1 + np.exp(0.5 - X @ truth))).astype(float)
    return glmnn.fit(X, y, solver=solver).comparison


def size_of(document):
    return len(json.dumps(document, separators=(",", ":")))


@pytest.mark.parametrize("rows", [500, 8_000])
def test_fifty_columns_stay_below_300_kilobytes(rows):
    document = as_json(to_pictures(wide(rows, 50, "fisher,gd,momentum,adam")))
    assert size_of(document) < 300_000
    for run in document["runs"]:
        known = [vector for vector in run["states"]["coef"] if vector is not None]
        assert run["states"]["coef"][0] is not None
        assert run["states"]["coef"][-1] is not None
        assert len(known) >= min(len(run["states"]["coef"]), 8)
    assert document["rows"]["shown"] * 51 <= 4_100
    used = document["plane"]["rows_used"]
    assert used == 500 if rows == 500 else used < 4_000


@pytest.mark.slow
@pytest.mark.whole
def test_a_million_rows_stay_below_300_kilobytes_and_take_seconds():
    comparison = wide(1_000_000, 50, "fisher")
    began = time.perf_counter()
    document = as_json(to_pictures(comparison))
    assert size_of(document) < 300_000
    assert document["rows"]["all"] == 1_000_000
    assert time.perf_counter() - began < 120
