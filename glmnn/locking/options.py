"""The options of `glmnn check`."""

from __future__ import annotations

from dataclasses import dataclass

from glmnn.options.fields import SOLVER, TOLERANCE, option


@dataclass(frozen=True, kw_only=True)
class CheckOptions:
    """How much a coefficient may move."""

    tol_se: float = option(
        0.01, "Fail when a coefficient moves by more than this, in standard errors of the lock.", panel=TOLERANCE
    )
    digits: int | None = option(
        None, "Fail as well when fewer digits of a coefficient agree, 1 to 15.", panel=TOLERANCE
    )
    solver: list[str] = option([], "Instead of the solvers of the lock file.", panel=SOLVER, flags=("--solver", "-s"))
