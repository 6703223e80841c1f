"""Rows that are never all in memory: read leaf by leaf from a store, by whatever engine takes the sums."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.data.clusters import Clusters
from glmnn.data.dataset import SAMPLE, Dataset, InMemory
from glmnn.data.design import Design
from glmnn.data.formula.names import INTERCEPT
from glmnn.data.formula.recipe import Recipe
from glmnn.data.formula.state import codes_of
from glmnn.data.response import offset_of, response_of, weights_of_classes
from glmnn.data.sample import Kept, table_of
from glmnn.data.sources.raw import WATCH
from glmnn.data.spill import Held, Store
from glmnn.data.summary import Summary
from glmnn.data.typed import TypedRows
from glmnn.data.variables import Roles
from glmnn.engines.local import Run
from glmnn.engines.tree import Many, leaf_rows
from glmnn.errors import NeedsAllRows, UsageError
from glmnn.models.families.family import Family

WIDEST = 4_096  # columns: each sum and each join has their square
COPIES = 3  # of the design that a fit in memory holds at a time


@dataclass(frozen=True)
class Making:
    """How typed rows become a block.

    Attributes
    ----------
    source : str
        What messages call the rows.
    columns : tuple of Kept
        What the numbers are.
    recipe : Recipe
    roles : Roles
    target : str
    family : Family or None
        None for a response that is a class.
    classes : tuple of str
    layout : tuple of (int, float), or None
        Of each column of the design the typed column and the value for which it is 1: nan for the column itself; None
        where a formula computes.
    """

    source: str
    columns: tuple[Kept, ...]
    recipe: Recipe
    roles: Roles
    target: str
    family: Family | None
    classes: tuple[str, ...]
    layout: tuple[tuple[int, float], ...] | None
    summaries: dict[int, Summary] = field(default_factory=dict, compare=False, repr=False)  # by the rows of a leaf

    def block(self, values: Array, first: int) -> Block:
        """Return the block of typed rows, of which the first has this number."""
        table, every = table_of(self.source, self.columns, values, first), np.ones(len(values), dtype=bool)
        X = self.recipe.terms(table, every).X if self.layout is None else self._laid_out(values)
        if self.family is None:
            y = codes_of(table, self.target, self.classes).astype(float)
            prior_weight = weights_of_classes(table, every, self.roles)
        else:
            y, prior_weight = response_of(table, self.target, every, self.roles, self.family)
        return Block(X, y, prior_weight, offset_of(table, every, self.roles))

    def _laid_out(self, values: Array) -> Array:
        assert self.layout is not None
        X = np.empty((len(values), len(self.layout)))
        for place, (column, level) in enumerate(self.layout):
            X[:, place] = 1.0 if column < 0 else values[:, column] if level != level else values[:, column] == level
        return X


class Pass(NamedTuple):
    """What one pass takes of each leaf; it travels to where the rows are."""

    making: Making
    store: Store
    changes: tuple[Callable[[Block], Block], ...]
    size: int  # rows of a leaf
    rows: int  # in all
    evaluate: Callable[..., Any]
    given: tuple[Any, ...]

    @property
    def leaves(self) -> int:
        """How many leaves there are."""
        return -(-self.rows // self.size)

    def over(self, values: Array, first: int) -> Pass:
        """Return the same for typed rows that are here, of which the first has this number."""
        return self._replace(store=Held(values, first))

    def block(self, leaf: int) -> Block:
        """Return the rows of a leaf, in arrays of their own."""
        first = leaf * self.size
        block = self.making.block(self.store.read(first, min(first + self.size, self.rows)), first)
        for change in self.changes:
            block = change(block)
        return block

    def values(self, first: int, end: int) -> Iterator[Any]:
        """Yield the values of the leaves from `first` to before `end`."""
        return (self.evaluate(*self.given, self.block(leaf)) for leaf in range(first, end))


@dataclass(frozen=True)
class Stream(Dataset):
    """Rows in a store.

    Attributes
    ----------
    names : tuple of str
    typed : TypedRows
    making : Making
    changes : tuple of callable
        What becomes of each block.
    """

    names: tuple[str, ...]
    typed: TypedRows = field(repr=False)
    making: Making = field(repr=False)
    changes: tuple[Callable[[Block], Block], ...] = ()
    shifted: bool = False  # a change adds to the offset

    @property
    def run(self) -> Run:
        """How the rows are gone through."""
        return self.typed.run

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.typed.rows

    @cached_property
    def width(self) -> int:
        """Number of columns of a block."""
        return int(self._pass(_itself, (), 1).block(0).X.shape[1])

    @property
    def leaf(self) -> int:
        """Rows of a leaf."""
        return leaf_rows(self.width)

    def _pass(self, evaluate: Callable[..., Any], given: tuple[Any, ...], size: int = 0) -> Pass:
        typed = self.typed
        return Pass(self.making, typed.store, self.changes, size or self.leaf, typed.rows, evaluate, given)

    def blocks(self) -> Iterator[Block]:
        """Iterate over all rows, in order, leaf by leaf."""
        self._count()
        once = self._pass(_itself, ())
        return map(once.block, range(once.leaves))

    def sum(self, evaluate: Callable[..., Any], *given: Any) -> Any:
        """Return the sum of `evaluate(*given, block)` over the leaves, wherever the engine takes it."""
        self._count()
        known, leaf = self.making.summaries, self.leaf
        if leaf in known or evaluate == Summary.of:
            return self.run.engine.sum(self._pass(evaluate, given))
        # the first pass takes the summary as well, which somebody is going to ask for
        value, known[leaf] = self.run.engine.sum(self._pass(_with_summary, (evaluate, given)))
        return value

    @property
    def plain(self) -> bool:
        """True when all prior weights are 1 and all offsets 0: known without a pass where nobody has given any."""
        roles = self.making.roles
        given = roles.weights or roles.trials or roles.offset or roles.exposure or self.shifted
        return not given or self.summary.plain

    @property
    def summary(self) -> Summary:
        """What the rows say without coefficients; no change of the columns alone changes it."""
        if self.leaf not in self.making.summaries:
            self.making.summaries[self.leaf] = self.sum(Summary.of)
        return self.making.summaries[self.leaf]

    def _count(self) -> None:
        self.run.passes += 1
        WATCH.get()(self.run.stage())
        self.run.bytes_read += self.typed.bytes

    def every(self, stride: int) -> InMemory:
        """Return every `stride`-th row, in memory."""
        values = self.typed.store.every(stride)
        self.run.passes += len(values) / self.rows
        block = self.making.block(values, 0)
        for change in self.changes:
            block = change(block)
        return InMemory(self.names, block)

    def mapped(self, names: tuple[str, ...], change: Callable[[Block], Block]) -> Stream:
        """Return the data set of these names whose blocks are changed."""
        return replace(self, names=names, changes=(*self.changes, change))

    def holding(self, j: int, value: float) -> Stream:
        """Return the data set without column j, which is in the offset with this coefficient."""
        held = super().holding(j, value)
        assert isinstance(held, Stream)
        return replace(held, shifted=True, making=replace(self.making, summaries={}))

    def shuffled(self, rng: np.random.Generator) -> Iterator[Block]:
        """Yield all rows once: the leaves in random order, and the rows within each."""
        self._count()
        once = self._pass(_itself, ())
        for leaf in rng.permutation(once.leaves).tolist():
            block = once.block(leaf)
            yield block.rows(rng.permutation(block.y.size))

    def in_memory(self, what: str, instead: str = SAMPLE) -> InMemory:
        """Return the data set with all rows at once, where they fit into the memory that may be used.

        Raises
        ------
        NeedsAllRows
            If they do not.
        """
        needed = COPIES * 8 * self.rows * (self.width + 3)
        if needed > self.run.memory:
            raise NeedsAllRows(what, self.rows, instead, needed, self.run.memory)
        return InMemory(self.names, Block(*map(np.concatenate, zip(*self.blocks(), strict=True))))


def streamed(design: Design, rows: TypedRows, roles: Roles, family: Family | None) -> Design:
    """Return the design of a sample for all rows.

    Raises
    ------
    NeedsAllRows
        If the formula remembers something of all rows, such as their mean, or the clusters are too many.
    """
    recipe = design.recipe
    for call in (*recipe.states, *recipe.categories):
        raise NeedsAllRows(call, rows.rows, SAMPLE)
    if len(design.data.names) > WIDEST:
        raise UsageError(
            f"{len(design.data.names):,} columns are too many for rows that are read in chunks; {WIDEST:,} are the most"
        )
    making = Making(
        rows.source.source, rows.columns, recipe, roles, design.target, family, design.classes, _layout(design, rows)
    )
    clusters: Any = None if roles.cluster is None else Clusters.of(rows, roles.cluster)
    if clusters is not None and (needed := clusters.groups * len(design.data.names) * 8) > rows.run.memory:
        what = f"a covariance for {clusters.groups:,} clusters"
        raise NeedsAllRows(what, rows.rows, SAMPLE, needed, rows.run.memory)
    return replace(
        design, data=Stream(design.data.names, rows, making), rows=np.empty(0, dtype=bool), clusters=clusters
    )


def _layout(design: Design, rows: TypedRows) -> tuple[tuple[int, float], ...] | None:
    """Return where each column of the design stands among the typed ones; None where one of them is computed."""
    places = {kept.name: place for place, kept in enumerate(rows.columns)}
    made: dict[str, tuple[int, float]] = {INTERCEPT: (-1, 0.0)}
    for term in design.parts:
        name = _plain_name(term.name, places) if len(term.factors) == 1 else None
        if name is None:
            return None
        kept, levels, columns = rows.columns[places[name]], design.levels.get(name, ()), term.columns
        if not levels and len(columns) == 1 and not kept.text:
            made[columns[0]] = (places[name], np.nan)
        elif levels and len(columns) in (len(levels), len(levels) - 1):
            pairs = list(zip(columns, levels[len(levels) - len(columns) :], strict=True))
            if not all(column.endswith((f"[T.{level}]", f"[{level}]")) for column, level in pairs):
                return None  # other contrasts than treatment
            for column, level in pairs:
                value = float(kept.codes[level]) if kept.text else float(level == "True")
                made[column] = (places[name], value)
        else:
            return None
    return tuple(made[name] for name in design.data.names) if all(name in made for name in design.data.names) else None


def _plain_name(term: str, names: dict[str, int]) -> str | None:
    for name in (term, term.removeprefix("C(").removesuffix(")")):
        for bare in (name, name.strip("`")):
            if bare in names:
                return bare
    return None


def _with_summary(evaluate: Callable[..., Any], given: tuple[Any, ...], block: Block) -> Many:
    return Many((evaluate(*given, block), Summary.of(block)))


def _itself(block: Block) -> Block:
    return block
