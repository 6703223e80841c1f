"""What every kind of saved model can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from glmnn.data.design import Roles
from glmnn.data.table import Table
from glmnn.models.evaluation import Mask
from glmnn.models.links import Array
from glmnn.options import PredictOptions


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
    def parts(self) -> Mapping[str, bool]:
        """Which of offset, exposure, trials and weights go with it."""

    def check(self) -> None:
        """Refuse numbers that cannot be those of a fit.

        Raises
        ------
        UsageError
            Naming the field.
        """

    def predict(self, X: Array, offset: Array, options: PredictOptions) -> Answer:
        """Return what is asked for, of rows of the design.

        Raises
        ------
        UsageError
            If this kind of model does not have what is asked for.
        """

    def measure(self, table: Table, rows: Mask, roles: Roles, eta: Array, options: PredictOptions) -> dict[str, float]:
        """Return how well the rows are predicted, by name.

        Parameters
        ----------
        table : Table
        rows : ndarray of bool, shape (table.rows,)
            Rows to measure, none without a response.
        roles : Roles
            Where the target stands, the trials and the prior weights.
        eta : ndarray
            Of these rows.
        options : PredictOptions

        Raises
        ------
        GlmnnError
            If a response does not fit the model.
        """


def no_value(size: int) -> Array:
    """Return nan for so many rows."""
    return np.full(size, np.nan)
