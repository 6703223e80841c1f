"""An analysis of deviance as a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from math import isfinite, isnan

from glmnn.analysing.result import Anova, Kind, Row
from glmnn.analysing.schema import AnovaDocument, TestedRow
from glmnn.fitting.labels import short_formula
from glmnn.fitting.report import ESTIMATED
from glmnn.fitting.subject_schema import FittedData, FittedModel
from glmnn.report.json import Versions, versions
from glmnn.report.numbers import count, criterion, number, p_value
from glmnn.report.sections import Report, Section, Tone
from glmnn.report.tables import Grid

COLUMNS = ("term", "df", "deviance", "df.residual", "residual.deviance", "statistic", "p.value", "AIC", "BIC")
OF_MODEL = ("residual df", "residual deviance", "AIC", "BIC")
TITLES = {
    Kind.SEQUENTIAL: "Analysis of deviance, type I",
    Kind.MARGINAL: "Analysis of deviance, type II",
    Kind.PARTIAL: "Analysis of deviance, type III",
    Kind.DROP1: "Single terms dropped",
    Kind.NESTED: "Nested models",
}
MEANINGS = {
    Kind.SEQUENTIAL: "Type I: each term is added to those above it, so that the order of the formula counts.",
    Kind.MARGINAL: (
        "Type II: a term is tested in the model without the interactions that contain it; type III keeps them. The two "
        "differ for such terms only."
    ),
    Kind.PARTIAL: (
        "Type III: a term is tested with everything else in the model, the interactions that contain it too; factors "
        "are in contrasts that sum to zero, so that a main effect is a mean over the levels of the others."
    ),
    Kind.DROP1: "Each row is the first model without a term; terms inside an interaction stay.",
    Kind.NESTED: "Each model is tested against the one above it.",
}
WITHOUT = "AIC, BIC and residual deviance are those of the smaller model of each test."


def anova_report(analysis: Anova, notes: bool = True) -> Report:
    """Return the report: what was fitted, the table, and what its tests are."""
    subject = analysis.subject
    family = ESTIMATED if analysis.reference.own_alpha else subject.family
    about = [
        f"{subject.target} ~ ..." if analysis.kind is Kind.NESTED else short_formula(subject.formula),
        f"{family}, {subject.link} link, {count(subject.rows)} rows, {subject.source}",
        *(f"note: {note}" for note in analysis.notes if notes),
    ]
    return Report(
        "glmnn anova",
        [
            Section("", [_verdict(analysis)], strong=True, tone=_tone(analysis)),
            Section("", about),
            Section(TITLES[analysis.kind], (), _grid(analysis), _below(analysis)),
        ],
        lambda: to_document(analysis),
        lambda: tidy_rows(analysis),
    )


def _verdict(analysis: Anova) -> str:
    """Return what was tested how, and which of the models has the lowest AIC, where they have one."""
    nested, many = analysis.kind is Kind.NESTED, len(analysis.rows) - 1
    test = "the likelihood ratio" if analysis.reference.dispersion_known else "F"
    tested = f"{many + 1} nested models" if nested else f"{many} term{'s' if many > 1 else ''}"
    known = [row for row in analysis.rows if isfinite(row.model.aic)]
    if not known:
        return f"{tested} tested by {test}."
    best = min(known, key=lambda row: row.model.aic).label
    if nested:
        where = short_formula(best)
    elif analysis.kind is Kind.SEQUENTIAL:
        where = "the intercept alone" if best == "NULL" else f"the terms up to {best}"
    else:
        where = "the whole model" if best == "<none>" else f"the model without {best}"
    return f"{tested} tested by {test}; {where} has the lowest AIC."


def _tone(analysis: Anova) -> Tone:
    """Return whether every model could be tested."""
    untested = any(row.test is not None and isnan(row.test.statistic) for row in analysis.rows)
    return Tone.CAREFUL if untested else Tone.GOOD


def _grid(analysis: Anova) -> Grid:
    known = analysis.reference.dispersion_known
    first = "model" if analysis.kind is Kind.NESTED else "term"
    gain = () if known else ("deviance",)  # else it is the statistic
    headers = (first, "df", *gain, "chi2" if known else "F", "p value", *OF_MODEL)
    grid = Grid(headers, ("residual df", "residual deviance", "BIC", *gain))
    for row in analysis.rows:
        tested, model = row.test, row.model
        grid.add(
            short_formula(row.label),
            "-" if tested is None else str(tested.df),
            *("-" if tested is None else number(tested.gain) for _ in gain),
            "-" if tested is None else number(tested.statistic),
            "-" if tested is None else p_value(tested.p_value),
            str(model.df_residual),
            *map(criterion, (model.deviance, model.aic, model.bic)),
        )
    return grid


def _below(analysis: Anova) -> list[str]:
    lines = [MEANINGS[analysis.kind]]
    if analysis.kind in (Kind.MARGINAL, Kind.PARTIAL):
        lines.append(WITHOUT)
    reference = analysis.reference
    if reference.own_alpha:
        lines.append("Each model has an alpha of its own, so that chi2 is the rise of twice the log-likelihood.")
    if not reference.dispersion_known:
        lines.append(
            f"F over the dispersion of the largest model: {number(reference.dispersion)}, Pearson chi-squared / "
            f"{reference.df_residual}."
        )
    return lines


def to_document(analysis: Anova) -> AnovaDocument:
    """Return the values of the JSON document."""
    subject, reference = analysis.subject, analysis.reference
    return AnovaDocument(
        schema="glmnn.anova/1",
        versions=Versions(**versions()),
        data=FittedData(source=subject.source, sha256=subject.sha256, rows_used=subject.rows),
        model=FittedModel(formula=subject.formula, target=subject.target, family=subject.family, link=subject.link),
        kind=analysis.kind,
        test="chi-squared" if reference.dispersion_known else "F",
        dispersion=reference.dispersion,
        rows=list(map(_row, analysis.rows)),
        notes=analysis.notes,
    )


def _row(row: Row) -> TestedRow:
    tested, model = row.test, row.model
    return TestedRow(
        term=row.label,
        df=None if tested is None else tested.df,
        deviance=None if tested is None else tested.gain,
        df_residual=model.df_residual,
        residual_deviance=model.deviance,
        statistic=None if tested is None else tested.statistic,
        p_value=None if tested is None else tested.p_value,
        aic=model.aic,
        bic=model.bic,
    )


def tidy_rows(analysis: Anova) -> Iterator[Sequence[object]]:
    """Yield a row for each model, in the columns that broom gives an analysis of deviance."""
    yield COLUMNS
    for row in analysis.rows:
        values = asdict(_row(row)).values()
        yield ["" if value is None or (isinstance(value, float) and isnan(value)) else value for value in values]
