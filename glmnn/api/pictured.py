"""Results that can be drawn: their picture document, and the page of it. What draws is loaded when it is asked for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol

from glmnn.api.keywords import python_errors

if TYPE_CHECKING:
    from glmnn.api.plots import Plots
    from glmnn.pictures.document import PictureDocument
    from glmnn.pictures.subject import Subject
    from glmnn.report.sections import Report

MOST_ROWS = 300


def with_sketch(report: Report, subject: Subject) -> str:
    """Return the table page of a notebook with the paths and the intervals as a small SVG below."""
    from glmnn.pictures.sketch import sketch
    from glmnn.report.html import notebook_html
    from glmnn.report.inline import to_svg

    found = sketch(subject)
    return notebook_html(report, "" if found is None else to_svg(found))


class Pictured(Protocol):
    """A result with a picture document, which its class makes as `_pictures`."""

    def _pictures(self, plane: str | None, rows: int) -> PictureDocument: ...

    @property
    def pictures(self) -> dict[str, Any]:
        """The picture document as plain values; `glmnn schema pictures` describes it."""
        return self._drawn(None, MOST_ROWS)

    @property
    def plot(self) -> Plots:
        """The pictures by matplotlib, each a method that returns its axes: `found.plot.path()`."""
        from glmnn.api.plots import Plots

        kept: Plots | None = self.__dict__.get("_plots")  # its document takes a moment
        if kept is None:
            kept = self.__dict__["_plots"] = Plots(lambda plane: self._drawn(plane, MOST_ROWS))
        return kept

    def save_html(
        self, path: str | os.PathLike[str], *, plane: tuple[str, str] | None = None, rows: int = MOST_ROWS
    ) -> None:
        """Write a page with pictures: one file of less than a megabyte, which fetches nothing.

        Parameters
        ----------
        path : path
            The page; it is written whole or not at all.
        plane : (str, str), optional
            Two coefficients to draw the paths over; by default the directions in which they moved most.
        rows : int
            Rows of the data that the page shows and holds at most, up to 300; 0 for none.

        Raises
        ------
        GlmnnError
            If there are no such coefficients, or the file cannot be written.
        """
        from glmnn.report.files import check_output, write_whole
        from glmnn.report.page.page import page_html

        with python_errors():
            check_output(os.fspath(path), ())
            pair = None if plane is None else ",".join(plane)
            write_whole(os.fspath(path), page_html(self._drawn(pair, min(rows, MOST_ROWS))))

    def show(self, height: int = 900) -> Any:
        """Return the page for a notebook, in a frame that can do nothing but run its own scripts.

        A cell grows by the size of the page, about 0.8 MB, so it is shown only where this is called.

        Parameters
        ----------
        height : int
            Of the frame, in pixels.
        """
        from glmnn.report.page.page import framed

        return framed(self._drawn(None, MOST_ROWS), height)

    def _drawn(self, plane: str | None, rows: int) -> dict[str, Any]:
        from glmnn.report.json import plain_values
        from glmnn.report.schema import json_values

        return dict(plain_values(json_values(self._pictures(plane, rows))))
