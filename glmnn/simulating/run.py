"""Simulate from options, and fit what was simulated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glmnn.data.cells import parse_number
from glmnn.data.table import Column, Table
from glmnn.errors import OptionError, quoted
from glmnn.fitting.build import make_glm
from glmnn.fitting.compare import SolverComparison, run
from glmnn.fitting.options import FitOptions
from glmnn.fitting.plan import make_spec
from glmnn.models.glm import GLM
from glmnn.simulating.draw import Simulation, simulate
from glmnn.simulating.options import SimulateOptions


@dataclass(frozen=True)
class Simulated:
    """A simulation with the model that made it."""

    model: GLM
    simulation: Simulation


def make_simulation(options: SimulateOptions) -> Simulated:
    """Simulate as the options say.

    Raises
    ------
    UsageError
        If an option is out of range.
    """
    model = make_glm(options.family, options.link, options.alpha, options.power)
    beta = np.array([np.nan if value is None else value for value in map(parse_number, options.beta.split(","))])
    if np.any(np.isnan(beta)):
        raise OptionError("beta", f"{quoted(options.beta)}: write finite numbers as 0.3,-1,2")
    if options.seed < 0:
        raise OptionError("seed", "must be 0 or more", options.seed)
    drawn = simulate(model, beta, options.n, options.design, options.seed, options.dispersion, options.trials)
    return Simulated(model, drawn)


def fit_simulation(made: Simulated, options: SimulateOptions) -> SolverComparison:
    """Run both solvers on simulated rows."""
    drawn = made.simulation
    columns = {name: Column(name, values) for name, values in drawn.columns().items()}
    table = Table(f"simulated, seed {options.seed}", columns, drawn.y.size, fingerprint="", delimiter="")
    return run(make_spec(matching_options(made, options)), table)


def matching_options(made: Simulated, options: SimulateOptions) -> FitOptions:
    """Return the options that fit the model which made the rows."""
    return FitOptions(
        target="y",
        family=options.family,
        link=made.model.link.name,
        alpha=options.alpha,
        power=options.power,
        trials="trials" if made.simulation.trials is not None else None,
    )
