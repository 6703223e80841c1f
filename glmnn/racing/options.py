"""The options of `glmnn race`."""

from __future__ import annotations

from dataclasses import dataclass

from glmnn.fitting.options import SolverOptions
from glmnn.options.fields import RACE, SOLVER, option

DEFAULT = ("fisher", "gd", "momentum", "nesterov", "adam", "sgd", "statsmodels")


@dataclass(frozen=True, kw_only=True)
class RaceOptions(SolverOptions):
    """What is fitted, which solvers race, how far and how often."""

    solver: list[str] = option(
        list(DEFAULT),
        "A list of what `glmnn fit` has; options in brackets make a variant, so that two rates can race: "
        "gd,gd[lr=0.1].",
        panel=SOLVER,
        flags=("--solver", "-s"),
    )
    to: float = option(1e-8, "Standard errors from the maximum within which a solver has arrived.", panel=RACE)
    repeat: int = option(5, "Rounds, in each of which every solver runs once; a winner is named from 5 on.", panel=RACE)
    budget: float = option(60.0, "Seconds after which no further round begins.", panel=RACE)
    seeds: int = option(5, "Seeds of a solver with mini-batches.", panel=RACE)
    threads: int = option(1, "Threads of each solver.", panel=RACE)
