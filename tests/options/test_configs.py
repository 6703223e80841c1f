"""The configurations run, end with the exit code and reach the numbers that their comments promise."""

import json
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from glmnn.cli import app
from glmnn.options.toml import beside

CONFIGS = Path(__file__).parents[2] / "configs"
PRIMES = {"(Intercept)": -3.54907067, "x": 0.55177592}  # R's glm and 50-digit arithmetic
VIDEO = {"(Intercept)": 0.32085895, "x1": -0.88895415, "x2": 2.0198214}  # statsmodels and R on data/video.csv
IRIS = {"(Intercept)": -23.1205, "sepal_length": 11.6599, "sepal_width": -12.8156}  # the lecture's own loop


class Expected(NamedTuple):
    exit: int
    iterations: dict[str, int]
    coef: dict[str, float]
    within: float = 1e-7  # of each coefficient, relative
    deviance: float | None = None


EXPECTED = {
    "ci_example": Expected(0, {"fisher": 8, "nesterov": 263, "statsmodels": 7}, VIDEO),
    "iris_neuron": Expected(3, {"gd": 237_706}, IRIS, within=5e-6),
    "primes_neuron": Expected(0, {"gd": 8_282}, PRIMES, deviance=4.70680818),
    "primes_r": Expected(0, {"fisher": 6, "statsmodels": 5}, PRIMES, deviance=4.70680818),
    "video_optimizers": Expected(0, {"gd": 4_619, "momentum": 402, "nesterov": 419, "adam": 412}, VIDEO),
    "video_statsmodels": Expected(0, {"fisher": 8, "statsmodels": 7}, VIDEO, deviance=515.40703),
    "video_torch": Expected(0, {"gd": 4_619}, VIDEO, deviance=515.40703),
}


def run(name, *more):
    """Run a configuration; return its exit code and its JSON document."""
    result = CliRunner().invoke(app, ["fit", "--config", str(CONFIGS / f"{name}.toml"), "--json", *more])
    return result.exit_code, json.loads(result.stdout)


def test_every_configuration_has_its_numbers():
    assert {path.stem for path in CONFIGS.glob("*.toml")} == set(EXPECTED)


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPECTED)
def test_configuration(name):
    code, document = run(name)
    expected = EXPECTED[name]
    assert (code, document["exit"]) == (expected.exit, expected.exit)
    found = {solver["solver"]: solver for solver in document["solvers"]}
    assert list(found) == list(expected.iterations)
    for solver, iterations in expected.iterations.items():
        # sums in another order may move the last steps of a long run
        assert found[solver]["iterations"] == pytest.approx(iterations, rel=0.01)
        assert found[solver]["coefficients"] == pytest.approx(expected.coef, rel=expected.within)
    if expected.deviance is not None:
        assert document["inference"]["deviance"] == pytest.approx(expected.deviance, rel=1e-8)


def test_the_lecture_has_no_maximum():
    """10 length - 10 width - 23 separates setosa; the direction found must separate as well, from the same side."""
    _, document = run("iris_neuron", "--max-iter", "10")
    separation = document["separation"]
    assert (separation["kind"], separation["rows_separated"]) == ("complete", 150)
    assert separation["infinite"] == {"(Intercept)": -1, "sepal_length": 1, "sepal_width": -1}


def test_ten_thousand_steps_at_a_small_rate_are_too_few():
    code, document = run("video_torch", "--lr", "0.01")
    (solver,) = document["solvers"]
    assert (code, solver["status"], solver["iterations"]) == (1, "iteration limit", 10_000)
    assert solver["agreement"]["distance"] == pytest.approx(0.061, abs=0.0005)


def test_the_optimizers_agree():
    _, document = run("video_optimizers")
    assert max(solver["agreement"]["distance"] for solver in document["solvers"]) < 1e-8


def test_a_configuration_in_the_place_of_the_data_is_understood(glmnn):
    path = str(CONFIGS / "primes_r.toml")
    there, here = glmnn("fit", "--config", path, "--csv"), glmnn("fit", path, "--csv")
    assert (here.code, here.out) == (there.code, there.out)


def test_a_file_named_in_another_is_named_as_it_is_seen_from_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("configs", "elsewhere/deep"):
        (tmp_path / folder).mkdir(parents=True)
    assert beside("configs/x.toml", "../data.csv") == Path("data.csv")
    assert beside("configs/x.toml", str(tmp_path / "data.csv")) == tmp_path / "data.csv"
    (tmp_path / "link").symlink_to("elsewhere/deep")
    assert beside("link/x.toml", "../data.csv") == Path("link/../data.csv")
