"""The numbers of the claim read in other units: standardised columns, a half, another sign, another order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from math import factorial

import numpy as np

from glmnn.causes.case import Case
from glmnn.causes.reading import Reading
from glmnn.models.links import Array

FEW = 6  # coefficients up to which every order is tried


def unit_readings(case: Case) -> Iterator[Reading]:
    """Yield the readings of the claim as coefficients of transformed columns, or transformed themselves."""
    p = case.claimed.size
    for key, says, to_data, prior in transformations(case):
        mapped = to_data @ case.claimed
        yield Reading(key, says, case.problem, mapped, to_data, to_data, tried=4, prior=prior, pulled=True)
        if key == "standardized_units" and prior in (1.0, 0.0):
            says = "on standardised columns, with the coefficients turned back to the data's units"
            # the two divisors differ by a factor of lambda alone: n, as scikit-learn and glmnet have it, comes first
            yield Reading(
                "", says, case.problem, case.claimed, to_data, tried=2, prior=0.5 * (prior - 1.0), pulled=True,
                scale="standardized",
            )  # fmt: skip
    logit = case.problem.glm.link.name == "logit"
    if logit:
        says = "these are half the coefficients: one of the two rows of a symmetric two-class softmax"
        double = 2.0 * np.eye(p)
        yield Reading("half", says, case.problem, 2.0 * case.claimed, double, double, tried=4, pulled=True)
        says = "these are the other of the two rows of a symmetric two-class softmax: minus half the coefficients"
        yield Reading("half", says, case.problem, -2.0 * case.claimed, -double, -double, tried=4)
    if case.problem.glm.link.name in {"logit", "probit", "cauchit", "identity"}:
        says = "all signs are turned: 0 and 1 of the response are swapped, or the model is written with a minus"
        yield Reading("sign", says, case.problem, -case.claimed, -np.eye(p), -np.eye(p), tried=2, pulled=True)
    if np.all(case.claimed > 0):
        kind = "odds ratios" if logit else "rate ratios" if case.problem.glm.link.name == "log" else "exponentials"
        says = f"these are {kind}, exp(coefficient): take logarithms"
        with np.errstate(all="ignore"):
            logs, slope = np.log(case.claimed), np.diag(1.0 / case.claimed)
        yield Reading("exponentiated", says, case.problem, logs, np.eye(p), slope, tried=2)
    yield from _orders(case)
    yield from _powers(case)


def transformations(case: Case) -> Iterator[tuple[str, str, Array, float]]:
    """Yield key, sentence, the matrix from coefficients of transformed columns to those of the data, and prior."""
    whole = case.problem.data.whole
    mean, spread = whole.X.mean(axis=0), whole.X.std(axis=0)
    varies = (spread > 0) & (case.slopes > 0)
    if not varies.any():
        return
    low, high = whole.X.min(axis=0), whole.X.max(axis=0)
    rows = whole.y.size
    standard = np.where(varies, spread, 1.0)
    sample = np.where(varies, spread * np.sqrt(rows / max(rows - 1, 1)), 1.0)
    nothing, one = np.zeros_like(mean), np.ones_like(mean)
    reported = "the coefficients are those of"
    if case.intercept is not None:
        yield (
            "standardized_units", f"{reported} standardised columns ((x - mean) / standard deviation)",
            _affine(case, mean, standard, varies), 1.0,
        )  # fmt: skip
        yield (
            "standardized_units", f"{reported} standardised columns (as R's scale(), divisor n - 1)",
            _affine(case, mean, sample, varies), 0.0,
        )  # fmt: skip
        yield "centred_units", f"{reported} centred columns (x - mean)", _affine(case, mean, one, varies), 0.0
        yield (
            "minmax_units", f"{reported} columns scaled to 0 .. 1",
            _affine(case, low, np.where(varies, high - low, 1.0), varies), 0.0,
        )  # fmt: skip
        yield (
            "standardized_units", f"{reported} columns centred and divided by two standard deviations",
            _affine(case, mean, 2.0 * sample, varies), -1.0,
        )  # fmt: skip
    yield (
        "standardized_units", f"{reported} columns divided by their standard deviation",
        _affine(case, nothing, standard, varies), -0.5,
    )  # fmt: skip
    yield (
        "standardized_units", f"{reported} columns divided by their standard deviation (divisor n - 1)",
        _affine(case, nothing, sample, varies), -0.5,
    )  # fmt: skip
    largest = np.where(varies, np.abs(whole.X).max(axis=0), 1.0)
    yield (
        "minmax_units", f"{reported} columns divided by their largest absolute value",
        _affine(case, nothing, largest, varies), -1.0,
    )  # fmt: skip


def _affine(case: Case, centre: Array, spread: Array, varies: Array) -> Array:
    """Return the matrix from the coefficients of (x - centre) / spread to those of x."""
    to_data = np.diag(np.where(varies, 1.0 / spread, 1.0))
    if case.intercept is not None:
        to_data[case.intercept] -= np.where(varies, centre / spread, 0.0)
        to_data[case.intercept, case.intercept] = 1.0
    return to_data


def _orders(case: Case) -> Iterator[Reading]:
    """Yield the claim in the order that brings it nearest to the maximum, when that is another one."""
    p = case.claimed.size
    if p < 2:
        return
    if p <= FEW:
        orders = [list(order) for order in permutations(range(p))][1:]
        tried = float(factorial(p))
    else:
        orders = [list(range(p))[::-1], [p - 1, *range(p - 1)], [*range(1, p), 0], [0, *range(p - 1, 0, -1)]]
        ranks = np.argsort(np.argsort(case.maximum))
        orders.append([int(place) for place in np.argsort(case.claimed)[ranks]])
        tried = 1e3
    best = min(orders, key=lambda order: case.length(case.claimed[order] - case.maximum))
    if best == list(range(p)):
        return
    moved = np.eye(p)[best]
    names = ", ".join(case.names[place] for place in np.argsort(best))
    says = f"the values are in another order: {names}"
    if best == [p - 1, *range(p - 1)] and case.intercept == 0:
        says = "the values are in another order: the intercept comes last"
    yield Reading("order", says, case.problem, moved @ case.claimed, moved, moved, tried=tried)


def _powers(case: Case) -> Iterator[Reading]:
    """Yield the claim with some columns in units a power of ten away, when such a map brings it to the maximum."""
    with np.errstate(all="ignore"):
        ratio = np.where(case.slopes > 0, case.maximum / case.claimed, 1.0)
        power = np.round(np.log10(ratio))
    if not np.all(np.isfinite(power)) or not power.any():
        return
    to_data = np.diag(10.0**power)
    columns = ", ".join(
        f"{name} by {10.0**-value:g}" for name, value in zip(case.names, power, strict=True) if value != 0
    )
    says = f"columns are in other units: multiply the claim's column {columns}" if power.any() else ""
    says = says.replace("multiply the claim's column", "before the fit somebody multiplied")
    changed = int(np.count_nonzero(power))
    yield Reading(
        "other_units", says, case.problem, to_data @ case.claimed, np.eye(power.size), to_data, tried=12.0**changed
    )
