"""The console for results; apart from the rest of the output, because some commands answer without loading that."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Callable

from rich.console import Console

PLAIN_WIDTH = 100  # columns of a report that goes to a file or a pipe
NARROWEST, WIDEST = 20, 10_000


def make_console(file: io.TextIOBase | None = None) -> Console:
    """Return a console for results: never guesses at colours of numbers, plain and wide enough when piped."""
    terminal = file is None and sys.stdout.isatty()
    asked = _columns()
    plain = bool(os.environ.get("NO_COLOR"))
    return Console(
        file=file,  # type: ignore[arg-type]
        width=asked if terminal else asked or PLAIN_WIDTH,
        highlight=False,
        markup=False,
        emoji=False,
        no_color=plain,
        color_system=None if plain or not terminal else "auto",
        # rich takes every digit of Unicode in these for a number
        _environ={name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")},
    )


def _columns() -> int | None:
    """Return the width that COLUMNS asks for, or None where it is not set or no width."""
    asked = os.environ.get("COLUMNS", "")
    if re.fullmatch("[0-9]{1,9}", asked) is None or int(asked) == 0:
        return None
    return min(max(int(asked), NARROWEST), WIDEST)


def show(print_on: Callable[[Console], object], again: Callable[[Console], object] | None = None) -> None:
    """Print a report on stdout in one piece; a reader that has gone is then an error, where rich would exit with 1.

    Where it is longer than the screen, `again` is printed below it: what stood at the top and is out of sight.
    """
    console = make_console()
    text = _printed(console, print_on)
    if again is not None and console.is_terminal and text.count("\n") >= console.height:
        text += "\n" + _printed(console, again)
    sys.stdout.write(text)


def show_lines(lines: list[str]) -> None:
    """Print sentences on stdout: wrapped on a terminal, each in one line elsewhere."""
    show(lambda console: console.print(*lines, sep="\n", end="\n" if lines else "", soft_wrap=not console.is_terminal))


def _printed(console: Console, print_on: Callable[[Console], object]) -> str:
    with console.capture() as captured:
        print_on(console)
    return captured.get()
