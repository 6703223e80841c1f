"""The tables of a report, whatever they are printed as."""

from __future__ import annotations

import numpy as np

from glmnn.diagnostics.inference import Inference
from glmnn.fitting.agreement import Agreement
from glmnn.fitting.compare import SolverComparison
from glmnn.fitting.estimate import OnBoundary, Separated
from glmnn.fitting.ratios import Ratios
from glmnn.report.numbers import count, number, p_value, seconds, small
from glmnn.report.tables import Grid
from glmnn.solvers.loop import Fit
from glmnn.solvers.stopping import Status

MOST_SOLVERS = 6  # side by side; more stand below each other
MOST_TERMS = 20  # coefficients compared one by one; of more, those that differ most


def coefficients(inference: Inference, exponentials: Ratios | None = None) -> Grid:
    """Return estimate, standard error, statistic, p value and interval of each coefficient, or their exponentials.

    The statistic, the p value and the standard error are those of the coefficient, as in broom's tidy().
    """
    letter = "z" if inference.dispersion_known else "t"
    low, high = (f"{100 * part:.4g} %" for part in (0.5 - inference.level / 2, 0.5 + inference.level / 2))
    shown = exponentials or Ratios("estimate", inference.coef, inference.low, inference.high)
    error = "std.error" if exponentials is None else "std.error of log"
    grid = Grid(("term", shown.name.removesuffix("s"), error, letter, f"Pr(>|{letter}|)", low, high), (letter,))
    for j, name in enumerate(inference.names):
        grid.add(
            name,
            number(shown.values[j], 8),
            number(inference.std_error[j]),
            "-" if np.isnan(inference.statistic[j]) else f"{inference.statistic[j]:.3f}",
            p_value(inference.p_value[j]),
            number(shown.low[j]),
            number(shown.high[j]),
        )
    return grid


def statistics(comparison: SolverComparison, inference: Inference) -> list[str]:
    """Return the lines below the coefficients: dispersion, deviances, criteria."""
    known = inference.dispersion_known
    family = comparison.estimate.model.family_name
    dispersion = (
        f"dispersion of {family}: {number(inference.dispersion)}, Pearson chi-squared / {inference.df_residual}"
    )
    if known:
        dispersion = f"dispersion of {family}: 1 by definition"
    elif inference.df_residual <= 0:
        dispersion = f"dispersion of {family}: not to be estimated without residual degrees of freedom"
    tested = inference.df_null - inference.df_residual
    freedom = f"chi-squared({tested})" if known else f"F({tested}, {inference.df_residual})"
    ratio = (
        f"likelihood ratio {freedom} {number(inference.lr_statistic)}  p {p_value(inference.lr_p_value)}"
        if tested > 0
        else "no features to test"
    )
    if comparison.estimate.penalty is not None:
        return [
            dispersion,
            f"deviance {number(inference.deviance, 6)}, log-likelihood {number(inference.log_likelihood, 6)}, "
            "both at this estimate",
            f"standard errors are those of the {comparison.estimate.penalty.spread}; they do not allow for its bias",
        ]
    return [
        dispersion,
        f"null deviance {number(inference.null_deviance, 6)} on {inference.df_null} df, residual deviance "
        f"{number(inference.deviance, 6)} on {inference.df_residual} df",
        f"{ratio}    Pearson chi-squared {number(inference.pearson)}",
        f"AIC {number(inference.aic, 6)}    BIC {number(inference.bic, 6)}    "
        f"log-likelihood {number(inference.log_likelihood, 6)}",
    ]


def solvers(comparison: SolverComparison) -> Grid:
    """Return what each solver cost and reached."""
    from_goal = "from the MLE" if comparison.estimate.penalty is None else "from the optimum"
    grid = Grid(
        ("solver", "iterations", "passes", "time", "max |score|", from_goal, "digits", "verdict"),
        ("max |score|", "passes"),
    )
    for run in comparison.fits:
        found = agreement_of(comparison, run)
        if run.status is Status.DECLINED:
            grid.add(run.solver, "-", "-", "-", "-", "-", "-", "declined")
            continue
        grid.add(
            run.solver,
            count(run.iterations),
            count(run.passes),
            seconds(run.seconds),
            small(found.max_score) if found else "-",
            f"{small(found.distance)} SE" if found and found.has_errors else "-",
            f"{found.digits.min():.1f}" if found else "-",
            verdict(comparison, run),
        )
    return grid


def trajectories(comparison: SolverComparison) -> Grid:
    """Return how closely frameworks take the steps of the hand-written neuron."""
    grid = Grid(("solver", "hand-written", "steps", "largest difference", "in std.error", "first above 1e-12"))
    for item in comparison.trajectories:
        grid.add(
            item.solver,
            item.rule,
            count(item.steps),
            small(item.largest),
            small(item.in_std_errors) if np.isfinite(item.in_std_errors) else "-",
            "never" if item.first is None else f"step {count(item.first)}",
        )
    return grid


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
    for j, name in enumerate(comparison.estimate.design.data.names[:MOST_TERMS]):
        grid.add(name, *(number(edge.coef[j], 8) for edge in edges), *(number(run.coef[j]) for run in shown))
    return grid


def differences(comparison: SolverComparison) -> Grid | None:
    """Return the coefficients of the other solvers against the reference, one by one."""
    others = [item for item in comparison.agreements if item.solver != "fisher"]
    if not others:
        return None
    inference = comparison.estimate.maximum
    minus_goal = "minus the MLE" if comparison.estimate.penalty is None else "minus the optimum"
    worst = np.max([np.abs(item.in_units) for item in others], axis=0)
    shown = sorted(np.argsort(-worst, kind="stable")[:MOST_TERMS])
    if len(others) == 1:
        grid = Grid(("term", others[0].solver, minus_goal, "in std.error", "digits"))
        for j in shown:
            coef = inference.coef[j] + others[0].difference[j]
            values = (others[0].difference[j], others[0].in_std_errors[j])
            grid.add(inference.names[j], number(coef, 8), *map(small, values), f"{others[0].digits[j]:.1f}")
        return grid
    if len(others) > max(len(shown), MOST_SOLVERS):
        grid = Grid((f"{minus_goal}, in std.error", *(inference.names[j] for j in shown)))
        for item in others:
            grid.add(item.solver, *(small(item.in_std_errors[j]) for j in shown))
        return grid
    grid = Grid((f"{minus_goal}, in std.error", *(item.solver for item in others)))
    for j in shown:
        grid.add(inference.names[j], *(small(item.in_std_errors[j]) for item in others))
    return grid


def looks(run: Fit) -> Grid:
    """Return how near a run was wherever the stopping rule looked."""
    grid = Grid(("iteration", "deviance", "step in SE"))
    for look in run.looks:
        if np.isfinite(look.deviance):
            grid.add(str(look.iteration), f"{look.deviance:.12g}", small(look.decrement))
    return grid
