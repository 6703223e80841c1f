"""A report as plain text, whatever terminal or notebook it is made in."""

from __future__ import annotations

import io
from collections.abc import Callable

from rich.console import Console

WIDTH = 100  # columns


def plain_text(show: Callable[[Console], None]) -> str:
    """Return what `show` prints, without colours, in lines of `WIDTH` columns."""
    file = io.StringIO()
    show(Console(file=file, width=WIDTH, highlight=False, markup=False, emoji=False, color_system=None))
    return file.getvalue().rstrip("\n")
