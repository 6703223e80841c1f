"""How often a fit reads its rows, kind by kind, and that where they are makes no difference to a bit."""

import numpy as np
import pandas as pd
import pytest

import glmnn
from glmnn.fitting.options import FitOptions
from glmnn.fitting.rows import read_rows

arrow = pytest.importorskip("pyarrow")

ROWS = 60_000
MOST = {
    "logit": ({"y": "y"}, 5.7),
    "offset": ({"y": "y", "offset": "o"}, 6.1),
    "rates": ({"y": "n", "family": "poisson", "offset": "o"}, 6.1),
    "no intercept": ({"y": "n", "family": "poisson", "intercept": False}, 5.7),
    "probit": ({"y": "y", "link": "probit"}, 6.7),
    "cloglog": ({"y": "y", "link": "cloglog"}, 6.7),
    "gamma": ({"y": "t", "family": "gamma", "link": "log"}, 6.7),
    "gamma inverse": ({"y": "t", "family": "gamma"}, 6.7),
    "inverse gaussian": ({"y": "t", "family": "inverse_gaussian", "link": "log", "features": ["x", "z", "o"]}, 6.7),
    "square roots": ({"y": "n", "family": "poisson", "link": "sqrt"}, 7.7),
    "L2": ({"y": "y", "l2": 1.0}, 5.7),
    "L2 of means": ({"y": "x", "family": "gaussian", "features": ["z", "o"], "l2": 100.0, "cov": "HC3"}, 4.7),
    "L2 probit": ({"y": "y", "link": "probit", "l2": 100.0}, 6.7),
    "clusters": ({"y": "y", "cov": "cluster:k"}, 5.7),
    "clusters probit": ({"y": "y", "link": "probit", "cov": "cluster:k"}, 6.7),
    "multinomial": ({"y": "k", "family": "multinomial"}, 5.7),
    "L2 multinomial": ({"y": "k", "family": "multinomial", "l2": 10.0}, 5.7),
}


@pytest.fixture(scope="module")
def columns():
    rng = np.random.default_rng(8)
    x, z = rng.standard_normal((2, ROWS))
    classes = np.column_stack([np.zeros(ROWS), 0.3 * x, 0.5 * z]) + rng.gumbel(size=(ROWS, 3))
    return {
        "x": x, "z": z, "o": 0.3 * rng.standard_normal(ROWS) + 0.1, "n": rng.poisson(np.exp(0.4 * z)),
        "y": (rng.random(ROWS) < 1 / (1 + np.exp(-0.5 * z))).astype(int), "t": rng.gamma(3, np.exp(0.2 * x)),
        "k": np.array(list("pqr"))[np.argmax(classes, axis=1)],
    }  # fmt: skip


@pytest.mark.parametrize("kind", MOST)
def test_a_fit_reads_its_rows_no_more_often_than_it_must(kind, columns, monkeypatch):
    monkeypatch.setattr("glmnn.problem.problem.SMALL", 1_000)  # cells, from which on passes are counted
    asked, most = MOST[kind]
    asked = {"features": ["x", "z"], "solver": "fisher", **asked}
    there = glmnn.fit(arrow.table(columns), engine="stream", memory="1MB", **asked)
    passes = 1 + there.comparison.estimate.design.data.run.passes
    assert passes <= most
    here = glmnn.fit(columns, engine="memory", **asked)
    one, other = (fit.comparison.estimate.maximum for fit in (here, there))
    for name in ("coef", "std_error", "low", "deviance", "null_deviance", "pearson", "log_likelihood"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert here.comparison.agreements[0].measured == there.comparison.agreements[0].measured


@pytest.mark.parametrize("asked", [{"y": "y"}, {"y": "n", "family": "poisson"}, {"y": "x", "family": "gaussian"}])
@pytest.mark.parametrize("misled", [False, True])
def test_the_null_model_with_an_offset_rides_along(asked, misled, columns, monkeypatch):
    """Where the rows that tell its whereabouts mislead, it is fitted by passes of its own."""
    monkeypatch.setattr("glmnn.problem.problem.SMALL", 1_000)
    if misled:
        columns = {**columns, "o": np.where(np.arange(ROWS) % 4 == 0, columns["o"] + 0.5, columns["o"])}
    asked = {**asked, "features": ["z"], "solver": "fisher", "offset": "o", "engine": "memory"}
    found = glmnn.fit(columns, **asked).comparison.estimate
    assert (found.reference.closing.besides["null"].least() is None) == misled
    monkeypatch.setattr("glmnn.diagnostics.besides.LARGE", np.inf)
    alone = glmnn.fit(columns, **asked).comparison.estimate.maximum
    assert found.maximum.null_deviance == pytest.approx(alone.null_deviance, rel=1e-12)
    assert found.maximum.exact == alone.exact


@pytest.mark.parametrize("kind", [kind for kind in MOST if "L2" in kind or kind == "multinomial"])
def test_one_pass_for_everything_says_what_passes_one_by_one_say(kind, columns, monkeypatch):
    asked = {"features": ["x", "z"], "solver": "fisher", "engine": "memory", **MOST[kind][0]}
    monkeypatch.setattr("glmnn.problem.problem.SMALL", 1_000)
    ours = glmnn.fit(columns, **asked).comparison.estimate
    for where in (
        "glmnn.solvers.closing.MANY",
        "glmnn.solvers.closing_classes.MANY",
        "glmnn.solvers.stopping.standard_errors.MANY",
        "glmnn.solvers.fisher.LARGE",
    ):
        monkeypatch.setattr(where, np.inf)
    theirs = glmnn.fit(columns, **asked).comparison.estimate
    assert ours.reference.closing is not None
    assert theirs.reference.closing is None
    for name in ("coef", "std_error", "deviance", "null_deviance", "pearson", "log_likelihood", "lr_statistic"):
        one, other = getattr(ours.maximum, name), getattr(theirs.maximum, name)
        np.testing.assert_allclose(one, other, rtol=1e-11, err_msg=name)
    assert ours.maximum.exact == theirs.maximum.exact


@pytest.mark.parametrize("size", [1.0, 1e4])
def test_of_an_offset_that_leaves_the_digits_alone_no_sum_is_in_extended_precision(size, columns):
    asked = {"y": "y", "features": ["x", "z"], "solver": "fisher", "offset": "o", "engine": "memory"}
    columns = {**columns, "z": columns["z"] - size * columns["o"], "o": size * columns["o"]}
    closed = glmnn.fit(columns, **asked).comparison.estimate
    assert (closed.reference.closing is not None) == (size == 1.0)
    assert closed.maximum.certain_digits.min() > 14


def test_some_of_the_rows_are_read_once_for_whoever_wants_some(tmp_path):
    frame = pd.DataFrame({"x": np.random.default_rng(1).standard_normal(90_000), "y": np.arange(90_000) % 2})
    frame.to_parquet(tmp_path / "p.parquet")
    typed = read_rows(str(tmp_path / "p.parquet"), FitOptions(target="y", engine="stream")).stream
    whole = typed.store.read(0, 90_000)
    for stride in (16, 4, 8, 12):
        assert np.array_equal(typed.every(stride), whole[::stride])
    assert typed.run.passes == 1 / 4
    assert np.array_equal(typed.every(7), whole[::7])
