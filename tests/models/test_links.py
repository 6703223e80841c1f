import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glmnn.errors import UsageError
from glmnn.models.links import LINKS, find_link, power_link
from pairs import ALL_LINKS

links = pytest.mark.parametrize("link", ALL_LINKS, ids=lambda link: link.name)


def etas(link, values):
    return np.abs(values) + 0.01 if link.domain[0] == 0 else values


@links
@given(st.floats(-4, 4))
def test_link_undoes_inverse(link, value):
    eta = etas(link, np.array([value]))
    if link.name == "cloglog":
        eta = np.minimum(eta, 1.5)  # beyond it 1 - mu is so small that mu no longer holds it
    if link.name == "loglog":
        eta = np.maximum(eta, -1.5)
    np.testing.assert_allclose(link.link(link.inverse(eta)), eta, rtol=1e-9, atol=1e-11)


@links
@given(st.floats(-4, 4))
def test_inverse_derivative_is_the_derivative(link, value):
    eta = etas(link, np.array([value]))
    step = 1e-5 * np.maximum(1.0, np.abs(eta)) * np.minimum(1.0, np.abs(eta) + (link.domain[0] != 0))
    slope = (link.inverse(eta + step) - link.inverse(eta - step)) / (2 * step)
    np.testing.assert_allclose(link.inverse_derivative(eta), slope, rtol=2e-6, atol=1e-10)


@links
@given(st.floats(-3, 3))
def test_rates_are_the_derivative_over_mean_and_complement(link, value):
    eta = etas(link, np.array([value]))
    if link.name == "identity":
        eta = np.abs(eta) / 4 + 0.01
    if link.name == "log":
        eta = -np.abs(eta) - 0.01
    mu, slope = link.inverse(eta), link.inverse_derivative(eta)
    np.testing.assert_allclose(link.rate(eta) * mu, slope, rtol=1e-11)
    if np.all(np.abs(1 - mu) > 1e-3):
        np.testing.assert_allclose(link.complement(eta), 1 - mu, rtol=1e-9)
        np.testing.assert_allclose(link.complement_rate(eta) * (1 - mu), slope, rtol=1e-9)


@pytest.mark.parametrize(
    ("name", "low", "high", "tail"),
    [
        ("logit", -700, 700, 1e-300),
        ("probit", -37, 37, 1e-290),
        ("cloglog", -700, 6.5, 1e-280),
        ("loglog", -6.5, 700, 1e-280),
        ("cauchit", -1e150, 1e150, 1e-149),
    ],
)
def test_tails_keep_their_digits(name, low, high, tail):
    """Neither mu nor 1 - mu rounds to 0 while float64 can still hold it."""
    link = LINKS[name]
    ends = np.array([low, high], dtype=float)
    assert 0 < link.inverse(ends)[0] < tail
    assert 0 < link.complement(ends)[1] < tail
    assert np.all(np.isfinite(link.rate(ends)))
    assert np.all(np.isfinite(link.complement_rate(ends)))


@links
def test_links_survive_pickling(link):
    again = pickle.loads(pickle.dumps(link))
    eta = etas(link, np.array([0.3, 1.7]))
    assert again.name == link.name
    np.testing.assert_array_equal(again.inverse(eta), link.inverse(eta))


def test_known_values():
    """Values a reader can check: logit(0.8) = log 4, Phi(1.96) = 0.975, cloglog(1 - 1/e) = 0."""
    assert LINKS["logit"].link(np.array([0.8]))[0] == pytest.approx(np.log(4), rel=1e-15)
    assert LINKS["probit"].inverse(np.array([1.959963984540054]))[0] == pytest.approx(0.975, rel=1e-14)
    assert LINKS["cloglog"].link(np.array([1 - np.exp(-1)]))[0] == pytest.approx(0.0, abs=1e-15)
    assert LINKS["cauchit"].inverse(np.array([1.0]))[0] == pytest.approx(0.75, rel=1e-15)
    assert LINKS["inverse_squared"].inverse(np.array([0.25]))[0] == 2.0


def test_find_link():
    assert find_link("Inverse-Squared") is LINKS["inverse_squared"]
    assert find_link("power(0.3)").link(np.array([2.0]))[0] == 2.0**0.3
    with pytest.raises(UsageError, match="did you mean 'logit'"):
        find_link("loglt")
    with pytest.raises(UsageError, match="not a number"):
        find_link("power(a)")
    with pytest.raises(UsageError, match="other than 0"):
        power_link(0.0)


@pytest.mark.parametrize(
    ("text", "exponent"),
    [
        ("power(-0.5)", -0.5),
        ("power( 0.4 )", 0.4),
        ("power(1e-1)", 0.1),
        ("Power(+2)", 2.0),
        ("power(1/3)", 1 / 3),
        ("power(-1 / 3)", -1 / 3),
        ("power (.25)", 0.25),
        ("power(3.)", 3.0),
        ("power(-1e-05)", -1e-5),
    ],
)
def test_exponents(text, exponent):
    link = find_link(text)
    assert link.exponent == exponent
    assert link.link(np.array([2.0]))[0] == pytest.approx(2.0**exponent, rel=1e-15)
    assert find_link(link.name).exponent == exponent


def test_an_exponent_with_a_name_of_its_own_is_that_link():
    found = [find_link(f"power({text})") for text in ("1", "-1", "-2", "0.5", "1/2")]
    assert found == [LINKS[name] for name in ("identity", "inverse", "inverse_squared", "sqrt", "sqrt")]


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "0", "-0.0", "0/3", "1/0", "1e-320", "1e400", "", "1_0", "--1"])
def test_exponents_that_are_none(text):
    with pytest.raises(UsageError, match="power"):
        find_link(f"power({text})")
