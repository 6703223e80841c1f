"""A report as CSV: names letter by letter, numbers with every digit."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from glmnn.errors import UsageError
from glmnn.report.sections import Report


def to_csv(report: Report) -> str:
    """Return the rows of a report.

    Raises
    ------
    UsageError
        If it has none.
    """
    if report.rows is None:
        raise UsageError(f"{report.title} writes no CSV")
    return csv_text(report.rows())


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    r"""Return rows, the header first, as CSV.

    >>> csv_text([("term", "estimate"), ("a,b", 0.1)])
    'term,estimate\n"a,b",0.1\n'
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
