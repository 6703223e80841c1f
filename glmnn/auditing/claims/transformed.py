"""Transformers of scikit-learn as columns of the data: what each column that they make is of the one that they take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glmnn.auditing.claims.claim import INTERCEPT
from glmnn.errors import UsageError, listed, quoted


@dataclass(frozen=True)
class Made:
    """A column that transformers have made: slope * x + shift, or with a level slope * 1{x = level} + shift.

    Attributes
    ----------
    column : str
        The column of the data.
    level, base : str or None
        Of an indicator: its level, and the one that effects are held against.
    slope, shift : float
    """

    column: str
    level: str | None = None
    base: str | None = None
    slope: float = 1.0
    shift: float = 0.0

    def moved(self, centre: float, scale: float) -> Made:
        """Return the column (x - centre) / scale."""
        return replace(self, slope=self.slope / scale, shift=(self.shift - centre) / scale)


def through(transformer: Any, columns: Sequence[Made]) -> list[Made]:
    """Return the columns that a fitted transformer makes of columns, by its public attributes.

    Parameters
    ----------
    transformer : object
        passthrough, a Pipeline, ColumnTransformer, OneHotEncoder, StandardScaler, MinMaxScaler, MaxAbsScaler,
        RobustScaler, a selection of columns, or an imputer.
    columns : sequence of Made

    Raises
    ------
    UsageError
        If what it does to a column is no multiple of it, or it is not fitted.
    """
    if transformer is None or isinstance(transformer, str) or getattr(transformer, "func", transformer) is None:
        return list(columns)  # passthrough, and a FunctionTransformer without a function
    if hasattr(transformer, "transformers_"):
        return list(_of_parts(transformer, columns))
    if hasattr(transformer, "steps"):
        for _, step in transformer.steps:
            columns = through(step, columns)
        return list(columns)
    if hasattr(transformer, "categories_"):
        return list(_levels(transformer, columns))
    if hasattr(transformer, "get_support"):
        return [column for column, kept in zip(columns, transformer.get_support(), strict=True) if kept]
    if hasattr(transformer, "statistics_") and getattr(transformer, "indicator_", None) is None:
        return list(columns)  # an imputer, which does nothing to rows without missing cells
    moved = _scaled(transformer, len(columns))
    return [column.moved(*by) for column, by in zip(columns, moved, strict=True)]


def _scaled(transformer: Any, width: int) -> list[tuple[float, float]]:
    """Return centre and scale of each column of a scaler."""
    nothing, one = np.zeros(width), np.ones(width)
    if hasattr(transformer, "data_min_") and not getattr(transformer, "clip", False):  # x scale_ + min_
        scale = 1.0 / transformer.scale_
        return list(zip((-transformer.min_ * scale).tolist(), scale.tolist(), strict=True))
    if hasattr(transformer, "scale_") and not hasattr(transformer, "data_min_"):
        centre = next(
            (given for name in ("mean_", "center_") if (given := getattr(transformer, name, None)) is not None), nothing
        )
        if getattr(transformer, "with_mean", True) is False or getattr(transformer, "with_centering", True) is False:
            centre = nothing
        scale = one if transformer.scale_ is None else transformer.scale_
        return list(zip(np.asarray(centre, dtype=float).tolist(), np.asarray(scale, dtype=float).tolist(), strict=True))
    raise UsageError(
        f"coef: what {type(transformer).__name__} does to the columns is not known here, or it is not fitted; give the "
        "estimator behind it, with the columns as it sees them"
    )


def _of_parts(transformer: Any, columns: Sequence[Made]) -> Iterator[Made]:
    """Yield the columns of a ColumnTransformer, one part after the other."""
    names = [str(name) for name in getattr(transformer, "feature_names_in_", [column.column for column in columns])]
    for _, part, chosen in transformer.transformers_:
        if isinstance(part, str) and part == "drop":
            continue
        yield from through(part, [columns[place] for place in _places(chosen, names)])


def _places(chosen: Any, names: list[str]) -> list[int]:
    """Return the places of columns that are given by name, place, mask or slice."""
    if isinstance(chosen, slice):
        return list(range(len(names)))[chosen]
    items = [chosen] if isinstance(chosen, str | int) else list(chosen)
    if items and all(isinstance(item, bool | np.bool_) for item in items):
        return np.flatnonzero(items).tolist()
    return [names.index(item) if isinstance(item, str) else int(item) for item in items]


def _levels(encoder: Any, columns: Sequence[Made]) -> Iterator[Made]:
    """Yield an indicator for each level of a OneHotEncoder, without those that it drops."""
    rare = getattr(encoder, "infrequent_categories_", ())
    if not hasattr(encoder, "drop_idx_") or any(part is not None for part in rare):
        raise UsageError(
            f"coef: {type(encoder).__name__} does not give each level a column of its own; OneHotEncoder without rare "
            "categories does"
        )
    dropped = encoder.drop_idx_ if encoder.drop_idx_ is not None else [None] * len(columns)
    for column, levels, without in zip(columns, encoder.categories_, dropped, strict=True):
        if column.level is not None or (column.slope, column.shift) != (1.0, 0.0):
            raise UsageError(f"coef: column {quoted(column.column)} is scaled before it is encoded")
        names = [_label(level) for level in levels.tolist()]
        for place, level in enumerate(names):
            if place != without:
                yield Made(column.column, level, names[without or 0])


def _label(level: Any) -> str:
    """Return a level as glmnn writes it: a number without a needless .0."""
    return f"{level:g}" if isinstance(level, float) and level.is_integer() else str(level)


def in_columns(made: Sequence[Made], slopes: Sequence[float], intercept: float) -> dict[str, float]:
    """Return coefficients of columns that were made as those of the data's own, the intercept first.

    The effects of levels are taken against the level without a column, or else the first of all: the fitted means do
    not depend on which.

    Raises
    ------
    UsageError
        If a column is used as a number and by its levels.
    """
    numbers: dict[str, float] = {}
    effects: dict[tuple[str, str], dict[str, float]] = {}
    for column, slope in zip(made, slopes, strict=True):
        intercept += slope * column.shift
        if column.level is None or column.base is None:
            numbers[column.column] = numbers.get(column.column, 0.0) + slope * column.slope
        else:
            effects.setdefault((column.column, column.base), {})[column.level] = slope * column.slope
    both = [name for name, _ in effects if name in numbers]
    if both:
        raise UsageError(f"coef: columns that are numbers and levels at once: {listed(both)}")
    contrasts: dict[str, float] = {}
    for (name, base), levels in effects.items():
        reference = levels.pop(base, 0.0)
        intercept += reference
        contrasts |= {f"{name}[T.{level}]": effect - reference for level, effect in levels.items()}
    return {INTERCEPT: intercept, **numbers, **contrasts}
