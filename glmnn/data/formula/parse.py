"""Formulas such as `y ~ x + C(g)`, read by formulaic behind a list of what is allowed: nothing in them ever runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from keyword import iskeyword
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np

from glmnn.arrays import Mask
from glmnn.data.formula.levels import MOST_SHOWN, MOST_TERMS, Terms, check_finite, levels_of, parts_of, refuse_products
from glmnn.data.formula.safety import FUNCTIONS, MOST_LETTERS, PLACEHOLDER, check_expression, refuse_explosions
from glmnn.data.formula.state import TransformState, codes_of, remember, specification
from glmnn.data.table import Table
from glmnn.errors import DataError, GlmnnError, OptionError, UsageError, printable, quoted

LONE_DOT = r"`[^`]*`|(?<![\w.`])\.(?![\w.`])"  # or a name, in which a dot is none
HIDDEN = "glmnn_level_"  # for the leading __ of a level, which formulaic keeps to itself
INTERCEPT = "(Intercept)"


def is_intercept(term: str) -> bool:
    """Say whether a coefficient is an intercept, that of a class too.

    >>> is_intercept("(Intercept)"), is_intercept("virginica: (Intercept)"), is_intercept("x")
    (True, True, False)
    """
    return term == INTERCEPT or term.endswith(f": {INTERCEPT}")


def split_formula(text: str) -> tuple[str, str]:
    """Return target and right side of `target ~ right side`.

    Raises
    ------
    UsageError
        If the left side is not a single column name.
    """
    if len(text) > MOST_LETTERS:
        raise UsageError(f"the formula is {len(text)} characters long; {MOST_LETTERS} are the most")
    if text.count("~") != 1:
        raise UsageError(f"formula {quoted(text)}: write it as target ~ features, for example y ~ x + C(g)")
    left, right = (side.strip() for side in text.split("~"))
    target = left[1:-1] if len(left) > 2 and left[0] == left[-1] == "`" else left
    if not target or (target == left and not re.fullmatch(r"[^\W\d][\w.]*", target)):
        raise UsageError(
            f"formula {quoted(text)}: the left side must be one column name (in `backticks` if it has spaces)"
        )
    if not right:
        raise UsageError(f"formula {quoted(text)}: nothing on the right side; write 1 for the intercept alone")
    return target, right


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
    bare : frozenset of str
        Columns that stand somewhere else as well.
    originals : dict of str to str
        Column name of each identifier that stands for a `name`.
    expanded : str
        The text with columns in the place of a lone dot.
    """

    text: str
    parsed: Any
    variables: tuple[str, ...]
    factors: frozenset[str]
    bare: frozenset[str]
    originals: dict[str, str]
    expanded: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns it needs, as the file has them."""
        return tuple(self.originals.get(name, name) for name in self.variables)

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
        import pandas as pd

        levels: dict[str, tuple[str, ...]] = {}
        frame: dict[str, Any] = {}
        for variable, name in zip(self.variables, self.columns, strict=True):
            if self._is_factor(table, variable, name, references):
                levels[name] = levels_of(table, name, rows, references.get(name))
                codes = codes_of(table, name, levels[name])[rows]
                frame[variable] = pd.Categorical.from_codes(codes, pd.Index(list(map(_safe, levels[name]))))
            else:
                frame[variable] = table.numbers(name)[rows]
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
        import pandas as pd

        strange = [name for name in memory.levels if name not in self.columns]
        if strange:
            raise UsageError(f"formula {quoted(self.text)}: there are levels of {quoted(strange[0])}, which it has not")
        frame: dict[str, Any] = {}
        for variable, name in zip(self.variables, self.columns, strict=True):
            if name in memory.levels:
                codes = codes_of(table, name, memory.levels[name])[rows]
                frame[variable] = pd.Categorical.from_codes(codes, pd.Index(list(map(_safe, memory.levels[name]))))
            else:
                frame[variable] = table.numbers(name)[rows]
        memory.check_range(table, rows, dict(zip(self.variables, self.columns, strict=True)))
        found = self._made(frame, table, rows, memory, intercept, again=True)
        calls = [str(factor.expr) for term in self.parsed for factor in term.factors]
        unused = [call for call in (*memory.states, *memory.categories) if not any(call in used for used in calls)]
        if unused or (found.memory.states, found.memory.categories) != (memory.states, memory.categories):
            raise UsageError(f"formula {quoted(self.text)}: its states or categories are not those of its functions")
        return found

    def _made(
        self, frame: dict[str, Any], table: Table, rows: Mask, memory: TransformState, intercept: bool, *, again: bool
    ) -> Terms:
        import pandas as pd
        from formulaic.errors import DataMismatchWarning

        refuse_products(self.parsed, memory.levels, self.originals, self.text)
        try:
            parsed = self.parsed if intercept else _without_intercept(self.parsed)
            whole = pd.DataFrame(frame, index=range(int(rows.sum())))
            with np.errstate(all="ignore"), catch_warnings():
                simplefilter("error", DataMismatchWarning)
                specified = specification(parsed, memory if again else TransformState())
                matrix = specified.get_model_matrix(whole, context={"sqrt": np.sqrt})
            X = np.ascontiguousarray(matrix.to_numpy(dtype=float))
            shown = [list(map(_safe, levels)) for levels in memory.levels.values()]
            remembered = remember(matrix.model_spec, memory.levels, shown)
        except DataMismatchWarning:
            raise DataError(
                f"{table.source}: formula {quoted(self.text)} makes a level here that the fitted rows did not have"
            ) from None
        except GlmnnError:
            raise
        except Exception as error:  # formulaic, pandas and NumPy have no list of what they refuse
            first = printable(_named(str(error), self.originals)).split("\\n")[0][:MOST_SHOWN]
            raise UsageError(f"formula {quoted(self.text)}: {first}") from None
        names = tuple(
            INTERCEPT if name == "Intercept" else _named(str(name), self.originals).replace(HIDDEN, "__")
            for name in matrix.columns
        )
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise UsageError(f"formula {quoted(self.text)}: two of its columns would be called {quoted(twice[0])}")
        check_finite(X, names, rows, table)
        parts = parts_of(matrix.model_spec, names, lambda text: _named(text, self.originals))
        return Terms(names, X, memory.levels, remembered, parts)

    def _is_factor(self, table: Table, variable: str, name: str, references: dict[str, str]) -> bool:
        column = table.column(name)
        if column.numbers is not None:
            return variable in self.factors and (variable not in self.bare or name in references)
        if column.mixed and variable not in self.factors:
            table.numbers(name)  # says which cell is not a number
        return True


def parse_formula(text: str, others: tuple[str, ...] = ()) -> Formula:
    """Parse the right side of a formula; parsing runs nothing, and what could run is refused here.

    Parameters
    ----------
    text : str
        For example ``x1 + C(g)``; a lone ``.`` stands for all of `others`.
    others : tuple of str
        Columns without another role.

    Raises
    ------
    UsageError
        If the formula has anything but columns, numbers, arithmetic and the functions listed in the message.
    """
    everything = " + ".join(name if _is_plain(name) else f"`{name}`" for name in others) or "1"
    dotted = re.sub(LONE_DOT, lambda found: f"({everything})" if found[0] == "." else found[0], text)
    if dotted != text and "`" in "".join(others):
        odd = next(name for name in others if "`" in name)
        raise UsageError(f"formula {quoted(text)}: a lone dot cannot stand for the column {quoted(odd)}")
    safe, originals = _placeholders(dotted)
    refuse_explosions(safe, text)
    from formulaic import Formula as Parsed
    from formulaic.parser.types import Factor

    try:
        parsed = Parsed(safe)
        terms = list(parsed)
    except Exception as error:  # formulaic has no list of what it refuses
        first = printable(_named(str(error), originals)).split("\\n")[0][:MOST_SHOWN]
        raise UsageError(f"formula {quoted(text)} cannot be read: {first}") from None
    if len(terms) > MOST_TERMS:
        raise UsageError(f"formula {quoted(text)} has {len(terms)} terms; {MOST_TERMS} are the most")
    variables: dict[str, None] = {}
    factors: set[str] = set()
    bare: set[str] = set()
    for factor in {factor: None for term in terms for factor in term.factors}:
        if factor.eval_method is Factor.EvalMethod.LITERAL:
            continue
        if factor.eval_method is Factor.EvalMethod.LOOKUP:
            if factor.expr == "Intercept":
                raise UsageError(f"formula {quoted(text)}: write `Intercept` in backticks if a column is called so")
            variables[factor.expr] = None
            bare.add(factor.expr)
            continue
        names, inner = check_expression(factor.expr, text)
        variables.update(dict.fromkeys(names))
        factors |= inner
        bare |= set(names) - inner
    return Formula(text, parsed, tuple(variables), frozenset(factors), frozenset(bare), originals, dotted)


def _placeholders(text: str) -> tuple[str, dict[str, str]]:
    """Put an identifier in the place of each `name`, so that no column name is ever read as anything else."""
    originals: dict[str, str] = {}

    def replace(match: re.Match[str]) -> str:
        name = match.group(1)
        if _is_plain(name):
            return name
        known = next((place for place, original in originals.items() if original == name), None)
        place = known or f"{PLACEHOLDER}{len(originals)}_"
        originals[place] = name
        return place

    return re.sub(r"`([^`]+)`", replace, text), originals


def _is_plain(name: str) -> bool:
    """Say whether a name can stand in a formula as it is."""
    reserved = name in FUNCTIONS or name in ("contr", "Intercept") or iskeyword(name) or name.startswith(PLACEHOLDER)
    return name.isascii() and name.isidentifier() and not reserved


def _named(text: str, originals: dict[str, str]) -> str:
    """Put the column names back."""
    return re.sub(PLACEHOLDER + r"\d+_", lambda match: originals.get(match.group(0), match.group(0)), text)


def _safe(level: str) -> str:
    return re.sub("^__", HIDDEN, level)


def _without_intercept(parsed: Any) -> Any:
    from formulaic import Formula as Parsed

    return Parsed([term for term in parsed if str(term) != "1"])
