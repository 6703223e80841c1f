"""One line on the terminal that says how far a fit has come."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from time import perf_counter

from glmnn.cli.output import show_progress
from glmnn.solvers.stopping import Look

WAKE = 0.1  # seconds between two updates


def progress_line(solver: str) -> Callable[[Look, int], None]:
    """Return a watcher of a run that keeps the line up to date."""
    began = last = perf_counter()

    def watch(look: Look, limit: int) -> None:
        nonlocal last
        now = perf_counter()
        if now - last < WAKE:
            return
        last = now
        reached = f"{look.decrement:.1e} SE to go" if isfinite(look.decrement) else "not finite"
        show_progress(f"{solver}  {look.iteration:,} / {limit:,}  {reached}  {now - began:.0f} s")

    return watch
