"""The formats of a report: to add one is to add a function of a `Report`, and its name here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from glmnn.report.csv import to_csv
from glmnn.report.html import to_html
from glmnn.report.json import to_json
from glmnn.report.markdown import to_markdown
from glmnn.report.sections import Report
from glmnn.report.terminal import to_text

TEXT = "table"  # for a terminal, which has a width and colours
FORMATS: Mapping[str, Callable[[Report], str]] = {
    TEXT: to_text,
    "json": to_json,
    "csv": to_csv,
    "md": to_markdown,
    "html": to_html,
}
*FIRST, LAST = FORMATS
LISTED = f"{', '.join(FIRST)} or {LAST}"  # for the help
