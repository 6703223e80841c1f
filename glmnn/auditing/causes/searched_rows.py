"""Rows that somebody left out or used twice, searched for: one, two, or a run of neighbours."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.spatial import cKDTree

from glmnn.arrays import Array, Index
from glmnn.auditing.causes.claimed import Case
from glmnn.auditing.causes.hypothesis import Reading
from glmnn.data.dataset import InMemory
from glmnn.problem.problem import Problem

MANY = 1_000  # rows from which neighbours are sought in a few directions only,
TREE = 3  # so many,
NEIGHBOURS = 3  # and so many are looked at
FEW_VALUES = 5  # up to which a column of numbers is like a factor: rows share them
MOST_COMPARED = 10  # rows of those found for which equal ones are sought
SAME = 1e-12  # standard errors: as far apart are sums over equal rows
KINDS = ((1.0, "dropped_rows", "left out"), (-1.0, "repeated_rows", "used twice"))


def searched_rows(case: Case, white: Array, pairs: bool) -> Iterator[Reading]:
    """Yield the claim as the maximum without the rows, or with the rows twice, that bring the score to zero.

    Parameters
    ----------
    case : Case
    white : ndarray of shape (rows, k)
        The rows' scores in standard errors.
    pairs : bool
        Search for two rows as well.
    """
    total, directions = white.sum(axis=0), _free_directions(case)
    yield from _single(case, white, total, directions)
    yield from _runs(case, white, total, directions)
    if pairs:
        yield from _pair(case, white, total, 2 * directions)


def on_rows(
    case: Case, key: str, says: str, times: Array, tried: float, prior: float = 0.0, most: float = np.inf
) -> Reading:
    """Return the reading in which row i counts times[i] times."""
    whole, used = case.whole, times > 0
    block = whole._replace(prior_weight=whole.prior_weight * times).rows(used)
    problem = Problem(case.problem.glm, InMemory(case.names, block))
    return Reading(key, says, problem, case.claimed, np.eye(case.claimed.size), tried=tried, prior=prior, most=most)


def _free_directions(case: Case) -> int:
    """Return in how many directions a row differs from one much like it: the numbers that take many values."""
    table, design = case.estimate.table, case.estimate.design
    numbers = (table.columns[name].numbers for name in {design.target, *design.recipe.columns} & table.columns.keys())
    return sum(values is not None and np.unique(values).size > FEW_VALUES for values in numbers)


def _ahead(case: Case, distances: Array, best: float, directions: int) -> float:
    """Return the digits by which the best rows are ahead of the next best.

    Rows near each other bring nearly the same score, so that among many some row always comes near to what another
    change of the data has done. By chance the best is f times nearer than the next with probability f^-directions.
    """
    nearest = float(np.min(distances[distances > best + SAME + 1e-9 * best], initial=np.inf))
    return min(max(directions, 1), case.claimed.size) * float(np.log10(nearest / max(best, case.floor())))


def _or_equal(white: Array, places: Index) -> str:
    """Return words for rows that would do as well, for they are equal to these."""
    apart = np.abs(np.delete(white, places, axis=0)[:, None] - white[places[:MOST_COMPARED]])
    return " (or rows equal to them)" if np.any(np.all(apart <= SAME, axis=2)) else ""


def _single(case: Case, white: Array, total: Array, directions: int) -> Iterator[Reading]:
    rows = white.shape[0]
    for sign, key, verb in KINDS:
        distances = np.linalg.norm(white - sign * total, axis=1)
        place = int(np.argmin(distances))
        most = _ahead(case, distances, distances[place], directions)
        times = np.ones(rows)
        times[place] -= sign
        says = f"one row was {verb}: {_place(case, np.array([place]))}{_or_equal(white, np.array([place]))}"
        yield on_rows(case, key, says, times, float(rows), most=most)


def _pair(case: Case, white: Array, total: Array, directions: int) -> Iterator[Reading]:
    rows = white.shape[0]
    for sign, key, verb in KINDS:
        distances, partners = _nearest(white, sign * total - white)
        distances = np.where(partners <= np.arange(rows)[:, None], np.inf, distances)  # no row goes twice, no pair
        first, choice = np.unravel_index(np.argmin(distances), distances.shape)
        most = _ahead(case, distances, distances[first, choice], directions)
        pair = np.array([first, partners[first, choice]])
        times = np.ones(rows)
        times[pair] -= sign
        says = f"2 rows were {verb}: {_each(case, pair)}{_or_equal(white, pair)}"
        yield on_rows(case, key, says, times, 0.5 * float(rows) ** 2, most=most)


def _nearest(points: Array, wanted: Array) -> tuple[Array, Index]:
    """Return for each point wanted the distances and places of the nearest points in a few of the directions.

    In many directions a tree looks at every point; a point that is the one wanted is near in any few of them.
    """
    few = slice(None, TREE) if points.shape[0] > MANY else slice(None)
    tree = cKDTree(points[:, few])
    places = np.asarray(tree.query(wanted[:, few], k=NEIGHBOURS)[1])
    places = np.minimum(places, points.shape[0] - 1)  # where there are fewer points
    distances = np.stack([np.linalg.norm(points[places[:, k]] - wanted, axis=1) for k in range(NEIGHBOURS)], axis=1)
    return distances, places


def _runs(case: Case, white: Array, total: Array, directions: int) -> Iterator[Reading]:
    rows = white.shape[0]
    sums = np.vstack([np.zeros((1, white.shape[1])), np.cumsum(white, axis=0)])
    for sign, key, verb in KINDS:
        distances, ends = _nearest(sums, sums + sign * total)
        starts = np.arange(rows + 1)[:, None]
        legal = (ends > starts + 1) & (ends - starts < rows)  # all rows at once always bring the score to zero
        distances = np.where(legal, distances, np.inf)
        nearest = np.argmin(distances, axis=1)
        ends, distances = ends[np.arange(rows + 1), nearest], distances[np.arange(rows + 1), nearest]
        starts = starts[:, 0]
        everywhere = np.ones(rows + 1, dtype=bool)
        for edge, tried in ((starts == 0, 2.0 * rows), (ends == rows, 2.0 * rows), (everywhere, float(rows) ** 2)):
            chosen = edge & np.isfinite(distances)
            if not chosen.any():
                continue
            start = int(starts[chosen][np.argmin(distances[chosen])])
            end = int(ends[start])
            ahead = _ahead(case, distances, distances[start], directions * (end - start))
            most = ahead if edge is everywhere else np.inf  # few runs begin or end where the file does
            times, run = np.ones(rows), np.arange(start, end)
            times[run] -= sign
            says = f"{end - start} rows were {verb}: {_place(case, run)}{_or_equal(white, run)}"
            yield on_rows(case, key, says, times, tried, most=most)


def _each(case: Case, rows: Index) -> str:
    """Return where single rows of the design stand in the file."""
    first, *others = (_place(case, np.array([row])) for row in rows)
    return ", ".join([first.replace(" ", "s ", 1), *(other.partition(" ")[2] for other in others)])


def _place(case: Case, rows: Index) -> str:
    """Return where rows of the design stand in the file."""
    places = np.flatnonzero(case.estimate.design.rows)[rows]
    lines = case.estimate.table.lines
    word = "line" if len(lines) else "row"
    first, last = (lines[place] if len(lines) else place + 1 for place in (int(places[0]), int(places[-1])))
    return f"{word} {first}" if rows.size == 1 else f"{word}s {first} to {last}"
