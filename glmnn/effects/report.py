"""Marginal effects and means as a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from math import isnan

from glmnn.effects.result import Average, Effects, Kind
from glmnn.effects.schema import Averaged, EffectsDocument
from glmnn.fitting.report import heading
from glmnn.fitting.subject_schema import FittedData, FittedModel
from glmnn.fitting.tables import to_error
from glmnn.report.json import Versions, versions
from glmnn.report.numbers import count, p_value
from glmnn.report.sections import Report, Section, Tone
from glmnn.report.tables import Grid

COLUMNS = (
    "kind", "term", "contrast", "group", "estimate", "std.error", "statistic", "p.value", "conf.low", "conf.high",
)  # fmt: skip
TITLES = {Kind.EFFECT: "Average marginal effects", Kind.MEAN: "Marginal means"}
WHAT = {"mean": "mean", "link": "linear predictor"}


def effects_report(effects: Effects, notes: bool = True) -> Report:
    """Return the report: what was fitted, effects, means, and what they are averages of."""
    tables = [
        Section(f"{TITLES[kind]}{_of(effects, kind)}", (), _grid(effects, kind)) for kind in Kind if effects.of(kind)
    ]
    tone = Tone.CAREFUL if any(isnan(average.estimate) for average in effects.averages) else Tone.GOOD
    about = heading(effects.estimate, notes=False)
    lines = [f"note: {note}" for note in effects.notes] if notes else []
    return Report(
        "glmnn effects",
        [Section("", [_verdict(effects)], strong=True, tone=tone), Section("", [*about, *lines]), *tables],
        lambda: to_document(effects),
        lambda: tidy_rows(effects),
    )


def _of(effects: Effects, kind: Kind) -> str:
    what = "probabilities" if effects.estimate.model.labels else WHAT[effects.type]
    if kind is Kind.MEAN:
        return f" of the {what}" if what != "mean" else ""
    return f" on the {what}"


def _grid(effects: Effects, kind: Kind) -> Grid:
    maximum = effects.estimate.maximum
    letter = "z" if maximum.dispersion_known else "t"
    low, high = (f"{100 * part:.4g} %" for part in (0.5 - maximum.level / 2, 0.5 + maximum.level / 2))
    classes = ("class",) if effects.estimate.model.labels else ()
    tests = (letter, "p value") if kind is Kind.EFFECT else ()  # that a mean is 0 is no question
    grid = Grid(
        ("term", "contrast" if kind is Kind.EFFECT else "level", *classes, "estimate", "std.error", *tests, low, high),
        (letter, (low, high)) if tests else (),
    )
    for average in effects.of(kind):
        estimate, error, *ends = (
            to_error(value, average.std_error)
            for value in (average.estimate, average.std_error, average.low, average.high)
        )
        shown = ("-" if isnan(average.statistic) else f"{average.statistic:z.2f}", p_value(average.p_value))
        group = (average.group,) if classes else ()
        grid.add(average.term, average.contrast, *group, estimate, error, *(shown if tests else ()), *ends)
    return grid


def _verdict(effects: Effects) -> str:
    """Return what is averaged over what, and how it is inferred."""
    maximum = effects.estimate.maximum
    over = f"the {count(effects.rows)} rows of the data" if effects.at == "data" else "the reference grid"
    if effects.at == "grid":
        over += (
            f", {count(effects.rows)} combination{'s' if effects.rows > 1 else ''} of levels with numbers at their mean"
        )
    weighed = ", weighed" if effects.weighted else ""
    errors = f"; {maximum.settings.label}" if maximum.settings.label else ""
    return f"Averages over {over}{weighed}; standard errors by the delta method{errors}."


def to_document(effects: Effects) -> EffectsDocument:
    """Return the values of the JSON document."""
    estimate, maximum = effects.estimate, effects.estimate.maximum
    model, design, table = estimate.model, estimate.design, estimate.table
    return EffectsDocument(
        schema="glmnn.effects/1",
        versions=Versions(**versions()),
        data=FittedData(source=table.source, sha256=table.digest, rows_used=design.data.rows),
        model=FittedModel(formula=design.formula, target=design.target, family=model.family_name, link=model.link_name),
        at=effects.at,
        rows=effects.rows,
        type=effects.type,
        weighted=effects.weighted,
        std_error=maximum.settings.label or "model",
        statistic="z" if maximum.dispersion_known else "t",
        level=maximum.level,
        effects=list(map(_averaged, effects.of(Kind.EFFECT))),
        means=list(map(_averaged, effects.of(Kind.MEAN))),
        notes=effects.notes,
    )


def _averaged(average: Average) -> Averaged:
    return Averaged(
        term=average.term,
        contrast=average.contrast,
        group=average.group or None,
        estimate=average.estimate,
        std_error=average.std_error,
        statistic=average.statistic,
        p_value=average.p_value,
        conf_low=average.low,
        conf_high=average.high,
    )


def tidy_rows(effects: Effects) -> Iterator[Sequence[object]]:
    """Yield a row for each average, in the columns of broom and marginaleffects."""
    yield COLUMNS
    for average in effects.averages:
        values = asdict(average) | {"kind": average.kind.value}
        yield ["" if isinstance(value, float) and isnan(value) else value for value in values.values()]
