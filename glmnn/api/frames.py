"""Frames of a fit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from glmnn.fitting.compare import SolverComparison
from glmnn.fitting.estimate import Maximum
from glmnn.fitting.tables import agreement_of, verdict


def frame_of_solvers(comparison: SolverComparison) -> pd.DataFrame:
    """Return what each solver cost and reached; distance from the maximum is in standard errors."""
    rows = {}
    for fitted in comparison.fits:
        agreement = agreement_of(comparison, fitted)
        rows[fitted.solver] = {
            "iterations": fitted.iterations,
            "passes": fitted.passes,
            "seconds": fitted.seconds,
            "distance": np.nan if agreement is None else agreement.distance,
            "digits": np.nan if agreement is None else float(agreement.digits.min()),
            "agrees": agreement is not None and agreement.agrees,
            "verdict": verdict(comparison, fitted),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("solver")


def covariance_of(comparison: SolverComparison) -> pd.DataFrame:
    """Return the covariance matrix of the estimates, nan where there is none and for aliased terms."""
    estimate = comparison.estimate
    names, terms = list(estimate.design.data.names), list(estimate.terms)
    has_maximum = isinstance(estimate.outcome, Maximum)
    values = estimate.maximum.covariance if has_maximum else np.full((len(names), len(names)), np.nan)
    return pd.DataFrame(values, names, names).reindex(index=terms, columns=terms)
