"""Quantiles of rows that are never seen at once, exact to the last bit: some bits of them in each pass."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import Any

import numpy as np

from glmnn.arrays import Array

DIGIT = 13  # bits of a float64 that one pass finds
WORD = 64

Take = Callable[[Array], Any]  # from the values of a leaf to what adds


def quantiles(shares: Array, rows: int) -> Generator[Take, Any, list[float]]:
    """Learn the quantiles of values, exact to the last bit.

    Two neighbours in the order of all values are found for each, `DIGIT` bits of them a pass, from the highest on; in
    between it is interpolated as NumPy does (definition 7 of Hyndman & Fan, 1996).

    Parameters
    ----------
    shares : ndarray
        Between 0 and 1.
    rows : int
        How many values there are.
    """
    places = shares * (rows - 1)
    below = np.floor(places).astype(np.int64)
    ranks = sorted({*below.tolist(), *np.minimum(below + 1, rows - 1).tolist()})
    left, prefixes = dict(zip(ranks, ranks, strict=True)), dict.fromkeys(ranks, 0)
    for end in range(WORD, 0, -DIGIT):
        wanted = tuple(sorted(set(prefixes.values())))
        counts = yield partial(_counts, wanted, end)
        for rank in ranks:
            upto = np.cumsum(counts[wanted.index(prefixes[rank])])
            digit = int(np.searchsorted(upto, left[rank], side="right"))
            left[rank] -= int(upto[digit - 1]) if digit else 0
            prefixes[rank] = (prefixes[rank] << min(DIGIT, end)) | digit
    value = dict(
        zip(ranks, _floats(np.array([prefixes[rank] for rank in ranks], dtype=np.uint64)).tolist(), strict=True)
    )
    low = np.array([value[rank] for rank in below.tolist()])
    high = np.array([value[min(rank + 1, rows - 1)] for rank in below.tolist()])
    share, apart = places - below, high - low
    found: list[float] = np.where(share < 0.5, low + apart * share, high - apart * (1.0 - share)).tolist()
    return found


def _counts(prefixes: tuple[int, ...], end: int, values: Array) -> Array:
    """Return how many values have each next digit, of those whose bits above `end` are each of the prefixes."""
    keys, width = _ordered(values[~np.isnan(values)]), min(DIGIT, end)
    above = keys >> np.uint64(end) if end < WORD else np.zeros_like(keys)
    digits = ((keys >> np.uint64(end - width)) & np.uint64((1 << width) - 1)).astype(np.int64)
    return np.array([np.bincount(digits[above == np.uint64(prefix)], minlength=1 << width) for prefix in prefixes])


def _ordered(values: Array) -> Any:
    """Return numbers without sign that have the order of the values; 0 and -0 are one."""
    bits = (np.asarray(values, dtype=float) + 0.0).view(np.uint64)
    sign = np.uint64(1 << (WORD - 1))
    return np.where(bits & sign, ~bits, bits | sign)


def _floats(keys: Any) -> Array:
    sign = np.uint64(1 << (WORD - 1))
    return np.asarray(np.where(keys & sign, keys & ~sign, ~keys).astype(np.uint64).view(float))
