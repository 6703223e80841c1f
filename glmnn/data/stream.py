"""Rows that are never all in memory: read leaf by leaf from a store, by whatever engine takes the sums."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from glmnn.arrays import Array, Block, Index
from glmnn.data.clusters import Clustered, Clusters, changed
from glmnn.data.dataset import SAMPLE, Dataset, InMemory
from glmnn.data.design import Design
from glmnn.data.formula.learning import LEAF
from glmnn.data.formula.quantiles import Take
from glmnn.data.formula.recipe import Recipe
from glmnn.data.formula.state import State
from glmnn.data.making import Making, Pass, Values, layout_of
from glmnn.data.sources.raw import WATCH
from glmnn.data.summary import Summary
from glmnn.data.table import Table
from glmnn.data.variables import Roles
from glmnn.engines.local import Run
from glmnn.engines.threads import takes_bare
from glmnn.engines.tree import Many, leaf_rows, lots
from glmnn.errors import NeedsAllRows, UsageError
from glmnn.models.families.family import Family

if TYPE_CHECKING:
    from glmnn.data.typed import TypedRows

WIDEST = 4_096  # columns: each sum and each join has their square
COPIES = 3  # of the design that a fit in memory holds at a time


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
        return once.blocks(0, once.leaves)

    def sum(self, evaluate: Callable[..., Any], *given: Any) -> Any:
        """Return the sum of `evaluate(*given, block)` over the leaves, wherever the engine takes it."""
        self._count()
        known, leaf = self.making.summaries, self.leaf
        if leaf in known or evaluate == Summary.of:
            return self.run.engine.sum(self._pass(evaluate, given))
        # the first pass takes the summary as well, which somebody is going to ask for
        value, known[leaf] = self.run.engine.sum(self._pass(WithSummary(evaluate), given))
        return value

    def sum_with(self, codes: Index | Clusters, evaluate: Callable[..., Any], *given: Any) -> Any:
        """Return the sum of `evaluate(*given, leaf)` over the leaves, taken where the rows are."""
        if not isinstance(codes, Clusters):
            return super().sum_with(codes, evaluate, *given)
        self._count()
        making: Any = Clustered(self.making, codes.numbering)
        changes: Any = tuple(partial(changed, change) for change in self.changes)
        return self.run.engine.sum(self._pass(evaluate, given)._replace(making=making, changes=changes))

    @property
    def plain(self) -> bool:
        """True when all prior weights are 1 and all offsets 0: known without a pass where nobody has given any."""
        return self.known_plain or self.summary.plain

    @property
    def known_plain(self) -> bool:
        """True when that is known without a pass."""
        roles, known = self.making.roles, self.making.summaries.get(self.leaf)
        given = roles.weights or roles.trials or roles.offset or roles.exposure or self.shifted
        return not given or (known is not None and known.plain)

    @property
    def summary(self) -> Summary:
        """What the rows say without coefficients; no change of the columns alone changes it."""
        if self.leaf not in self.making.summaries:
            self.making.summaries[self.leaf] = self.sum(Summary.of)
        return self.making.summaries[self.leaf]

    def _count(self) -> None:
        _count(self.typed)

    def every(self, stride: int) -> InMemory:
        """Return every `stride`-th row, in memory."""
        block = self.making.block(self.typed.every(stride), 0)
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
        """Yield all rows once, a lot of leaves at a time, in the order of `lots`."""
        _count(self.typed)
        once = self._pass(_itself, ())
        for lot, order in lots(self.rows, self.leaf, rng):
            leaves = [once.block(part.start // self.leaf) for part in lot]
            yield Block(*map(np.concatenate, zip(*leaves, strict=True))).rows(order)

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


def streamed(design: Design, table: Table, roles: Roles, family: Family | None) -> Design:
    """Return the design of a sample for all rows.

    Parameters
    ----------
    design : Design
        Of the sample.
    table : Table
        The sample; its `stream` has all rows.
    roles : Roles
    family : Family or None

    Raises
    ------
    NeedsAllRows
        If the clusters are too many.
    UsageError
        If the columns are.
    """
    rows: TypedRows = table.stream
    recipe = learned(design.recipe, rows)
    if recipe != design.recipe:
        terms = recipe.terms(table, design.rows)
        design = replace(design, recipe=recipe, data=design.data.renamed(terms.names), parts=terms.parts)
    if len(design.data.names) > WIDEST:
        raise UsageError(
            f"{len(design.data.names):,} columns are too many for rows that are read in chunks; {WIDEST:,} are the most"
        )
    making = Making(
        rows.source.source, rows.columns, recipe, roles, design.target, family, design.classes, layout_of(design, rows)
    )
    clusters: Any = None if roles.cluster is None else Clusters.of(rows, roles.cluster)
    if clusters is not None and (needed := clusters.groups * len(design.data.names) * 8) > rows.run.memory:
        what = f"a covariance for {clusters.groups:,} clusters"
        raise NeedsAllRows(what, rows.rows, SAMPLE, needed, rows.run.memory)
    return replace(
        design,
        data=Stream(design.data.names, rows, making),
        rows=np.broadcast_to(np.True_, rows.rows),
        clusters=clusters,
    )


def learned(recipe: Recipe, rows: TypedRows) -> Recipe:
    """Return a recipe with what its formula remembers of all rows, such as their mean, by passes over them.

    Raises
    ------
    UsageError
        If a factor has too many values.
    """
    formula = recipe.parsed
    if formula is None or not (recipe.states or recipe.categories):
        return recipe

    def sums(known: dict[str, State], asked: Sequence[tuple[str, Take]]) -> Any:
        _count(rows)
        expressions, takes = zip(*asked, strict=True)
        values: Any = Values(rows.source.source, rows.columns, recipe, expressions, dict(known))
        return rows.run.engine.sum(Pass(values, rows.store, (), LEAF, rows.rows, _taken, (takes,)))

    memory = formula.learned(recipe.memory, sums)
    return replace(recipe, states=memory.states, categories=memory.categories)


def _count(rows: TypedRows) -> None:
    rows.run.passes += 1
    WATCH.get()(rows.run.stage())
    rows.run.bytes_read += rows.bytes


def _taken(takes: tuple[Take, ...], values: list[Array]) -> Many:
    return Many(take(column) for take, column in zip(takes, values, strict=True))


@dataclass(frozen=True)
class WithSummary:
    """A function of rows, with what they say without coefficients."""

    evaluate: Callable[..., Any]

    @property
    def takes_bare(self) -> bool:
        """Whether the column of ones may be missing."""
        return takes_bare(self.evaluate)

    def __call__(self, *given: Any) -> Many:
        """Return both of the last argument, a block."""
        return Many((self.evaluate(*given), Summary.of(given[-1])))


def _itself(block: Block) -> Block:
    return block
