"""What commands that draw have in common: their options, the command line as a page tells it, and the page itself."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glmnn.options.fields import OUTPUT

if TYPE_CHECKING:
    from glmnn.pictures.document import PictureDocument

MOST_ROWS = 300
Html = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="Write a page with pictures, which moves every solver in step, to this HTML file.",
        rich_help_panel=OUTPUT,
    ),
]
HtmlRows = Annotated[
    int,
    typer.Option(
        metavar="N",
        min=0,
        max=MOST_ROWS,
        help="Rows of the data that the page shows and holds at most; 0: none.",
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


def write_page(
    path: str | None, pictures: Callable[[str, int], PictureDocument], rows: int = MOST_ROWS, quiet: bool = False
) -> None:
    """Write the page of a picture document, which is asked for with the command line and a number of rows."""
    if path is None:
        return
    from glmnn.cli.output import write_file
    from glmnn.report.json import plain_values
    from glmnn.report.page.page import page_html
    from glmnn.report.schema import json_values

    write_file(path, page_html(plain_values(json_values(pictures(command_line(), rows)))), quiet)


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
