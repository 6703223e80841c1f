"""No `converged` that is not true: random small problems of every pair, held against 60-digit arithmetic.

`python tests/fitting/test_verdict.py 10000` counts them for so many problems of each family.
"""

from __future__ import annotations

import sys
import zlib
from collections import Counter

import numpy as np
import pytest

from glmnn import fit
from glmnn.diagnostics.separation.verdict import Unsettled
from glmnn.errors import Exit, GlmnnError, UsageError
from glmnn.fitting.estimate import Maximum
from glmnn.models.families import find_family
from glmnn.models.glm import GLM
from glmnn.models.links import LINKS, find_link
from glmnn.solvers.fisher import Fisher
from glmnn.solvers.loop import fit as loop
from glmnn.solvers.stopping import Status
from stationary import Likelihood

FAMILIES = (
    ("gaussian", None),
    ("binomial", None),
    ("poisson", None),
    ("gamma", None),
    ("inverse_gaussian", None),
    ("negative_binomial", 0.7),
    ("tweedie", 1.5),
    ("tweedie", 2.5),
    ("tweedie", 3.5),
)
CLOSE = 1e-6  # standard errors, and change of eta where eta has no unit


def _legal(family, parameter, link) -> bool:
    alpha, power = _parameters(family, parameter)
    try:
        GLM(find_family(family, alpha, power), find_link(link))
    except UsageError:
        return False
    return True


def _parameters(family, parameter):
    return (parameter if family == "negative_binomial" else None), (parameter if family == "tweedie" else None)


PAIRS = [(*family, link) for family in FAMILIES for link in (*LINKS, "power(0.3)", "power(2)") if _legal(*family, link)]


def _design(rng, rows):
    p = int(rng.integers(1, 3))
    match rng.integers(0, 4):
        case 0:
            return rng.integers(0, 2, (rows, p)).astype(float)
        case 1:
            return rng.integers(-3, 6, (rows, p)).astype(float)
        case 2:
            return rng.normal(size=(rows, p))
    return np.column_stack([rng.integers(0, 2, rows), rng.uniform(0, 3, rows)])


def _response(rng, family, parameter, link, rows):
    if family == "binomial":
        return rng.integers(0, 2, rows).astype(float)
    if family in {"poisson", "negative_binomial"}:
        return rng.poisson(rng.choice([0.5, 2, 5]), rows).astype(float)
    if family == "gaussian":
        if link in {"logit", "probit", "cloglog", "loglog", "cauchit"}:
            return rng.integers(0, 2, rows).astype(float) if rng.random() < 0.5 else np.round(rng.random(rows), 3)
        return np.round(rng.normal(2, 1.5, rows), 2)
    if family == "tweedie" and parameter < 2:
        return np.where(rng.random(rows) < 0.4, 0.0, np.round(rng.gamma(1, 3, rows) + 0.01, 2))
    return np.round(rng.gamma(rng.choice([0.5, 1, 5]), 3, rows) + 0.01, 2)


def draw(family, parameter, link, seed):
    """Return X, y, weights and offset of one problem; many lie at an edge of the domain or have no maximum."""
    rng = np.random.default_rng([seed, zlib.crc32(f"{family}{parameter}{link}".encode())])
    rows = int(rng.integers(4, 13))
    X, y = _design(rng, rows), _response(rng, family, parameter, link, rows)
    zeros = family in {"binomial", "poisson", "negative_binomial"} or (family == "tweedie" and parameter < 2)
    if zeros and rng.random() < 0.3:
        y[X[:, 0] == 1] = 0.0
    weight = rng.integers(1, 4, rows).astype(float) if rng.random() < 0.2 else None
    free = find_link(link).domain == (-np.inf, np.inf)
    offset = np.round(rng.normal(size=rows), 1) if free and rng.random() < 0.2 else None
    if rng.random() < 0.15:
        X = X * 10.0 ** rng.integers(-6, 7, X.shape[1])
    return X, y, weight, offset


def fitted(family, parameter, link, seed):
    """Return the fit of one problem, None where it is refused."""
    X, y, weight, offset = draw(family, parameter, link, seed)
    alpha, power = _parameters(family, parameter)
    given = {} if weight is None else {"weights": weight, "weights_type": "var"}
    try:
        return fit(X, y, family=family, link=link, alpha=alpha, power=power, offset=offset, solver="fisher", **given)
    except GlmnnError:
        return None


def why_false(result, family, parameter, link) -> str:
    """Return what is wrong with a `converged`; empty where it is true, or where nothing of the kind is claimed."""
    estimate = result.comparison.estimate
    if estimate.reference.status is not Status.CONVERGED and result.exit_code != Exit.DONE:
        return ""
    if not isinstance(estimate.outcome, Maximum):
        return "" if estimate.lost else "converged without inference"
    found = estimate.maximum
    whole, exponent = estimate.design.data.in_memory("exact sums").whole, find_link(link).exponent
    exact = Likelihood(
        family,
        link,
        whole.X,
        whole.y,
        whole.prior_weight,
        whole.offset,
        parameter=parameter,
        exponent=exponent,
    )
    newton = exact.newton_step(found.coef)
    if newton is None:
        return "the second derivative is not negative definite"
    step, std_error = (np.array([float(value) for value in values]) for values in newton)
    scale = 1.0 if found.dispersion_known or not np.isfinite(found.dispersion) else np.sqrt(max(found.dispersion, 0.0))
    far = np.max(np.abs(step) / std_error)
    if far > CLOSE * scale and np.max(np.abs(step) / np.maximum(np.abs(found.coef), 1e-300)) > 1e-9:
        return f"{far:.1e} standard errors to go"
    if np.all(np.isfinite(whole.X)) and find_link(link).unit_free and np.max(np.abs(whole.X @ step)) > CLOSE:
        return "the coefficients run away"
    if not np.isfinite(found.deviance):
        return "no deviance"
    return "" if np.all(np.isfinite(found.std_error)) or found.df_residual == 0 else "no standard errors"


@pytest.mark.slow
@pytest.mark.parametrize(("family", "parameter", "link"), PAIRS)
def test_converged_is_true(family, parameter, link):
    for seed in range(6):
        result = fitted(family, parameter, link, seed)
        assert result is None or why_false(result, family, parameter, link) == "", seed


def test_a_maximum_whose_existence_is_not_settled_is_not_called_one(monkeypatch):
    monkeypatch.setattr("glmnn.fitting.search.separation_of", lambda *_: Unsettled("it would take too long"))
    result = fit(np.arange(8.0)[:, None], np.array([0, 0, 1, 0, 1, 0, 1, 1.0]), family="binomial", solver="fisher")
    assert result.exit_code == Exit.NO
    assert not isinstance(result.comparison.estimate.outcome, Maximum)
    assert "whether a finite maximum exists is not settled: it would take too long" in str(result)


X27 = [0.3459564847898061, -2.083104868170196, -1.2632747017958235, -1.1903948378039932, -0.5911443300065764]
X27 += [-0.5404697623860464, 0.5693755028271295]


@pytest.mark.slow
def test_of_several_maxima_the_best_is_taken_and_not_called_the_only_one():
    """Fisher scoring's own start leads to a maximum with deviance 716.9 here; there is one with 603.3."""
    X, y = np.array(X27)[:, None], np.array([0.32, 0.05, 5.26, 0.12, 1.3, 0.02, 0.1])
    weight = draw("tweedie", 3.5, "identity", 27)[2]
    result = fit(X, y, family="tweedie", power=3.5, link="identity", weights=weight, weights_type="var")
    estimate = result.comparison.estimate
    lower = loop(estimate.problem, Fisher())
    assert lower.converged
    assert estimate.maximum.deviance < 0.9 * estimate.problem.first_order(lower.coef).deviance
    assert "that there is no higher one is not proved" in str(result)


@pytest.mark.parametrize("number", [7210, 7595])
def test_a_fit_without_standard_errors_is_not_converged(number):
    """A fitted mean of 1e192, whose variance overflows: it was called converged, with standard errors of nan."""
    result = fitted("tweedie", 2.5, "log", number)
    assert result.exit_code != Exit.DONE
    assert why_false(result, "tweedie", 2.5, "log") == ""


def main(each: int) -> None:
    """Print, for each family, how the problems ended and how many `converged` are false."""
    for family, parameter in FAMILIES:
        links = [link for *known, link in PAIRS if known == [family, parameter]]
        ends: Counter[str] = Counter()
        for number in range(each):
            link = links[number % len(links)]
            result = fitted(family, parameter, link, 1000 + number)
            if result is None:
                ends["refused"] += 1
                continue
            ends[f"exit {int(result.exit_code)}"] += 1
            if why := why_false(result, family, parameter, link):
                ends["FALSE"] += 1
                sys.stdout.write(f"  {family} {parameter} {link} {1000 + number}: {why}\n")
            elif result.exit_code == Exit.NO:
                ends[f"{link}: {result.comparison.estimate.reference.status.value}"] += 1
        sys.stdout.write(f"{family} {parameter or ''}: {dict(sorted(ends.items()))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
