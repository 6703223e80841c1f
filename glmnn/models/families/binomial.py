"""The binomial family: shares of successes, V(mu) = mu (1 - mu), with the number of trials as prior weight."""

from __future__ import annotations

from math import isfinite, nan

import numpy as np
from scipy.special import betainc, betaincc, gammaln, xlog1py, xlogy

from glmnn.arrays import Array
from glmnn.models.evaluation import Totals
from glmnn.models.families.deviances import entropy_gap
from glmnn.models.families.family import SHARES, Family, LeastCurvature, Tails
from glmnn.models.links import LOGIT, PROBIT, Link


def _score(y: Array, eta: Array, link: Link) -> Array:
    # y and 1 - y apart: neither 1 - mu nor mu (1 - mu) is ever formed, so the tails keep their digits
    return y * link.rate(eta) - (1.0 - y) * link.complement_rate(eta)


def _information(eta: Array, link: Link) -> Array:
    return link.rate(eta) * link.complement_rate(eta)


def _variance(mu: Array) -> Array:
    return mu * (1.0 - mu)


def _deviance(y: Array, mu: Array, complement: Array) -> Array:
    if not (y * (1.0 - y)).any():
        right, wrong = np.where(y > 0, mu, complement), np.where(y > 0, complement, mu)
        return -2.0 * np.where(right < 0.5, np.log(right), np.log1p(-wrong))
    return 2.0 * (entropy_gap(y, mu) + entropy_gap(1.0 - y, complement))


def _start(y: Array, prior_weight: Array) -> Array:
    return (prior_weight * y + 0.5) / (prior_weight + 1.0)


def _log_likelihood(y: Array, mu: Array, prior_weight: Array, deviance: float, _totals: Totals) -> float:
    if np.all(prior_weight == 1.0) and np.all((y == 0.0) | (y == 1.0)):
        return -0.5 * deviance  # the saturated likelihood of single trials is 1
    successes, trials = prior_weight * y, prior_weight
    choose = gammaln(trials + 1.0) - gammaln(successes + 1.0) - gammaln(trials - successes + 1.0)
    # a non-integer weight has no binomial coefficient: it then only scales the Bernoulli likelihood
    whole = (trials == np.round(trials)) & (np.abs(successes - np.round(successes)) < 1e-7 * (trials + 1.0))
    terms = xlogy(successes, mu) + xlog1py(trials - successes, -mu)
    return float(np.sum(np.where(whole, choose, 0.0) + terms))


def _plain_log_likelihood(totals: Totals) -> float:
    return -0.5 * totals.deviance if totals.whole_numbers else nan


def _counted_log_likelihood(y: Array, mu: Array, frequency: Array, deviance: float, _totals: Totals) -> float:
    if np.all((y == 0.0) | (y == 1.0)):
        return -0.5 * deviance
    return float(frequency @ (xlogy(y, mu) + xlog1py(1.0 - y, -mu)))


def _chi_squared(y: Array, mu: Array, complement: Array, prior_weight: Array) -> float:
    gap = (y - mu) ** 2  # V = mu (1 - mu), each factor from its own tail
    terms = gap / (mu * complement)
    total = float((prior_weight * terms).sum())
    return total if isfinite(total) else float((prior_weight * np.where(gap > 0, terms, 0.0)).sum())


def _excess(y: Array, mu: Array, complement: Array, trials: Array) -> tuple[Array, Array, None]:
    gap = trials * (y - mu)
    excess = (gap * gap + mu * gap - trials * y * complement) / (mu * complement)
    variance = np.where(trials == np.round(trials), 2.0 * trials * (trials - 1.0), nan)
    return np.where(variance > 0, excess, 0.0), variance, None


def _concave(link: Link) -> bool:
    """Say whether both log mu and log(1 - mu) are concave in eta (Pratt, 1981): under every link but cauchit."""
    return link.log_concave


def _draw(rng: np.random.Generator, mu: Array, _dispersion: float, trials: int | None) -> Array:
    return (rng.random(mu.size) < mu).astype(float) if trials is None else rng.binomial(trials, mu).astype(float)


def _least_logistic(low: Array, high: Array, _y: Array) -> Array:
    small = np.exp(-np.maximum(np.abs(low), np.abs(high)))  # mu (1 - mu) has its minimum at an end
    return np.asarray(small / (1.0 + small) ** 2)


def _terms_logistic(eta: Array, _y: Array) -> Array:
    return np.ones_like(eta)


def _tails(y: Array, mu: Array, trials: Array) -> Tails:
    whole = (trials == np.round(trials)) & (np.abs(trials * y - np.round(trials * y)) < 1e-7 * (trials + 1.0))
    k = np.where(whole, np.round(trials * y), nan)
    # P(Y >= k) is the incomplete beta function at mu, of k and trials - k + 1
    from_on = np.where(k > 0, betainc(np.maximum(k, 1.0), trials - k + 1.0, mu), np.where(whole, 1.0, nan))
    below = np.where(k > 0, betaincc(np.maximum(k, 1.0), trials - k + 1.0, mu), np.where(whole, 0.0, nan))
    rest = np.maximum(trials - k, 1.0)
    above = np.where(k < trials, betainc(k + 1.0, rest, mu), np.where(whole, 0.0, nan))
    up_to = np.where(k < trials, betaincc(k + 1.0, rest, mu), np.where(whole, 1.0, nan))
    return Tails(below, up_to, from_on, above)


BINOMIAL = Family(
    kind="binomial",
    default_link=LOGIT,
    canonical=LOGIT,
    variance=_variance,
    unit_score=_score,
    unit_information=_information,
    unit_deviance=_deviance,
    log_likelihood=_log_likelihood,
    counted_log_likelihood=_counted_log_likelihood,
    chi_squared=_chi_squared,
    starting_mean=_start,
    means=(0.0, 1.0),
    support=SHARES,
    concave=_concave,
    draw=_draw,
    most_curvature={LOGIT: 0.25, PROBIT: 1.0},
    least_curvature={LOGIT: LeastCurvature(_least_logistic, _terms_logistic)},
    self_concordant=LOGIT,
    plain_log_likelihood=_plain_log_likelihood,
    dispersion_known=True,
    trials=True,
    excess=_excess,
    jeffreys=True,
    ratios="risk ratios",
    tails=_tails,
)
