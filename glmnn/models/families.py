"""Families of distributions: variance, deviance, likelihood, starting mean, legal values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import inf, log, nan, pi

import numpy as np
from scipy.special import gammaln, xlog1py, xlogy

from glmnn.arrays import Array, Mask
from glmnn.errors import UsageError, listed, unknown
from glmnn.models import concavity, deviances
from glmnn.models.deviances import entropy_gap
from glmnn.models.links import IDENTITY, INVERSE, INVERSE_SQUARED, LOG, LOGIT, Link, shortest


@dataclass(frozen=True, slots=True)
class Family:
    """One exponential dispersion family.

    Attributes
    ----------
    name : str
        The field's name, with its fixed parameter where there is one.
    canonical : Link
        The link used unless another is asked for.
    variance : callable
        mu -> V(mu), the variance of one observation with unit dispersion and prior weight.
    unit_score : callable
        (y, eta, link) -> d log-likelihood / d eta, per unit of prior weight and dispersion.
    unit_information : callable
        (eta, link) -> expected -d2 log-likelihood / d eta2, per unit of prior weight and dispersion.
    unit_deviance : callable
        (y, mu, 1 - mu) -> twice the log-likelihood lost against the saturated model.
    log_likelihood : callable
        (y, mu, prior_weight, deviance) -> the log-likelihood as R's AIC counts it, or nan where there is no
        closed form. Families with a free dispersion use deviance / rows for it, as R does.
    starting_mean : callable
        (y, prior_weight) -> a mean inside the domain, from which Fisher scoring starts.
    means : tuple of float
        The open interval of possible means.
    finite_at : tuple of callable
        y -> for which responses the likelihood stays positive as the mean goes to the lower, the upper end of `means`.
    responses : tuple of float
        The closed interval of possible responses (open at 0 when `zero_response` is False).
    zero_response : bool
        Whether y = 0 is possible.
    dispersion_known : bool
        True when the dispersion is 1 by definition (then z, else t statistics).
    concave : callable
        link -> whether the log-likelihood is concave in eta for every response.
    parameter : float or None
        The fixed parameter, where there is one.
    counted_log_likelihood : callable or None
        (y, mu, frequency, deviance) -> the log-likelihood of rows that stand for `frequency` equal ones, where that is
        not `log_likelihood` with the frequencies for prior weights.
    """

    name: str
    canonical: Link
    variance: Callable[[Array], Array]
    unit_score: Callable[[Array, Array, Link], Array]
    unit_information: Callable[[Array, Link], Array]
    unit_deviance: Callable[[Array, Array, Array], Array]
    log_likelihood: Callable[[Array, Array, Array, float], float]
    starting_mean: Callable[[Array, Array], Array]
    means: tuple[float, float]
    finite_at: tuple[Callable[[Array], Mask], Callable[[Array], Mask]]
    responses: tuple[float, float]
    concave: Callable[[Link], bool]
    zero_response: bool = True
    dispersion_known: bool = False
    parameter: float | None = None
    counted_log_likelihood: Callable[[Array, Array, Array, float], float] | None = None

    @property
    def likelihood_of_counted(self) -> Callable[[Array, Array, Array, float], float]:
        """(y, mu, frequency, deviance) -> the log-likelihood of the rows written out one by one."""
        return self.counted_log_likelihood or self.log_likelihood


def _never(y: Array) -> Mask:
    return np.zeros(y.shape, dtype=bool)


def _always(y: Array) -> Mask:
    return np.ones(y.shape, dtype=bool)


def _of_zero(y: Array) -> Mask:
    return np.asarray(y == 0)


def _of_one(y: Array) -> Mask:
    return np.asarray(y == 1)


def _score(variance: Callable[[Array], Array], y: Array, eta: Array, link: Link) -> Array:
    mu = link.inverse(eta)
    return (y - mu) * link.inverse_derivative(eta) / variance(mu)


def _information(variance: Callable[[Array], Array], eta: Array, link: Link) -> Array:
    slope = link.inverse_derivative(eta)
    return slope * slope / variance(link.inverse(eta))


def _positive_score(power: float, y: Array, eta: Array, link: Link) -> Array:
    # by way of (dmu/deta)/mu, the canonical pair with log is exactly y - mu
    mu = link.inverse(eta)
    rate = link.rate(eta)
    return (y - mu) * rate if power == 1 else (y - mu) * rate * mu ** (1.0 - power)


def _positive_information(power: float, eta: Array, link: Link) -> Array:
    rate = link.rate(eta)
    return rate * rate if power == 2 else rate * rate * link.inverse(eta) ** (2.0 - power)


def _binomial_score(y: Array, eta: Array, link: Link) -> Array:
    # y and 1 - y apart: neither 1 - mu nor mu (1 - mu) is ever formed, so the tails keep their digits
    return y * link.rate(eta) - (1.0 - y) * link.complement_rate(eta)


def _binomial_information(eta: Array, link: Link) -> Array:
    return link.rate(eta) * link.complement_rate(eta)


def _binomial_variance(mu: Array) -> Array:
    return mu * (1.0 - mu)


def _binomial_deviance(y: Array, mu: Array, complement: Array) -> Array:
    if not (y * (1.0 - y)).any():
        right, wrong = np.where(y > 0, mu, complement), np.where(y > 0, complement, mu)
        return -2.0 * np.where(right < 0.5, np.log(right), np.log1p(-wrong))
    return 2.0 * (entropy_gap(y, mu) + entropy_gap(1.0 - y, complement))


def _binomial_start(y: Array, prior_weight: Array) -> Array:
    return (prior_weight * y + 0.5) / (prior_weight + 1.0)


def _binomial_log_likelihood(y: Array, mu: Array, prior_weight: Array, deviance: float) -> float:
    if np.all(prior_weight == 1.0) and np.all((y == 0.0) | (y == 1.0)):
        return -0.5 * deviance  # the saturated likelihood of single trials is 1
    successes, trials = prior_weight * y, prior_weight
    choose = gammaln(trials + 1.0) - gammaln(successes + 1.0) - gammaln(trials - successes + 1.0)
    # a non-integer weight has no binomial coefficient: it then only scales the Bernoulli likelihood
    whole = (trials == np.round(trials)) & (np.abs(successes - np.round(successes)) < 1e-7 * (trials + 1.0))
    terms = xlogy(successes, mu) + xlog1py(trials - successes, -mu)
    return float(np.sum(np.where(whole, choose, 0.0) + terms))


def _binomial_counted_log_likelihood(y: Array, mu: Array, frequency: Array, deviance: float) -> float:
    if np.all((y == 0.0) | (y == 1.0)):
        return -0.5 * deviance
    return float(frequency @ (xlogy(y, mu) + xlog1py(1.0 - y, -mu)))


def _power_variance(power: float, mu: Array) -> Array:
    return mu**power


def _gaussian_deviance(y: Array, mu: Array, _complement: Array) -> Array:
    return np.asarray((y - mu) ** 2)


def _gaussian_log_likelihood(_y: Array, _mu: Array, prior_weight: Array, deviance: float) -> float:
    rows = prior_weight.size
    if deviance <= 0:
        return inf
    return float(0.5 * (np.sum(np.log(prior_weight)) - rows * (log(2.0 * pi * deviance / rows) + 1.0)))


def _gaussian_counted_log_likelihood(_y: Array, _mu: Array, frequency: Array, deviance: float) -> float:
    rows = float(frequency.sum())
    return -0.5 * rows * (log(2.0 * pi * deviance / rows) + 1.0) if deviance > 0 else inf


def _poisson_deviance(y: Array, mu: Array, _complement: Array) -> Array:
    return 2.0 * entropy_gap(y, mu)


def _poisson_log_likelihood(y: Array, mu: Array, prior_weight: Array, _deviance: float) -> float:
    if np.all(y == np.round(y)):
        return float(np.sum(prior_weight * (xlogy(y, mu) - mu - gammaln(y + 1.0))))
    counts, whole = counts_behind(y, prior_weight)
    if not np.all(whole):
        return nan
    mean = prior_weight * mu
    return float(np.sum(xlogy(counts, mean) - mean - gammaln(counts + 1.0)))


def counts_behind(rate: Array, exposure: Array) -> tuple[Array, Mask]:
    """Return rates times exposures, rounded, and which of them were whole to the digits that rates are written with."""
    counts = rate * exposure
    return np.round(counts), np.abs(counts - np.round(counts)) <= 1e-7 * (counts + 1.0)


def _gamma_deviance(y: Array, mu: Array, _complement: Array) -> Array:
    return 2.0 * entropy_gap(mu, y) / mu


def _gamma_log_likelihood(y: Array, mu: Array, prior_weight: Array, deviance: float) -> float:
    shape = np.sum(prior_weight) / deviance if deviance > 0 else inf
    density = xlogy(shape, shape * y / mu) - shape * y / mu - np.log(y) - gammaln(shape)
    return float(np.sum(prior_weight * density))


def _inverse_gaussian_deviance(y: Array, mu: Array, _complement: Array) -> Array:
    return deviances.inverse_gaussian(y, mu)


def _inverse_gaussian_log_likelihood(y: Array, _mu: Array, prior_weight: Array, deviance: float) -> float:
    total = float(np.sum(prior_weight))
    if deviance <= 0:
        return inf
    return float(-0.5 * (total * (log(2.0 * pi * deviance / total) + 1.0) + 3.0 * np.sum(prior_weight * np.log(y))))


def _negative_binomial_variance(alpha: float, mu: Array) -> Array:
    return mu + alpha * mu * mu


def _negative_binomial_score(alpha: float, y: Array, eta: Array, link: Link) -> Array:
    mu = link.inverse(eta)
    return (y - mu) * link.rate(eta) / (1.0 + alpha * mu)


def _negative_binomial_information(alpha: float, eta: Array, link: Link) -> Array:
    rate, mu = link.rate(eta), link.inverse(eta)
    return rate * rate * mu / (1.0 + alpha * mu)


def _negative_binomial_deviance(alpha: float, y: Array, mu: Array, _complement: Array) -> Array:
    return deviances.negative_binomial(alpha, y, mu)


def _negative_binomial_log_likelihood(
    alpha: float, y: Array, mu: Array, prior_weight: Array, _deviance: float
) -> float:
    size = 1.0 / alpha
    choose = deviances.log_rising(y, size) - gammaln(y + 1.0)
    terms = xlogy(y, mu / (1.0 + alpha * mu)) - size * np.log1p(alpha * mu)
    return float(np.sum(prior_weight * (choose + terms)))


def _tweedie_deviance(power: float, y: Array, mu: Array, _complement: Array) -> Array:
    return deviances.tweedie(power, y, mu)


def _no_closed_form(*_: object) -> float:
    return float("nan")


def _as_given(y: Array, _prior_weight: Array) -> Array:
    return y


def _off_zero(shift: float, y: Array, _prior_weight: Array) -> Array:
    return y + shift


def _zeros_lifted(lift: float, y: Array, _prior_weight: Array) -> Array:
    return np.where(y > 0, y, lift)


GAUSSIAN = Family(
    "gaussian",
    IDENTITY,
    np.ones_like,
    partial(_score, np.ones_like),
    partial(_information, np.ones_like),
    _gaussian_deviance,
    _gaussian_log_likelihood,
    _as_given,
    means=(-inf, inf),
    finite_at=(_never, _never),
    responses=(-inf, inf),
    concave=concavity.of_squares,
    counted_log_likelihood=_gaussian_counted_log_likelihood,
)
BINOMIAL = Family(
    "binomial",
    LOGIT,
    _binomial_variance,
    _binomial_score,
    _binomial_information,
    _binomial_deviance,
    _binomial_log_likelihood,
    _binomial_start,
    means=(0.0, 1.0),
    finite_at=(_of_zero, _of_one),
    responses=(0.0, 1.0),
    concave=concavity.of_shares,
    dispersion_known=True,
    counted_log_likelihood=_binomial_counted_log_likelihood,
)
POISSON = Family(
    "poisson",
    LOG,
    partial(_power_variance, 1.0),
    partial(_positive_score, 1.0),
    partial(_positive_information, 1.0),
    _poisson_deviance,
    _poisson_log_likelihood,
    partial(_off_zero, 0.1),
    means=(0.0, inf),
    finite_at=(_of_zero, _never),
    responses=(0.0, inf),
    concave=partial(concavity.of_power, 1.0),
    dispersion_known=True,
)
GAMMA = Family(
    "gamma",
    INVERSE,
    partial(_power_variance, 2.0),
    partial(_positive_score, 2.0),
    partial(_positive_information, 2.0),
    _gamma_deviance,
    _gamma_log_likelihood,
    _as_given,
    means=(0.0, inf),
    finite_at=(_never, _never),
    responses=(0.0, inf),
    concave=partial(concavity.of_power, 2.0),
    zero_response=False,
)
INVERSE_GAUSSIAN = Family(
    "inverse_gaussian",
    INVERSE_SQUARED,
    partial(_power_variance, 3.0),
    partial(_positive_score, 3.0),
    partial(_positive_information, 3.0),
    _inverse_gaussian_deviance,
    _inverse_gaussian_log_likelihood,
    _as_given,
    means=(0.0, inf),
    finite_at=(_never, _always),
    responses=(0.0, inf),
    concave=partial(concavity.of_power, 3.0),
    zero_response=False,
)


def negative_binomial(alpha: float) -> Family:
    """Return the negative binomial family (NB2) with variance mu + alpha mu^2.

    Raises
    ------
    UsageError
        If alpha is not positive and finite.
    """
    if not (np.isfinite(alpha) and alpha > 0):
        raise UsageError(f"the negative binomial needs --alpha greater than 0, not {alpha:g}; use poisson for 0")
    return Family(
        f"negative_binomial({shortest(alpha)})",
        LOG,
        partial(_negative_binomial_variance, alpha),
        partial(_negative_binomial_score, alpha),
        partial(_negative_binomial_information, alpha),
        partial(_negative_binomial_deviance, alpha),
        partial(_negative_binomial_log_likelihood, alpha),
        partial(_zeros_lifted, 1.0 / 6.0),
        means=(0.0, inf),
        finite_at=(_of_zero, _never),
        responses=(0.0, inf),
        concave=concavity.of_log_link,
        dispersion_known=True,
        parameter=alpha,
    )


def tweedie(power: float) -> Family:
    """Return the Tweedie family with variance mu ** power (Jorgensen, 1987), power in (1, 2) or above 2.

    Raises
    ------
    UsageError
        If there is no such family, or it has a name of its own (power 0, 1, 2 and 3).
    """
    own_name = {0.0: "gaussian", 1.0: "poisson", 2.0: "gamma", 3.0: "inverse_gaussian"}
    if power in own_name:
        raise UsageError(f"tweedie with power {power:g} is the {own_name[power]} family: use that name")
    if not (np.isfinite(power) and power > 1):
        raise UsageError(f"tweedie needs --power between 1 and 2, or above 2, not {power:g}")
    return Family(
        f"tweedie({shortest(power)})",
        LOG,
        partial(_power_variance, power),
        partial(_positive_score, power),
        partial(_positive_information, power),
        partial(_tweedie_deviance, power),
        _no_closed_form,
        partial(_zeros_lifted, 0.1),
        means=(0.0, inf),
        finite_at=(_of_zero, _never) if power < 2 else (_never, _always),
        responses=(0.0, inf),
        concave=partial(concavity.of_power, power),
        zero_response=power < 2,
        parameter=power,
    )


FAMILIES = {family.name: family for family in (GAUSSIAN, BINOMIAL, POISSON, GAMMA, INVERSE_GAUSSIAN)}
WITH_PARAMETER = {"negative_binomial": negative_binomial, "tweedie": tweedie}
FAMILY_NAMES = (*FAMILIES, *WITH_PARAMETER)


def find_family(name: str, alpha: float | None = None, power: float | None = None) -> Family:
    """Return the family called `name`.

    Parameters
    ----------
    name : str
        One of `FAMILY_NAMES`; a hyphen or a space may stand for the underscore.
    alpha : float, optional
        The negative binomial's parameter.
    power : float, optional
        The Tweedie variance power.

    Raises
    ------
    UsageError
        If there is no such family, or its parameter is missing, out of range, or given to another family.
    """
    plain = name.strip().lower().replace("-", "_").replace(" ", "_")
    if plain == "multinomial":
        raise UsageError(f"the multinomial family is not for this: choose from {listed(FAMILY_NAMES)}")
    if plain not in FAMILY_NAMES:
        raise UsageError(unknown("family", name, (*FAMILY_NAMES, "multinomial")))
    given = {"negative_binomial": ("--alpha", alpha), "tweedie": ("--power", power)}
    for owner, (flag, value) in given.items():
        if value is not None and plain != owner:
            raise UsageError(f"{flag} belongs to the {owner} family, not to {plain}")
    if plain in FAMILIES:
        return FAMILIES[plain]
    flag, value = given[plain]
    if value is None:
        raise UsageError(f"the {plain} family needs {flag}")
    return WITH_PARAMETER[plain](value)
