"""Frequency weights say what the rows written out one by one say, in every number of the document."""

import numpy as np
import pytest

from glmnn.api.fitted import fit
from glmnn.data.sources.files import read_table
from glmnn.fitting.compare import run
from glmnn.fitting.document import to_document
from glmnn.fitting.options import FitOptions
from glmnn.fitting.plan import make_spec
from glmnn.report.schema import json_values

FAMILIES = {
    "gaussian": {},
    "binomial": {},
    "binomial-probit": {"family": "binomial", "link": "probit"},
    "poisson": {},
    "poisson-sqrt": {"family": "poisson", "link": "sqrt"},
    "gamma": {"link": "log"},
    "inverse_gaussian": {"link": "log"},
    "negative_binomial": {"alpha": 0.7},
    "tweedie": {"power": 1.5},
    "multinomial": {},
}
KINDS = ["model", "HC0", "HC1", "HC2", "HC3", "cluster:g"]


def response(family, mean, rng):
    match family:
        case "gaussian":
            return mean + rng.standard_normal(mean.size)
        case "binomial":
            return (rng.random(mean.size) < mean / (1.0 + mean)).astype(float)
        case "multinomial":
            return rng.permutation(np.arange(mean.size) % 3).astype(float)
        case "poisson" | "negative_binomial":
            return rng.poisson(mean).astype(float)
        case "tweedie":
            return np.where(rng.random(mean.size) < 0.2, 0.0, rng.gamma(4.0, mean / 4.0))
    return rng.gamma(4.0, mean / 4.0)


def two_tables(folder, family):
    """Return the same data with a column of frequencies, one of them 0, and written out."""
    rng = np.random.default_rng(11)
    x, z, g = rng.standard_normal(24), rng.uniform(-0.2, 0.2, 24), np.arange(24) % 5
    y, w = response(family, np.exp(0.4 + 0.5 * x), rng), rng.integers(1, 5, 24)
    w[7] = 0
    rows = [f"{a!r},{b!r},{c!r},{d}" for a, b, c, d in zip(x.tolist(), z.tolist(), y.tolist(), g, strict=True)]
    counted, written = folder / "counted.csv", folder / "written.csv"
    counted.write_text("x,z,y,g,w\n" + "\n".join(f"{row},{times}" for row, times in zip(rows, w, strict=True)))
    written.write_text("x,z,y,g\n" + "\n".join(row for row, n in zip(rows, w, strict=True) for _ in range(n)))
    return counted, written


def numbers(value, path=""):
    """Yield the path and value of every leaf of a document."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from numbers(item, f"{path}.{key}")
    elif isinstance(value, list | tuple | np.ndarray):
        for place, item in enumerate(value):
            yield from numbers(item, f"{path}[{place}]")
    else:
        yield path, value


def document(path, **options):
    comparison = run(make_spec(FitOptions(solver=["fisher"], **options)), read_table(str(path)))
    whole = json_values(to_document(comparison))
    return {key: whole[key] for key in ("model", "exit", "aliased", "estimate", "separation", "boundary", "inference")}


def assert_same(folder, case, **options):
    family = FAMILIES[case].get("family", case)
    counted, written = two_tables(folder, family)
    options = {"family": family, "features": ["x"], **FAMILIES[case], **options}
    there = dict(numbers(document(written, **options)))
    here = dict(numbers(document(counted, weights="w", weights_type="freq", **options)))
    assert here.keys() == there.keys()
    assert here.pop(".inference.weights") == "freq"
    for path, value in here.items():
        if isinstance(value, float):
            # a likelihood that is nearly flat at its root leaves a limit fewer digits
            rtol = 1e-8 if options.get("ci") == "profile" and ".conf." in path else 1e-10
            np.testing.assert_allclose(value, there[path], rtol=rtol, atol=1e-10, err_msg=path)
        else:
            assert value == there[path], path


@pytest.mark.slow
@pytest.mark.parametrize(
    ("case", "kind"),
    [(case, kind) for case in FAMILIES for kind in KINDS if case != "multinomial" or kind in ("model", "HC0")],
)
def test_every_number_of_every_covariance(tmp_path, case, kind):
    assert_same(tmp_path, case, cov=kind)


@pytest.mark.parametrize("case", [case for case in FAMILIES if case != "multinomial"])
def test_profile_intervals(tmp_path, case):
    assert_same(tmp_path, case, ci="profile")


@pytest.mark.parametrize("case", ["gaussian", "binomial", "poisson", "gamma", "tweedie"])
def test_with_an_offset_and_without_an_intercept(tmp_path, case):
    assert_same(tmp_path, case, offset="z", cov="HC3")
    assert_same(tmp_path, case, link="log" if case != "binomial" else "logit", intercept=False)


@pytest.mark.parametrize("case", ["binomial", "poisson", "gamma", "multinomial"])
def test_metrics_of_predictions(tmp_path, case):
    family = FAMILIES[case].get("family", case)
    counted, written = two_tables(tmp_path, family)
    options = {"family": family, "features": ["x"], "solver": ["fisher"], **FAMILIES[case]}
    here = fit(counted, weights="w", weights_type="freq", **options).predict(counted).metrics
    there = fit(written, **options).predict(written).metrics
    assert here.keys() == there.keys()
    for name, value in there.items():
        assert here[name] == pytest.approx(value, rel=1e-10), name


@pytest.mark.parametrize("case", FAMILIES)
def test_the_result_in_python_too(tmp_path, case):
    counted, written = two_tables(tmp_path, FAMILIES[case].get("family", case))
    options = {"family": case, "features": ["x"], "solver": "fisher", **FAMILIES[case]}
    counts, rows = fit(counted, weights="w", weights_type="freq", **options), fit(written, **options)
    for name in ("df_residual", "dispersion", "deviance", "null_deviance", "loglik", "aic", "bic"):
        assert getattr(counts, name) == pytest.approx(getattr(rows, name), rel=1e-10, nan_ok=True), name
    classes = 2 if case == "multinomial" else 1
    assert rows.df_residual == classes * (len(written.read_text().splitlines()) - 1 - 2)
    assert f" on {rows.df_residual} df " in str(counts)


def test_published_example(tmp_path):
    """Stata and statsmodels on the rows written out: 0.557 and 0.136."""
    path = tmp_path / "p.csv"
    path.write_text("x,y,w\n0,1,2\n1,2,1\n2,0,3\n3,3,1\n4,2,2\n5,5,1\n")
    found = document(path, family="poisson", weights="w", weights_type="freq", cov="HC0")["inference"]
    errors = [term["std.error"] for term in found["coefficients"]]
    np.testing.assert_allclose(errors, [0.557, 0.136], atol=5e-4)


def test_a_frequency_costs_no_memory(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("x,y,w\n0,1,2000000000\n1,2,1000000000\n2,0,3000000000\n")
    for family in ("gaussian", "poisson"):
        found = document(path, family=family, weights="w", weights_type="freq")["inference"]
        assert found["nobs"] == 6_000_000_000
        assert np.isfinite(found["logLik"])
