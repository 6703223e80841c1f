"""What a saved model says of rows, and what the kinds of saved models have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import nan, sqrt
from typing import Annotated, Any, NamedTuple, Protocol

import numpy as np

from glmnn.arrays import Array
from glmnn.errors import UsageError
from glmnn.fitting.estimate import Estimate
from glmnn.kernels.double_double import linear_predictor
from glmnn.models.capabilities import Capabilities
from glmnn.models.glm import GLM
from glmnn.models.multinomial import Multinomial
from glmnn.predicting.options import PredictOptions
from glmnn.report.schema import SOME, Text, one_of, where
from glmnn.solvers.stopping import Status

FEWEST_CLASSES = 2
BLOCK = 8192  # rows at a time
Numbers = Annotated[tuple[float, ...], SOME]
Triangle = Annotated[tuple[Numbers, ...], SOME]  # the lower one of a matrix, row by row
Names = Annotated[tuple[str, ...], where(minItems=1, uniqueItems=True)]
Classes = Annotated[tuple[Text, ...], where(minItems=FEWEST_CLASSES, uniqueItems=True)]
CONVERGED = one_of(Status.CONVERGED.value)
Ends = tuple[dict[str, Array], tuple[str, ...]]  # of the intervals of rows, by name, and notes


class Answer(NamedTuple):
    """What a model says of some rows."""

    eta: Array  # (rows,), or (rows, classes)
    columns: dict[str, Array]  # what was asked for, by name: each of shape (rows,), nan where there is none
    classes: tuple[str | int | None, ...] | None = None  # (rows,), where classes were asked for
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Predictor:
    """What a saved model says of rows, whatever the kind of model.

    Attributes
    ----------
    distribution : GLM or Multinomial
        What its linear predictors mean for the response.
    capabilities : Capabilities
        What goes with it, and why the rest does not.
    label : str
        What it is, in a few words.
    terms : tuple of str
        Names of the columns of the design, in order.
    listing : mapping of str to list
        Its numbers, as the columns of a table.
    eta : callable
        Rows of the design, shape (rows, terms), and offsets to linear predictors, shape (rows,) or (rows, classes).
    interval : callable, optional
        Rows, their eta and options to the ends of an interval of each row by name, and notes; called only where the
        capabilities have it.
    """

    distribution: GLM | Multinomial
    capabilities: Capabilities
    label: str
    terms: tuple[str, ...]
    listing: Mapping[str, Sequence[Any]]
    eta: Callable[[Array, Array], Array]
    interval: Callable[[Array, Array, PredictOptions], Ends] | None = None


class Saved(Protocol):
    """A frozen dataclass whose fields are what stands in the file."""

    def check(self) -> None:
        """Refuse numbers that cannot be those of a fit.

        Raises
        ------
        UsageError
            Naming the field.
        """

    def predictor(self) -> Predictor:
        """Return what it says of rows."""
        ...


def of_maximum(estimate: Estimate) -> dict[str, Any]:
    """Return the fields that every file of a maximum has."""
    maximum = estimate.maximum
    return {
        "estimate": estimate.goal if estimate.penalty is None else estimate.penalty.label,
        "penalised": estimate.penalty is not None,
        "status": estimate.reference.status.value,
        "covariance": triangle(maximum.covariance),
        "std_error": maximum.settings.label or "model",
    }


def rest_of(estimate: Estimate) -> Array:
    """Return what float64 cannot hold of the coefficients at the maximum."""
    rest = estimate.reference.rest
    return np.zeros_like(estimate.maximum.coef) if rest is None else rest


def listing_of(terms: tuple[str, ...], values: Iterable[float], covariance: Triangle | None) -> dict[str, list[Any]]:
    """Return term, estimate and standard error, nan where there is no covariance."""
    errors = [nan] * len(terms) if covariance is None else [sqrt(row[-1]) for row in covariance]
    return {"term": list(terms), "estimate": list(values), "std.error": errors}


def linear_predictors(high: Array, low: Array, X: Array, offset: Array) -> Array:
    """Return the linear predictors of rows, each correctly rounded.

    Parameters
    ----------
    high, low : ndarray of shape (outputs, p)
        Coefficients, and what float64 cannot hold of them.
    X : ndarray of shape (rows, p)
    offset : ndarray of shape (rows,)

    Returns
    -------
    ndarray of shape (rows, outputs)
    """
    eta = np.empty((len(X), len(high)))
    for rows in blocks(len(X)):
        for k in range(len(high)):
            eta[rows, k] = linear_predictor(X[rows], high[k], low[k], offset[rows])[0]
    return eta


def no_value(size: int) -> Array:
    """Return nan for so many rows."""
    return np.full(size, np.nan)


def blocks(rows: int) -> list[slice]:
    """Return the rows, so many at a time."""
    return [slice(first, first + BLOCK) for first in range(0, rows, BLOCK)]


def triangle(matrix: Array | None) -> Triangle | None:
    """Return the lower triangle of a matrix, or None where it could not be estimated."""
    if matrix is None or not np.all(np.isfinite(matrix)):
        return None
    return tuple(tuple(row[: j + 1]) for j, row in enumerate(matrix.tolist()))


def square(lower: Triangle) -> Array:
    """Return a lower triangle as a matrix, with zeros above it."""
    matrix = np.zeros((len(lower), len(lower)))
    for j, row in enumerate(lower):
        matrix[j, : j + 1] = row
    return matrix


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


def check_triangle(lower: Triangle | None, size: int, place: str) -> None:
    """Refuse what is no lower triangle of so many rows, or has a negative number on its diagonal.

    Raises
    ------
    UsageError
        Naming the place in the file.
    """
    if lower is None:
        return
    if [len(row) for row in lower] != list(range(1, size + 1)):
        raise UsageError(f"{place} is not the lower triangle of {size} terms: rows of 1 to {size} numbers")
    if any(row[-1] < 0 for row in lower):
        raise UsageError(f"{place}: a number on its diagonal is negative")
