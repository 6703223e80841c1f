"""The terms of one model, each tested by a model without it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from glmnn.analysing.fitted import WHAT, check_testable, compare, of_estimate, of_nothing, subject_of
from glmnn.analysing.result import Anova, Fitted, Kind, Row
from glmnn.data.design import Design
from glmnn.data.formula.contrasts import sum_to_zero
from glmnn.data.formula.levels import Term
from glmnn.data.table import Table
from glmnn.errors import UsageError, option
from glmnn.fitting.build import estimates_alpha, make_run
from glmnn.fitting.estimate import Estimate, estimate_design, find_estimate
from glmnn.fitting.why_not import require_maximum
from glmnn.models.model import SecondOrderModel
from glmnn.options.model import ModelOptions


def analyse_terms(options: ModelOptions, table: Table, kind: Kind) -> Anova:
    """Test each term of a model.

    Type I compares the models that grow term by term in the order of the formula; type II leaves a term out of the
    model of all terms that are no interaction of it; type III leaves it out of the whole model, whose factors are in
    contrasts that sum to zero (Fox, 2016, section 8.2.5). R's drop1 has the terms of type II that are in no
    interaction.

    Parameters
    ----------
    options : ModelOptions
    table : Table
    kind : Kind
        Any but that of nested models.

    Raises
    ------
    NoMaximum
        If the model has no maximum.
    GlmnnError
        If options and data do not fit, or there is no likelihood ratio.
    """
    check_testable(options)
    models = Submodels.of(options, table)
    if not models.design.parts:
        raise UsageError(f"{models.design.formula}: there is no term to test, only an intercept")
    require_maximum(models.full, WHAT, unique=False)
    if kind is Kind.PARTIAL:
        if models.full.aliases:
            raise UsageError(
                f"{models.design.formula}: type III has no answer, for {models.full.aliases[0]}: what it tests would "
                f"depend on which of these columns is left out; {option('type', '2')} does not"
            )
        models = models.with_sums()
    reference = models.fitted(models.design.parts)
    rows = tuple(_in_order(models) if kind is Kind.SEQUENTIAL else _one_by_one(models, kind))
    return Anova(kind, subject_of(models.full), rows, reference, (*models.full.notes, *_untested(rows)))


def _in_order(models: Submodels) -> Iterator[Row]:
    terms = models.design.parts
    grown = [models.fitted(terms[:many]) for many in range(len(terms) + 1)]
    yield Row("NULL", grown[0])
    for term, smaller, larger in zip(terms, grown, grown[1:], strict=False):
        yield Row(term.name, larger, compare(smaller, larger, grown[-1]))


def _one_by_one(models: Submodels, kind: Kind) -> Iterator[Row]:
    terms = models.design.parts
    full = models.fitted(terms)
    yield Row("<none>", full)
    for term in terms:
        interactions = [other for other in terms if other.factors > term.factors]
        if kind is Kind.DROP1 and interactions:
            continue
        kept = [other for other in terms if kind is Kind.PARTIAL or other not in interactions]
        without = models.fitted(other for other in kept if other is not term)
        yield Row(term.name, without, compare(without, models.fitted(kept), full))


def _untested(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        if not row.model.maximum:
            yield f"{row.label}: no test, because the smaller of the two models has no maximum inside its domain"
        elif row.test is not None and row.test.df == 0:
            yield f"{row.label}: no test, because its columns are combinations of others"


@dataclass(frozen=True)
class Submodels:
    """A model and those with fewer terms, on the same rows; each is fitted once.

    Attributes
    ----------
    options : ModelOptions
    table : Table
    model : SecondOrderModel
    design : Design
        Of the whole model.
    notes : tuple of str
    """

    options: ModelOptions
    table: Table
    model: SecondOrderModel
    design: Design
    notes: tuple[str, ...] = ()
    found: dict[frozenset[str], Fitted] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, options: ModelOptions, table: Table) -> Submodels:
        """Return the models of a formula; an alpha that is estimated is held at that of the whole model, as in R."""
        model, design, notes = make_run(options, table)
        if estimates_alpha(options):
            whole = find_estimate(options, table)
            require_maximum(whole, WHAT, unique=False)
            model, note = whole.model, "alpha is held at its estimate in the whole model"
            notes = (*notes, note)
        return cls(options, table, model, design, notes)

    def with_sums(self) -> Submodels:
        """Return the same models, their factors in contrasts that sum to zero; the terms keep their names."""
        recipe = self.design.recipe
        if recipe.parsed is None:
            return self
        formula = f"{recipe.formula.partition('~')[0]}~ {sum_to_zero(recipe.parsed, recipe.levels)}"
        other = Submodels.of(replace(self.options, formula=formula), self.table)
        parts = zip(self.design.parts, other.design.parts, strict=True)
        named = tuple(replace(ours, columns=theirs.columns) for ours, theirs in parts)
        return replace(self, design=replace(other.design, formula=self.design.formula, parts=named), found={})

    @cached_property
    def full(self) -> Estimate:
        """The whole model."""
        return self._estimate(frozenset(self.design.data.names))

    def fitted(self, terms: Iterable[Term]) -> Fitted:
        """Return the model of these terms, and of the intercept if there is one."""
        everything = frozenset(name for term in self.design.parts for name in term.columns)
        columns = (frozenset(self.design.data.names) - everything).union(*(term.columns for term in terms))
        if columns not in self.found:
            self.found[columns] = self._fitted(columns)
        return self.found[columns]

    def _fitted(self, columns: frozenset[str]) -> Fitted:
        counted = self.options.weights_type == "freq"
        if not columns:
            full = of_estimate(self.full, frequencies=counted)
            return of_nothing(self.model, self.design, full, frequencies=counted)
        return of_estimate(self._estimate(columns), frequencies=counted)

    def _estimate(self, columns: frozenset[str]) -> Estimate:
        data = self.design.data.without(set(self.design.data.names) - columns)
        with np.errstate(all="ignore"):
            return estimate_design(self.options, self.table, self.model, replace(self.design, data=data), self.notes)
