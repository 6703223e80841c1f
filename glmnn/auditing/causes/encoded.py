"""Columns as a pipeline makes them: numbers scaled and levels as indicators, one for each level or without a base."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from glmnn.arrays import Array, Mask
from glmnn.auditing.causes.claimed import Case
from glmnn.auditing.causes.factor_coding import dummies, recode
from glmnn.auditing.causes.hypothesis import Reading
from glmnn.auditing.causes.rescaling import affine
from glmnn.auditing.claims.contrasts import in_order

TRIED = 12.0  # readings of this kind
Named = tuple[str, Array]  # in words, and the matrix to the coefficients of the data


def encoded_readings(case: Case) -> Iterator[Reading]:
    """Yield the readings in which numbers alone are scaled, or levels have other indicators, under a penalty.

    Readings of all columns scaled alike, and of the levels as the design has them, are those of `unit_readings`.
    """
    levels = case.estimate.design.levels
    coded = {name: dummies(case, name, labels) for name, labels in levels.items()}
    factors = {name: places for name, places in coded.items() if places is not None}
    if case.intercept is None or len(factors) < len(coded):
        return
    for (scaling, scale, everything), (coding, code) in product(_scalings(case, factors), _codings(case, factors)):
        if everything and not coding:
            continue
        to_data = scale @ code
        where = " and ".join(filter(None, (scaling, coding)))
        says = f"on {where}, with the coefficients turned back to those of the data's units and levels"
        kind = "standardized" if scaling else "encoded"
        yield Reading("", says, case.problem, case.claimed, to_data, tried=TRIED, prior=-0.5, pulled=True, scale=kind)
        if scaling and not everything:
            key = "minmax_units" if scaling.startswith("numeric") else "standardized_units"
            says = f"the coefficients are those of {where}"
            yield Reading(
                key, says, case.problem, scale @ case.claimed, to_data, scale, tried=TRIED, prior=-0.5, pulled=True
            )


def _scalings(case: Case, factors: dict[str, list[int]]) -> Iterator[tuple[str, Array, bool]]:
    """Yield scalings of the numbers alone in words, as matrices, and whether no column is left as it is."""
    X, p = case.whole.X, case.claimed.size
    yield "", np.eye(p), True
    levels = {place for places in factors.values() for place in places}
    numbers = np.array([slope > 0 and place not in levels for place, slope in enumerate(case.slopes)])
    low, high, spread = X.min(axis=0), X.max(axis=0), X.std(axis=0)
    numbers &= spread > 0
    continuous = numbers & np.any(np.not_equal(X, low) & np.not_equal(X, high), axis=0)
    chosen: list[tuple[str, Mask]] = [("numeric", numbers)]
    if np.any(continuous != numbers):
        chosen.append(("continuous", continuous))
    for words, columns in chosen:
        if columns.any():
            everything = bool(np.all(columns == (case.slopes > 0)))
            scaled = np.where(columns, spread, 1.0)
            yield f"standardised {words} columns", affine(case, X.mean(axis=0), scaled, columns), everything
    if numbers.any():
        scaled = np.where(numbers, high - low, 1.0)
        yield (
            "numeric columns scaled to 0 .. 1",
            affine(case, low, scaled, numbers),
            bool(np.all(numbers == (case.slopes > 0))),
        )
        quartiles = np.zeros((3, case.claimed.size))
        quartiles[:, numbers] = np.quantile(X[:, numbers], (0.25, 0.5, 0.75), axis=0)
        scaled = np.where(quartiles[2] > quartiles[0], quartiles[2] - quartiles[0], 1.0)
        words = "robustly scaled numeric columns ((x - median) / interquartile range, as RobustScaler)"
        yield words, affine(case, quartiles[1], scaled, numbers), False


def _codings(case: Case, factors: dict[str, list[int]]) -> Iterator[Named]:
    """Yield codings of the levels in words, and as matrices."""
    p, levels = case.claimed.size, case.estimate.design.levels
    yield "", np.eye(p)
    if not factors or case.intercept is None:
        return
    every = np.eye(p)
    for places in factors.values():
        count = len(places) + 1
        root = np.eye(count - 1) + (np.sqrt(count) - 1.0) / (count - 1)  # the square root of 1 + 11'
        every[np.ix_(places, places)] = root
        every[case.intercept, places] = -1.0 / np.sqrt(count)
    yield "an indicator of every level", every
    first = {name: levels[name].index(in_order(levels[name])[0]) for name in factors}
    if any(first.values()):
        other = np.eye(p)
        for name, places in factors.items():
            order = [place for place in range(len(places) + 1) if place != first[name]]
            recode(other, places, np.eye(len(order) + 1)[:, order], case.intercept)
        yield "indicators of all levels but the first", other
