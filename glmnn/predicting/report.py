"""Predictions as a short report, and row by row for CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from glmnn.errors import printable
from glmnn.predicting.document import to_prediction_document
from glmnn.predicting.predict import Prediction
from glmnn.report.numbers import count, number
from glmnn.report.sections import Report, Section, Tone
from glmnn.report.tables import Grid

MOST_SHOWN = 10  # rows of the report
METRICS = {  # in words
    "mean_loss": "mean loss",
    "auc": "AUC",
    "brier": "Brier score",
    "calibration_intercept": "calibration intercept",
    "calibration_slope": "slope",
    "rmse": "RMSE",
    "mae": "MAE",
}


def prediction_report(prediction: Prediction, notes: bool = True) -> Report:
    """Return the report: the model, the first rows, and what sums them up."""
    return Report(
        "glmnn predict",
        _sections(prediction, notes),
        lambda: to_prediction_document(prediction),
        lambda: prediction_rows(prediction),
    )


def prediction_rows(prediction: Prediction) -> Iterator[Sequence[object]]:
    """Yield a row for each row, with its number in the table, counted from 1."""
    classes = [] if prediction.classes is None else [prediction.classes]
    inputs = prediction.inputs
    yield "row", *inputs, *prediction.columns, *(["class"] if classes else [])
    numbers = [["" if np.isnan(value) else value for value in column.tolist()] for column in _columns(prediction)]
    yield from zip((prediction.rows + 1).tolist(), *inputs.values(), *numbers, *classes, strict=True)


def _columns(prediction: Prediction) -> list[np.ndarray[Any, np.dtype[np.float64]]]:
    return list(prediction.columns.values())


def _sections(prediction: Prediction, notes: bool) -> list[Section]:
    head, options = prediction.model.head, prediction.options
    seen, table = head.data, prediction.table
    about = [
        head.design.formula,
        f"{prediction.model.predictor.label}, fitted to {count(seen.rows_used)} rows of {seen.source}",
        f"{count(prediction.rows.size)} rows of {table.source}"
        + (", the data that were fitted" if table.digest == seen.sha256 else ""),
    ]
    if options.interval:
        what = "linear predictor" if options.type == "link" else "mean"
        about.append(
            f"low and high: {100 * options.level:g} % confidence interval of the {what}, Wald's on the link scale"
        )
    if notes:
        about += [f"note: {note}" for note in prediction.notes]
    inputs = prediction.inputs
    names = map(printable, (*inputs, *prediction.columns))
    grid = Grid(("row", *names, *(["class"] if prediction.classes is not None else [])))
    for place in range(min(prediction.rows.size, MOST_SHOWN)):
        numbers = [number(float(column[place])) for column in _columns(prediction)]
        classes = [] if prediction.classes is None else [_label(prediction.classes[place])]
        given = [printable(cells[place]) for cells in inputs.values()]
        grid.add(str(prediction.rows[place] + 1), *given, *numbers, *classes)
    more = prediction.rows.size - len(grid.rows)
    summary = [f"and {count(more)} more rows: -o FILE writes them all"] if more else []
    without = int(np.isnan(_columns(prediction)[0]).sum())
    whole = f"{count(prediction.rows.size - without)} of {count(prediction.rows.size)}" if without else "All"
    verdict = f"{whole} {'' if without else f'{count(prediction.rows.size)} '}rows have a prediction."
    measures = metric_lines(prediction.metrics, prediction.measured)
    return [
        Section("", [verdict], strong=True, tone=Tone.CAREFUL if without else Tone.GOOD),
        Section("", about),
        Section("Predictions", (), grid, summary),
        *([Section("Against the responses", measures)] if measures else []),
    ]


def _label(label: str | int | None) -> str:
    return "-" if label is None else str(label)


def metric_lines(metrics: Mapping[str, float], measured: int) -> Sequence[str]:
    """Return how well so many rows are predicted."""
    if not metrics:
        return []
    shown = [
        f"{METRICS.get(name, name)} {_rounded(name, value)}" for name, value in metrics.items() if not np.isnan(value)
    ]
    return [f"{count(measured)} rows with a response", ", ".join(shown)]


def _rounded(name: str, value: float) -> str:
    if name.startswith("calibration"):
        return f"{value + 0.0:.4f}" if abs(value) >= 5e-5 else "0.0000"  # 0 is what it should be
    return number(value)
