"""Predictions of rows that are never all in memory: a chunk in, a chunk out, in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from glmnn.data.numerals import numerals_of
from glmnn.data.sources.chunked import open_source
from glmnn.data.sources.several import is_many
from glmnn.data.sources.watching import watch_reading
from glmnn.engines.memory import free_memory
from glmnn.errors import DataError
from glmnn.fitting.rows import size_in_memory
from glmnn.predicting.measuring import Measuring
from glmnn.predicting.model import Model
from glmnn.predicting.options import PredictOptions
from glmnn.predicting.predict import predict
from glmnn.predicting.report import prediction_rows
from glmnn.report.csv import csv_text


def in_chunks(path: str) -> bool:
    """Say whether the rows of a path are to be predicted a chunk at a time: of several files, or of a large one."""
    return is_many(path) or (path != "-" and size_in_memory(path) > free_memory() // 2)


def predicted(model: Model, path: str, options: PredictOptions, measuring: Measuring) -> Iterator[str]:
    """Yield the predictions of all rows as CSV, in order; a row has its number among all of them.

    Parameters
    ----------
    model : Model
    path : str
    options : PredictOptions
    measuring : Measuring
        Takes note of the responses, where the rows have them.

    Raises
    ------
    GlmnnError
        As `predict`, by file and line.
    """
    numerals = numerals_of(options.decimal, options.thousands)
    source = open_source(path, numerals, options.max_unpacked)
    watch_reading(source)
    parts, roles = model.head.parts, model.roles
    needed = {*model.head.design.columns, *filter(None, (parts.offset, parts.exposure))}
    given = {name for name in (roles.target, roles.trials, roles.weights) if name is not None}
    wanted = frozenset(needed | (given & {*source.names}))
    first = 0
    for table in source.chunks(wanted):
        columns = {name: column for name, column in table.columns.items() if name in wanted}
        prediction = predict(model, replace(table, columns=columns), options, measuring)
        rows = prediction_rows(replace(prediction, rows=prediction.rows + first))
        header = next(rows)
        yield csv_text([header, *rows] if not first else rows)
        first += table.rows
    if not first:
        raise DataError(f"{source.source}: there is a header but no rows")
