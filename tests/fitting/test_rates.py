"""Rates with their exposures for weights are the counts with an offset of log(exposure)."""

import numpy as np
import pandas as pd
import pytest

import glmnn
from glmnn.errors import DataError

EXPOSURE = np.array([2, 4, 2, 1, 5, 3, 8, 2.0])
COUNTS = np.array([1, 1, 3, 2, 9, 7, 20, 9.0])
FRAME = pd.DataFrame({
    "rate": COUNTS / EXPOSURE, "count": COUNTS, "e": EXPOSURE, "x": np.arange(8) / 4, "g": [0, 0, 1, 1, 2, 2, 3, 3],
})  # fmt: skip


def numbers(result):
    found = result.to_dict()["inference"]
    return {key: value for key, value in found.items() if key != "weights"}


@pytest.mark.parametrize("extra", [{}, {"cov": "HC0"}, {"cov": "HC3"}, {"cov": "cluster:g"}, {"ci": "profile"}])
@pytest.mark.parametrize("kind", [{}, {"weights_type": "var"}])
def test_rates_say_what_the_counts_say(kind, extra):
    options = {"family": "poisson", "features": ["x"], "solver": "fisher", **extra}
    rates = glmnn.fit(FRAME, target="rate", weights="e", **kind, **options)
    counts = glmnn.fit(FRAME, target="count", exposure="e", **options)
    there = numbers(counts)
    for key, value in numbers(rates).items():
        if key == "coefficients":
            for ours, theirs in zip(value, there[key], strict=True):
                for name in ("estimate", "std.error", "statistic", "p.value", "conf.low", "conf.high"):
                    assert ours[name] == pytest.approx(theirs[name], rel=1e-8), name
        elif isinstance(value, float):
            assert value == pytest.approx(there[key], rel=1e-10), key
    assert any("taken for rates" in note for note in rates.comparison.estimate.notes)


def test_rates_of_no_whole_counts_have_no_likelihood():
    frame = FRAME.assign(rate=FRAME["rate"] * 1.01)
    result = glmnn.fit(frame, target="rate", weights="e", features=["x"], family="poisson", solver="fisher")
    assert numbers(result)["AIC"] is None
    assert any("no log-likelihood" in note for note in result.comparison.estimate.notes)
    assert np.all(np.isfinite(result.std_error))


def test_a_saved_model_of_rates_measures_rates():
    result = glmnn.fit(FRAME, target="rate", weights="e", features=["x"], family="poisson", solver="fisher")
    assert result.predict(FRAME).metrics["deviance"] == pytest.approx(numbers(result)["deviance"])


@pytest.mark.parametrize(
    ("family", "options", "message"),
    [
        ("poisson", {}, "counts with exposure, or the exposures as weights with weights_type='var'"),
        ("poisson", {"weights": "e", "weights_type": "freq"}, "weights_type='var'"),
        ("poisson", {"weights": "e", "weights_type": "prob"}, "weights_type='var'"),
        ("negative_binomial", {"weights": "e", "alpha": 0.5}, "counts with exposure"),
        ("negative_binomial", {"alpha": 0.5}, "counts with exposure"),
    ],
)
def test_what_to_write_instead(family, options, message):
    with pytest.raises(DataError, match=f"needs whole numbers.*{message}"):
        glmnn.fit(FRAME, target="rate", features=["x"], family=family, solver="fisher", **options)
