"""Cells that are no plain numbers, as tables of what each of them means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property

import numpy as np

from glmnn.data.cells import label_of
from glmnn.data.dates import days_of
from glmnn.data.formula.functions import DATE_PARTS
from glmnn.data.numerals import numerals_of
from glmnn.proving import verify
from glmnn.proving.document import ProofDocument, Recipe
from glmnn.proving.task import Task

Step = Sequence[str | Mapping[str, str]]


def with_lookups(task: Task, document: ProofDocument) -> ProofDocument:
    """Return a proof in which levels, dates and numbers with signs between thousands are looked up by their cells.

    The verifier compares text alone, so every spelling of a level that is a number stands in the table.
    """
    cells = _Cells(task, document)
    return replace(
        document,
        response=cells.looked_up(document.response),
        trials=cells.looked_up(document.trials),
        weights=cells.looked_up(document.weights),
        offset=cells.looked_up(document.offset),
        terms=[replace(term, recipe=cells.looked_up(term.recipe)) for term in document.terms],
    )


class _Cells:
    def __init__(self, task: Task, document: ProofDocument) -> None:
        self._task, self._document = task, document
        self._numerals = numerals_of(task.options.decimal, task.options.thousands)

    def looked_up(self, recipe: Recipe) -> Recipe:
        return [self._step(step) for step in recipe]

    def _step(self, step: Step) -> Step:
        match step:
            case ["level", str(column), Mapping() as known] if all(map(verify.NUMBER.fullmatch, known)):
                values = {Decimal(text): value for text, value in known.items()}
                return ["level", column, dict(_found(values, self._distinct(column)))]
            case ["number", str(column)] if self._numerals is not None and self._numerals.thousands:
                numbers = {cell: self._numerals.parse(cell) for cell in self._distinct(column)}
                return [
                    "level",
                    column,
                    {cell: label_of(value) for cell, value in numbers.items() if value is not None},
                ]
            case ["date", str(column), str(part), *coding]:
                cells, days = self._task.table.column(column).coded, days_of(self._task.table, column)
                rows = np.flatnonzero(~np.isnan(days)).tolist()
                values = DATE_PARTS[part](days[rows]).tolist() if rows else []
                known = {cells[row]: label_of(value) for row, value in zip(rows, values, strict=True)}
                return ["level", column, {cell: dict(*coding).get(text, text) for cell, text in known.items()}]
        return step

    def _distinct(self, column: str) -> list[str]:
        return list(dict.fromkeys(row[column] for row in self._rows))

    @cached_property
    def _rows(self) -> list[dict[str, str]]:
        data = self._document.data
        stated = {**vars(data), "rows": str(data.rows), "dropped": str(data.dropped)}
        return [row for _, row in verify.table(self._task.raw, stated)]


def _found(values: Mapping[Decimal, str], cells: Sequence[str]) -> Iterator[tuple[str, str]]:
    for cell in cells:
        value = values.get(Decimal(cell)) if verify.NUMBER.fullmatch(cell) else None
        if value is not None:
            yield cell, value
