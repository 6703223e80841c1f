"""Is a vector of coefficients a local maximum of a likelihood? Decided in 60-digit arithmetic, without glmnn.

The score and the second derivative of each row come from the family's variance and the link's inverse alone
(McCullagh & Nelder, 1989, section 2.5): d l / d eta = (y - mu) / V(mu) dmu/deta, differentiated once more by a central
difference whose step of 1e-25 leaves some thirty digits.
"""

from __future__ import annotations

from collections.abc import Callable

from mpmath.ctx_mp import MPContext

mp = MPContext()  # of its own: other tests set the digits of the one that all share
mp.dps = 60
mpf = mp.mpf
STEP = mpf(10) ** -25

INVERSES: dict[str, Callable] = {
    "identity": lambda eta: eta,
    "log": mp.exp,
    "logit": lambda eta: 1 / (1 + mp.exp(-eta)),
    "probit": mp.ncdf,
    "cloglog": lambda eta: -mp.expm1(-mp.exp(eta)),
    "loglog": lambda eta: mp.exp(-mp.exp(-eta)),
    "cauchit": lambda eta: mpf(1) / 2 + mp.atan(eta) / mp.pi,
}
SLOPES: dict[str, Callable] = {
    "identity": lambda eta: mpf(1),
    "log": mp.exp,
    "logit": lambda eta: 1 / (1 + mp.exp(-eta)) / (1 + mp.exp(eta)),
    "probit": mp.npdf,
    "cloglog": lambda eta: mp.exp(eta - mp.exp(eta)),
    "loglog": lambda eta: mp.exp(-eta - mp.exp(-eta)),
    "cauchit": lambda eta: 1 / (mp.pi * (1 + eta * eta)),
}
COMPLEMENTS: dict[str, Callable] = {
    "logit": lambda eta: 1 / (1 + mp.exp(eta)),
    "probit": lambda eta: mp.ncdf(-eta),
    "cloglog": lambda eta: mp.exp(-mp.exp(eta)),
    "loglog": lambda eta: -mp.expm1(-mp.exp(-eta)),
    "cauchit": lambda eta: mpf(1) / 2 - mp.atan(eta) / mp.pi,
    "log": lambda eta: -mp.expm1(eta),
    "identity": lambda eta: 1 - eta,
}


def inverse(link: str, exponent: float | None) -> tuple[Callable, Callable]:
    """Return the inverse of a link and its derivative; `exponent` is that of a power link."""
    if exponent is None:
        return INVERSES[link], SLOPES[link]
    back = 1 / mpf(exponent)
    return lambda eta: eta**back, lambda eta: back * eta ** (back - 1)


def variance(family: str, parameter: float | None) -> Callable:
    """Return V(mu, 1 - mu) of a family."""
    powers = {"gaussian": 0, "poisson": 1, "gamma": 2, "inverse_gaussian": 3}
    if family == "binomial":
        return lambda mu, complement: mu * complement
    if family == "negative_binomial":
        return lambda mu, _: mu + mpf(parameter) * mu * mu
    power = mpf(parameter) if family == "tweedie" else mpf(powers[family])
    return lambda mu, _: mu**power


class Likelihood:
    """The log-likelihood of one data set, per unit of dispersion."""

    def __init__(self, family, link, X, y, weight=None, offset=None, *, parameter=None, exponent=None):
        self.mean, self.slope = inverse(link, exponent)
        self.complement = COMPLEMENTS.get(link) if exponent is None else None
        self.variance = variance(family, parameter)
        self.X = [[mpf(float(x)) for x in row] for row in X]
        self.y = [mpf(float(value)) for value in y]
        self.weight = [mpf(1)] * len(self.y) if weight is None else [mpf(float(w)) for w in weight]
        self.offset = [mpf(0)] * len(self.y) if offset is None else [mpf(float(o)) for o in offset]

    def _row(self, eta, y):
        mu = self.mean(eta)
        complement = self.complement(eta) if self.complement else 1 - mu
        return (y - mu) * self.slope(eta) / self.variance(mu, complement)

    def derivatives(self, coef) -> tuple[list, list]:
        """Return the score and minus the second derivative at `coef`, in `mpf`."""
        p = len(self.X[0])
        score, observed = [mpf(0)] * p, mp.zeros(p, p)
        for row, y, w, o in zip(self.X, self.y, self.weight, self.offset, strict=True):
            eta = mp.fdot(row, coef) + o
            step = STEP * (abs(eta) or 1)
            first = w * self._row(eta, y)
            second = w * (self._row(eta + step, y) - self._row(eta - step, y)) / (2 * step)
            for j in range(p):
                score[j] += first * row[j]
                for k in range(p):
                    observed[j, k] -= second * row[j] * row[k]
        return score, observed

    def newton_step(self, coef) -> tuple[list, list] | None:
        """Return the step to the stationary point and its standard errors (unit dispersion); None at no maximum."""
        coef = [mpf(float(value)) for value in coef]
        score, observed = self.derivatives(coef)
        try:
            mp.cholesky(observed)
        except ValueError:
            return None
        covariance = observed**-1
        step = [mp.fdot(covariance[j, :], score) for j in range(len(coef))]
        return step, [mp.sqrt(covariance[j, j]) for j in range(len(coef))]
