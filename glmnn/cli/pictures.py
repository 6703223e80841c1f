"""What commands that draw have in common: their options, the command line as a page tells it, and the page itself."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glmnn.errors import UsageError, printable
from glmnn.options.fields import OUTPUT
from glmnn.report.formats import TEXT

if TYPE_CHECKING:
    from rich.console import Console

    from glmnn.fitting.estimate import Estimate
    from glmnn.pictures.document import PictureDocument
    from glmnn.report.curves import Picture
    from glmnn.report.tables import Grid

MOST_ROWS = 300
Html = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Write an interactive page with pictures to this HTML file.",
        rich_help_panel=OUTPUT,
    ),
]
HtmlRows = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=0,
        max=MOST_ROWS,
        help="Most rows of the data that the page contains; 0: none.",
        rich_help_panel=OUTPUT,
    ),
]
Plane = Annotated[
    str | None,
    typer.Option(
        metavar="A,B",
        help="Draw the paths over these two coefficients. [default: the directions in which they moved]",
        rich_help_panel=OUTPUT,
    ),
]


Figures = Annotated[
    str | None,
    typer.Option(
        metavar="DIR",
        help="Write every picture to this folder, for papers (matplotlib).",
        rich_help_panel=OUTPUT,
    ),
]
FigureFormat = Annotated[
    str,
    typer.Option(metavar="NAME", help="Format of the figures: svg, pdf or png.", rich_help_panel=OUTPUT),
]
Plot = Annotated[
    bool,
    typer.Option(
        "--plot", help="Draw the distance of each solver below the tables, in braille dots.", rich_help_panel=OUTPUT
    ),
]
FORMAT = "svg"


@dataclass(frozen=True)
class Drawing:
    """What is drawn of a result.

    Attributes
    ----------
    html : str or None
        The page.
    rows : int
        Rows of the data that are shown at most.
    plane : str or None
        Two coefficients, as ``x1,x2``.
    figures : str or None
        The folder of the figures.
    form : str
        Their format.
    """

    html: str | None = None
    rows: int = MOST_ROWS
    plane: str | None = None
    figures: str | None = None
    form: str = FORMAT

    @property
    def wanted(self) -> bool:
        """Whether anything is drawn at all."""
        return self.html is not None or self.figures is not None

    def checked(self) -> Drawing:
        """Return it, or refuse, before any work, what cannot be drawn.

        Raises
        ------
        UsageError
            With the reason.
        """
        if self.plane is not None and not self.wanted:
            raise UsageError("--plane is for pictures: give --html or --figures as well")
        if self.figures is not None or self.form != FORMAT:
            from glmnn.report.figures.gallery import check_figures

            check_figures(self.figures, self.form)
        return self

    def write(self, pictures: Callable[[str | None, str, int], PictureDocument], quiet: bool = False) -> None:
        """Write page and figures of a document, which is made of plane, command line and number of rows."""
        if not self.wanted:
            return
        from glmnn.cli.output import say, write_file
        from glmnn.report.json import plain_values
        from glmnn.report.schema import json_values

        document = plain_values(json_values(pictures(self.plane, command_line(), self.rows)))
        if self.html is not None:
            from glmnn.report.page.page import page_html

            write_file(self.html, page_html(document), quiet)
        if self.figures is not None:
            from glmnn.report.figures.gallery import save_figures

            written = save_figures(document, self.figures, self.form)
            if not quiet:
                say(f"wrote {len(written)} figures to {printable(self.figures)}")


def check_plane(estimate: Estimate, plane: str | None) -> None:
    """Refuse a plane of coefficients that there are not, before anything is written.

    Raises
    ------
    UsageError
        With the reason.
    """
    if plane is not None:
        from glmnn.fitting.estimate_pictures import check_pair  # with it comes all that computes pictures

        check_pair(estimate, plane)


def check_plot(plot: bool, form: str, path: str | None) -> None:
    """Refuse a curve where no text goes to the terminal.

    Raises
    ------
    UsageError
        With the reason.
    """
    if plot and (form != TEXT or path is not None):
        raise UsageError(
            "--plot draws below the tables of the terminal: leave out --format and --output, or take --html"
        )


def show_curves(picture: Picture, levels: Callable[[], Grid] | None = None) -> None:
    """Print curves where there is room for them, with the cost of each level in numbers where they stand nowhere else.

    Parameters
    ----------
    picture : Picture
    levels : callable, optional
        Returns a table that stands in for the curves where the screen has no dots of braille or is too narrow.
    """
    from glmnn.cli.console import show
    from glmnn.report.curves import has_room, print_picture
    from glmnn.report.terminal import has_drawings

    def print_on(console: Console) -> None:
        if has_room(console):
            console.print()
            print_picture(picture, console)
        elif levels is not None:
            console.print()
            console.print(picture.title)
            levels().print(console, drawn=has_drawings(console))

    show(print_on)


def command_line() -> str:
    """Return the command line without the folders in it, which say where and whose it was."""
    return shlex.join(["glmnn", *map(_without_folder, sys.argv[1:])])


def _without_folder(word: str) -> str:
    """Return a word of the command line; a path in it becomes its last part.

    >>> _without_folder("/home/ann/secret/people.csv"), _without_folder("--html=/tmp/a.html")
    ('people.csv', '--html=a.html')
    >>> _without_folder("y ~ a/b"), _without_folder("--html")
    ('y ~ a/b', '--html')
    """
    flag, equals, value = word.partition("=") if word.startswith("--") else ("", "", word)
    path = Path(value).expanduser() if value.startswith("~/") else Path(value)
    try:
        is_path = path.is_absolute() or (len(path.parts) > 1 and path.parent.is_dir())
    except (OSError, ValueError):  # a name that is too long, or no name at all
        is_path = False
    return f"{flag}{equals}{path.name}" if is_path else word
