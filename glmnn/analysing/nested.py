"""Nested models: each tested against the next larger one, on the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from glmnn.analysing.fitted import WHAT, check_testable, compare, of_estimate, subject_of
from glmnn.analysing.result import Anova, Fitted, Kind, Row, Subject
from glmnn.arrays import Array
from glmnn.data.table import Table
from glmnn.errors import UsageError, option, quoted
from glmnn.fitting.estimate import Estimate, find_estimate
from glmnn.fitting.why_not import require_maximum
from glmnn.options.model import ModelOptions

OUTSIDE = 1e-8  # part of a column outside the span of others from which it is no combination of them


def analyse_nested(models: Sequence[ModelOptions], table: Table) -> Anova:
    """Fit nested models to a table and test each against the next larger one.

    Raises
    ------
    NoMaximum
        If one of them has no maximum.
    GlmnnError
        If options and data do not fit, or the models are not nested.
    """
    for options in models:
        check_testable(options)
    return compare_estimates([find_estimate(replace(options, ci="wald"), table) for options in models])


def compare_estimates(estimates: Sequence[Estimate]) -> Anova:
    """Test each of several maximum likelihood estimates against the next larger one.

    Raises
    ------
    NoMaximum
        If one of them has no maximum.
    UsageError
        If they are not of the same rows, response and family, or not nested.
    """
    for estimate in estimates:
        require_maximum(estimate, WHAT, unique=False)
    ordered = sorted(estimates, key=lambda estimate: len(estimate.design.data.names))
    for smaller, larger in pairwise(ordered):
        _check_same(smaller, larger)
        _check_nested(smaller, larger)
    return compare_fitted(subject_of(ordered[-1]), list(map(of_estimate, ordered)), ordered[-1].notes)


def compare_fitted(subject: Subject, models: Sequence[Fitted], notes: tuple[str, ...] = ()) -> Anova:
    """Test each of several models, the smallest first, against the next larger one.

    Parameters
    ----------
    subject : Subject
    models : sequence of Fitted
        Known to be nested.
    notes : tuple of str

    Raises
    ------
    UsageError
        If two have the same number of coefficients.
    """
    rows = [Row(models[0].name, models[0])]
    for smaller, larger in pairwise(models):
        if smaller.rank == larger.rank:
            raise UsageError(
                f"{quoted(smaller.name)} and {quoted(larger.name)} both have {larger.rank} coefficients: neither is "
                "nested in the other; compare their AIC"
            )
        rows.append(Row(larger.name, larger, compare(smaller, larger, models[-1])))
    return Anova(Kind.NESTED, subject, tuple(rows), models[-1], notes)


def _check_same(one: Estimate, other: Estimate) -> None:
    """Refuse models of other rows, another response or another family."""
    names = f"{quoted(one.design.formula)} and {quoted(other.design.formula)}"
    own_alpha = one.alpha is not None and other.alpha is not None
    if one.model != other.model and not (own_alpha and one.problem.glm.link == other.problem.glm.link):
        kinds = [f"{estimate.model.family_name}, {estimate.model.link_name} link" for estimate in (one, other)]
        raise UsageError(f"{names} are not nested: {kinds[0]} and {kinds[1]}")
    if one.maximum.dispersion_known != other.maximum.dispersion_known:
        raise UsageError(f"{names}: {option('dispersion', 'pearson')} must go with both or with neither")
    same_table = one.table.digest == other.table.digest
    if one.design.data.rows != other.design.data.rows or (
        same_table and not np.array_equal(one.design.rows, other.design.rows)
    ):
        raise UsageError(
            f"{names} were fitted to {one.design.data.rows} and {other.design.data.rows} rows, and not to the same: a "
            "column with missing cells is in one of them only? Leave such rows out of both"
        )
    blocks = [estimate.design.data.in_memory("a comparison of models").whole for estimate in (one, other)]
    for what, mine, theirs in zip(("response", "prior weights", "offset"), blocks[0][1:], blocks[1][1:], strict=True):
        if not np.array_equal(mine, theirs):
            raise UsageError(f"{names} are not nested: they have not the same {what}, row by row")


def _check_nested(smaller: Estimate, larger: Estimate) -> None:
    """Refuse a model with a column that is no linear combination of those of the larger one."""
    X, Z = (estimate.design.data.in_memory("a comparison of models").whole.X for estimate in (larger, smaller))
    outside = _outside(_scaled(X), _scaled(Z))
    if outside.max() > OUTSIDE:
        name = smaller.design.data.names[int(np.argmax(outside))]
        raise UsageError(
            f"{quoted(smaller.design.formula)} is not nested in {quoted(larger.design.formula)}: its column "
            f"{quoted(name)} is not a combination of the other's, so there is no likelihood ratio; compare their AIC"
        )


def _scaled(X: Array) -> Array:
    return np.asarray(X / np.linalg.norm(X, axis=0))


def _outside(X: Array, Z: Array) -> Array:
    """Return the length of what is left of each column of Z, of length 1, beside the span of X."""
    basis = np.linalg.qr(X)[0]
    rest = Z - basis @ (basis.T @ Z)
    return np.asarray(np.linalg.norm(rest - basis @ (basis.T @ rest), axis=0))
