"""What a report is: sections of lines and tables for people, and the same as values for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from glmnn.report.tables import Grid


@dataclass(frozen=True)
class Section:
    """One part of a report.

    Attributes
    ----------
    title : str
        Empty for lines that belong to what stands above.
    lines : sequence of str
    grid : Grid or None
        A table below the lines.
    below : sequence of str
        Lines below the table.
    strong : bool
        The lines are the verdict.
    failed : bool
        The lines say that something is wrong.
    close : bool
        Without a title: no empty line above.
    folded : str
        On a page, the words that open the section with a click; empty where it stands open.
    """

    title: str
    lines: Sequence[str] = ()
    grid: Grid | None = None
    below: Sequence[str] = ()
    strong: bool = False
    failed: bool = False
    close: bool = False
    folded: str = ""


@dataclass(frozen=True)
class Report:
    """What a command found; `formats.py` has what can be made of it.

    Attributes
    ----------
    title : str
        The command.
    sections : sequence of Section
    document : callable or None
        Returns the values of the JSON document.
    rows : callable or None
        Returns the rows of the CSV file, the header first.
    log : bool
        The text may end in the log of a build server, which takes the start of a line for a command: but on a terminal
        no line is wrapped.
    """

    title: str
    sections: Sequence[Section]
    document: Callable[[], Any] | None = None
    rows: Callable[[], Iterable[Sequence[object]]] | None = None
    log: bool = False

    @property
    def verdict(self) -> list[str]:
        """The lines that matter most."""
        return [line for section in self.sections if section.strong for line in section.lines]
