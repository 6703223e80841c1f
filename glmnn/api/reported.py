"""Results that are the report of the command line when printed. What a report needs is loaded with the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from glmnn.report.sections import Report


class Reported(Protocol):
    """A result with a report, which its class makes as `_report`."""

    @property
    def _report(self) -> Report: ...

    def to_markdown(self) -> str:
        """Return the report in Markdown."""
        return self._written("md")

    def __str__(self) -> str:
        """Return the report of the command line."""
        return self._written("table").rstrip("\n")

    def __repr__(self) -> str:
        """Return the report of the command line."""
        return str(self)

    def _repr_html_(self) -> str:
        from glmnn.report.html import notebook_html

        return notebook_html(self._report)

    def _written(self, form: str) -> str:
        from glmnn.report.formats import FORMATS

        return FORMATS[form](self._report)


class Documented(Reported, Protocol):
    """A result with a JSON document as well, that of its command."""

    def to_json(self) -> str:
        """Return the JSON document of the command line."""
        return self._written("json")
