"""A fit for programs: versioned JSON, CSV in broom's columns, and the trace of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from glmnn.fitting import tables
from glmnn.fitting.compare import SolverComparison
from glmnn.fitting.verdict import verdict_lines
from glmnn.report.csv import csv_text
from glmnn.report.json import versions
from glmnn.solvers.loop import Fit
from glmnn.solvers.registry import SOLVERS

FIT_SCHEMA = "glmnn.fit/1"
PATH_POINTS = 100  # of a path in JSON, spread evenly over the logarithm of the iteration; --trace writes all


def to_document(comparison: SolverComparison) -> dict[str, Any]:
    """Return the comparison as plain values for JSON, described by schemas/fit-1.json."""
    estimate = comparison.estimate
    data, table = estimate.design.data, estimate.table
    document: dict[str, Any] = {
        "schema": FIT_SCHEMA,
        "versions": {**versions(), **_library_versions(comparison)},
        "data": {"source": table.source, "sha256": table.digest, "rows": table.rows, "rows_used": data.rows},
        "model": {
            "formula": estimate.design.formula,
            "target": estimate.design.target,
            "family": estimate.model.family_name,
            "link": estimate.model.link_name,
            "terms": list(data.names),
            "levels": {name: list(levels) for name, levels in estimate.design.levels.items()},
        },
        "options": asdict(comparison.spec.options),
        "seed": comparison.spec.options.seed,
        "exit": int(comparison.exit),
        "verdict": verdict_lines(comparison),
        "notes": list(estimate.notes),
        "aliased": [{"term": alias.name, "relation": alias.relation} for alias in estimate.aliases],
        "estimate": estimate.goal if estimate.penalty is None else estimate.penalty.label,
        "separation": _separation(comparison),
        "boundary": _boundary(comparison),
        "inference": _inference(comparison),
        "solvers": [_solver(comparison, run) for run in comparison.fits],
        "pace": _pace(comparison),
        "trajectories": [asdict(item) for item in comparison.trajectories],
        "mistakes": [{**asdict(item), "bound": item.bound} for item in comparison.mistakes],
    }
    return document


def _library_versions(comparison: SolverComparison) -> dict[str, str]:
    """Return the versions of the libraries of others that ran."""
    found = {}
    for run in comparison.fits:
        entry = SOLVERS.get(run.solver.partition(":")[0])
        if entry is not None and entry.library is not None:
            found[entry.library.name] = entry.library.version()
            found.update(entry.library.engine())
    return {name: number for name, number in found.items() if number}


def _inference(comparison: SolverComparison) -> dict[str, Any] | None:
    found = comparison.estimate.inference
    if found is None:
        return None
    return {
        "coefficients": [
            {
                "term": name, "estimate": found.coef[j], "std.error": found.std_error[j],
                "statistic": found.statistic[j], "p.value": found.p_value[j],
                "conf.low": found.low[j], "conf.high": found.high[j],
            }
            for j, name in enumerate(found.names)
        ],
        "covariance": found.covariance,
        "level": found.level,
        "interval": "profile" if found.settings.profile else "wald",
        "std_error": found.settings.label or "model",
        "weights": found.settings.weights,
        "statistic": "z" if found.dispersion_known else "t",
        "dispersion": found.dispersion,
        "deviance": found.deviance, "df.residual": found.df_residual,
        "null.deviance": found.null_deviance, "df.null": found.df_null,
        "pearson": found.pearson, "logLik": found.log_likelihood, "AIC": found.aic, "BIC": found.bic,
        "lr.statistic": found.lr_statistic, "lr.p.value": found.lr_p_value,
        "nobs": found.rows,
    }  # fmt: skip


def _separation(comparison: SolverComparison) -> dict[str, Any] | None:
    estimate, found = comparison.estimate, comparison.estimate.separation
    if found is None:
        return None
    return {
        "kind": "complete" if found.complete else "quasi-complete",
        "direction": dict(zip(found.names, found.direction.tolist(), strict=True)),
        "infinite": found.infinite,
        "limits": {name: {"estimate": value, "std.error": error} for name, (value, error) in estimate.limits.items()},
        "drift": comparison.drifts,
        "rows_separated": found.separated,
    }


def _boundary(comparison: SolverComparison) -> dict[str, Any] | None:
    estimate, found = comparison.estimate, comparison.estimate.boundary
    if found is None:
        return None
    return {
        "coefficients": dict(zip(estimate.design.data.names, found.coef.tolist(), strict=True)),
        "rows": [int(place) for place in np.flatnonzero(estimate.design.rows)[found.rows]],
        "mean": found.mean,
        "means": found.means,
        "deviance": found.deviance,
    }


def _solver(comparison: SolverComparison, run: Fit) -> dict[str, Any]:
    found = tables.agreement_of(comparison, run)
    agreement = None
    if found is not None:
        agreement = {
            "distance": found.distance, "agrees": found.agrees, "tolerance": found.tolerance,
            "difference": found.difference, "in_std_errors": found.in_std_errors, "digits": found.digits,
            "deviance_gap": found.deviance_gap, "largest_mean_change": found.largest_mean_change,
            "max_score": found.max_score,
        }  # fmt: skip
    kept = _spread(run.path_iterations)
    return {
        "solver": run.solver,
        "status": run.status.value,
        "reason": run.reason,
        "iterations": run.iterations,
        "passes": run.passes,
        "seconds": run.seconds,
        "coefficients": dict(zip(comparison.estimate.design.data.names, run.coef.tolist(), strict=True)),
        "agreement": agreement,
        "deviance": [[iteration, deviance] for iteration, deviance in run.deviances()],
        "path": {"iteration": run.path_iterations[kept], "coefficients": run.path[kept]},
    }


def _spread(iterations: np.ndarray[tuple[int], np.dtype[np.float64]]) -> np.ndarray[Any, Any]:
    last = len(iterations) - 1
    if last < PATH_POINTS:
        return np.arange(last + 1)
    wanted = np.unique(np.geomspace(1, last + 1, min(PATH_POINTS, last + 1)).round().astype(int)) - 1
    return np.union1d(wanted, [0, last])


def _pace(comparison: SolverComparison) -> dict[str, Any] | None:
    pace = comparison.pace
    if pace is None:
        return None
    return {
        "solver": pace.solver,
        "learning_rate": pace.lr,
        "standardized": pace.standardized,
        "largest_stable_learning_rate": pace.used.largest_stable_lr,
        "condition": pace.used.condition,
        "condition_raw": pace.raw.condition,
        "condition_standardized": pace.standard.condition,
        "steps_predicted": pace.predicted,
        "steps_taken": pace.actual,
        "advice": list(comparison.advice),
    }


def tidy_rows(comparison: SolverComparison) -> Iterator[Sequence[object]]:
    """Yield a row for each solver and term, in broom's tidy columns; inference belongs to the maximum alone."""
    yield "term", "estimate", "std.error", "statistic", "p.value", "conf.low", "conf.high", "solver", "status"
    found = comparison.estimate.inference
    for run in comparison.fits:
        agreement = tables.agreement_of(comparison, run)
        for j, name in enumerate(comparison.estimate.design.data.names):
            inferred: list[object] = [""] * 5
            if found is not None and agreement is not None and agreement.agrees:
                values = (found.std_error, found.statistic, found.p_value, found.low, found.high)
                inferred = [float(value[j]) for value in values]
            yield name, float(run.coef[j]), *inferred, run.solver, run.status.value


def to_trace(comparison: SolverComparison) -> str:
    """Return the whole path of every solver as CSV: solver, iteration, deviance where it was computed, coefficients."""
    return csv_text(_trace_rows(comparison))


def _trace_rows(comparison: SolverComparison) -> Iterator[Sequence[object]]:
    yield "solver", "iteration", "deviance", *comparison.estimate.design.data.names
    for run in comparison.fits:
        deviances = dict(run.deviances())
        for iteration, coef in zip(run.path_iterations.tolist(), run.path.tolist(), strict=True):
            yield run.solver, iteration, deviances.get(iteration, ""), *coef
