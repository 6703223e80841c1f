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
    from glmnn.solvers.external.library import BUILT_IN, LIBRARIES

    grid = Grid(("solver", "what it is", "version"))
    for name, about in BUILT_IN.items():
        grid.add(name, about, "always there")
    for library in LIBRARIES.values():
        there = library.version() or "installed" if library.installed else f"missing: {library.install}"
        grid.add(library.name, f"{library.title}: {library.about}", there)
    rules = Grid(("solver", "after a colon, as in torch:adam; without one the first"))
    for library in LIBRARIES.values():
        if library.rules:
            rules.add(library.name, ", ".join(library.rules))

    def print_on(console: Console) -> None:
        grid.print(console)
        console.print()
        rules.print(console)

    show(print_on)
