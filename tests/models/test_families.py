import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glmnn.errors import UsageError
from glmnn.models.families import find_family, negative_binomial, tweedie
from glmnn.models.families.deviances import entropy_gap
from pairs import ALL_FAMILIES

families = pytest.mark.parametrize("family", ALL_FAMILIES, ids=lambda family: family.name)
unit = st.floats(0.01, 0.99)


def scaled(family, u):
    return np.array([u if family.means == (0.0, 1.0) else 5 * u])


@families
@given(unit, unit)
def test_deviance_and_variance_belong_together(family, a, b):
    """d/dmu unit deviance = -2 (y - mu) / V(mu): the line that ties deviance to variance (McCullagh & Nelder, 2.3)."""
    y, mu = scaled(family, a), scaled(family, b)
    h = 1e-6 * mu
    up = family.unit_deviance(y, mu + h, 1 - mu - h)
    down = family.unit_deviance(y, mu - h, 1 - mu + h)
    expected = -2 * (y - mu) / family.variance(mu)
    np.testing.assert_allclose((up - down) / (2 * h), expected, rtol=1e-5, atol=1e-6 * float(1 / mu[0]))


@families
@given(unit, unit)
def test_deviance_is_zero_only_at_the_response(family, a, b):
    y, mu = scaled(family, a), scaled(family, b)
    assert family.unit_deviance(y, y, 1 - y)[0] == pytest.approx(0.0, abs=1e-12)
    assert family.unit_deviance(y, mu, 1 - mu)[0] >= -1e-12


@given(st.floats(0.5, 1e9), st.floats(-1e-3, 1e-3))
def test_entropy_gap_keeps_its_digits_near_the_mean(mu, relative):
    """Against the Taylor series mu (d^2/2 - d^3/6 + d^4/12) of y log(y/mu) + mu - y at y = mu (1 + d)."""
    y = mu * (1 + relative)
    d = (y - mu) / mu
    series = mu * (d**2 / 2 - d**3 / 6 + d**4 / 12 - d**5 / 20)
    assert entropy_gap(np.array([y]), np.array([mu]))[0] == pytest.approx(series, rel=1e-9, abs=1e-300)


@families
def test_starting_means_are_legal(family):
    y = np.array([0.0, 0.3, 1.0]) if family.support.zero else np.array([0.2, 0.3, 1.0])
    mu = family.starting_mean(y, np.ones(3))
    low, high = family.means
    assert np.all((mu > low) & (mu < high))


def test_parameters_are_checked():
    assert find_family("negative-binomial", alpha=2.0).variance(np.array([3.0]))[0] == 21.0
    for wrong, message in [
        (lambda: find_family("negative_binomial"), "needs --alpha"),
        (lambda: find_family("tweedie"), "needs --power"),
        (lambda: find_family("poisson", alpha=1.0), "--alpha belongs to"),
        (lambda: find_family("bernouli"), "there is no family"),
        (lambda: find_family("binomal"), "did you mean 'binomial'"),
        (lambda: negative_binomial(-1.0), "greater than 0"),
        (lambda: tweedie(0.5), "between 1 and 2"),
        (lambda: tweedie(2.0), "is the gamma family"),
    ]:
        with pytest.raises(UsageError, match=message):
            wrong()


def test_a_parameter_keeps_all_its_digits():
    alpha, beside = 0.00123456789, np.nextafter(0.00123456789, 1.0)
    family = negative_binomial(alpha)
    assert (family.kind, family.parameter) == ("negative_binomial", alpha)
    assert family == negative_binomial(alpha) != negative_binomial(beside)
    assert family.name != negative_binomial(beside).name
    assert tweedie(1.5) != tweedie(1.5000001)


@families
def test_a_family_survives_pickling(family):
    again = pickle.loads(pickle.dumps(family))
    assert again == family
    assert hash(again) == hash(family)
