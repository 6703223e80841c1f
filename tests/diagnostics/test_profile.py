"""Profile intervals of every family and link, against roots of the likelihood ratio that share no code with glmnn."""

from math import inf

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.special import ndtr, ndtri, stdtrit, xlogy

from glmnn.data.dataset import InMemory
from glmnn.diagnostics.inference import infer
from glmnn.diagnostics.settings import InferenceSettings
from glmnn.models.families import BINOMIAL, GAMMA, POISSON
from glmnn.models.glm import GLM
from glmnn.models.links import IDENTITY, INVERSE, LOG, SQRT
from glmnn.problem.problem import Problem
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import fit
from pairs import MODEL_NAMES, MODELS, sample

MEANS = {
    "identity": lambda eta: eta,
    "log": np.exp,
    "logit": lambda eta: 1.0 / (1.0 + np.exp(-eta)),
    "probit": ndtr,
    "cloglog": lambda eta: -np.expm1(-np.exp(eta)),
    "loglog": lambda eta: np.exp(-np.exp(-eta)),
    "cauchit": lambda eta: 0.5 + np.arctan(eta) / np.pi,
    "inverse": lambda eta: 1.0 / eta,
    "inverse_squared": lambda eta: eta**-0.5,
    "sqrt": lambda eta: eta**2,
    "power(0.4)": lambda eta: eta**2.5,
}


def unit_deviance(family, y, mu):
    match family.kind:
        case "gaussian":
            return (y - mu) ** 2
        case "binomial":
            return 2 * (xlogy(y, y) - xlogy(y, mu) + xlogy(1 - y, 1 - y) - xlogy(1 - y, 1 - mu))
        case "poisson":
            return 2 * (xlogy(y, y / mu) - y + mu)
        case "gamma":
            return 2 * ((y - mu) / mu - np.log(y / mu))
        case "inverse_gaussian":
            return (y - mu) ** 2 / (y * mu**2)
        case "negative_binomial":
            size = 1 / family.parameter
            return 2 * (xlogy(y, y / mu) - (y + size) * np.log((y + size) / (mu + size)))
    first, second = 1 - family.parameter, 2 - family.parameter
    return 2 * (y**second / (first * second) - y * mu**first / first + mu**second / second)


def domain(model):
    """Return the open interval of linear predictors, from family and link by name."""
    if model.link.name in {"inverse", "inverse_squared", "sqrt", "power(0.4)"}:
        return 0.0, inf
    if model.family.name == "binomial":
        return {"identity": (0.0, 1.0), "log": (-inf, 0.0)}.get(model.link.name, (-inf, inf))
    return (0.0, inf) if model.link.name == "identity" and model.family.name != "gaussian" else (-inf, inf)


class Ratio:
    """The signed root of the likelihood ratio of one of two coefficients, the other at its best by Brent's method."""

    def __init__(self, problem, coef, j, dispersion):
        self.model, self.block, self.coef, self.j = problem.model, problem.data.whole, coef, j
        self.dispersion, self.best = dispersion, coef[1 - j]
        self.least = self.deviance(coef[j], coef[1 - j])

    def deviance(self, value, other):
        x, z = self.block.X[:, self.j], self.block.X[:, 1 - self.j]
        with np.errstate(all="ignore"):
            mu = MEANS[self.model.link.name](x * value + z * other + self.block.offset)
            total = float(self.block.prior_weight @ unit_deviance(self.model.family, self.block.y, mu))
        return total if np.isfinite(total) else 1e300

    def room(self, value):
        """Return the interval of the other coefficient in which every linear predictor is inside the domain."""
        low, high = domain(self.model)
        z, rest = self.block.X[:, 1 - self.j], self.block.X[:, self.j] * value + self.block.offset
        ends = [-inf, inf]
        for edge, sign in ((low, 1.0), (high, -1.0)):
            if not np.isfinite(edge):
                continue
            for slope, constant in zip(sign * z, sign * (rest - edge), strict=True):  # slope b + constant > 0
                if slope == 0:
                    if constant <= 0:
                        return None
                elif slope > 0:
                    ends[0] = max(ends[0], -constant / slope)
                else:
                    ends[1] = min(ends[1], -constant / slope)
        return ends if ends[0] < ends[1] else None

    def __call__(self, value, spread):
        room = self.room(value)
        if room is None:
            return inf
        low, high = max(room[0], self.best - spread), min(room[1], self.best + spread)
        if not low < high:  # the best is far from here: the whole room, or as much of it as can be searched
            low, high = np.clip(room, room[0] if np.isfinite(room[0]) else room[1] - 2 * spread, room[1])
        grid = np.linspace(low, high, 101)[1:-1]  # far out the deviance is infinite to rounding, and has no slope
        middle = grid[int(np.argmin([self.deviance(value, b) for b in grid]))]
        width = (high - low) / 100
        for _ in range(3):  # Brent's method on an interval that closes in on the minimum
            low, high = max(low, middle - width), min(high, middle + width)
            options = {"xatol": 1e-13 * (abs(low) + abs(high)), "maxiter": 500}
            found = minimize_scalar(
                lambda b: self.deviance(value, b), bounds=(low, high), method="bounded", options=options
            )
            middle, width = found.x, 0.05 * width
        ends = [self.deviance(value, end) for end in (room[0], room[1]) if np.isfinite(end)]
        least = min(found.fun, *ends) if ends else found.fun
        return np.sqrt(max(least - self.least, 0.0) / self.dispersion)

    def limit(self, side, std_error, cutoff, other_error):
        """Return the root on one side, None where there is none within 4,000 standard errors."""
        near, far = 0.0, cutoff

        def ratio(distance):
            return self(self.coef[self.j] + side * distance * std_error, 60 * (1 + distance) * other_error)

        while (found := ratio(far)) < cutoff:
            near, far = far, 2 * far
            if far > 4000:
                return None
        while np.isinf(found):
            middle = (near + far) / 2
            if far - near < 1e-10 * far:
                return None
            at_middle = ratio(middle)
            if at_middle < cutoff:
                near = middle
            else:
                far, found = middle, at_middle
        return self.coef[self.j] + side * std_error * brentq(lambda d: ratio(d) - cutoff, near, far, xtol=1e-11)


def assert_limits(problem):
    reached = fit(problem.fresh(), Fisher())
    assert reached.converged
    found = infer(problem.fresh(), reached.coef, InferenceSettings(profile=True), rest=reached.rest)
    cutoff = ndtri(0.975) if found.dispersion_known else stdtrit(found.df_residual, 0.975)
    for j in range(reached.coef.size):
        ratio = Ratio(problem, found.coef, j, found.dispersion)
        for side, end in ((-1, found.low[j]), (1, found.high[j])):
            exact = ratio.limit(side, found.std_error[j], cutoff, found.std_error[1 - j])
            assert np.isfinite(end) == (exact is not None), (j, side, end, exact)
            if exact is not None:
                assert end == pytest.approx(exact, rel=1e-6, abs=1e-6 * found.std_error[j]), (j, side)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS, ids=MODEL_NAMES)
def test_every_family_and_link(model):
    assert_limits(sample(model, 9, seed=5))


def two_groups(model, successes, size):
    """Return a 0/1 response in two groups of equal size."""
    g = np.repeat([0.0, 1.0], size)
    y = np.concatenate([np.arange(size) < count for count in successes]).astype(float)
    return Problem(model, InMemory.from_arrays(np.column_stack([np.ones(2 * size), g]), y, ("(Intercept)", "g")))


@pytest.mark.parametrize("link", [LOG, IDENTITY], ids=lambda link: link.name)
@pytest.mark.parametrize("successes", [(12, 20), (1, 29), (29, 28), (15, 15)])
def test_probabilities_of_two_groups(link, successes):
    assert_limits(two_groups(GLM(BINOMIAL, link), successes, 30))


def ramp(model, y):
    x = np.arange(len(y)) / 4.0
    X = np.column_stack([np.ones(len(y)), x])
    return Problem(model, InMemory.from_arrays(X, np.array(y, dtype=float), ("(Intercept)", "x")))


@pytest.mark.parametrize(
    ("model", "y"),
    [
        # on the way to a limit some rows reach the rim of the domain, and the maximum moves along it
        (GLM(BINOMIAL, LOG), [0, 0, 0, 0, 1, 1, 1, 1, 0, 1, 1, 0]),
        (GLM(BINOMIAL, IDENTITY), [0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 1]),
        (GLM(POISSON, IDENTITY), [1, 0, 1, 1, 3, 2, 5, 4, 5]),
        (GLM(POISSON, SQRT), [0, 1, 0, 1, 3, 2, 5, 4, 5]),
        (GLM(POISSON, INVERSE), [5, 4, 3, 5, 1, 2, 0, 1, 0]),
        (GLM(GAMMA, INVERSE), [5, 4, 3, 5, 1, 2, 0.3, 1, 0.1]),
    ],
    ids=["binomial-log", "binomial-identity", "poisson-identity", "poisson-sqrt", "poisson-inverse", "gamma-inverse"],
)
def test_limits_by_way_of_the_rim(model, y):
    assert_limits(ramp(model, y))


def test_open_where_the_domain_ends():
    """No intercept down to 0 is rejected, and below 0 the mean of the first row is negative."""
    found = assert_limits(ramp(GLM(POISSON, IDENTITY), [0, 2, 1, 1]))
    assert found.low[0] == -inf
    assert found.notes == (
        "no lower limit for (Intercept): the likelihood ratio stays below its quantile down to 0, where the domain of "
        "the model ends",
    )
