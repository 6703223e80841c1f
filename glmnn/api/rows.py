"""What a fit says beyond its coefficients: ratios, an alpha that was estimated, and its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from glmnn.api.keywords import python_errors
from glmnn.fitting.compare import SolverComparison

if TYPE_CHECKING:
    import pandas as pd


class Rowed(Protocol):
    """A result with the comparison of a fit."""

    comparison: SolverComparison

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each term, in broom's columns."""
        ...

    @property
    def ratios(self) -> pd.DataFrame:
        """Odds, rate, risk, hazard or mean ratios by term, exp(coef), with intervals; ``columns.name`` says which.

        Raises
        ------
        GlmnnError
            If family and link have none.
        """
        from glmnn.fitting.ratios import check_ratios

        with python_errors():
            check_ratios(self.comparison.estimate.model)
        logs = self.to_frame().set_index("term")[["estimate", "conf.low", "conf.high"]]
        return logs.apply(np.exp).rename_axis(columns=self.comparison.estimate.model.capabilities.ratios)

    @property
    def alpha(self) -> pd.Series[float]:
        """The negative binomial's alpha where it was estimated, theta = 1 / alpha, and their standard errors."""
        import pandas as pd

        alpha = self.comparison.estimate.alpha
        names = ("value", "std_error", "theta", "theta_std_error")
        values = [np.nan if alpha is None else getattr(alpha, name) for name in names]
        return pd.Series(values, ["alpha", "alpha.std.error", "theta", "theta.std.error"], name="alpha", dtype=float)

    def residuals(self, kind: str = "deviance") -> pd.Series[float]:
        """Return residuals of the rows that were used, by their place in the data.

        Kinds are deviance, pearson, quantile, response, working, standardized and standardized_pearson; quantile
        residuals of whole numbers are random, and the seed of the fit is theirs.
        """
        import pandas as pd

        from glmnn.fitting.augment import residuals_of

        with python_errors():
            return pd.Series(residuals_of(self.comparison, kind), self._places, name=kind, dtype=float)

    def augment(self) -> pd.DataFrame:
        """Return the rows that were used with fitted means, residuals, leverages and influence, in broom's names."""
        import pandas as pd

        from glmnn.fitting.augment import augmented

        places, table = self._places, self.comparison.estimate.table
        with python_errors():
            added = augmented(self.comparison)
        given = {name: column.values[places] for name, column in table.columns.items()}
        return pd.DataFrame({**given, **added}, places)

    @property
    def _places(self) -> pd.Index[int]:
        import pandas as pd

        return pd.Index(np.flatnonzero(self.comparison.estimate.design.rows))
