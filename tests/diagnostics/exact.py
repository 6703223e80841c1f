"""The maximum in 60-digit arithmetic by Newton's method from a float64 vector; shares no code with glmnn."""

from __future__ import annotations

import numpy as np
from mpmath import lu_solve, matrix, mp, mpf, workdps

ONE = mpf(1)


def _logistic(eta):
    mu = 1 / (1 + mp.exp(-eta))
    return mu, mu * (1 - mu), mu * (1 - mu) * (1 - 2 * mu)


def _cloglog(eta):
    hazard = mp.exp(eta)
    slope = hazard * mp.exp(-hazard)
    return -mp.expm1(-hazard), slope, slope * (1 - hazard)


def _loglog(eta):
    decay = mp.exp(-eta)
    mu = mp.exp(-decay)
    return mu, decay * mu, decay * mu * (decay - 1)


def _cauchit(eta):
    width = 1 + eta * eta
    return mpf(0.5) + mp.atan(eta) / mp.pi, 1 / (mp.pi * width), -2 * eta / (mp.pi * width**2)


def _power(exponent):
    back = 1 / mpf(exponent)
    return lambda eta: (eta**back, back * eta ** (back - 1), back * (back - 1) * eta ** (back - 2))


# eta -> mu, dmu/deta, d2mu/deta2
MEANS = {
    "identity": lambda eta: (eta, ONE, mpf(0)),
    "log": lambda eta: (mp.exp(eta),) * 3,
    "logit": _logistic,
    "probit": lambda eta: (mp.ncdf(eta), mp.npdf(eta), -eta * mp.npdf(eta)),
    "cloglog": _cloglog,
    "loglog": _loglog,
    "cauchit": _cauchit,
    "inverse": _power(-1),
    "inverse_squared": _power(-2),
    "sqrt": _power(0.5),
    "power(0.4)": _power(0.4),
}
POWERS = {"gaussian": 0, "poisson": 1, "gamma": 2, "inverse_gaussian": 3}


def variance(family):
    """Return mu -> V(mu), dV/dmu."""
    name = family.kind
    if name == "binomial":
        return lambda mu: (mu * (1 - mu), 1 - 2 * mu)
    if name == "negative_binomial":
        alpha = mpf(family.parameter)
        return lambda mu: (mu + alpha * mu * mu, 1 + 2 * alpha * mu)
    power = mpf(POWERS.get(name, family.parameter))
    return lambda mu: (mu**power, power * mu ** (power - 1)) if power else (ONE, mpf(0))


def exact_maximum(problem, start):
    """Return the root of the score near `start`, a list of mpf; None where Newton's method does not arrive."""
    block, p = problem.data.whole, len(start)
    mean, spread = MEANS[problem.model.link.name], variance(problem.model.family)
    with workdps(60):
        rows = [[mpf(value) for value in row] for row in block.X.tolist()]
        rest = [list(map(mpf, column.tolist())) for column in (block.y, block.prior_weight, block.offset)]
        coef = matrix([mpf(float(value)) for value in start])
        for _ in range(40):
            score, curvature = matrix(p, 1), matrix(p, p)
            for x, y, weight, offset in zip(rows, *rest, strict=True):
                mu, slope, bend = mean(offset + sum(x[k] * coef[k] for k in range(p)))
                v, dv = spread(mu)
                bent = slope * slope / v - (y - mu) * (bend / v - slope * slope * dv / v**2)
                for k in range(p):
                    score[k] += weight * (y - mu) * slope / v * x[k]
                    for j in range(p):
                        curvature[k, j] += weight * bent * x[k] * x[j]
            step = lu_solve(curvature, score)
            coef += step
            if all(abs(step[k]) <= mpf(10) ** -40 * abs(coef[k]) for k in range(p)):
                return [coef[k] for k in range(p)]
    return None


def true_digits(found, exact):
    """Return the correct significant digits of each coefficient, between 0 and 17."""
    with workdps(60):
        return np.array([
            17.0 if mpf(float(a)) == b else float(min(17, max(0, -mp.log10(abs(mpf(float(a)) - b) / abs(b)))))
            for a, b in zip(found, exact, strict=True)
        ])  # fmt: skip
