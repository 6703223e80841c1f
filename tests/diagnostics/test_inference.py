"""Robust covariances, profile intervals, penalties and kinds of weights, against R and closed forms."""

import csv
import io
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import glmnn
from glmnn.data.sources.files import read_table
from glmnn.errors import Exit, UsageError
from glmnn.fitting.compare import run
from glmnn.fitting.estimate import Separated
from glmnn.fitting.options import FitOptions
from glmnn.fitting.plan import make_spec

HERE = Path(__file__).parents[1]
DATA = HERE.parent / "data"
CASES = {
    "primes": {},
    "video": {},
    "warpbreaks": {"formula": "breaks ~ C(wool) + C(tension)", "family": "poisson"},
    "beetles": {"target": "killed", "features": ["log_dose"], "trials": "beetles", "link": "probit"},
}
REORDER = {"warpbreaks": [0, 1, 2, 3]}


def reference(case, kind):
    rows = csv.DictReader(io.StringIO((HERE / "reference" / "inference.csv").read_text(encoding="utf-8")))
    return np.array([float(row["value"]) for row in rows if (row["case"], row["kind"]) == (case, kind)])


def fitted(case, **options):
    return run(make_spec(FitOptions(solver=["fisher"], **options)), read_table(str(DATA / f"{case}.csv")))


@pytest.mark.parametrize("kind", ["HC0", "HC1", "HC2", "HC3"])
@pytest.mark.parametrize("case", CASES)
def test_sandwich_against_r(case, kind):
    found = fitted(case, cov=kind, **CASES[case]).estimate.maximum
    np.testing.assert_allclose(found.std_error, reference(case, kind), rtol=1e-7)


@pytest.mark.parametrize("case", CASES)
def test_profile_intervals_against_r(case):
    """R interpolates its profile by a spline, which leaves about a thousandth of a standard error."""
    found = fitted(case, ci="profile", **CASES[case]).estimate.maximum
    assert np.all(np.abs(found.low - reference(case, "profile_low")) < 2e-3 * found.std_error)
    assert np.all(np.abs(found.high - reference(case, "profile_high")) < 2e-3 * found.std_error)


def test_profile_ends_are_where_the_likelihood_ratio_is_the_quantile():
    """At the ends 2 (l - l_max) is the 95 % quantile of chi-squared(1), 3.841459, by another optimiser."""
    found = fitted("primes", ci="profile").estimate.maximum
    x = np.array([2, 3, 5, 7, 11, 13.0])
    y = np.array([0, 0, 1, 0, 1, 1.0])
    from scipy.optimize import minimize_scalar

    for end in (found.low[1], found.high[1]):
        best = minimize_scalar(
            lambda a, end=end: 2 * np.sum(np.logaddexp(0, a + end * x) - y * (a + end * x)), method="brent", tol=1e-12
        )
        assert best.fun - found.deviance == pytest.approx(3.841458820694124, rel=1e-7)


def test_a_likelihood_without_a_second_end(tmp_path):
    """y = 1 throughout one group but for a single row: far out the likelihood hardly falls, yet the ends exist."""
    path = tmp_path / "p.csv"
    path.write_text("y,g\n" + "0,0\n1,0\n" * 5 + "1,1\n" * 9 + "0,1\n")
    found = run(make_spec(FitOptions(solver=["fisher"], ci="profile")), read_table(str(path))).estimate.maximum
    assert np.all(np.isfinite(found.low))
    assert np.all(found.low < found.coef)
    assert found.high[1] - found.coef[1] > found.coef[1] - found.low[1]


def test_clusters_against_r(tmp_path):
    text = (DATA / "warpbreaks.csv").read_text(encoding="utf-8").splitlines()
    path = tmp_path / "w.csv"
    path.write_text("\n".join([f"{text[0]},loom", *(f"{line},{i % 9}" for i, line in enumerate(text[1:]))]))
    options = FitOptions(solver=["fisher"], formula="breaks ~ C(tension)", family="poisson", cov="cluster:loom")
    found = run(make_spec(options), read_table(str(path))).estimate.maximum
    np.testing.assert_allclose(found.std_error, reference("warpbreaks_cluster", "std_error"), rtol=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("case", ["primes", "iris_setosa", "video", "warpbreaks", "beetles"])
def test_firth_against_r(case):
    options = {**CASES.get(case, {}), "link": None}
    found = run(
        make_spec(FitOptions(solver=["both"], penalty="firth", **options)), read_table(str(DATA / f"{case}.csv"))
    )
    np.testing.assert_allclose(found.estimate.maximum.coef, reference(case, "firth"), rtol=1e-6)
    assert found.agreements[1].distance < 1e-5


@pytest.mark.parametrize("strength", [0.1, 1.0, 30.0])
def test_ridge_meets_its_equations(strength):
    """The score equals lambda b on the slopes and 0 on the intercept; lambda = 1 is scikit-learn's default C."""
    comparison = fitted("primes", l2=strength)
    x = np.column_stack([np.ones(6), [2, 3, 5, 7, 11, 13]])
    coef = comparison.estimate.maximum.coef
    score = x.T @ (np.array([0, 0, 1, 0, 1, 1]) - 1 / (1 + np.exp(-x @ coef)))
    np.testing.assert_allclose(score, strength * coef * [0, 1], atol=1e-10)
    both = run(make_spec(FitOptions(l2=strength)), read_table(str(DATA / "primes.csv")))
    assert both.exit is Exit.DONE
    held = fitted("primes", l2=strength, penalize_intercept=True).estimate.maximum.coef
    score = x.T @ (np.array([0, 0, 1, 0, 1, 1]) - 1 / (1 + np.exp(-x @ held)))
    np.testing.assert_allclose(score, strength * held, atol=1e-10)


def test_ridge_of_the_peers_default():
    """scikit-learn's LogisticRegression() on the primes, as measured: -3.1121, 0.4783."""
    np.testing.assert_allclose(fitted("primes", l2=1.0).estimate.maximum.coef, [-3.1121, 0.4783], atol=5e-5)


def test_penalised_answers_are_finite_on_separated_data_and_labelled():
    for options in ({"penalty": "firth"}, {"l2": 1.0}):
        comparison = fitted("iris_setosa", **options)
        assert comparison.exit is Exit.DONE
        assert not isinstance(comparison.estimate.outcome, Separated)
        assert "maximum likelihood" not in comparison.estimate.goal


def test_kinds_of_weights(tmp_path):
    """Frequency weights equal rows written out; sampling weights have the same estimate and robust errors."""
    rng = np.random.default_rng(2)
    x, y, w = rng.standard_normal(30), rng.standard_normal(30), rng.integers(1, 5, 30)
    weighted, long = tmp_path / "w.csv", tmp_path / "l.csv"
    weighted.write_text(
        "x,y,w\n" + "\n".join(f"{a!r},{b!r},{c}" for a, b, c in zip(x.tolist(), y.tolist(), w, strict=True))
    )
    rows = [f"{a!r},{b!r}" for a, b, c in zip(x.tolist(), y.tolist(), w, strict=True) for _ in range(c)]
    long.write_text("x,y\n" + "\n".join(rows))

    def infer(path, **options):
        return run(
            make_spec(FitOptions(solver=["fisher"], family="gaussian", **options)), read_table(str(path))
        ).estimate.maximum

    written, counted = infer(long), infer(weighted, weights="w", weights_type="freq")
    for name in ("coef", "std_error", "p_value", "deviance", "null_deviance", "aic", "bic", "df_residual"):
        np.testing.assert_allclose(getattr(counted, name), getattr(written, name), rtol=1e-12, err_msg=name)
    variance = infer(weighted, weights="w", weights_type="var")
    sampled = infer(weighted, weights="w", weights_type="prob")
    np.testing.assert_allclose(variance.coef, written.coef, rtol=1e-12)
    np.testing.assert_allclose(sampled.coef, written.coef, rtol=1e-12)
    assert variance.df_residual == 28
    assert sampled.settings.covariance == "HC0"
    assert np.isnan(sampled.aic)
    X = np.column_stack([np.ones(30), x])
    bread = np.linalg.inv(X.T @ (X * w[:, None]))
    residual = w * (y - X @ sampled.coef)
    expected = np.sqrt(np.diag(bread @ X.T @ (X * residual[:, None] ** 2) @ bread))
    np.testing.assert_allclose(sampled.std_error, expected, rtol=1e-12)
    with pytest.raises(UsageError, match="needs --weights-type"):
        infer(weighted, weights="w")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cov": "HC9"}, "there is no covariance 'HC9'"),
        ({"ci": "profil"}, "did you mean 'profile'"),
        ({"weights_type": "var"}, "give both"),
        ({"ci": "profile", "cov": "HC0"}, "rests on the likelihood"),
        ({"penalty": "ridge"}, "for L2 give --l2"),
        ({"l2": -1.0}, "must be positive"),
        ({"penalty": "firth", "l2": 1.0}, "not both"),
        ({"penalty": "firth", "family": "gaussian"}, "binomial and poisson"),
    ],
)
def test_impossible_choices(options, message):
    with pytest.raises(UsageError, match=message):
        fitted("primes", **options)


@pytest.mark.parametrize(
    ("family", "cov"),
    [
        *product(("binomial", "poisson", "gaussian"), ("model", "HC0", "HC3", "cluster:c")),
        ("multinomial", "model"),
        ("multinomial", "HC0"),
    ],
)
def test_columns_that_hardly_vary_cost_standard_errors_no_digits(family, cov, tmp_path):
    """x = 1 + z / 2^20 is exact, so its coefficients and errors are those of z times 2^20; and so on a stream."""
    rng = np.random.default_rng(2)
    z, small = rng.integers(-9, 10, 60), 2.0**-20
    y = {"binomial": rng.integers(0, 2, 60), "multinomial": rng.choice(["a", "b", "c"], 60)}.get(family)
    y = (rng.poisson(2.0, 60) if family == "poisson" else rng.standard_normal(60)) if y is None else y
    data = pd.DataFrame({"x": 1.0 + small * z, "z": z, "y": y, "c": np.arange(60) % 12})
    data.to_csv(tmp_path / "data.csv", index=False)
    options = {"family": family, "cov": cov, "solver": "fisher"}
    near, far = (glmnn.fit(data, formula=f"y ~ {name}", **options) for name in "xz")
    slopes = [place for place, name in enumerate(near.coef.index) if name.endswith("x")]
    np.testing.assert_allclose(small * near.std_error.iloc[slopes], far.std_error.iloc[slopes], rtol=1e-9)
    stream = glmnn.fit(tmp_path / "data.csv", formula="y ~ x", engine="stream", **options)
    assert stream.std_error.tolist() == near.std_error.tolist()


@pytest.mark.parametrize("options", [{"penalty": "firth"}, {"l2": 0.5}])
@pytest.mark.parametrize("origin", [2.0**10, 2.0**20, 2.0**24])
def test_penalised_estimates_do_not_depend_on_where_a_column_begins(options, origin):
    rng = np.random.default_rng(3)
    x, y = rng.integers(0, 64, 60) / 64, rng.integers(0, 2, 60)
    near, far = (glmnn.fit({"x": x + place, "y": y}, solver="fisher", **options) for place in (0.0, origin))
    assert far.converged
    assert far.coef["x"] == pytest.approx(near.coef["x"], rel=1e-11)
    assert far.std_error["x"] == pytest.approx(near.std_error["x"], rel=1e-8)
    assert far.deviance == pytest.approx(near.deviance, rel=1e-10)


def test_firth_with_powers_of_raw_years():
    year, y = np.arange(1990.0, 2030.0), np.random.default_rng(3).integers(0, 2, 40)
    options = {"formula": "y ~ x + I(x**2) + I(x**3)", "penalty": "firth", "solver": "fisher"}
    centred, raw = (glmnn.fit({"x": year - origin, "y": y}, **options) for origin in (2009.5, 0.0))
    assert raw.converged
    assert raw.coef.iloc[-1] == pytest.approx(centred.coef.iloc[-1], rel=1e-8)
    assert raw.std_error.iloc[-1] == pytest.approx(centred.std_error.iloc[-1], rel=1e-8)


def test_overdispersion_does_not_depend_on_where_a_column_begins():
    year, y = np.arange(1990.0, 2030.0), np.random.default_rng(3).negative_binomial(2, 0.2, 40)
    options = {"formula": "y ~ x + I(x**2) + I(x**3)", "family": "poisson", "solver": "fisher"}
    fits = [glmnn.fit({"x": year - origin, "y": y}, **options) for origin in (2009.5, 0.0)]
    centred, raw = (fitted.comparison.estimate.maximum.overdispersion for fitted in fits)
    assert centred.found
    assert raw.statistic == pytest.approx(centred.statistic, rel=1e-9)
