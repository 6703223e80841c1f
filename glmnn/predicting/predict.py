"""Predict rows that a model was not fitted to, and measure how well where the response is known."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from glmnn.arrays import Array, Mask
from glmnn.data.response import offset_of
from glmnn.data.table import Table
from glmnn.errors import DataError, GlmnnError, OptionError, UsageError, option, quoted, unknown
from glmnn.predicting.answer import answer_of, measure, responses_of
from glmnn.predicting.measuring import Measuring
from glmnn.predicting.model import Model
from glmnn.predicting.options import PredictOptions
from glmnn.predicting.predictor import Answer, no_value

TYPES = ("mean", "link", "class")


@dataclass(frozen=True)
class Prediction:
    """What a model says of a table.

    Attributes
    ----------
    model : Model
    table : Table
    options : PredictOptions
    rows : ndarray of int
        Places of the rows in the table, counted from 0.
    columns : dict of str to ndarray
        What was asked for, by name; nan in rows without a prediction.
    classes : tuple of str or None
        None in rows without a prediction.
    metrics : dict of str to float
        How well the rows are predicted; empty where the response is not known.
    measured : int
        Rows behind the metrics.
    notes : tuple of str
    """

    model: Model
    table: Table
    options: PredictOptions
    rows: NDArray[np.intp] = field(repr=False)
    columns: dict[str, Array] = field(repr=False)
    classes: tuple[str | int | None, ...] | None = field(repr=False)
    metrics: dict[str, float]
    measured: int
    notes: tuple[str, ...]

    @property
    def inputs(self) -> dict[str, tuple[str, ...]]:
        """The columns of a grid as text, by name; of a file nothing, whose rows have their numbers."""
        if not self.options.grid:
            return {}
        labels = {name: column.labels for name, column in self.table.columns.items()}
        return {name: tuple(cells[row] for row in self.rows.tolist()) for name, cells in labels.items()}


def check_prediction(options: PredictOptions) -> None:
    """Check what can be checked without model and data.

    Raises
    ------
    UsageError
        If an option is out of range or unknown.
    """
    if options.type not in TYPES:
        raise UsageError(unknown(f"choice for {option('type')}", options.type, TYPES))
    if options.na not in ("fail", "drop", "keep"):
        raise UsageError(unknown(f"choice for {option('na')}", options.na, ("fail", "drop", "keep")))
    if options.new_levels not in ("fail", "missing"):
        raise UsageError(unknown(f"choice for {option('new_levels')}", options.new_levels, ("fail", "missing")))
    if not 0 < options.level < 1:
        raise OptionError("level", "must lie between 0 and 1", options.level)
    if not 0 <= options.threshold <= 1:
        raise OptionError("threshold", "must lie between 0 and 1", options.threshold)


def predict(model: Model, table: Table, options: PredictOptions, measuring: Measuring | None = None) -> Prediction:
    """Return what a model says of the rows of a table. Columns that it does not need are not looked at.

    Parameters
    ----------
    model : Model
    table : Table
    options : PredictOptions
    measuring : Measuring, optional
        Takes note of the responses, where more rows come; then the prediction has no metrics.

    Raises
    ------
    GlmnnError
        If a column is missing, or a cell does not fit the model.
    """
    check_prediction(options)
    with np.errstate(all="ignore"):
        complete, notes = _complete(model, table, options)
        answer = _answer(model, table, complete, options)
        metrics, measured, more = _measured(model, table, complete, answer.eta, options, measuring)
    columns, classes, rows = answer.columns, answer.classes, np.flatnonzero(complete)
    if classes is not None and len(model.head.outcomes) == 2:  # in its own words
        classes = tuple(None if code is None else model.head.outcomes[int(code)] for code in classes)
    if options.na == "keep":
        columns = {name: _spread(values, rows, table.rows) for name, values in columns.items()}
        if classes is not None:
            at = dict(zip(rows.tolist(), classes, strict=True))
            classes = tuple(at.get(row) for row in range(table.rows))
        rows = np.arange(table.rows)
    return Prediction(
        model, table, options, rows, columns, classes, metrics, measured, (*table.notes, *notes, *answer.notes, *more)
    )


def _complete(model: Model, table: Table, options: PredictOptions) -> tuple[Mask, list[str]]:
    """Return which rows can be predicted, and a sentence about the others."""
    missing = model.head.design.missing(table, options.new_levels == "missing")
    for flag in ("offset", "exposure"):
        name = getattr(model.head.parts, flag)
        if name is not None:
            table.column(name, f"column for {option(flag)}")
            table.numbers(name, flag)
            missing[name] = table.column(name).missing
    counts = {name: int(absent.sum()) for name, absent in missing.items() if absent.any()}
    rows = np.ones(table.rows, dtype=bool)
    for name in counts:
        if options.na == "fail":
            row, cell = int(np.argmax(missing[name])), "level" if name in model.head.design.levels else "cell"
            raise DataError(
                f"{table.where(row, name)}: the {cell} is missing ({counts[name]} in this column); fill it, or give "
                f"{option('na', 'drop')} to leave such rows out, or {option('na', 'keep')} to keep them without a "
                "prediction"
            )
        rows &= ~missing[name]
    if not counts:
        return rows, []
    if not rows.any() and options.na == "drop":
        worst = max(counts, key=lambda name: counts[name])
        raise DataError(
            f"{table.source}: every row has a missing cell in a column of the model ({counts[worst]} are missing in "
            f"{quoted(worst)})"
        )
    counted = ", ".join(f"{count} in {quoted(name)}" for name, count in counts.items())
    said = "left out" if options.na == "drop" else "without a prediction"
    return rows, [f"{int((~rows).sum())} of {table.rows} rows {said} for missing cells: {counted}"]


def _answer(model: Model, table: Table, rows: Mask, options: PredictOptions) -> Answer:
    if not rows.any():
        X = np.zeros((0, len(model.predictor.terms)))
        return answer_of(model.predictor, X, np.zeros(0), options)
    made = model.head.design.terms(table, rows)
    if made.names != model.predictor.terms:
        other = [*sorted(set(made.names) ^ set(model.predictor.terms)), made.names[0]][0]
        raise UsageError(f"the model's terms are not those of its own design, in this order: see {quoted(other)}")
    return answer_of(model.predictor, made.X, offset_of(table, rows, model.roles), options)


def _measured(
    model: Model, table: Table, rows: Mask, eta: Array, options: PredictOptions, measuring: Measuring | None
) -> tuple[dict[str, float], int, list[str]]:
    """Return metrics and their number of rows, or a sentence that says why there are none."""
    roles, head = model.roles, model.predictor.distribution
    if measuring is not None:
        measuring.given, measuring.lost = measuring.given + table.rows, measuring.lost + int((~rows).sum())
        measuring.asked |= model.head.target in table.columns
    if model.head.target not in table.columns or (measuring is not None and measuring.note):
        return {}, 0, []
    known = rows.copy()
    for flag, name in (("target", roles.target), ("trials", roles.trials), ("weights", roles.weights)):
        if name is not None and name not in table.columns:
            return _nothing(f"there is no column {quoted(name)} for the {flag}", measuring)
        if name is not None:
            known &= ~table.columns[name].missing
    if not known.any():
        return {}, 0, [] if measuring is not None else ["no metrics: no row has both a prediction and a response"]
    try:
        if measuring is not None:
            measuring.add(responses_of(head, table, known, roles), eta[known[rows]])
            return {}, 0, []
        measures = measure(head, table, known, roles, eta[known[rows]], options)
    except GlmnnError as error:
        return _nothing(str(error), measuring)
    return measures, int(known.sum()), []


def _nothing(why: str, measuring: Measuring | None) -> tuple[dict[str, float], int, list[str]]:
    if measuring is not None:
        measuring.note = f"no metrics: {why}"
    return {}, 0, [f"no metrics: {why}"]


def _spread(values: Array, rows: NDArray[np.intp], size: int) -> Array:
    spread = no_value(size)
    spread[rows] = values
    return spread
