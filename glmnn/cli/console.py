"""The console for results; apart from the rest of the output, because some commands answer without loading that."""

from __future__ import annotations

import io
import os
import sys

from rich.console import Console

PLAIN_WIDTH = 100  # columns of a report that goes to a file or a pipe


def make_console(file: io.TextIOBase | None = None) -> Console:
    """Return a console for results: never guesses at colours of numbers, plain and wide enough when piped."""
    terminal = file is None and sys.stdout.isatty()
    columns = os.environ.get("COLUMNS", "")
    width = None if terminal else int(columns) if columns.isdigit() else PLAIN_WIDTH
    plain = bool(os.environ.get("NO_COLOR"))
    return Console(
        file=file,  # type: ignore[arg-type]
        width=width,
        highlight=False,
        markup=False,
        emoji=False,
        no_color=plain,
        color_system=None if plain or not terminal else "auto",
    )
