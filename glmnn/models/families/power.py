"""What the families with V(mu) = mu ** power on positive means share: poisson, gamma, inverse gaussian, Tweedie."""

from __future__ import annotations

from glmnn.arrays import Array
from glmnn.models.links import IDENTITY, LOG, Link


def variance(power: float, mu: Array) -> Array:
    """Return mu ** power."""
    return mu**power


def score(power: float, y: Array, eta: Array, link: Link) -> Array:
    """Return (y - mu) (dmu/deta) / mu ** power."""
    # by way of (dmu/deta)/mu, the canonical pair with log is exactly y - mu
    mu = link.inverse(eta)
    rate = link.rate(eta)
    return (y - mu) * rate if power == 1 else (y - mu) * rate * mu ** (1.0 - power)


def information(power: float, eta: Array, link: Link) -> Array:
    """Return (dmu/deta)^2 / mu ** power."""
    rate = link.rate(eta)
    return rate * rate if power == 2 else rate * rate * link.inverse(eta) ** (2.0 - power)


def concave(power: float, link: Link) -> bool:
    """Say whether the log-likelihood of a family with variance mu^power (power >= 1) is concave under a link.

    Per row it is y mu^(1-p)/(1-p) - mu^(2-p)/(2-p), with y log mu at p = 1 and -log mu at p = 2 (Jorgensen, 1987).
    Under the log link both terms are exponentials of eta, under eta = mu^q powers of eta with the exponents
    k = (1-p)/q and (2-p)/q: -eta^k is concave for k <= 0 and k >= 1, eta^k for 0 <= k <= 1.
    """
    if link == LOG:
        return power <= 2.0
    exponent = 1.0 if link == IDENTITY else link.exponent
    if exponent is None:
        return False
    first, second = (1.0 - power) / exponent, (2.0 - power) / exponent
    of_response = exponent > 0 if power == 1.0 else (first <= 0 or first >= 1)
    if power < 2.0:
        return of_response and (second <= 0 or second >= 1)
    of_mean = exponent < 0 if power == 2.0 else 0 <= second <= 1
    return of_response and of_mean
