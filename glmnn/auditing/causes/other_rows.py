"""Other rows: some were dropped, some were used twice, some were imputed, or only a training part was used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np

from glmnn.arrays import Array, Index
from glmnn.auditing.causes.claimed import Case
from glmnn.auditing.causes.hypothesis import Reading
from glmnn.auditing.causes.searched_rows import on_rows, searched_rows
from glmnn.data.table import Column, Table
from glmnn.errors import GlmnnError
from glmnn.fitting.build import make_run
from glmnn.problem.problem import Problem

SEARCHED = 50_000  # rows up to which single rows and runs of rows are searched,
PAIRED = 10_000  # and pairs of rows
SEEDS = (
    0,
    1,
    42,
    123,
    2,
    3,
    7,
    10,
    1234,
    2020,
    2021,
    2022,
    2023,
    2024,
    2025,
    2026,
)  # of random splits that people take
COMMON_SEEDS = (0, 42)
PARTS = (0.25, 0.2, 0.3, 0.1, 0.33, 0.4, 0.5, 0.15)  # of the rows that people hold out

SPLIT = 200_000  # rows up to which all of these seeds are tried


def row_readings(case: Case) -> Iterator[Reading]:
    """Yield the claim as the maximum on other rows."""
    whole = case.whole
    rows = whole.y.size
    if rows <= case.claimed.size + 1:
        return
    model = case.problem.glm
    with np.errstate(all="ignore"):
        scores = (model.pointwise.score(model.eta(case.claimed, whole), whole.y) * whole.prior_weight)[
            :, None
        ] * whole.X
    if not np.all(np.isfinite(scores)):
        return
    white = _whitened(case, scores)
    yield from _missing_elsewhere(case)
    yield from _imputed(case)
    yield from _without_duplicates(case)
    yield from _splits(case, white)
    if rows <= SEARCHED:
        yield from searched_rows(case, white, rows <= PAIRED)


def _whitened(case: Case, scores: Array) -> Array:
    """Return the rows' scores in standard errors, shape (rows, p)."""
    values, vectors = np.linalg.eigh(case.metric)
    kept = values > 1e-14 * values[-1]
    return np.asarray(scores @ (vectors[:, kept] / np.sqrt(values[kept])))


def _missing_elsewhere(case: Case) -> Iterator[Reading]:
    """Yield the rows that are complete in the whole table, not only in the columns of the model."""
    table, used = case.estimate.table, case.estimate.design.rows
    gaps = {name: column.missing[used] for name, column in table.columns.items()}
    gaps = {name: missing for name, missing in gaps.items() if missing.any()}
    if not gaps:
        return
    dropped = np.any(list(gaps.values()), axis=0)
    names = ", ".join(repr(name) for name in gaps)
    says = f"rows with a missing cell in {names}, which the model does not use, were dropped: {int(dropped.sum())} rows"
    if not dropped.all():
        yield on_rows(case, "dropped_rows", says, np.where(dropped, 0.0, 1.0), 2, 1.0)
    for name, missing in gaps.items():
        if len(gaps) > 1 and not missing.all():
            says = f"rows with a missing cell in {name!r} were dropped: {int(missing.sum())} rows"
            yield on_rows(case, "dropped_rows", says, np.where(missing, 0.0, 1.0), 2.0 * len(gaps))


def _imputed(case: Case) -> Iterator[Reading]:
    """Yield the data with missing cells filled by mean, median, zero, or the last value before them."""
    table = case.estimate.table
    fills = {
        "its mean": lambda values: np.full(values.size, np.nanmean(values)),
        "its median": lambda values: np.full(values.size, np.nanmedian(values)),
        "0": lambda values: np.zeros(values.size),
        "-1": lambda values: np.full(values.size, -1.0),
        "its most frequent value": _most_frequent,
        "the value in the row before": _carried_forward,
    }
    gappy = {
        name: column
        for name, column in table.columns.items()
        if column.numbers is not None and column.missing.any() and not column.missing.all()
        and name != case.estimate.design.target
    }  # fmt: skip
    if case.estimate.design.rows.all() or not gappy:
        return
    for word, fill in fills.items():
        filled = dict(table.columns)
        for name, column in gappy.items():
            numbers = column.numbers
            assert numbers is not None
            filled[name] = Column(name, np.where(np.isnan(numbers), fill(numbers), numbers))
        made = _remade(case, replace(table, columns=filled))
        if made is None or made.data.names != case.names:
            continue
        names = ", ".join(repr(name) for name in gappy)
        says = f"missing cells in {names} were filled with {word}"
        yield Reading(
            "imputed", says, made, case.claimed, np.eye(case.claimed.size), tried=len(fills), prior=0.5
        )  # fmt: skip


def _remade(case: Case, table: Table) -> Problem | None:
    try:
        model, design, _ = make_run(case.options, table)
    except GlmnnError:
        return None
    aliases = {alias.name for alias in case.estimate.aliases}
    return Problem(model, design.data.without(aliases))


def _most_frequent(values: Array) -> Array:
    known, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    return np.full(values.size, known[np.argmax(counts)])


def _carried_forward(values: Array) -> Array:
    places = np.maximum.accumulate(np.where(np.isnan(values), -1, np.arange(values.size)))
    return np.where(places >= 0, values[places], np.nanmean(values))


def _without_duplicates(case: Case) -> Iterator[Reading]:
    whole = case.whole
    # rows that are equal have equal sums under any weights, and others almost surely have not
    marks = np.random.default_rng(0).normal(size=whole.X.shape[1] + 2)
    total = whole.y * marks[0] + whole.offset * marks[1]
    for column, mark in zip(whole.X.T, marks[2:], strict=True):
        total += column * mark  # column by column: a product of matrices may round equal rows differently
    _, first = np.unique(total, return_index=True)
    dropped = whole.y.size - first.size
    if dropped == 0:
        return
    times = np.zeros(whole.y.size)
    times[first] = 1.0
    yield on_rows(case, "dropped_rows", f"duplicate rows were dropped: {dropped} rows", times, 2, 0.5)


def _splits(case: Case, white: Array) -> Iterator[Reading]:
    """Yield the training part of scikit-learn's train_test_split that leaves the smallest score."""
    rows = white.shape[0]
    best: tuple[float, int, float, Index] | None = None
    parts = [part for part in sorted(PARTS) if np.ceil(part * rows) < rows]
    ends = [int(np.ceil(part * rows)) for part in parts]
    for seed in SEEDS if rows <= SPLIT else COMMON_SEEDS:
        order = np.random.RandomState(seed).permutation(rows)  # the generator that the split uses
        sums = [white[order[first:last]].sum(axis=0) for first, last in pairwise([0, *ends, rows])]
        held = np.cumsum(sums, axis=0)
        sizes = np.linalg.norm(held[-1] - held[:-1], axis=1)
        place = int(np.argmin(sizes))
        if best is None or sizes[place] < best[0]:
            best = (float(sizes[place]), seed, parts[place], order[ends[place] :])
    if best is None:
        return
    _, seed, part, kept = best
    times = np.zeros(rows)
    times[kept] = 1.0
    says = f"only a training part was used: train_test_split(test_size={part:g}, random_state={seed})"
    yield on_rows(case, "dropped_rows", says, times, float(len(SEEDS) * len(PARTS)), 0.5)
