"""`glmnn.load` and what comes of it: a saved model, and what it says of other rows."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from glmnn.api.keywords import make_options, python_errors, takes
from glmnn.api.reported import Documented
from glmnn.data.sources.frames import make_table
from glmnn.data.sources.grid import grid_table
from glmnn.data.table import Table
from glmnn.errors import UsageError, printable
from glmnn.predicting.file import read_model, to_model_json
from glmnn.predicting.model import Model
from glmnn.predicting.options import PredictOptions
from glmnn.predicting.predict import Prediction
from glmnn.predicting.predict import predict as run
from glmnn.predicting.report import prediction_report
from glmnn.report.sections import Report


@dataclass(frozen=True, repr=False, eq=False)
class PredictResult(Documented):
    """What a model says of some rows. Printed, it is the report of the command line.

    Attributes
    ----------
    prediction : Prediction
        Everything, as the rest of glmnn has it.
    index : Index
        Of the rows: that of a frame, else their places counted from 0.
    """

    prediction: Prediction
    index: pd.Index

    @property
    def values(self) -> pd.Series[Any] | pd.DataFrame:
        """What was asked for: means, linear predictors or classes; of several classes a column for each."""
        frame, name = self.to_frame(), self.prediction.options.type
        return frame.get(name, frame)

    @property
    def metrics(self) -> dict[str, float]:
        """How well the rows are predicted, by name; empty where the response is not among the data."""
        return dict(self.prediction.metrics)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader should know: rows left out and the like."""
        return self.prediction.notes

    def to_frame(self) -> pd.DataFrame:
        """Return the columns of the CSV, by the index of the data; a row without a prediction has nan."""
        frame = pd.DataFrame(self.prediction.columns, index=self.index)
        if self.prediction.classes is not None:
            whole = all(label is None or isinstance(label, int) for label in self.prediction.classes)
            labels = pd.array(list(self.prediction.classes), dtype="Int64" if whole else "object")  # type: ignore[call-overload]
            frame["class"] = pd.Series(labels, self.index)
        return frame

    def to_csv(self) -> str:
        """Return what `glmnn predict --format csv` writes."""
        return self._written("csv")

    @property
    def _report(self) -> Report:
        return prediction_report(self.prediction)


@dataclass(frozen=True, repr=False, eq=False)
class SavedModel:
    """A fitted model without its data.

    Attributes
    ----------
    model : Model
        Everything, as the rest of glmnn has it.
    """

    model: Model

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that a prediction needs, without offset and exposure."""
        return self.model.head.design.columns

    @takes(PredictOptions)
    def predict(self, data: Any = None, *, names: Sequence[str] | None = None, **options: Any) -> PredictResult:
        """Return what the model says of some rows.

        Parameters
        ----------
        data : path, DataFrame, mapping of columns, or array of shape (rows, p) or (rows,); nothing with `grid`
            Columns are found by name, in whichever order; those of an array are in the order of `columns`.
        names : list of str, optional
            Names of the columns of an array.
        OPTIONS

        Returns
        -------
        PredictResult

        Raises
        ------
        GlmnnError
            If a column is missing, or a value does not fit the model.
        """
        with python_errors():
            chosen = make_options(PredictOptions, options)
            if (data is None) == (not chosen.grid):
                raise UsageError("give data, or grid, and not both")
            table = grid_table(chosen.grid) if data is None else self._table(data, names, chosen)
            prediction = run(self.model, table, chosen)
        index = data.index[prediction.rows] if isinstance(data, pd.DataFrame) else pd.Index(prediction.rows)
        return PredictResult(prediction, index)

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each term."""
        return pd.DataFrame(dict(self.model.predictor.listing))

    def to_json(self) -> str:
        """Return the text of the model file."""
        return to_model_json(self.model)

    def __str__(self) -> str:
        """Return formula and kind."""
        head, label = self.model.head, printable(self.model.predictor.label)
        return f"{printable(head.design.formula)}\n{label}, fitted to {head.data.rows_used} rows"

    __repr__ = __str__

    def _table(self, data: Any, names: Sequence[str] | None, options: PredictOptions) -> Table:
        named = isinstance(data, str | bytes | os.PathLike | pd.DataFrame | Mapping)
        if not named and names is None and getattr(data, "name", None) is None:
            shape = np.shape(data) if hasattr(data, "shape") else (len(data), *np.shape(data[0]))
            names = self.columns if (*shape, 1)[1] == len(self.columns) else None
        reading = self.model.reading(options) if isinstance(data, str | bytes | os.PathLike) else options
        with np.errstate(all="ignore"):  # a number that is too large is refused as infinite
            return make_table(data, names, reading=reading)


def load(path: str | os.PathLike[str]) -> SavedModel:
    """Return a model that `FitResult.save` or `glmnn fit --save` has written. Nothing in the file ever runs.

    Raises
    ------
    GlmnnError
        If it is no model file, or holds what cannot be.

    Examples
    --------
    >>> import glmnn
    >>> model = glmnn.load("configs/models/infertility.json")
    >>> model.columns
    ('age', 'parity', 'education', 'spontaneous', 'induced')
    >>> print(model)
    case ~ age + parity + education + spontaneous + induced
    binomial, logit link, fitted to 248 rows
    """
    return SavedModel(read_model(os.fspath(path)))
