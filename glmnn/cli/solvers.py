"""`glmnn solvers`: what can fit a model here, and how to get the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def solvers() -> None:
    """List the solvers, the update rules they know and what is installed; nothing is loaded for it.

    Example: glmnn solvers
    """
    from glmnn.cli.console import show
    from glmnn.report.tables import Grid
    from glmnn.solvers.registry import SOLVERS

    grid = Grid(("solver", "what it is", "version"))
    rules = Grid(("solver", "after a colon, as in torch:adam; without one the first"))
    for name, entry in SOLVERS.items():
        library = entry.library
        if library is None:
            grid.add(name, entry.about, "always there")
            continue
        status = library.version() or "installed" if library.installed else f"missing: {library.install}"
        grid.add(name, entry.about, status)
        if library.rules:
            rules.add(name, ", ".join(library.rules))

    def print_on(console: Console) -> None:
        grid.print(console)
        console.print()
        rules.print(console)

    show(print_on)
