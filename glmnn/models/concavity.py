"""Where a log-likelihood is concave in eta whatever the response: there a maximum is the only one."""

from __future__ import annotations

from glmnn.models.links import Link


def of_power(power: float, link: Link) -> bool:
    """Say whether the log-likelihood of a family with variance mu^power (power >= 1) is concave under a link.

    Per row it is y mu^(1-p)/(1-p) - mu^(2-p)/(2-p), with y log mu at p = 1 and -log mu at p = 2 (Jorgensen, 1987).
    Under the log link both terms are exponentials of eta, under eta = mu^q powers of eta with the exponents
    k = (1-p)/q and (2-p)/q: -eta^k is concave for k <= 0 and k >= 1, eta^k for 0 <= k <= 1.
    """
    if link.name == "log":
        return power <= 2.0
    exponent = 1.0 if link.name == "identity" else link.exponent
    if exponent is None:
        return False
    first, second = (1.0 - power) / exponent, (2.0 - power) / exponent
    of_response = exponent > 0 if power == 1.0 else (first <= 0 or first >= 1)
    if power < 2.0:
        return of_response and (second <= 0 or second >= 1)
    of_mean = exponent < 0 if power == 2.0 else 0 <= second <= 1
    return of_response and of_mean


def of_shares(link: Link) -> bool:
    """Say whether both log mu and log(1 - mu) are concave in eta (Pratt, 1981): under every link but cauchit."""
    return link.log_concave


def of_squares(link: Link) -> bool:
    """Say whether -(y - mu)^2 is concave in eta for every y: under the identity link alone."""
    return link.name == "identity"


def of_log_link(link: Link) -> bool:
    """Say whether the link is log: what holds for the negative binomial (Lawless, 1987)."""
    return link.name == "log"
