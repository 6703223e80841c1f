"""The tables of a report, whatever they are printed as."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glmnn.diagnostics.inference import Inference
from glmnn.fitting.agreement import Agreement, std_error_units
from glmnn.fitting.alpha import Alpha
from glmnn.fitting.compare import SolverComparison
from glmnn.fitting.estimate import Estimate, Maximum, OnBoundary, Separated
from glmnn.fitting.labels import term_labels
from glmnn.fitting.ratios import Ratios
from glmnn.report.drawings import interval_bar, sparkline
from glmnn.report.numbers import (
    DIGITS,
    MOST_DIGITS,
    count,
    criterion,
    number,
    p_value,
    place_of,
    placed,
    seconds,
    small,
)
from glmnn.report.tables import Grid
from glmnn.solvers.loop import Fit
from glmnn.solvers.stopping import Status

MOST_SOLVERS = 6  # side by side; more stand below each other
MOST_BLOCKS = 11  # of the way of a solver
WAY = BAR = ""  # headers of drawings
MOST_TERMS = 20  # coefficients compared one by one; of more, those that differ most


def coefficients(
    inference: Inference, labels: Sequence[str], digits: int = DIGITS, exponentials: Ratios | None = None
) -> Grid:
    """Return estimate, standard error, statistic, p value and interval of each coefficient, or their exponentials.

    The statistic, the p value and the standard error are those of the coefficient, as in broom's tidy().

    Parameters
    ----------
    inference : Inference
    labels : sequence of p str
        The terms, for people.
    digits : int
        Significant digits of a standard error; estimate and interval are given to the same place.
    exponentials : Ratios, optional
        In the place of estimates and intervals.
    """
    letter = "z" if inference.dispersion_known else "t"
    low, high = (f"{100 * part:.4g} %" for part in (0.5 - inference.level / 2, 0.5 + inference.level / 2))
    shown = exponentials or Ratios("estimate", inference.coef, inference.low, inference.high)
    error = "std.error" if exponentials is None else "std.error of log"
    headers = ("term", shown.name.removesuffix("s"), error, letter, "p value", low, high, BAR)
    grid = Grid(headers, ((low, high), letter, "p value"), drawings=(BAR,))
    for j, label in enumerate(labels):
        own = inference.std_error[j]
        values = (shown.values[j], shown.low[j], shown.high[j])
        value, *ends = [
            to_error(value, own, digits) if exponentials is None else number(value, digits) for value in values
        ]
        grid.add(
            label,
            value,
            to_error(own, own, digits),
            "-" if np.isnan(inference.statistic[j]) else f"{inference.statistic[j]:z.{max(2, digits - 2)}f}",
            p_value(inference.p_value[j], max(2, digits - 2)),
            *ends,
            interval_bar(inference.low[j], inference.coef[j], inference.high[j]),
        )
    return grid


def to_error(value: float, error: float, digits: int = DIGITS) -> str:
    """Return a number to the place of its standard error; without one to a few digits more."""
    known = np.isfinite(error) and error > 0
    return placed(value, place_of(error, digits)) if known else number(value, min(digits + 4, MOST_DIGITS))


def alpha_line(alpha: Alpha) -> str:
    """Return an estimated alpha, and theta as R has it, with their standard errors."""
    return (
        f"alpha {to_error(alpha.value, alpha.std_error)} (std.error {number(alpha.std_error, DIGITS)}), theta = 1 / "
        f"alpha {to_error(alpha.theta, alpha.theta_std_error)} ({number(alpha.theta_std_error, DIGITS)}), by profile "
        "likelihood"
    )


def statistics(comparison: SolverComparison, inference: Inference) -> list[str]:
    """Return the lines below the coefficients: deviances, criteria, dispersion."""
    known, penalty, alpha = inference.dispersion_known, comparison.estimate.penalty, comparison.estimate.alpha
    dispersion = f"dispersion {number(inference.dispersion)} (Pearson chi-squared / {inference.df_residual})"
    if not known and inference.df_residual <= 0:
        dispersion = "the dispersion cannot be estimated without residual degrees of freedom"
    if penalty is not None:
        return [
            f"deviance {criterion(inference.deviance)}, log-likelihood {criterion(inference.log_likelihood)}, both at "
            "this estimate",
            *([] if known else [dispersion]),
            f"standard errors are those of the {penalty.spread}; they do not allow for its bias",
        ]
    tested = inference.df_null - inference.df_residual
    freedom = f"chi2({tested})" if known else f"F({tested}, {inference.df_residual})"
    ratio = "no features to test"
    if tested > 0:
        ratio = f"LR {freedom} {number(inference.lr_statistic, 4)}, p {p_value(inference.lr_p_value)}"
    if alpha is not None:
        ratio += " at this alpha"
    criteria = {"AIC": inference.aic, "BIC": inference.bic, "log-likelihood": inference.log_likelihood}
    numbers = {**criteria, "Pearson chi-squared": inference.pearson}
    return [
        f"deviance {criterion(inference.deviance)} on {inference.df_residual} df (null "
        f"{criterion(inference.null_deviance)} on {inference.df_null}), {ratio}",
        "   ".join(f"{name} {criterion(value)}" for name, value in numbers.items() if not np.isnan(value)),
        *([] if known else [dispersion]),
        *([] if alpha is None else [alpha_line(alpha)]),
    ]


def solvers(comparison: SolverComparison) -> Grid:
    """Return what each solver cost, how it came near the maximum, and where it ended."""
    away = f"SE from the {goal_of(comparison)}"
    if not isinstance(comparison.estimate.outcome, Maximum):
        grid = Grid(("solver", "iterations", "passes", "time", "status"), ("passes",))
        for run in comparison.fits:
            grid.add(run.solver, *_costs(run), verdict(comparison, run))
        return grid
    errors = comparison.estimate.maximum.has_errors
    grid = Grid(
        ("solver", "iterations", "passes", "time", WAY, away if errors else "digits", "status"),
        ("passes", WAY, "time"),
        drawings=(WAY,),
    )
    ways = distances_on_the_way(comparison) if errors else {}
    for run in comparison.fits:
        agreement = agreement_of(comparison, run)
        near = "-" if agreement is None else small(agreement.distance) if errors else f"{agreement.digits.min():.1f}"
        if _is_reference(run, agreement):
            near = "reference"
        grid.add(run.solver, *_costs(run), ways.get(run.solver, ""), near, verdict(comparison, run))
    return grid


def _is_reference(run: Fit, agreement: Agreement | None) -> bool:
    """Say whether a run is the one that the others are compared with: how near it is to itself says nothing."""
    return run.solver == "fisher" and agreement is not None and not np.any(agreement.difference)


def _costs(run: Fit) -> tuple[str, str, str]:
    """Return iterations, passes and time of a run."""
    if run.status is Status.DECLINED:
        return "-", "-", "-"
    return count(run.iterations), count(run.passes), seconds(run.seconds)


def solver_details(comparison: SolverComparison) -> Grid:
    """Return how exactly each solver met the maximum."""
    grid = Grid(("solver", "max |score|", "fewest digits"))
    for run in comparison.fits:
        agreement = agreement_of(comparison, run)
        if agreement is not None:
            digits = "reference" if _is_reference(run, agreement) else f"{agreement.digits.min():.1f}"
            grid.add(run.solver, small(agreement.max_score), digits)
    return grid


def distances_on_the_way(comparison: SolverComparison) -> dict[str, str]:
    """Return for each solver its distance from the maximum on the way there, as blocks on one logarithmic scale."""
    inference, drawn = comparison.estimate.maximum, {}
    units = std_error_units(inference.coef, inference.std_error)
    for run in comparison.fits:
        if run.status is Status.DECLINED or run.goal:
            continue
        places = list(dict.fromkeys(np.linspace(0, len(run.path) - 1, MOST_BLOCKS).round().astype(int).tolist()))
        with np.errstate(all="ignore"):
            away = np.max(np.abs(run.path[places] - inference.coef) / units, axis=1)
            drawn[run.solver] = np.log10(np.maximum(away, comparison.spec.options.tol))
    finite = [value for way in drawn.values() for value in way.tolist() if np.isfinite(value)]
    ends = np.log10(comparison.spec.options.tol), max(finite, default=0.0)
    return {solver: sparkline(way.tolist(), *ends) for solver, way in drawn.items()}


def goal_of(comparison: SolverComparison) -> str:
    """Return what distances are measured from, in a word."""
    return "MLE" if comparison.estimate.penalty is None else "optimum"


def verdict(comparison: SolverComparison, run: Fit) -> str:
    """Return how a run ended, in a word or two."""
    if run.goal:
        return run.status.value
    match comparison.estimate.outcome:
        case OnBoundary() if run.status is not Status.INTERRUPTED:
            return "at the boundary"
        case Separated() if run.status is not Status.INTERRUPTED:
            return "no finite maximum"
    return run.status.value


def agreement_of(comparison: SolverComparison, run: Fit) -> Agreement | None:
    """Return the agreement of a run with the reference, if there is one."""
    return next((item for item in comparison.agreements if item.solver == run.solver), None)


def stops(comparison: SolverComparison) -> Grid:
    """Return where each solver stopped, for data on which that says nothing about a maximum."""
    shown = [run for run in comparison.fits if run.status is not Status.DECLINED]
    outcome = comparison.estimate.outcome
    edges = [outcome.boundary] if isinstance(outcome, OnBoundary) else []
    grid = Grid(("term", *("maximum" for _ in edges), *(run.solver for run in shown)))
    for j, label in enumerate(labels_of(comparison.estimate)[:MOST_TERMS]):
        grid.add(label, *(number(edge.coef[j], 8) for edge in edges), *(number(run.coef[j]) for run in shown))
    return grid


def labels_of(estimate: Estimate) -> tuple[str, ...]:
    """Return the terms, for people."""
    return term_labels(estimate.design.data.names, estimate.design.levels)


def formal_names(estimate: Estimate) -> Grid | None:
    """Return the names that files use, of the terms that are shown under another."""
    grid = Grid(("term", "in files"))
    for label, name in zip(labels_of(estimate), estimate.design.data.names, strict=True):
        if label != name:
            grid.add(label, name)
    return grid if grid.rows else None


def differences(comparison: SolverComparison, *, apart: bool = False) -> Grid | None:
    """Return the coefficients of the other solvers against the reference, one by one.

    Parameters
    ----------
    comparison : SolverComparison
    apart : bool
        Only the solvers that do not agree, and the coefficients that are out of tolerance.
    """
    others = [item for item in comparison.agreements if item.solver != "fisher" and not (apart and item.agrees)]
    if not others:
        return None
    inference, labels = comparison.estimate.maximum, labels_of(comparison.estimate)
    minus_goal = "minus the MLE" if comparison.estimate.penalty is None else "minus the optimum"
    worst = np.abs([item.in_units for item in others]).max(axis=0)
    shown = sorted(np.argsort(-worst, kind="stable")[:MOST_TERMS])
    if apart:
        shown = [j for j in shown if not worst[j] <= others[0].tolerance]
    if len(others) == 1:
        grid = Grid(("term", others[0].solver, minus_goal, "in std.error", "digits"), ("digits",))
        for j in shown:
            coef, error = inference.coef[j] + others[0].difference[j], inference.std_error[j]
            values = (others[0].difference[j], others[0].in_std_errors[j])
            grid.add(labels[j], to_error(coef, error), *map(small, values), f"{others[0].digits[j]:.1f}")
        return grid
    title = f"{minus_goal}, in std.error"
    if len(others) > max(len(shown), MOST_SOLVERS):
        grid = Grid((title, *(labels[j] for j in shown)))
        for item in others:
            grid.add(item.solver, *(small(item.in_std_errors[j]) for j in shown))
        return grid
    grid = Grid((title, *(item.solver for item in others)))
    for j in shown:
        grid.add(labels[j], *(small(item.in_std_errors[j]) for item in others))
    return grid


def looks(run: Fit) -> Grid:
    """Return how near a run was wherever the stopping rule looked."""
    grid = Grid(("iteration", "deviance", "step in SE"))
    for look in run.looks:
        if np.isfinite(look.deviance):
            grid.add(str(look.iteration), f"{look.deviance:.12g}", small(look.decrement))
    return grid
