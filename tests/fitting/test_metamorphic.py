"""What must not change an answer: the order of rows and columns, units that are powers of two, rows split or doubled.

Verdict, exit code and coefficients are held against those of the data as they were, for every family and link.
"""

import zlib

import numpy as np
import pandas as pd
import pytest

import glmnn
from glmnn.fitting.estimate import Maximum, Separated
from pairs import MODEL_NAMES, MODELS, typical_means

SYMMETRIC = {"logit": "logit", "probit": "probit", "cauchit": "cauchit", "cloglog": "loglog", "loglog": "cloglog"}


def options_of(model):
    name = model.family.kind
    given = {"family": name, "link": model.link.name, "weights": "w", "weights_type": "var", "offset": "o"}
    if model.family.parameter is not None:
        given["alpha" if name == "negative_binomial" else "power"] = model.family.parameter
    return given


def drawn(model, rows=14):
    """Return a well-posed data set with two features, prior weights and an offset."""
    rng = np.random.default_rng(zlib.crc32(f"{model.family.name} {model.link.name}".encode()))
    low, high = model.link.link(np.array(typical_means(model)))
    x, z = rng.permutation(np.linspace(-1, 1, rows)), rng.uniform(-1, 1, rows)
    offset = 0.02 * rng.uniform(-1, 1, rows) * (high - low)
    mu = model.link.inverse((low + high) / 2 + (high - low) * (0.3 * x - 0.15 * z) + offset)
    weight = rng.integers(1, 5, rows) * 1.0
    match model.family.kind:
        case "gaussian":
            y = mu + 0.05 * rng.standard_normal(rows)
        case "binomial":
            weight *= 8
            y = np.clip(rng.binomial(weight.astype(int), mu), 1, weight - 1) / weight
        case "poisson" | "negative_binomial":
            y = rng.poisson(mu) + 1.0
        case _:
            y = rng.gamma(20.0, mu / 20.0)
    return pd.DataFrame({"x": x, "z": z, "y": y, "w": weight, "o": offset})


def fitted(frame, features=("x", "z"), **options):
    return glmnn.fit(frame, features=list(features), solver="fisher", **options)


def told(result):
    """Return what kind of verdict this is."""
    estimate = result.comparison.estimate
    return (
        int(result.comparison.exit),
        estimate.reference.status.value if not estimate.lost else "lost",
        isinstance(estimate.outcome, Separated) and estimate.outcome.separation.complete,
        len(estimate.aliases),
    )


def assert_same(there, here, factors=(1.0, 1.0, 1.0), errors=1.0):
    """Hold coefficients (and standard errors) times factors against those of the data as they were."""
    assert told(here) == told(there)
    if not isinstance(there.comparison.estimate.outcome, Maximum):
        return
    factors = dict(zip(("(Intercept)", "x", "z"), factors, strict=True))
    for name, value in there.coef.items():
        spread = there.std_error[name]
        unit = max(abs(value), 1e-3 * spread) if np.isfinite(spread) else abs(value)
        assert abs(here.coef[name] * factors[name] - value) <= 1e-12 * unit, name
        if errors and np.isfinite(spread):
            assert here.std_error[name] * factors[name] * errors == pytest.approx(spread, rel=1e-9), name


def shuffled(frame):
    return frame.iloc[np.random.default_rng(1).permutation(len(frame))].reset_index(drop=True)


every_model = pytest.mark.parametrize("model", MODELS, ids=MODEL_NAMES)


@pytest.mark.slow
@every_model
def test_order_and_units(model):
    frame, options = drawn(model), options_of(model)
    there = fitted(frame, **options)
    assert told(there)[0] == 0
    assert_same(there, fitted(shuffled(frame), **options))
    assert_same(there, fitted(frame[::-1].reset_index(drop=True), **options))
    assert_same(there, fitted(frame, ("z", "x"), **options))
    far = frame.assign(x=frame["x"] * 2.0**40, z=frame["z"] * 2.0**-30)
    assert_same(there, fitted(far, **options), (1.0, 2.0**40, 2.0**-30))
    huge = frame.assign(x=frame["x"] * 2.0**-300, z=frame["z"] * 2.0**300)
    assert_same(there, fitted(huge, **options), (1.0, 2.0**-300, 2.0**300))


@pytest.mark.slow
@every_model
def test_rows_doubled_and_weights_split(model):
    frame, options = drawn(model), options_of(model)
    there = fitted(frame, **options)
    known = model.family.dispersion_known
    twice = pd.concat([frame, frame], ignore_index=True)
    assert_same(there, fitted(twice, **options), errors=np.sqrt(2.0) if known else 0.0)
    heavier = frame.assign(w=frame["w"] * 2.0**20)
    assert_same(there, fitted(heavier, **options), errors=2.0**10 if known else 1.0)
    parts = pd.concat([frame.assign(w=frame["w"] / 4), frame.assign(w=3 * frame["w"] / 4)], ignore_index=True)
    assert_same(there, fitted(parts, **options), errors=1.0 if known else 0.0)
    counted = {**options, "weights_type": "freq"}
    doubled = frame.assign(w=2 * frame["w"])
    assert_same(fitted(twice, **counted), fitted(doubled, **counted))


@pytest.mark.parametrize("link", SYMMETRIC)
def test_successes_and_failures_exchanged(link):
    model = next(model for model in MODELS if model.family.name == "binomial" and model.link.name == link)
    frame, options = drawn(model), options_of(model)
    other = frame.assign(y=1 - frame["y"], o=-frame["o"])
    there, here = fitted(frame, **options), fitted(other, **{**options, "link": SYMMETRIC[link]})
    assert_same(there, here, (-1.0, -1.0, -1.0), errors=-1.0)


def far_columns(rng):
    x = 1e12 + rng.uniform(0, 1000, 30)
    y = (rng.random(30) < 1 / (1 + np.exp(-(x - 1e12 - 500) / 200))).astype(float)
    return pd.DataFrame({"x": x, "z": rng.standard_normal(30), "y": y})


def nearly_collinear(rng):
    x = rng.standard_normal(30)
    z = x + 1e-12 * rng.standard_normal(30)
    return pd.DataFrame({"x": x, "z": z, "y": (rng.random(30) < 0.5).astype(float)})


def huge_columns(rng):
    frame = pd.DataFrame({"x": 1e150 * rng.standard_normal(30), "z": rng.standard_normal(30)})
    return frame.assign(y=(rng.random(30) < 0.5).astype(float))


EXTREME = {"columns of 1e12": far_columns, "collinear": nearly_collinear, "columns of 1e150": huge_columns}


def assert_verdict_stays(frame, **options):
    there = fitted(frame, **options)
    for here in (
        fitted(shuffled(frame), **options),
        fitted(frame[::-1].reset_index(drop=True), **options),
        fitted(frame, ("z", "x"), **options),
        fitted(frame.assign(z=frame["z"] * 2.0**-20, x=frame["x"] * 2.0**7), **options),
    ):
        assert told(here) == told(there)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("link", ["logit", "probit", "cauchit", "cloglog"])
@pytest.mark.parametrize("case", EXTREME)
def test_verdicts_of_extreme_data(case, link, seed):
    frame = EXTREME[case](np.random.default_rng(seed))
    assert_verdict_stays(frame, family="binomial", link=link)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("link", ["logit", "probit", "cauchit"])  # the log-likelihood of cloglog is -exp(1461) there
def test_verdicts_with_offsets_up_to_1461(link, seed):
    """Rows whose fitted probability is 0 or 1 to the last bit; whatever the verdict, it is one."""
    rng = np.random.default_rng(seed)
    x, offset = rng.standard_normal(20), np.round(rng.uniform(-1461, 1461, 20))
    y = (rng.random(20) < 0.5).astype(float)
    frame = pd.DataFrame({"x": x, "z": rng.standard_normal(20), "y": y, "o": offset})
    assert_verdict_stays(frame, family="binomial", link=link, offset="o")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("link", ["logit", "probit", "cauchit", "cloglog"])
def test_verdicts_of_five_values_near_1e12(link, seed):
    rng = np.random.default_rng(seed)
    x = 1e12 + rng.integers(0, 5, 30)
    frame = pd.DataFrame({"x": x, "z": x * 1e-6 + rng.standard_normal(30), "y": (rng.random(30) < 0.5).astype(float)})
    assert_verdict_stays(frame, family="binomial", link=link)
