"""What every kind of saved model can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any, NamedTuple, Protocol

import numpy as np

from glmnn.arrays import Array
from glmnn.errors import UsageError
from glmnn.models.capabilities import Capabilities
from glmnn.models.model import Head
from glmnn.predicting.options import PredictOptions

FEWEST_CLASSES = 2
BLOCK = 8192  # rows at a time
Triangle = tuple[tuple[float, ...], ...]  # the lower one of a covariance, row by row


class Answer(NamedTuple):
    """What a model says of some rows."""

    eta: Array  # (rows,), or (rows, classes)
    columns: dict[str, Array]  # what was asked for, by name: each of shape (rows,), nan where there is none
    classes: tuple[str | int | None, ...] | None = None  # (rows,), where classes were asked for
    notes: tuple[str, ...] = ()


class Predictor(Protocol):
    """A frozen dataclass whose fields are what stands in the file."""

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the columns of the design, in order."""

    @property
    def label(self) -> str:
        """What it is, in a few words."""

    @property
    def listing(self) -> Mapping[str, Sequence[Any]]:
        """Its numbers, as the columns of a table."""

    @property
    def distribution(self) -> Head:
        """What its linear predictors mean for the response."""

    @property
    def capabilities(self) -> Capabilities:
        """What goes with it, and why the rest does not."""

    def check(self) -> None:
        """Refuse numbers that cannot be those of a fit.

        Raises
        ------
        UsageError
            Naming the field.
        """

    def eta(self, X: Array, offset: Array) -> Array:
        """Return the linear predictors of rows of the design, shape (rows,) or (rows, classes)."""

    def interval(self, X: Array, eta: Array, options: PredictOptions) -> tuple[dict[str, Array], tuple[str, ...]]:
        """Return the ends of an interval of each row by name, and notes; asked only where the capabilities have it."""


def no_value(size: int) -> Array:
    """Return nan for so many rows."""
    return np.full(size, np.nan)


def blocks(rows: int) -> list[slice]:
    """Return the rows, so many at a time."""
    return [slice(first, first + BLOCK) for first in range(0, rows, BLOCK)]


def triangle(covariance: Array) -> Triangle | None:
    """Return the lower triangle of a covariance, or None where it could not be estimated."""
    if not np.all(np.isfinite(covariance)):
        return None
    return tuple(tuple(row[: j + 1]) for j, row in enumerate(covariance.tolist()))


def standard_errors(covariance: Triangle | None, size: int) -> list[float]:
    """Return the roots of the diagonal, nan where there is no covariance."""
    return [float("nan")] * size if covariance is None else [sqrt(row[-1]) for row in covariance]


def check_terms(terms: tuple[str, ...], kind: str) -> None:
    """Refuse names that no design has.

    Raises
    ------
    UsageError
        Naming the kind of model.
    """
    if not terms or len(set(terms)) < len(terms):
        raise UsageError(f"{kind}.terms must be names, each once")


def check_classes(labels: tuple[str, ...], place: str) -> None:
    """Refuse labels that no response has.

    Raises
    ------
    UsageError
        Naming the place in the file.
    """
    if len(labels) < FEWEST_CLASSES or len(set(labels)) < len(labels) or "" in labels:
        raise UsageError(f"{place} must be {FEWEST_CLASSES} or more names, each once")


def check_covariance(covariance: Triangle | None, size: int, kind: str) -> None:
    """Refuse what is no lower triangle of so many rows, or has a negative variance.

    Raises
    ------
    UsageError
        Naming the kind of model.
    """
    if covariance is None:
        return
    if [len(row) for row in covariance] != list(range(1, size + 1)):
        raise UsageError(f"{kind}.covariance is not the lower triangle of {size} terms: rows of 1 to {size} numbers")
    if any(row[-1] < 0 for row in covariance):
        raise UsageError(f"{kind}.covariance: a variance is negative")
