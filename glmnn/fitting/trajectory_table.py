"""How closely frameworks take the steps of the hand-written neuron, for people."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glmnn.errors import listed
from glmnn.fitting.trajectory import Trajectory
from glmnn.report.numbers import count, small
from glmnn.report.tables import Grid


def trajectory_grid(found: Sequence[Trajectory]) -> Grid:
    """Return how closely frameworks take the steps of the hand-written neuron."""
    grid = Grid(("solver", "hand-written", "steps", "largest difference", "in std.error", "first above 1e-12"))
    for item in found:
        if item.absent:
            grid.add(item.solver, item.rule, "-", "-", "-", "not compared")
            continue
        grid.add(
            item.solver,
            item.rule,
            count(item.steps),
            small(item.largest),
            small(item.in_std_errors) if np.isfinite(item.in_std_errors) else "-",
            "never" if item.first is None else f"step {count(item.first)}",
        )
    return grid


def trajectory_lines(found: Sequence[Trajectory]) -> list[str]:
    """Return why a row is empty, and where Adam makes much of rounding."""
    lines = [f"{item.solver}: {item.absent}" for item in found if item.absent]
    lines += [
        f"{item.solver}: there the gradient of {listed(item.rounding)} is zero but for rounding, and Adam divides it "
        "by its own size, so that its steps are chance"
        for item in found
        if item.rounding
    ]
    return lines
