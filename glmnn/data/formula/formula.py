"""A parsed formula, and the columns that it makes of a table."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np

from glmnn.arrays import Array, Mask, chosen
from glmnn.data.dates import days_of
from glmnn.data.factors import check_factor
from glmnn.data.formula.functions import context, whole_levels
from glmnn.data.formula.learning import Sums, calls_of, learn, sums_in_memory, values_of
from glmnn.data.formula.levels import MOST_SHOWN, Terms, check_finite, levels_of, parts_of, refuse_products
from glmnn.data.formula.main_effects import Levelled, Matrix, main_effects
from glmnn.data.formula.names import HIDDEN, INTERCEPT, named, safe_level
from glmnn.data.formula.safety import is_factor
from glmnn.data.formula.state import State, TransformState, codes_of, remember, specification
from glmnn.data.table import Table
from glmnn.errors import DataError, GlmnnError, OptionError, UsageError, printable, quoted


@dataclass(frozen=True)
class Formula:
    """The right side of a formula, parsed and found harmless.

    Attributes
    ----------
    text : str
        As given, for messages.
    variables : tuple of str
        Columns it needs, by the identifiers that stand for them.
    factors : frozenset of str
        Columns that stand in C(...).
    looked_up : frozenset of str
        Columns that stand alone.
    computed : frozenset of str
        Columns that stand in another function.
    dates : frozenset of str
        Columns that stand in a function of dates.
    originals : dict of str to str
        Column name of each identifier that stands for a `name`.
    expanded : str
        The text with columns in the place of a lone dot.
    by_dot : frozenset of str
        Names of columns that only a lone dot stands for.
    """

    text: str
    parsed: Any
    variables: tuple[str, ...]
    factors: frozenset[str]
    looked_up: frozenset[str]
    computed: frozenset[str]
    dates: frozenset[str]
    originals: dict[str, str]
    expanded: str = ""
    by_dot: frozenset[str] = frozenset()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns it needs, as the file has them."""
        return tuple(self.originals.get(name, name) for name in self.variables)

    @property
    def dated(self) -> frozenset[str]:
        """Columns that are dates, as the file has them."""
        return frozenset(self.originals.get(name, name) for name in self.dates)

    @property
    def compared(self) -> frozenset[str]:
        """Columns that stand in a comparison or are computed with inside of C(), where a number has no slope."""
        trees = [ast.parse(factor.expr, mode="eval") for term in self.parsed for factor in term.factors]
        steps = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Compare) or is_factor(node)]
        named = {node.id for part in steps for node in ast.walk(part) if isinstance(node, ast.Name)}
        return frozenset(named & self.computed)

    def terms(self, table: Table, rows: Mask, references: dict[str, str], intercept: bool = True) -> Terms:
        """Return the design matrix on the chosen rows.

        Parameters
        ----------
        table : Table
        rows : ndarray of bool, shape (table.rows,)
            Rows to use.
        references : dict of str to str
            Base level of a factor.
        intercept : bool
            False takes the intercept out, whatever the formula says.

        Raises
        ------
        UsageError, DataError
            If a factor, level or value does not fit.
        """
        levels: dict[str, tuple[str, ...]] = {}
        for variable, name in zip(self.variables, self.columns, strict=True):
            if self._is_factor(table, variable, name, references):
                levels[name] = levels_of(table, name, rows, references.get(name))
        for name in references:
            if name not in levels:
                table.column(name)
                raise OptionError("ref", f"{printable(name)}: this column is not a factor of the formula")
        return self._made(self._frame(table, rows, levels), table, rows, TransformState(levels), intercept, again=False)

    def _frame(self, table: Table, rows: Mask, levels: Mapping[str, tuple[str, ...]]) -> dict[str, Array | Levelled]:
        """Return the columns that it needs on the chosen rows."""
        return {
            variable: Levelled(codes_of(table, name, levels[name])[rows], levels[name])
            if name in levels
            else chosen(self.numbers(table, name), rows)
            for variable, name in zip(self.variables, self.columns, strict=True)
        }

    def learned(self, memory: TransformState, sums: Sums) -> TransformState:
        """Return a memory with what the functions of the formula remember of the rows that `sums` goes through.

        Raises
        ------
        UsageError
            If a function cannot be given what it is given.
        """
        factors = {factor.expr: None for term in self.parsed for factor in term.factors}
        levelled = {
            variable for variable, name in zip(self.variables, self.columns, strict=True) if name in memory.levels
        }
        calls = {
            text: call
            for text, call in calls_of(factors).items()
            if not (text in factors and call.is_factor and levelled & set(re.findall(r"\w+", call.argument)))
        }
        with self._refusing(memory):
            known = learn(calls, sums)
        states = {text: state for text, state in known.items() if not calls[text].is_factor}
        categories = {text: state["categories"] for text, state in known.items() if calls[text].is_factor}
        return replace(memory, states={**memory.states, **states}, categories={**memory.categories, **categories})

    def values(
        self, table: Table, memory: TransformState, expressions: Sequence[str], known: Mapping[str, State]
    ) -> list[Array]:
        """Return the values of expressions of the formula in all rows of a table."""
        frame = self._frame(table, np.ones(table.rows, dtype=bool), memory.levels)
        with self._refusing(memory):
            return values_of(expressions, _for_formulaic(frame, table.rows), known)

    @contextmanager
    def _refusing(self, memory: TransformState) -> Iterator[None]:
        """Say in one line what formulaic, pandas or NumPy refuse; they have no list of it."""
        try:
            yield
        except (GlmnnError, Warning):
            raise
        except Exception as error:
            first = printable(named(str(error), self.originals)).split("\\n")[0][:MOST_SHOWN]
            computed = sorted(self.originals.get(name, name) for name in self.computed)
            texts = [name for name in computed if name in memory.levels]
            if texts:
                first = f"column {quoted(texts[0])} is text, of which nothing can be computed, but a factor by C()"
            raise UsageError(f"formula {quoted(self.text)}: {first}") from None

    def terms_again(self, table: Table, rows: Mask, memory: TransformState, intercept: bool = True) -> Terms:
        """Return the design matrix of other rows than those that were fitted.

        Parameters
        ----------
        table : Table
        rows : ndarray of bool, shape (table.rows,)
            Rows to use; none of them has a missing cell or a level that the memory does not have.
        memory : TransformState
            Of the rows that were fitted.
        intercept : bool

        Raises
        ------
        UsageError, DataError
            If a value does not fit, or the memory does not fit the formula.
        """
        strange = [name for name in memory.levels if name not in self.columns]
        if strange:
            raise UsageError(f"formula {quoted(self.text)}: there are levels of {quoted(strange[0])}, which it has not")
        frame = self._frame(table, rows, memory.levels)
        memory.check_range(table, rows, dict(zip(self.variables, self.columns, strict=True)))
        found = self._made(frame, table, rows, memory, intercept, again=True)
        calls = [str(factor.expr) for term in self.parsed for factor in term.factors]
        unused = [call for call in (*memory.states, *memory.categories) if not any(call in used for used in calls)]
        if unused or (found.memory.states, found.memory.categories) != (memory.states, memory.categories):
            raise UsageError(f"formula {quoted(self.text)}: its states or categories are not those of its functions")
        return found

    def _made(
        self,
        frame: dict[str, Array | Levelled],
        table: Table,
        rows: Mask,
        memory: TransformState,
        intercept: bool,
        *,
        again: bool,
    ) -> Terms:
        refuse_products(self.parsed, memory.levels, self.originals, self.text)
        parsed = self.parsed if intercept else _without_intercept(self.parsed)
        matrix, remembered = main_effects(parsed, frame, int(rows.sum())), TransformState(memory.levels)
        if matrix is None:
            matrix, remembered = self._by_formulaic(parsed, frame, table, rows, memory, again=again)
        names = tuple(
            INTERCEPT
            if name == "Intercept"
            else whole_levels(named(name, self.originals).replace(HIDDEN, "__"), memory.levels)
            for name in matrix.names
        )
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise UsageError(f"formula {quoted(self.text)}: two of its columns would be called {quoted(twice[0])}")
        check_finite(matrix.X, names, rows, table)
        parts = parts_of(matrix.places, names, lambda text: named(text, self.originals))
        return Terms(names, matrix.X, memory.levels, remembered, parts)

    def _by_formulaic(
        self,
        parsed: Any,
        frame: dict[str, Array | Levelled],
        table: Table,
        rows: Mask,
        memory: TransformState,
        *,
        again: bool,
    ) -> tuple[Matrix, TransformState]:
        from formulaic.errors import DataMismatchWarning

        whole = _for_formulaic(frame, int(rows.sum()))
        if not again:
            memory = self.learned(memory, sums_in_memory(whole))
        try:
            with self._refusing(memory), np.errstate(all="ignore"), catch_warnings():
                simplefilter("error", DataMismatchWarning)
                matrix = specification(parsed, memory).get_model_matrix(whole, context=context(), output="numpy")
                X = np.ascontiguousarray(matrix, dtype=float)
                shown = [list(map(safe_level, levels)) for levels in memory.levels.values()]
                spec = matrix.model_spec
                remembered = remember(spec, memory.levels, shown)
        except DataMismatchWarning:
            raise DataError(
                f"{table.source}: formula {quoted(self.text)} makes a level here that the fitted rows did not have"
            ) from None
        return Matrix(tuple(map(str, spec.column_names)), X, spec.term_indices), remembered

    def missing(self, table: Table, name: str) -> Mask:
        """Return the rows in which a column that is no factor has no value.

        Raises
        ------
        DataError
            If there is no such column, or a cell in it is neither missing nor what the formula needs.
        """
        return np.isnan(self.numbers(table, name))

    def numbers(self, table: Table, name: str) -> Array:
        """Return the numbers of a column, of dates the days since 1970."""
        return days_of(table, name) if name in self.dated else table.numbers(name)

    def _is_factor(self, table: Table, variable: str, name: str, references: dict[str, str]) -> bool:
        column = table.column(name)
        asked = variable in self.factors
        if variable in self.dates:
            return False
        if column.truth and variable not in self.computed:
            return True
        if column.numbers is not None:
            return asked and (variable not in self.looked_up | self.computed or name in references)
        if not asked:
            check_factor(table, name, named=name not in self.by_dot)
        return True


def _for_formulaic(frame: dict[str, Array | Levelled], rows: int) -> Any:
    import pandas as pd

    whole = {variable: _for_pandas(values) for variable, values in frame.items()}
    return pd.DataFrame(whole, index=range(rows), copy=False)


def _for_pandas(values: Array | Levelled) -> Any:
    import pandas as pd

    if not isinstance(values, Levelled):
        return values
    return pd.Categorical.from_codes(values.codes, pd.Index(list(map(safe_level, values.levels))))


def _without_intercept(parsed: Any) -> Any:
    from formulaic import Formula as Parsed

    return Parsed([term for term in parsed if str(term) != "1"])
