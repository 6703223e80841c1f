"""`glmnn effects`: from options and a table to averages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from glmnn.data.formula.formula import Formula
from glmnn.data.table import Table
from glmnn.effects.averages import Averaging
from glmnn.effects.options import EffectsOptions
from glmnn.effects.points import grid_of, rows_of
from glmnn.effects.result import Average, Effects
from glmnn.errors import OptionError, UsageError, option, quoted, unknown
from glmnn.fitting.estimate import Estimate, find_estimate
from glmnn.fitting.why_not import require_maximum
from glmnn.models.glm import has_one_output


def average_effects(options: EffectsOptions, table: Table) -> Effects:
    """Fit a model and return its average marginal effects and marginal means.

    Raises
    ------
    NoMaximum
        If there is no finite, unique maximum.
    GlmnnError
        If options and data do not fit.
    """
    check_effects(options)
    return effects_of(find_estimate(options, table), options)


def check_effects(options: EffectsOptions) -> None:
    """Check what can be checked without the data.

    Raises
    ------
    UsageError
        If an option is out of range.
    """
    if options.at not in ("data", "grid"):
        raise UsageError(unknown(f"choice for {option('at')}", options.at, ("data", "grid")))
    if options.type not in ("mean", "link"):
        raise UsageError(unknown(f"choice for {option('type')}", options.type, ("mean", "link")))
    if options.ci != "wald":
        raise OptionError("ci", f"{options.ci} is not there for effects, whose intervals are Wald's")


def effects_of(estimate: Estimate, options: EffectsOptions) -> Effects:
    """Return the average marginal effects and marginal means of an estimate.

    Parameters
    ----------
    estimate : Estimate
    options : EffectsOptions

    Raises
    ------
    NoMaximum
        If there is no finite, unique maximum.
    UsageError
        If there is no such column, or the options do not go with the model.
    """
    require_maximum(estimate, "effects")
    if options.type == "link" and not has_one_output(estimate.model):
        raise OptionError("type", "link: effects of several classes are on their probabilities; the rest is in the fit")
    levels, names = estimate.design.levels, _chosen(options, estimate)
    weighted = options.weights_type in ("freq", "prob")
    points = rows_of(estimate, weighted)
    if options.at == "grid":
        points = grid_of(points, levels)
    averaging = Averaging(estimate, points, options.type)
    with np.errstate(all="ignore"):
        effects = [average for name in names for average in averaging.effects(name)]
        means = [average for name in names if name in levels for average in averaging.means(name)]
    averages = (*effects, *means)
    notes = (*estimate.notes, *_told(estimate, averages))
    return Effects(estimate, averages, options.at, points.table.rows, options.type, weighted, notes)


def _chosen(options: EffectsOptions, estimate: Estimate) -> Sequence[str]:
    """Return the columns asked for, which are those of the model and have an effect of their own."""
    known, levels = estimate.design.recipe.columns, estimate.design.levels
    if not known:
        raise UsageError(f"{estimate.design.formula}: there is no column that could have an effect, only an intercept")
    asked = [[text] if text in known else [part.strip() for part in text.split(",")] for text in options.variables]
    names = list(dict.fromkeys(name for part in asked for name in part)) or known
    for name in names:
        if name not in known:
            raise UsageError(unknown("column of the model", name, known))
    _refuse_without_slope([name for name in names if name not in levels], estimate.design.recipe.parsed)
    return names


def _refuse_without_slope(names: Sequence[str], formula: Formula | None) -> None:
    """Refuse dates, and numbers that the formula has as a factor too, in a comparison or in what C() is computed of."""
    if formula is None:
        return
    ways = {
        "a date": formula.dates,
        "a number and a factor": formula.factors,
        "in a comparison or C()": formula.compared,
    }
    for name in names:
        for how in (how for how, own in ways.items() if name in {formula.originals.get(part, part) for part in own}):
            raise UsageError(
                f"{quoted(name)} is {how} in the formula, so that its effect is neither a slope nor a difference: name "
                f"the other columns with {option('variables')}"
            )


def _told(estimate: Estimate, averages: Sequence[Average]) -> Iterator[str]:
    if estimate.penalty is not None:
        yield f"effects of a penalised estimate, {estimate.penalty.label}: standard errors do not allow for its bias"
    for average in averages:
        if np.isnan(average.estimate):
            yield (
                f"{average.term}, {average.contrast}: no average: some row then has a linear predictor outside "
                f"the domain of the {estimate.model.link_name} link"
            )
