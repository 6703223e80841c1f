"""What a report is: sections of lines and tables for people, and the same as values for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from glmnn.report.tables import Grid


class Tone(Enum):
    """How a verdict is meant; the value is its mark on screens that have no other than letters."""

    GOOD = "OK"
    CAREFUL = "NOTE"
    BAD = "NO"


MARKS = {Tone.GOOD: "●", Tone.CAREFUL: "▲", Tone.BAD: "✖"}


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
    tone : Tone or None
        How the lines are meant: the first one gets a mark in its colour.
    close : bool
        Without a title: no empty line above.
    folded : str
        Of a section for those who ask for more: the words that open it on a page; elsewhere `--verbose` shows it.
    """

    title: str
    lines: Sequence[str] = ()
    grid: Grid | None = None
    below: Sequence[str] = ()
    strong: bool = False
    tone: Tone | None = None
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
        The verdict first, then the numbers, then how they were found, then why.
    document : callable or None
        Returns the values of the JSON document.
    rows : callable or None
        Returns the rows of the CSV file, the header first.
    log : bool
        The text may end in the log of a build server, which takes the start of a line for a command: but on a terminal
        no line is wrapped.
    verbose : bool
        Show the folded sections too.
    """

    title: str
    sections: Sequence[Section]
    document: Callable[[], Any] | None = None
    rows: Callable[[], Iterable[Sequence[object]]] | None = None
    log: bool = False
    verbose: bool = False

    @property
    def verdict(self) -> list[str]:
        """The lines that matter most."""
        return [line for section in self.sections if section.strong for line in section.lines]

    @property
    def shown(self) -> list[Section]:
        """The sections that a screen shows."""
        return [section for section in self.sections if self.verbose or not section.folded]
