"""A parsed formula, and the columns that it makes of a table."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np

from glmnn.arrays import Array, Mask, chosen
from glmnn.data.dates import days_of
from glmnn.data.factors import check_factor
from glmnn.data.formula.functions import context, whole_levels
from glmnn.data.formula.levels import MOST_SHOWN, Terms, check_finite, levels_of, parts_of, refuse_products
from glmnn.data.formula.main_effects import Levelled, Matrix, main_effects
from glmnn.data.formula.names import HIDDEN, INTERCEPT, named, safe_level
from glmnn.data.formula.state import TransformState, codes_of, remember, specification
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
    def compared(self) -> frozenset[str]:
        """Columns that stand in a comparison, in which a number has no slope."""
        trees = [ast.parse(factor.expr, mode="eval") for term in self.parsed for factor in term.factors]
        comparisons = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Compare)]
        return frozenset(node.id for part in comparisons for node in ast.walk(part) if isinstance(node, ast.Name))

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
        frame: dict[str, Array | Levelled] = {}
        for variable, name in zip(self.variables, self.columns, strict=True):
            if self._is_factor(table, variable, name, references):
                levels[name] = levels_of(table, name, rows, references.get(name))
                frame[variable] = Levelled(codes_of(table, name, levels[name])[rows], levels[name])
            else:
                frame[variable] = chosen(self._numbers(table, name), rows)
        for name in references:
            if name not in levels:
                table.column(name)
                raise OptionError("ref", f"{printable(name)}: this column is not a factor of the formula")
        return self._made(frame, table, rows, TransformState(levels), intercept, again=False)

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
        frame: dict[str, Array | Levelled] = {}
        for variable, name in zip(self.variables, self.columns, strict=True):
            if name in memory.levels:
                frame[variable] = Levelled(codes_of(table, name, memory.levels[name])[rows], memory.levels[name])
            else:
                frame[variable] = chosen(self._numbers(table, name), rows)
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
            INTERCEPT if name == "Intercept" else whole_levels(named(name, self.originals).replace(HIDDEN, "__"))
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
        import pandas as pd
        from formulaic.errors import DataMismatchWarning

        try:
            whole = pd.DataFrame(
                {variable: _for_pandas(values) for variable, values in frame.items()},
                index=range(int(rows.sum())),
                copy=False,
            )
            with np.errstate(all="ignore"), catch_warnings():
                simplefilter("error", DataMismatchWarning)
                specified = specification(parsed, memory if again else TransformState())
                matrix = specified.get_model_matrix(whole, context=context(), output="numpy")
            X = np.ascontiguousarray(matrix, dtype=float)
            shown = [list(map(safe_level, levels)) for levels in memory.levels.values()]
            spec = matrix.model_spec
            remembered = remember(spec, memory.levels, shown)
        except DataMismatchWarning:
            raise DataError(
                f"{table.source}: formula {quoted(self.text)} makes a level here that the fitted rows did not have"
            ) from None
        except GlmnnError:
            raise
        except Exception as error:  # formulaic, pandas and NumPy have no list of what they refuse
            first = printable(named(str(error), self.originals)).split("\\n")[0][:MOST_SHOWN]
            raise UsageError(f"formula {quoted(self.text)}: {first}") from None
        return Matrix(tuple(map(str, spec.column_names)), X, spec.term_indices), remembered

    def missing(self, table: Table, name: str) -> Mask:
        """Return the rows in which a column that is no factor has no value.

        Raises
        ------
        DataError
            If there is no such column, or a cell in it is neither missing nor what the formula needs.
        """
        return np.isnan(self._numbers(table, name))

    def _numbers(self, table: Table, name: str) -> Array:
        dated = any(self.originals.get(variable, variable) == name for variable in self.dates)
        return days_of(table, name) if dated else table.numbers(name)

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


def _for_pandas(values: Array | Levelled) -> Any:
    import pandas as pd

    if not isinstance(values, Levelled):
        return values
    return pd.Categorical.from_codes(values.codes, pd.Index(list(map(safe_level, values.levels))))


def _without_intercept(parsed: Any) -> Any:
    from formulaic import Formula as Parsed

    return Parsed([term for term in parsed if str(term) != "1"])
