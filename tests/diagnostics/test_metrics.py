"""Metrics against scipy, statsmodels and the trials written out one by one."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from glmnn.diagnostics import metrics

RNG = np.random.default_rng(1)
MU = np.round(RNG.uniform(0.06, 0.94, 60), 1)  # with ties
Y = (RNG.uniform(size=60) < MU).astype(float)
ONES = np.ones(60)


def written_out(y, mu, trials):
    """Return 0/1 responses and means of the single trials."""
    successes = np.round(y * trials).astype(int)
    responses = [[1.0] * s + [0.0] * (n - s) for s, n in zip(successes, trials.astype(int), strict=True)]
    return np.concatenate(responses), np.repeat(mu, trials.astype(int))


def logit(mu):
    return np.log(mu) - np.log1p(-mu)


def test_auc_is_the_statistic_of_mann_and_whitney():
    statistic = mannwhitneyu(MU[Y == 1], MU[Y == 0]).statistic
    assert metrics.auc(Y, MU, ONES) == pytest.approx(statistic / (Y.sum() * (1 - Y).sum()), rel=1e-14)
    assert metrics.auc(Y, np.full(60, 0.3), ONES) == 0.5
    assert metrics.auc(Y, Y, ONES) == 1.0
    assert metrics.auc(Y, 1 - Y, ONES) == 0.0
    assert np.isnan(metrics.auc(ONES, MU, ONES))


def test_calibration_is_that_of_two_regressions():
    eta = logit(MU)
    family = sm.families.Binomial()
    slope = sm.GLM(Y, sm.add_constant(eta), family).fit(tol=1e-14).params[1]
    intercept = sm.GLM(Y, ONES, family, offset=eta).fit(tol=1e-14).params[0]
    assert metrics.calibration(Y, eta, ONES) == pytest.approx((intercept, slope), rel=1e-9)
    assert np.isnan(metrics.calibration(Y, np.where(Y == 1, 1.0, -1.0), ONES)[1])  # separated
    assert np.isnan(metrics.calibration(Y, np.full(60, np.inf), ONES)).all()


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_grouped_rows_say_what_their_trials_would(seed):
    rng = np.random.default_rng(seed)
    trials = rng.integers(1, 6, 12).astype(float)
    y = rng.binomial(trials.astype(int), 0.4) / trials
    mu = np.round(rng.uniform(0.05, 0.95, 12), 1)
    single, means = written_out(y, mu, trials)
    ones = np.ones(single.size)
    for function in (metrics.accuracy, metrics.auc, metrics.brier):
        assert function(y, mu, trials) == pytest.approx(function(single, means, ones), rel=1e-12, nan_ok=True)
    grouped = metrics.calibration(y, logit(mu), trials)
    assert grouped == pytest.approx(metrics.calibration(single, logit(means), ones), rel=1e-6, abs=1e-9, nan_ok=True)


def test_loss_is_the_mean_cross_entropy():
    deviance = float(-2 * np.sum(np.where(Y == 1, np.log(MU), np.log1p(-MU))))
    found = metrics.of_probabilities(Y, MU, logit(MU), ONES, deviance)
    assert found["mean_loss"] == pytest.approx(-np.mean(Y * np.log(MU) + (1 - Y) * np.log1p(-MU)), rel=1e-14)
    assert found["accuracy"] == np.mean((MU >= 0.5) == Y)
    assert found["brier"] == pytest.approx(np.mean((Y - MU) ** 2), rel=1e-14)


def test_errors_of_means():
    y, mu, twice = np.array([1.0, 2.0, 5.0]), np.array([1.0, 4.0, 4.0]), np.array([1.0, 2.0, 1.0])
    again = np.repeat(np.arange(3), [1, 2, 1])
    for function in (metrics.rmse, metrics.mae):
        assert function(y, mu, twice) == pytest.approx(function(y[again], mu[again], np.ones(4)), rel=1e-15)
    assert metrics.rmse(y, mu, np.ones(3)) == pytest.approx(np.sqrt(5 / 3), rel=1e-15)
    found = metrics.of_means(y, mu, np.ones(3), np.inf)
    assert np.isnan(found["deviance"])
    assert found["mae"] == 1.0
