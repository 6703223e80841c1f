"""Numbers with the digits that a picture needs."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

DIGITS = 6


def rounded(values: ArrayLike, digits: int = DIGITS) -> list[Any]:
    """Return numbers with so many significant digits, nested as they are; None where one is not finite.

    >>> rounded([[1 / 3, 2e6 / 3], [float("nan"), 0.0]], 5)
    [[0.33333, 666670.0], [None, 0.0]]
    """
    array = np.asarray(values, dtype=float)
    flat = [float(f"{value:.{digits}g}") if isfinite(value) else None for value in array.ravel().tolist()]
    return _nested(flat, array.shape)


def one(value: float | None, digits: int = DIGITS) -> float | None:
    """Return one number so, None where there is none.

    >>> one(2 / 3), one(float("inf")), one(None)
    (0.666667, None, None)
    """
    return None if value is None or not isfinite(value) else float(f"{value:.{digits}g}")


def _nested(flat: list[float | None], shape: Sequence[int]) -> list[Any]:
    if len(shape) <= 1:
        return flat
    size = len(flat) // max(shape[0], 1)
    return [_nested(flat[first * size : (first + 1) * size], shape[1:]) for first in range(shape[0])]
