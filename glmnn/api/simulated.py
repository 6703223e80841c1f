"""`glmnn.simulate` and what it returns."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from glmnn.api.keywords import make_options, python_errors, takes
from glmnn.api.reported import Reported
from glmnn.api.results import FitResult
from glmnn.data.sources.frames import make_table
from glmnn.fitting.compare import run
from glmnn.fitting.options import FitOptions
from glmnn.fitting.plan import make_spec
from glmnn.report.sections import Report
from glmnn.simulating.options import SimulateOptions
from glmnn.simulating.report import simulation_report
from glmnn.simulating.run import Simulated, make_simulation, matching_options


@takes(SimulateOptions)
def simulate(**options: Any) -> SimulateResult:
    """Simulate data with known coefficients: same seed, same rows.

    Parameters
    ----------
    OPTIONS

    Returns
    -------
    SimulateResult

    Raises
    ------
    GlmnnError
        If an option is out of range.

    Examples
    --------
    >>> import glmnn
    >>> made = glmnn.simulate(n=500, beta=[0.3, -1, 2], seed=1)
    >>> made.to_frame().shape
    (500, 3)
    >>> result = made.fit(solver="fisher")
    >>> ((result.coef - made.beta) / result.std_error).abs().max().round(1)
    np.float64(1.0)
    """
    with python_errors(), np.errstate(all="ignore"):
        chosen = make_options(SimulateOptions, options)
        return SimulateResult(chosen, make_simulation(chosen))


@dataclass(frozen=True, repr=False, eq=False)
class SimulateResult(Reported):
    """Simulated rows and the coefficients that made them.

    Attributes
    ----------
    options : SimulateOptions
    made : Simulated
        Everything, as the rest of glmnn has it.
    """

    options: SimulateOptions
    made: Simulated

    @property
    def beta(self) -> pd.Series[float]:
        """The true coefficients by term."""
        drawn = self.made.simulation
        return pd.Series(drawn.beta, ["(Intercept)", *drawn.names], name="beta", dtype=float)

    def to_frame(self) -> pd.DataFrame:
        """Return the rows: features, trials if there are any, and y."""
        return pd.DataFrame(self.made.simulation.columns())

    def fit(self, **options: Any) -> FitResult:
        """Fit the rows by the model that made them; options of `glmnn.fit` change how."""
        with python_errors(), np.errstate(all="ignore"):
            matching = asdict(matching_options(self.made, self.options))
            chosen = make_options(FitOptions, options, matching)
            table = make_table(self.made.simulation.columns(), source=f"simulated, seed {self.options.seed}")
            return FitResult(run(make_spec(chosen), table))

    @property
    def _report(self) -> Report:
        return simulation_report(self.made, self.options)
