"""`glmnn datasets`: list the packaged data sets, or print one."""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def datasets(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Print this one as CSV.")] = None,
) -> None:
    """List the packaged data sets, or print one as CSV.

    Example: glmnn datasets primes | glmnn fit -
    """
    from glmnn.data.bundled import catalogue, read_bundled

    if name is not None:
        sys.stdout.write(read_bundled(name))
        return
    from glmnn.cli.console import show
    from glmnn.report.tables import Grid

    grid = Grid(("name", "rows", "target", "family", "about"), ("about", "rows"))
    for key, about in catalogue().items():
        family = f"{about['family']}, {about['link']}" if "link" in about else about["family"]
        grid.add(key, str(about["rows"]), about["target"], family, about["title"])
    show(lambda console: grid.print(console))
