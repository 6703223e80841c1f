"""The evaluation of a block behind one function: eta and y to deviance, score and information, row by row."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf
from typing import Protocol

import numpy as np
from scipy.special import xlogy

from glmnn.arrays import Array
from glmnn.kernels.double_double import two_sum
from glmnn.models.families import BINOMIAL, GAMMA, GAUSSIAN, POISSON, Family
from glmnn.models.links import IDENTITY, LOG, LOGIT, PROBIT, Link

FAR = 700.0  # exp(710) is more than float64 holds
COMPILED = {  # what `kernels.compiled.pairs` calls the pairs that it has
    (BINOMIAL, LOGIT): "LOGISTIC",
    (POISSON, LOG): "POISSON_LOG",
    (GAMMA, LOG): "GAMMA_LOG",
    (GAUSSIAN, IDENTITY): "LINEAR",
    (BINOMIAL, PROBIT): "PROBIT",
}
ONE, TWO = np.array(1.0), np.array(2.0)  # which NumPy need not turn into arrays each time


class Pointwise(Protocol):
    """Derivatives of one row's log-likelihood in eta, per unit of prior weight and dispersion."""

    def score(self, eta: Array, y: Array) -> Array:
        """Return d log-likelihood / d eta, shape (rows,)."""
        ...

    def score_into(self, eta: Array, y: Array) -> Array:
        """Return the same, written over eta where that saves memory."""
        ...

    def score_of_one(self, eta: float, y: float) -> float:
        """Return the same for a single row, without the cost of an array."""
        ...

    def evaluate(self, eta: Array, y: Array) -> tuple[Array, Array, Array]:
        """Return unit deviance, score and expected information, each of shape (rows,)."""
        ...

    def extended_score(self, eta: Array, rest: Array, y: Array) -> tuple[Array, Array]:
        """Return d log-likelihood / d eta at eta + rest, as a pair of arrays of shape (rows,)."""
        ...


@dataclass(frozen=True, slots=True)
class AnyPair:
    """Any family with any link, from their own functions."""

    family: Family
    link: Link

    def score(self, eta: Array, y: Array) -> Array:  # noqa: D102
        return self.family.unit_score(y, eta, self.link)

    def score_into(self, eta: Array, y: Array) -> Array:  # noqa: D102
        return self.score(eta, y)

    def score_of_one(self, eta: float, y: float) -> float:  # noqa: D102
        return float(self.score(np.array([eta]), np.array([y]))[0])

    def evaluate(self, eta: Array, y: Array) -> tuple[Array, Array, Array]:  # noqa: D102
        mu, complement = self.link.inverse(eta), self.link.complement(eta)
        return (
            self._deviance(eta, y, mu, complement),
            self.family.unit_score(y, eta, self.link),
            self.family.unit_information(eta, self.link),
        )

    def extended_score(self, eta: Array, rest: Array, y: Array) -> tuple[Array, Array]:  # noqa: D102
        if self.link == self.family.canonical:
            return _by_information(self, eta, rest, y)
        # the expected information is not the slope of this score; where columns are nearly collinear that is seen
        step = 1e-6 * (np.abs(eta) + _without_end(self.family, self.link))
        slope = (self.score(eta + step, y) - self.score(eta - step, y)) / (2.0 * step)
        moved = np.where(rest == 0, 0.0, slope * rest)
        score = self.score(eta, y)
        return score + np.where(np.isfinite(moved), moved, 0.0), np.zeros_like(score)

    def _deviance(self, eta: Array, y: Array, mu: Array, complement: Array) -> Array:
        deviance = self.family.unit_deviance(y, mu, complement)
        if self.family.means != (0.0, 1.0):
            return deviance
        return deviance_in_the_tails(deviance, self.link, eta, y)


@dataclass(frozen=True, slots=True)
class LogisticPair:
    """Binomial with logit: score and information are y - mu and mu (1 - mu), from a single exponential.

    `1 - mu` is never subtracted: with e = exp(-|eta|) the smaller of mu and 1 - mu is e / (1 + e).
    """

    def score(self, eta: Array, y: Array) -> Array:  # noqa: D102
        return self.score_into(eta.copy(), y)

    def score_into(self, eta: Array, y: Array) -> Array:  # noqa: D102
        np.negative(eta, eta)
        np.exp(eta, eta)
        np.add(eta, ONE, eta)
        np.divide(ONE, eta, eta)
        return np.subtract(y, eta, eta)

    def score_of_one(self, eta: float, y: float) -> float:  # noqa: D102
        return y - 1.0 / (1.0 + exp(-eta)) if eta > -700.0 else y

    def evaluate(self, eta: Array, y: Array) -> tuple[Array, Array, Array]:  # noqa: D102
        if y.dot(ONE - y) != 0.0:  # shares: no saturated likelihood is taken from large counts
            return _of_proportions(eta, y)
        side = y * TWO
        side -= ONE
        z = side * eta
        if eta.dot(eta) < FAR * FAR or (eta.max(initial=0.0) < FAR and eta.min(initial=0.0) > -FAR):
            return _of_ordinary(z, side)
        small = np.abs(z)
        np.negative(small, out=small)
        np.exp(small, out=small)
        larger = 1.0 / (1.0 + small)
        smaller = small * larger
        score = np.where(z > 0, smaller, larger)
        score *= side
        information = np.multiply(smaller, larger, out=larger)
        np.log1p(small, out=small)
        small -= np.minimum(z, 0.0, out=z)
        small *= 2.0
        return small, score, information

    def extended_score(self, eta: Array, rest: Array, y: Array) -> tuple[Array, Array]:  # noqa: D102
        return _by_information(self, eta, rest, y)


@dataclass(frozen=True, slots=True)
class LinearPair:
    """Gaussian with identity: least squares, where the score is linear and so exact in extended precision."""

    def score(self, eta: Array, y: Array) -> Array:  # noqa: D102
        return y - eta

    def score_into(self, eta: Array, y: Array) -> Array:  # noqa: D102
        return np.subtract(y, eta, eta)

    def score_of_one(self, eta: float, y: float) -> float:  # noqa: D102
        return y - eta

    def evaluate(self, eta: Array, y: Array) -> tuple[Array, Array, Array]:  # noqa: D102
        residual = y - eta
        return residual * residual, residual, np.ones_like(eta)

    def extended_score(self, eta: Array, rest: Array, y: Array) -> tuple[Array, Array]:  # noqa: D102
        residual, rounding = two_sum(y, -eta)
        return two_sum(residual, rounding - rest)


def deviance_in_the_tails(deviance: Array, link: Link, eta: Array, y: Array) -> Array:
    """Return the unit deviances of shares, infinite ones from log mu and log(1 - mu) where mu itself underflows."""
    if link.logs is None or np.isfinite(deviance).all():
        return deviance
    rows = ~np.isfinite(deviance) & np.isfinite(eta) & (y >= 0) & (y <= 1)
    of_mean, of_complement = (log(eta[rows]) for log in link.logs)
    share = y[rows]
    result = np.array(deviance)
    result[rows] = 2.0 * (xlogy(share, share) + xlogy(1.0 - share, 1.0 - share))
    result[rows] -= 2.0 * (
        np.where(share > 0, share * of_mean, 0.0) + np.where(share < 1, (1.0 - share) * of_complement, 0.0)
    )
    return result


def _of_ordinary(z: Array, side: Array) -> tuple[Array, Array, Array]:
    """Return what `LogisticPair.evaluate` does, of side eta within the range of exp: one minus never, `where` never.

    With E = exp(z) the probability of the other response is q = 1 / (1 + E), and of this one E q.
    """
    odds = np.exp(z, out=z)
    wrong = np.add(odds, ONE)
    np.divide(ONE, wrong, out=wrong)
    information = odds * wrong
    information *= wrong
    side *= wrong
    deviance = np.divide(ONE, odds, out=odds)
    np.log1p(deviance, out=deviance)
    deviance *= TWO
    return deviance, side, information


def _of_proportions(eta: Array, y: Array) -> tuple[Array, Array, Array]:
    mu, complement = LOGIT.inverse(eta), LOGIT.complement(eta)
    score = y * complement - (1.0 - y) * mu
    deviance = deviance_in_the_tails(BINOMIAL.unit_deviance(y, mu, complement), LOGIT, eta, y)
    return deviance, score, mu * complement


def _without_end(family: Family, link: Link) -> bool:
    """Say whether eta may be any number, so that 1 is a small change of it."""
    if link.domain != (-inf, inf):
        return False
    with np.errstate(all="ignore"):
        return family.means[0] == -inf or bool(np.all(np.isinf(link.link(np.array(family.means)))))


def _by_information(pair: Pointwise, eta: Array, rest: Array, y: Array) -> tuple[Array, Array]:
    """Move the score by what eta is short of its exact value: minus the information, to first order."""
    _, score, information = pair.evaluate(eta, y)
    return score - information * rest, np.zeros_like(score)


def pointwise(family: Family, link: Link) -> Pointwise:
    """Return the fastest evaluation of this pair."""
    fast: dict[tuple[Family, Link], Pointwise] = {(BINOMIAL, LOGIT): LogisticPair(), (GAUSSIAN, IDENTITY): LinearPair()}
    return fast.get((family, link), AnyPair(family, link))
