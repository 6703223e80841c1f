"""`glmnn predict --grid`: rows that are no file."""

import csv
import io
import re

import pytest

from glmnn import load
from glmnn.data.sources.grid import grid_table
from glmnn.errors import UsageError


@pytest.fixture
def model(glmnn, tmp_path):
    path = tmp_path / "primes.json"
    assert glmnn("fit", "data/primes.csv", "--solver", "fisher", "--save", path).code == 0
    return path


def test_the_curve_of_a_model_has_its_inputs_beside(glmnn, model):
    """By R: predict(glm(y ~ x, binomial), data.frame(x = c(2, 13)), type = "response")."""
    ran = glmnn("predict", model, "--grid", "x=0:13:0.2")
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert ran.code == 0
    assert len(rows) == 66
    assert [row["x"] for row in rows[:4]] == ["0", "0.2", "0.4", "0.6"]
    at = {float(row["x"]): float(row["mean"]) for row in rows}
    assert at[2.0] == pytest.approx(0.0797668666, abs=1e-8)
    assert at[13.0] == pytest.approx(0.9740177597, abs=1e-8)
    shown = glmnn("predict", model, "--grid", "x=0:13:0.2", "--format", "table").out
    assert re.search(r"row +x +mean", shown)
    assert "66 rows of the grid" in shown


def test_all_combinations_the_last_name_fastest():
    table = grid_table(["g=a,b", "x=1:2:0.5"])
    assert table.columns["g"].labels == ("a", "a", "a", "b", "b", "b")
    assert table.columns["x"].numbers.tolist() == [1.0, 1.5, 2.0] * 2


@pytest.mark.parametrize("part", ["x", "=1", "x=", "x=1:2", "x=2:1:1", "x=1:2:0", "x=1:nan:1", "x=1,,2", "x=a:b:c"])
def test_what_is_no_grid_is_refused(part):
    with pytest.raises(UsageError, match="write it as NAME="):
        grid_table([part])


def test_a_grid_has_a_limit_and_each_name_once():
    with pytest.raises(UsageError, match="more than 1,000,000 rows"):
        grid_table(["x=0:1:1e-9"])
    with pytest.raises(UsageError, match="more than 1,000,000 rows"):
        grid_table(["x=0:1:1e-4", "z=0:1:1e-4"])
    with pytest.raises(UsageError, match="given twice"):
        grid_table(["x=1", "x=2"])


def test_data_or_a_grid(glmnn, model):
    assert glmnn("predict", model).code == 2
    assert "not both" in glmnn("predict", model, "data/primes.csv", "--grid", "x=1").err
    assert "there is no feature 'x'" in glmnn("predict", model, "--grid", "z=1").err


def test_a_grid_from_python(model):
    found = load(model).predict(grid=["x=2:13:11"]).to_frame()
    assert found["mean"].to_list() == pytest.approx([0.0797668666, 0.9740177597], abs=1e-8)
    with pytest.raises(UsageError, match="not both"):
        load(model).predict({"x": [1.0]}, grid=["x=1"])
    with pytest.raises(UsageError, match="give data, or grid"):
        load(model).predict()
