"""How many iterations other programs would count on the same path, by stopping rules of their own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

Deviances = Sequence[tuple[int, float]]  # deviances by iteration, as `Fit.deviances` has them


def by_r(seen: Deviances) -> int | None:
    """Return the iterations that R's glm counts: |change of deviance| / (|deviance| + 0.1) < 1e-8.

    >>> by_r([(0, 8.0), (1, 5.0), (2, 5.0)])
    3
    """
    return _first([abs(new - old) / (abs(new) + 0.1) < 1e-8 for old, new in _pairs(seen)])


def by_statsmodels(seen: Deviances) -> int | None:
    """Return the iterations that statsmodels counts: |change of deviance| <= 1e-8; None when it would go on."""
    return _first([abs(new - old) <= 1e-8 for old, new in _pairs(seen)])


def _pairs(seen: Deviances) -> list[tuple[float, float]]:
    return list(pairwise(deviance for _, deviance in seen))


def _first(met: list[bool]) -> int | None:
    """Return the number of the deviance at which the rule is first met: they count the one they start from."""
    return met.index(True) + 2 if True in met else None
