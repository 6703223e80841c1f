"""A lock, from a fit that ended well."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

import numpy as np

from glmnn.errors import UsageError
from glmnn.fitting.compare import SolverComparison
from glmnn.locking.file import (
    FORMAT,
    Certificate,
    Coefficient,
    Lock,
    LockedData,
    LockedFit,
    LockedModel,
    digests,
    estimate_of,
    family_of,
)


def make_lock(comparison: SolverComparison, path: str, versions: Mapping[str, str]) -> Lock:
    """Return the lock of a fit that ended well.

    Parameters
    ----------
    comparison : SolverComparison
    path : str
        Of the data, seen from the lock file.
    versions : mapping of str to str
        On which the numbers may depend.

    Raises
    ------
    UsageError
        If there are no standard errors to measure a change in.
    """
    estimate, options = comparison.estimate, comparison.spec.options
    maximum, design, alpha = estimate.maximum, estimate.design, estimate.alpha
    if not np.all(np.isfinite(maximum.std_error)):
        raise UsageError(
            f"{estimate.table.source}: no row is left over to estimate the dispersion, so there are no standard errors "
            "to measure a change in; a lock needs them"
        )
    current = estimate.problem.second_order(maximum.coef)
    return Lock(
        FORMAT,
        LockedData(path, estimate.table.digest, estimate.table.given, design.data.rows, digests(options, estimate)),
        LockedModel(
            design.formula, design.target, family_of(estimate), estimate.model.link_name, estimate_of(estimate),
            design.data.names,
        ),
        options,
        LockedFit(
            maximum.deviance, maximum.rows, maximum.df_residual, maximum.dispersion,
            {run.solver: run.iterations for run in comparison.fits},
            {} if alpha is None else {"estimate": alpha.value, "std_error": alpha.std_error},
        ),
        Certificate(
            estimate.reference.status.value, float(np.max(np.abs(current.score))),
            current.decrement() / sqrt(maximum.dispersion or 1.0),
            {item.solver: item.apart for item in comparison.agreements},
        ),
        tuple(map(Coefficient, maximum.names, maximum.coef.tolist(), maximum.std_error.tolist())),
        dict(versions),
        dict(design.levels),
    )  # fmt: skip
