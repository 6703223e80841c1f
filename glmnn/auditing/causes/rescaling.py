"""The numbers of the claim read in other units: standardised columns, a half, another sign, another order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from math import factorial

import numpy as np

from glmnn.arrays import Array, Mask
from glmnn.auditing.causes.claimed import Case
from glmnn.auditing.causes.hypothesis import Reading
from glmnn.models.links import LOGIT

FEW = 6  # coefficients up to which every order is tried
SAME = 2e-5  # relative, from which two divisors are one
VAGUE = 1e-2  # relative rounding of a coefficient from which any ratio is that of some two units


def unit_readings(case: Case) -> Iterator[Reading]:
    """Yield the readings of the claim as coefficients of transformed columns, or transformed themselves."""
    p = case.claimed.size
    seen: list[Array] = []
    for key, says, to_data, prior in transformations(case):
        if any(np.allclose(to_data, other, rtol=SAME, atol=SAME * np.abs(other).max()) for other in seen):
            continue  # of many rows the divisors n and n - 1 cannot be told apart
        seen.append(to_data)
        mapped = to_data @ case.claimed
        yield Reading(key, says, case.problem, mapped, to_data, to_data, tried=4, prior=prior, pulled=True)
        if key == "standardized_units" and prior in (1.0, 0.0):
            says = "on standardised columns, with the coefficients turned back to the data's units"
            # the two divisors differ by a factor of lambda alone: n, as scikit-learn and glmnet have it, comes first
            yield Reading(
                "", says, case.problem, case.claimed, to_data, tried=2, prior=0.5 * (prior - 1.0), pulled=True,
                scale="standardized",
            )  # fmt: skip
    link = case.problem.glm.link
    if link == LOGIT:
        says = "these are half the coefficients: one of the two outputs of a softmax layer"
        double = 2.0 * np.eye(p)
        yield Reading("half", says, case.problem, 2.0 * case.claimed, double, double, tried=4, pulled=True)
        says = "these are minus half the coefficients: the other of the two outputs of a softmax layer"
        yield Reading("half", says, case.problem, -2.0 * case.claimed, -double, -double, tried=4)
    if link.centre is not None:
        says = "all signs are turned: 0 and 1 of the response are swapped, or the model is written with a minus"
        yield Reading("sign", says, case.problem, -case.claimed, -np.eye(p), -np.eye(p), tried=2, pulled=True)
    if np.all(case.claimed > 0):
        says = (
            f"these are {case.estimate.model.capabilities.ratios or 'exponentials'}, exp(coefficient): take logarithms"
        )
        with np.errstate(all="ignore"):
            logs, slope = np.log(case.claimed), np.diag(1.0 / case.claimed)
        yield Reading("exponentiated", says, case.problem, logs, np.eye(p), slope, tried=2)
    yield from _orders(case)
    yield from _powers(case)
    yield from _conversions(case)


def transformations(case: Case) -> Iterator[tuple[str, str, Array, float]]:
    """Yield key, sentence, the matrix from coefficients of transformed columns to those of the data, and prior."""
    whole = case.whole
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
            affine(case, mean, standard, varies), 1.0,
        )  # fmt: skip
        yield (
            "standardized_units", f"{reported} standardised columns (as R's scale(), divisor n - 1)",
            affine(case, mean, sample, varies), 0.0,
        )  # fmt: skip
        yield "centred_units", f"{reported} centred columns (x - mean)", affine(case, mean, one, varies), 0.0
        yield (
            "minmax_units", f"{reported} columns scaled to 0 .. 1",
            affine(case, low, np.where(varies, high - low, 1.0), varies), 0.0,
        )  # fmt: skip
        yield (
            "standardized_units", f"{reported} columns centred and divided by two standard deviations",
            affine(case, mean, 2.0 * sample, varies), -1.0,
        )  # fmt: skip
    yield (
        "standardized_units", f"{reported} columns divided by their standard deviation",
        affine(case, nothing, standard, varies), -0.5,
    )  # fmt: skip
    yield (
        "standardized_units", f"{reported} columns divided by their standard deviation (divisor n - 1)",
        affine(case, nothing, sample, varies), -0.5,
    )  # fmt: skip
    largest = np.where(varies, np.abs(whole.X).max(axis=0), 1.0)
    yield (
        "minmax_units", f"{reported} columns divided by their largest absolute value",
        affine(case, nothing, largest, varies), -1.0,
    )  # fmt: skip


def affine(case: Case, centre: Array, spread: Array, varies: Mask) -> Array:
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
    changed = int(np.count_nonzero(power))
    yield _multiplied(case, np.asarray(10.0**power, dtype=float), {}, 12.0**changed)


# What one unit is in another, or how a logarithm changes with its base; the reciprocals are tried too.
CONVERSIONS = {
    "kilograms in pounds": (2.20462262, 2.2046, 2.205, 2.2),
    "centimetres in inches": (1 / 2.54,),
    "metres in feet": (1 / 0.3048, 3.28084, 3.281, 3.28),
    "miles in kilometres": (1.609344, 1.60934, 1.609, 1.61, 1.6),
    "ounces in grams": (28.349523125, 28.3495, 28.35),
    "gallons in litres": (3.785411784, 3.78541, 3.785),
    "horsepower in kilowatts": (0.745699872, 0.7457, 0.7355, 0.73549875),
    "natural logarithms in those to base 10": (1 / np.log(10.0),),
    "natural logarithms in those to base 2": (1 / np.log(2.0),),
    "dozens": (12.0,),
    "minutes or seconds": (60.0, 3600.0),
    "days in hours": (24.0,),
    "weeks in days": (7.0,),
    "years in days": (365.0, 365.25),
    "years in weeks": (52.0,),
    "degrees in radians": (np.pi / 180.0,),
    "degrees Celsius in Fahrenheit": (1.8,),
    "millimoles of glucose in mg/dl": (18.0, 18.018, 18.0182),
}


def _conversions(case: Case) -> Iterator[Reading]:
    """Yield the claim with one column in other units of a common kind."""
    with np.errstate(all="ignore"):
        ratio = np.where(case.slopes > 0, case.maximum / case.claimed, 1.0)
        loose = case.half_units / np.abs(case.claimed)
    off = np.flatnonzero((np.abs(ratio - 1.0) > 1e-6 + loose) & np.isfinite(ratio))
    known = [(words, factor) for words, factors in CONVERSIONS.items() for factor in factors]
    known += [(f"the other way round: {words}", 1.0 / factor) for words, factor in known]
    for place in off:
        for words, factor in known:
            # the claim is the maximum divided by what the column was multiplied with
            if loose[place] <= VAGUE and abs(ratio[place] / factor - 1.0) <= 1e-6 + 2.0 * loose[place]:
                factors = np.ones(ratio.size)
                factors[place] = factor
                yield _multiplied(case, factors, {case.names[place]: words}, 4.0 * ratio.size)
    celsius = _fahrenheit(case)
    if celsius is not None:
        yield celsius


def _fahrenheit(case: Case) -> Reading | None:
    """Return the claim with one column in degrees Fahrenheit instead of Celsius, or the other way round."""
    if case.intercept is None:
        return None
    best: Reading | None = None
    for place in np.flatnonzero(case.slopes):
        for scale, shift, words in ((1.8, 32.0, "Fahrenheit"), (1 / 1.8, -32.0 / 1.8, "Celsius")):
            to_data = np.eye(case.claimed.size)
            to_data[place, place] = scale
            to_data[case.intercept, place] = shift
            says = f"the column {case.names[place]} was in degrees {words}, not in those of the data"
            made = Reading(
                "other_units", says, case.problem, to_data @ case.claimed, np.eye(to_data.shape[0]), to_data,
                tried=4.0 * case.claimed.size,
            )  # fmt: skip
            if best is None or case.length(made.coef - case.maximum) < case.length(best.coef - case.maximum):
                best = made
    return best


def _multiplied(case: Case, factors: Array, words: dict[str, str], tried: float) -> Reading:
    """Return the reading in which somebody multiplied the columns before the fit."""
    to_data = np.diag(factors)
    done = [
        (f"multiplied {name} by {factor:.7g}" if factor > 1.0 else f"divided {name} by {1.0 / factor:.7g}")
        + (f" ({words[name]})" if name in words else "")
        for name, factor in zip(case.names, factors.tolist(), strict=True)
        if factor != 1.0
    ]
    says = f"columns are in other units: before the fit somebody {', '.join(done)}"
    return Reading(
        "other_units", says, case.problem, to_data @ case.claimed, np.eye(factors.size), to_data, tried=tried
    )
