"""Functions of formulas that formulaic does not have: natural splines, and the parts of dates."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Any

import numpy as np

from glmnn.arrays import Array

ORDER = 4  # of a cubic spline
DATE_FUNCTIONS = frozenset({"year", "month", "day", "weekday", "days"})

NESTED = r"(?:[^()\[\]]|\((?:[^()\[\]]|\([^()\[\]]*\))*\))*"
NUMBER_LEVEL = re.compile(rf"(C\(({NESTED})\)\[(?:[A-Z]\.)?-?[0-9]+)\.0\]")


def whole_levels(column: str, levelled: Collection[str] = ()) -> str:
    """Return the name of a column whose levels are computed numbers, with the whole ones as such.

    The levels of columns that are `levelled` have names of their own.

    >>> whole_levels("C(year(visit))[T.2025.0]"), whole_levels("C(age ** 2)[T.441.0]:C(g)[T.1.0]", {"g"})
    ('C(year(visit))[T.2025]', 'C(age ** 2)[T.441]:C(g)[T.1.0]')
    """

    def shown(found: re.Match[str]) -> str:
        return found[0] if found[2].partition(",")[0].strip("`") in levelled else f"{found[1]}]"

    return NUMBER_LEVEL.sub(shown, column)


@cache
def context() -> dict[str, Callable[..., Any]]:
    """Return the functions by name, as formulaic is given them."""
    from formulaic.materializers.types import FactorValues
    from formulaic.utils.stateful_transforms import stateful_transform

    def ns(x: Any, df: int | None = None, knots: Sequence[float] | None = None, *, _state: dict[str, Any]) -> Any:  # noqa: ARG001
        bounds = _state["lower_bound"], _state["upper_bound"]
        basis = natural_spline(np.asarray(x, dtype=float), _state["knots"], bounds)
        return FactorValues(dict(enumerate(basis.T, 1)), kind="numerical", encoded=False, format="{name}[{field}]")

    def days(x: Any, *, _state: dict[str, Any]) -> Array:
        return np.asarray(np.asarray(x, dtype=float) - _state["first"])

    parts = {name: part for name, part in DATE_PARTS.items() if name != "days"}
    return {"sqrt": np.sqrt, "ns": stateful_transform(ns), "days": stateful_transform(days), **parts}


def natural_knots(
    bounds: tuple[float, float], df: int | None, knots: Sequence[float] | None, quantiles: Sequence[float]
) -> list[float]:
    """Return the inner knots of a natural spline: those asked for, or the df - 1 quantiles.

    Raises
    ------
    ValueError
        If neither or both are asked for, or a knot lies outside of the range.
    """
    low, high = bounds
    if (df is None) == (knots is None):
        raise ValueError("ns needs df=, the number of its columns, or knots=, but not both")
    if df is not None and df < 1:
        raise ValueError("ns needs df= 1 or more")
    inner = list(quantiles) if knots is None else sorted(map(float, knots))
    if not low < high or any(not low < knot < high for knot in inner):
        raise ValueError(f"ns needs its knots within the range of its column, {low:g} to {high:g}")
    return inner


def natural_spline(x: Array, knots: Sequence[float], bounds: tuple[float, float]) -> Array:
    """Return the basis of natural cubic splines without the constant, as `splines::ns` of R has it.

    Parameters
    ----------
    x : ndarray of shape (rows,)
    knots : sequence of float
        Inner knots.
    bounds : tuple of float
        Outer knots, beyond which the splines are straight lines.

    Returns
    -------
    ndarray of shape (rows, number of inner knots + 1)

    Notes
    -----
    Cubic B-splines (de Boor, 1978, chapter IX) whose second derivatives at both bounds are 0: of their coefficients,
    the part orthogonal to these two conditions (Hastie, 1992, in Statistical Models in S, section 7.3).
    """
    from scipy.interpolate import BSpline

    places, weights = natural_weights(knots, bounds)
    spline = BSpline(places, np.eye(len(places) - ORDER), ORDER - 1)
    inside = np.clip(x, *bounds)
    basis = spline(inside) + (x - inside)[:, None] * spline.derivative()(inside)
    # not by a matrix product, whose last bits depend on the number of rows under some kernels
    return np.asarray(sum(values[:, None] * by for values, by in zip(basis.T[1:], weights[1:], strict=True)))


def natural_weights(knots: Sequence[float], bounds: tuple[float, float]) -> tuple[Array, Array]:
    """Return the knots of all B-splines, and their weights in each column of `natural_spline`, by rows."""
    from scipy.interpolate import BSpline

    low, high = bounds
    places = np.array([*[low] * ORDER, *knots, *[high] * ORDER])
    curvature = BSpline(places, np.eye(len(places) - ORDER), ORDER - 1).derivative(2)(np.array(bounds))[:, 1:]
    complement = np.linalg.qr(curvature.T, mode="complete")[0][:, 2:]
    return places, np.vstack([np.zeros(complement.shape[1]), complement])


def year(days: Any) -> Array:
    """Return the year of days since 1970."""
    return np.asarray(_dates(days).astype("datetime64[Y]").astype(float) + 1970.0)


def month(days: Any) -> Array:
    """Return the month of days since 1970, 1 to 12."""
    return np.asarray(_dates(days).astype("datetime64[M]").astype(np.int64) % 12 + 1.0)


def day(days: Any) -> Array:
    """Return the day of the month of days since 1970."""
    dates = _dates(days)
    return np.asarray((dates - dates.astype("datetime64[M]").astype("datetime64[D]")).astype(float) + 1.0)


def weekday(days: Any) -> Array:
    """Return the day of the week of days since 1970, 1 for Monday to 7."""
    return np.asarray((np.floor(np.asarray(days, dtype=float)) + 3) % 7 + 1.0)


def _dates(days: Any) -> Any:
    return np.floor(np.asarray(days, dtype=float)).astype(np.int64).astype("datetime64[D]")


DATE_PARTS: dict[str, Callable[[Any], Array]] = {  # of days since 1970
    "days": np.asarray,
    "year": year,
    "month": month,
    "day": day,
    "weekday": weekday,
}
