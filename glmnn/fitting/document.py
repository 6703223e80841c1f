"""A fit for programs: versioned JSON, and CSV in broom's columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

import numpy as np

from glmnn.arrays import Index, Mask
from glmnn.fitting import inference_schema, schema, tables
from glmnn.fitting import solver_schema as solvers
from glmnn.fitting.agreement import Agreement
from glmnn.fitting.alpha import Alpha
from glmnn.fitting.compare import SolverComparison
from glmnn.fitting.estimate import Estimate, Maximum, OnBoundary, Separated
from glmnn.fitting.passes import passes_of
from glmnn.fitting.ratios import Ratios, ratios_of
from glmnn.fitting.schema import FitDocument
from glmnn.fitting.verdict import verdict_lines
from glmnn.report.json import Versions, versions
from glmnn.solvers.loop import Fit
from glmnn.solvers.registry import SOLVERS

PATH_POINTS = 100  # of a path in JSON, spread evenly over the logarithm of the iteration; --trace writes all


def to_document(comparison: SolverComparison) -> FitDocument:
    """Return the comparison as the values of its JSON document."""
    estimate, options = comparison.estimate, comparison.spec.options
    data, table = estimate.design.data, estimate.table
    return FitDocument(
        versions=schema.LibraryVersions(of_all=Versions(**versions()), **_library_versions(comparison)),
        data=schema.Data(source=table.source, sha256=table.digest, rows=table.given, rows_used=data.rows),
        model=schema.Model(
            formula=estimate.design.formula,
            target=estimate.design.target,
            family=estimate.model.family_name,
            link=estimate.model.link_name,
            terms=data.names,
            levels=estimate.design.levels,
        ),
        options=options,
        seed=options.seed,
        exit=int(comparison.exit),
        verdict=verdict_lines(comparison),
        notes=estimate.notes,
        aliased=[schema.Alias(term=alias.name, relation=alias.relation) for alias in estimate.aliases],
        estimate=estimate.goal if estimate.penalty is None else estimate.penalty.label,
        separation=_separation(comparison),
        boundary=_boundary(comparison),
        alpha=_alpha(estimate.alpha),
        inference=_inference(comparison),
        solvers=[_solver(comparison, run) for run in comparison.fits],
        convergence_rate=_convergence_rate(comparison),
        trajectories=[solvers.Trajectory(**asdict(item)) for item in comparison.trajectories],
        mistakes=[solvers.Mistakes(**asdict(item), bound=item.bound) for item in comparison.mistakes],
        run=passes_of(data),
    )


def _library_versions(comparison: SolverComparison) -> dict[str, str]:
    """Return the versions of the libraries of others that ran."""
    installed = {}
    for run in comparison.fits:
        entry = SOLVERS.get(run.solver.partition(":")[0])
        if entry is not None and entry.library is not None:
            installed[entry.library.name] = entry.library.version()
            installed.update(entry.library.engine())
    return {name: number for name, number in installed.items() if number}


def _alpha(alpha: Alpha | None) -> inference_schema.Alpha | None:
    if alpha is None:
        return None
    return inference_schema.Alpha(
        estimate=alpha.value,
        std_error=alpha.std_error,
        theta=alpha.theta,
        theta_std_error=alpha.theta_std_error,
        score=alpha.score,
        distance=alpha.distance,
    )


def _inference(comparison: SolverComparison) -> inference_schema.Inference | None:
    if not isinstance(comparison.estimate.outcome, Maximum):
        return None
    maximum = comparison.estimate.maximum
    excess = maximum.overdispersion
    exponentials = ratios_of(comparison.estimate.model, maximum) if comparison.spec.options.exp else None
    columns = (
        maximum.names,
        maximum.coef,
        maximum.std_error,
        maximum.statistic,
        maximum.p_value,
        maximum.low,
        maximum.high,
    )
    names = ("term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")
    return inference_schema.Inference(
        coefficients=[
            inference_schema.Coefficient(**dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)
        ],
        ratios=None if exponentials is None else _ratios(maximum.names, exponentials),
        covariance=maximum.covariance.tolist(),
        level=maximum.level,
        interval="profile" if maximum.settings.profile else "wald",
        std_error=maximum.settings.label or "model",
        weights=maximum.settings.weights,
        statistic="z" if maximum.dispersion_known else "t",
        dispersion=maximum.dispersion,
        overdispersion=None if excess is None else inference_schema.Overdispersion(**asdict(excess)),
        deviance=maximum.deviance,
        df_residual=maximum.df_residual,
        null_deviance=maximum.null_deviance,
        df_null=maximum.df_null,
        pearson=maximum.pearson,
        log_likelihood=maximum.log_likelihood,
        aic=maximum.aic,
        bic=maximum.bic,
        lr_statistic=maximum.lr_statistic,
        lr_p_value=maximum.lr_p_value,
        nobs=maximum.rows,
    )


def _ratios(names: tuple[str, ...], ratios: Ratios) -> inference_schema.Ratios:
    rows = zip(names, ratios.values, ratios.low, ratios.high, strict=True)
    return inference_schema.Ratios(
        name=ratios.name,
        terms=[
            inference_schema.Ratio(term=name, estimate=value, conf_low=low, conf_high=high)
            for name, value, low, high in rows
        ],
    )


def _separation(comparison: SolverComparison) -> schema.Separation | None:
    if not isinstance(comparison.estimate.outcome, Separated):
        return None
    separation, limits = comparison.estimate.outcome.separation, comparison.estimate.outcome.limits
    return schema.Separation(
        kind="complete" if separation.complete else "quasi-complete",
        direction=dict(zip(separation.names, separation.direction.tolist(), strict=True)),
        infinite=separation.infinite,
        limits={name: schema.Limit(estimate=value, std_error=error) for name, (value, error) in limits.items()},
        drift=comparison.drifts,
        rows_separated=separation.separated,
    )


def _boundary(comparison: SolverComparison) -> schema.Boundary | None:
    estimate = comparison.estimate
    if not isinstance(estimate.outcome, OnBoundary):
        return None
    boundary = estimate.outcome.boundary
    return schema.Boundary(
        coefficients=dict(zip(estimate.design.data.names, boundary.coef.tolist(), strict=True)),
        rows=np.flatnonzero(_used(estimate))[boundary.rows].tolist(),
        mean=boundary.mean,
        means=boundary.means.tolist(),
        deviance=boundary.deviance,
    )


def _used(estimate: Estimate) -> Mask:
    rows: Mask = estimate.design.rows if estimate.table.stream is None else estimate.table.stream.used()
    return rows


def _solver(comparison: SolverComparison, run: Fit) -> solvers.Solver:
    kept = _spread(run.path_iterations)
    passes, seconds = run.path_costs[kept].T.tolist()
    return solvers.Solver(
        solver=run.solver,
        status=run.status.value,
        reason=run.reason,
        iterations=run.iterations,
        passes=run.passes,
        seconds=run.seconds,
        setup_seconds=run.setup,
        start=None if run.start is None else run.start.tolist(),
        coefficients=dict(zip(comparison.estimate.design.data.names, run.coef.tolist(), strict=True)),
        agreement=_agreement(tables.agreement_of(comparison, run)),
        deviance=run.deviances(),
        path=solvers.Path(
            iteration=run.path_iterations[kept].tolist(),
            passes=passes,
            seconds=seconds,
            coefficients=run.path[kept].tolist(),
        ),
    )


def _agreement(agreement: Agreement | None) -> solvers.Agreement | None:
    if agreement is None:
        return None
    return solvers.Agreement(
        distance=agreement.distance,
        agrees=agreement.agrees,
        tolerance=agreement.tolerance,
        difference=agreement.difference.tolist(),
        in_std_errors=agreement.in_std_errors.tolist(),
        digits=agreement.digits.tolist(),
        deviance_gap=agreement.deviance_gap,
        largest_mean_change=agreement.largest_mean_change,
        max_score=agreement.max_score,
    )


def _spread(iterations: Index) -> Index:
    last = len(iterations) - 1
    if last < PATH_POINTS:
        return np.arange(last + 1)
    wanted = np.unique(np.geomspace(1, last + 1, min(PATH_POINTS, last + 1)).round().astype(int)) - 1
    return np.union1d(wanted, [0, last])


def _convergence_rate(comparison: SolverComparison) -> solvers.ConvergenceRate | None:
    convergence_rate = comparison.convergence_rate
    if convergence_rate is None:
        return None
    return solvers.ConvergenceRate(
        solver=convergence_rate.solver,
        learning_rate=convergence_rate.lr,
        standardized=convergence_rate.standardized,
        largest_stable_learning_rate=convergence_rate.used.largest_stable_lr,
        condition=convergence_rate.used.condition,
        condition_raw=convergence_rate.raw.condition,
        condition_standardized=convergence_rate.standard.condition,
        steps_predicted=convergence_rate.predicted,
        steps_taken=convergence_rate.actual,
        advice=comparison.advice,
    )


def tidy_rows(comparison: SolverComparison) -> Iterator[Sequence[object]]:
    """Yield a row for each solver and term, in broom's tidy columns; inference belongs to the maximum alone.

    Exponentials are broom's too: of the estimate and the ends of its interval, the rest is that of the coefficient.
    """
    shown = np.exp if comparison.spec.options.exp else np.asarray
    yield "term", "estimate", "std.error", "statistic", "p.value", "conf.low", "conf.high", "solver", "status"
    for run in comparison.fits:
        agreement = tables.agreement_of(comparison, run)
        for j, name in enumerate(comparison.estimate.design.data.names):
            inferred: list[object] = [""] * 5
            if agreement is not None and agreement.agrees:
                maximum = comparison.estimate.maximum
                values = (
                    maximum.std_error,
                    maximum.statistic,
                    maximum.p_value,
                    shown(maximum.low),
                    shown(maximum.high),
                )
                inferred = [float(value[j]) for value in values]
            yield name, float(shown(run.coef)[j]), *inferred, run.solver, run.status.value
