"""How typed rows become the blocks of a design, and what one pass takes of each leaf: values that travel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from glmnn.arrays import Array, Block
from glmnn.data.design import Design
from glmnn.data.formula.names import INTERCEPT
from glmnn.data.formula.recipe import Recipe
from glmnn.data.formula.state import State, codes_of
from glmnn.data.response import offset_of, response_of, weights_of_classes
from glmnn.data.sample import Kept, table_of
from glmnn.data.spill import Held, Store
from glmnn.data.summary import Summary
from glmnn.data.variables import Roles
from glmnn.engines.threads import takes_bare
from glmnn.models.families.family import Family

if TYPE_CHECKING:
    from glmnn.data.typed import TypedRows


AT_ONCE = 1 << 21  # cells, typed ones and those of the design, of which a formula is computed in one go


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

    def block(self, values: Array, first: int, bare: bool = False) -> Block:
        """Return the block of typed rows, of which the first has this number; a bare one lacks its column of ones."""
        needed = None if self.layout is None else self._beside_design
        table, every = table_of(self.source, self.columns, values, first, needed), np.ones(len(values), dtype=bool)
        X = self.recipe.terms(table, every).X if self.layout is None else self._laid_out(values, int(bare))
        if self.family is None:
            y = codes_of(table, self.target, self.classes).astype(float)
            prior_weight = weights_of_classes(table, every, self.roles)
        else:
            y, prior_weight = response_of(table, self.target, every, self.roles, self.family)
        return Block(X, y, prior_weight, offset_of(table, every, self.roles))

    @property
    def ones_first(self) -> bool:
        """True where the first column of the design is ones, so that its rows may lack them."""
        return self.layout is not None and self.layout[0][0] < 0

    def _laid_out(self, values: Array, start: int) -> Array:
        """Return the columns of the design from one on."""
        assert self.layout is not None
        X = np.empty((len(values), len(self.layout) - start))
        for place, end, column, level in self._runs[start:]:
            if level != level:
                X[:, place - start : end - start] = values[:, column : column + end - place]
            else:
                X[:, place - start] = 1.0 if column < 0 else values[:, column] == level
        return X

    @cached_property
    def _beside_design(self) -> frozenset[str]:
        """Names of the columns that are asked for besides those of the design."""
        roles = self.roles
        return frozenset(filter(None, (self.target, roles.weights, roles.trials, roles.offset, roles.exposure)))

    @cached_property
    def _runs(self) -> tuple[tuple[int, int, int, float], ...]:
        """The layout, columns in one that stand side by side there and here: from where to where, and what it has."""
        runs: list[tuple[int, int, int, float]] = []
        for place, (column, level) in enumerate(self.layout or ()):
            first, _, start, before = runs[-1] if runs else (0, 0, 0, 0.0)
            if level != level and before != before and start + place - first == column:
                runs[-1] = (first, place + 1, start, level)
            else:
                runs.append((place, place + 1, column, level))
        return tuple(runs)


@dataclass(frozen=True)
class Values:
    """How typed rows become the values of expressions of a formula.

    Attributes
    ----------
    source, columns, recipe
        As for `Making`.
    expressions : tuple of str
    known : dict of str to State
        What is remembered so far.
    """

    source: str
    columns: tuple[Kept, ...]
    recipe: Recipe
    expressions: tuple[str, ...]
    known: dict[str, State]

    def block(self, values: Array, first: int) -> list[Array]:
        """Return the values of each expression in typed rows, of which the first has this number."""
        formula = self.recipe.parsed
        assert formula is not None
        return formula.values(
            table_of(self.source, self.columns, values, first), self.recipe.memory, self.expressions, self.known
        )


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

    def block(self, leaf: int, bare: bool = False) -> Block:
        """Return the rows of a leaf, in arrays of their own; `bare` without their column of ones."""
        first = leaf * self.size
        values = self.store.read(first, min(first + self.size, self.rows))
        block = self.making.block(values, first, bare) if bare else self.making.block(values, first)
        for change in self.changes:
            block = change(block)
        return block

    def values(self, first: int, end: int) -> Iterator[Any]:
        """Yield the values of the leaves from `first` to before `end`."""
        return (self.evaluate(*self.given, block) for block in self.blocks(first, end))

    def blocks(self, first: int, end: int) -> Iterator[Any]:
        """Yield the rows of the leaves from `first` to before `end`; of a formula many leaves are computed at once."""
        if getattr(self.making, "layout", ()) is None:
            yield from self._computed(first, end)
            return
        bare = takes_bare(self.evaluate) and not self.changes and self.making.ones_first
        yield from (self.block(leaf, bare) for leaf in range(first, end))

    def _computed(self, first: int, end: int) -> Iterator[Any]:
        """Yield the rows of leaves whose columns a formula computes, which costs as much for one leaf as for many."""
        many = 1  # the first one tells how wide they are
        while first < end:
            start, stop = first * self.size, min(min(first + many, end) * self.size, self.rows)
            together = self.making.block(self.store.read(start, stop), start)
            for place in range(0, stop - start, self.size):
                leaf = together.rows(slice(place, place + self.size))
                for change in self.changes:
                    leaf = change(leaf)
                yield leaf
            first, many = first + many, max(1, AT_ONCE // (self.size * (len(self.making.columns) + together.width)))


def layout_of(design: Design, rows: TypedRows) -> tuple[tuple[int, float], ...] | None:
    """Return where each column of the design stands among the typed ones; None where one of them is computed."""
    places = {kept.name: place for place, kept in enumerate(rows.columns)}
    made: dict[str, tuple[int, float]] = {INTERCEPT: (-1, 0.0)}
    for term in design.parts:
        name = _plain_name(term.name, places) if len(term.factors) == 1 else None
        if name is None:
            return None
        kept, levels, columns = rows.columns[places[name]], design.levels.get(name, ()), term.columns
        if kept.renamed:
            return None  # a level may be written in several ways
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
