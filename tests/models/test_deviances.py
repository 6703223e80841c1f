"""Unit deviances against their textbook formulas in 400-digit arithmetic, near y = mu, far from it, large and small."""

import numpy as np
import pytest
from mpmath import mp, mpf, workdps

from glmnn.models.evaluation import Totals
from glmnn.models.families import FAMILIES, negative_binomial, tweedie


def _y_log_ratio(y, mu):
    return y * mp.log(y / mu) if y else mpf(0)


def _negative_binomial(alpha):
    size = 1 / mpf(alpha)
    return lambda y, mu: 2 * (_y_log_ratio(y, mu) - (y + size) * mp.log((y + size) / (mu + size)))


def _tweedie(power):
    first, second = 1 - mpf(power), 2 - mpf(power)

    def deviance(y, mu):
        least = y**second if y else mpf(0)
        return 2 * (least / (first * second) - y * mu**first / first + mu**second / second)

    return deviance


TEXTBOOK = {
    "poisson": (FAMILIES["poisson"], lambda y, mu: 2 * (_y_log_ratio(y, mu) - y + mu)),
    "gamma": (FAMILIES["gamma"], lambda y, mu: 2 * ((y - mu) / mu - mp.log(y / mu))),
    "inverse_gaussian": (FAMILIES["inverse_gaussian"], lambda y, mu: (y - mu) ** 2 / (y * mu**2)),
    **{f"negative_binomial {a:g}": (negative_binomial(a), _negative_binomial(a)) for a in (1e-8, 0.01, 0.7, 50.0, 1e6)},
    **{f"tweedie {p:g}": (tweedie(p), _tweedie(p)) for p in (1.0001, 1.2, 1.4999, 1.5, 1.9999, 2.0001, 2.5, 3.5, 8.0)},
}


def draw(zero, exponent, rng):
    """Return responses and means: nearly equal, of the same size, and unlike each other; some responses are 0."""
    mu = 10.0 ** rng.uniform(-exponent, exponent, 60)
    near = mu * (1.0 + rng.choice([-1.0, 1.0], 60) * 10.0 ** rng.uniform(-15, -0.5, 60))
    of_a_size = mu * 10.0 ** rng.uniform(-2, 2, 60)
    apart = 10.0 ** rng.uniform(-exponent, exponent, 60)
    nothing = np.zeros(60 if zero else 0)
    y = np.concatenate([near, of_a_size, apart, mu, nothing])
    return y, np.resize(mu, y.size)


@pytest.mark.slow
@pytest.mark.parametrize("exponent", [2, 30])
@pytest.mark.parametrize("case", TEXTBOOK)
def test_unit_deviance(case, exponent):
    family, textbook = TEXTBOOK[case]
    y, mu = draw(family.support.zero, exponent, np.random.default_rng(3))
    found = family.unit_deviance(y, mu, 1.0 - mu)
    with workdps(400):
        exact = np.array([float(textbook(mpf(a), mpf(b))) for a, b in zip(y.tolist(), mu.tolist(), strict=True)])
    inside = (exact == 0) | ((exact > 1e-250) & (exact < 1e250))  # float64 holds every power on the way
    assert inside.mean() > 0.9
    np.testing.assert_allclose(found[inside], exact[inside], rtol=5e-14)


def test_beyond_the_width_of_float64():
    """y / mu itself overflows or vanishes; log(1e-200) - log(1e150) does not."""
    y, mu = np.array([1e-200]), np.array([1e150])
    assert FAMILIES["gamma"].unit_deviance(y, mu, -mu)[0] == pytest.approx(2 * (350 * np.log(10) - 1), rel=1e-14)


@pytest.mark.parametrize("alpha", [1e-14, 1e-10, 1e-6, 1e-3, 1 / 32, 0.05, 2.0])
def test_log_likelihood_of_a_small_alpha(alpha):
    """The gamma functions of a large 1 / alpha cancel; what is left keeps its digits."""
    y, mu, ones = np.array([0.0, 3.0, 40.0]), np.array([1.0, 2.5, 37.0]), np.ones(3)
    totals = Totals(rows=3, weight=3.0, deviance=0.0, whole_numbers=True)
    found = negative_binomial(alpha).log_likelihood(y, mu, ones, 0.0, totals)
    with workdps(50):
        size = 1 / mpf(alpha)
        exact = sum(
            mp.loggamma(a + size) - mp.loggamma(size) - mp.loggamma(a + 1) + a * mp.log(m / (m + size))
            - size * mp.log1p(m / size)
            for a, m in zip(map(mpf, y.tolist()), map(mpf, mu.tolist()), strict=True)
        )  # fmt: skip
    assert found == pytest.approx(float(exact), rel=1e-13)
