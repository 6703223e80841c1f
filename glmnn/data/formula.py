"""Formulas such as `y ~ x + C(g)`, read by formulaic behind a list of what is allowed: nothing in them ever runs."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING, Any

import numpy as np

from glmnn.errors import DataError, UsageError, listed, printable, quoted, unknown
from glmnn.models.evaluation import Mask
from glmnn.models.links import Array

if TYPE_CHECKING:
    from formulaic import ModelSpec

    from glmnn.data.table import Table

FUNCTIONS = frozenset({"C", "I", "log", "log10", "log2", "exp", "sqrt", "poly", "bs", "center", "scale"})
CONTRASTS = frozenset({"treatment", "sum", "helmert", "poly", "diff"})
KEYWORDS = frozenset({"base", "degree", "df", "knots", "raw"})
MOST_LETTERS, MOST_TERMS, MOST_POWER, MOST_LEVELS = 10_000, 1_000, 10, 500
INTERCEPT = "(Intercept)"


@dataclass(frozen=True)
class Terms:
    """The columns that a formula makes.

    Attributes
    ----------
    names : tuple of str
        Names of the p columns.
    X : ndarray of shape (rows, p)
    levels : dict of str to tuple of str
        Levels of each factor, the base first.
    """

    names: tuple[str, ...]
    X: Array
    levels: dict[str, tuple[str, ...]]


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
        Columns it needs.
    factors : frozenset of str
        Columns that stand in C(...).
    bare : frozenset of str
        Columns that stand somewhere else as well.
    """

    text: str
    parsed: Any
    variables: tuple[str, ...]
    factors: frozenset[str]
    bare: frozenset[str]

    def terms(
        self, table: Table, rows: Mask, references: dict[str, str], intercept: bool = True
    ) -> tuple[Terms, ModelSpec]:
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
        from formulaic.errors import FormulaicError

        levels: dict[str, tuple[str, ...]] = {}
        frame: dict[str, Any] = {}
        for name in self.variables:
            if self._is_factor(table, name, references):
                levels[name] = _levels(table, name, rows, references.get(name))
                labels = np.array(table.column(name).labels, dtype=object)[rows]
                frame[name] = pd.Categorical(labels, categories=list(levels[name]))
            else:
                frame[name] = table.numbers(name)[rows]
        for name in references:
            if name not in levels:
                table.column(name)
                raise UsageError(f"--ref {printable(name)}: this column is not a factor of the formula")
        try:
            parsed = self.parsed if intercept else _without_intercept(self.parsed)
            with np.errstate(all="ignore"):
                matrix = parsed.get_model_matrix(pd.DataFrame(frame), context={}, na_action="ignore")
        except (FormulaicError, ValueError, TypeError, KeyError, AttributeError) as error:
            first = printable(str(error)).split("\\n")[0]
            raise UsageError(f"formula {quoted(self.text)}: {first}") from None
        names = tuple(INTERCEPT if name == "Intercept" else str(name) for name in matrix.columns)
        X = np.ascontiguousarray(matrix.to_numpy(dtype=float))
        _check_finite(X, names, rows, table)
        return Terms(names, X, levels), matrix.model_spec

    def _is_factor(self, table: Table, name: str, references: dict[str, str]) -> bool:
        column = table.column(name)
        if column.numbers is not None:
            return name in self.factors and (name not in self.bare or name in references)
        if column.mixed and name not in self.factors:
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
    _refuse_explosions(text)
    everything = " + ".join(f"`{name}`" for name in others) or "1"
    text = re.sub(r"(?<![\w.`])\.(?![\w.`])", lambda _: f"({everything})", text)
    from formulaic import Formula as Parsed
    from formulaic.errors import FormulaicError
    from formulaic.parser.types import Factor

    try:
        parsed = Parsed(text)
        terms = list(parsed)
    except (FormulaicError, ValueError, TypeError, SyntaxError) as error:
        first = printable(str(error)).split("\\n")[0]
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
            variables[factor.expr] = None
            bare.add(factor.expr)
            continue
        names, inner = _check_expression(factor.expr, text)
        variables.update(dict.fromkeys(names))
        factors |= inner
        bare |= set(names) - inner
    return Formula(text, parsed, tuple(variables), frozenset(factors), frozenset(bare))


def _refuse_explosions(text: str) -> None:
    """Refuse powers that would expand to more terms, or larger numbers, than any model has."""
    powers = [int(digits) for digits in re.findall(r"(?:\*\*|\^)\s*(\d+)", text)]
    if any(power > MOST_POWER for power in powers) or text.count("**") + text.count("^") > MOST_POWER:
        raise UsageError(f"formula {quoted(text)}: powers above {MOST_POWER} are not allowed")
    words = len(re.findall(r"[^\W\d]\w*", text))
    stars = text.count("*") - 2 * text.count("**")
    if any(comb(words + power, power) > 100 * MOST_TERMS for power in powers) or stars > 12:
        raise UsageError(f"formula {quoted(text)}: it has too many interactions; write those you need with :")


def _check_expression(source: str, text: str) -> tuple[list[str], set[str]]:
    """Return the columns of a Python expression and those of them inside C(...), or refuse the expression."""
    quoted_names: dict[str, str] = {}
    for name in re.findall(r"`([^`]+)`", source):
        quoted_names[f"quoted_name_{len(quoted_names)}"] = name
        source = source.replace(f"`{name}`", f"quoted_name_{len(quoted_names) - 1}")
    try:
        tree = ast.parse(source, mode="eval")
    except SyntaxError:
        raise UsageError(f"formula {quoted(text)}: {quoted(source)} cannot be read") from None
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names: list[str] = []
    factors: set[str] = set()
    for node in ast.walk(tree):
        _check_node(node, called, source, text)
        if isinstance(node, ast.Name) and id(node) not in called and node.id != "contr":
            names.append(quoted_names.get(node.id, node.id))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "C" and node.args:
            inside = (inner.id for inner in ast.walk(node.args[0]) if isinstance(inner, ast.Name))
            factors |= {quoted_names.get(name, name) for name in inside}
    return names, factors


def _check_node(node: ast.AST, called: set[int], source: str, text: str) -> None:
    allowed = False
    match node:
        case ast.Expression() | ast.Load() | ast.operator() | ast.unaryop() | ast.cmpop() | ast.keyword():
            allowed = not isinstance(node, ast.keyword) or node.arg in KEYWORDS
        case ast.Call(func=function):
            allowed = isinstance(function, ast.Name | ast.Attribute)
        case ast.Name(id=name):
            allowed = id(node) not in called or name in FUNCTIONS
        case ast.Attribute(value=ast.Name(id="contr"), attr=attribute):
            allowed = attribute in CONTRASTS
        case ast.Constant(value=value):
            allowed = isinstance(value, int | float | str) and abs(_size(value)) < 1e300
        case ast.BinOp(op=ast.Pow(), left=base):
            # a power of constants can be a number of any size
            allowed = any(isinstance(inner, ast.Name) for inner in ast.walk(base))
        case ast.BinOp() | ast.UnaryOp() | ast.Compare() | ast.List() | ast.Tuple():
            allowed = True
    if not allowed:
        raise UsageError(
            f"formula {quoted(text)}: {quoted(source)} is not allowed; use columns, numbers, arithmetic and "
            f"{listed(sorted(FUNCTIONS), 20)}"
        )


def _size(value: object) -> float:
    return 0.0 if isinstance(value, str) else float(str(value)) if isinstance(value, float) else float(len(str(value)))


def _without_intercept(parsed: Any) -> Any:
    from formulaic import Formula as Parsed

    return Parsed([term for term in parsed if str(term) != "1"])


def _levels(table: Table, name: str, rows: Mask, reference: str | None) -> tuple[str, ...]:
    labels = np.array(table.column(name).labels, dtype=object)[rows]
    numeric = table.column(name).numbers is not None
    found = sorted(set(labels), key=(lambda label: float(label)) if numeric else str)
    if len(found) > MOST_LEVELS:
        raise DataError(
            f"{table.source}: factor {quoted(name)} has {len(found)} levels in {len(labels)} rows; "
            f"{MOST_LEVELS} are the most (is it an identifier?)"
        )
    if reference is None:
        return tuple(found)
    if reference not in found:
        raise UsageError(f"--ref {printable(name)}={printable(reference)}: {unknown('level', reference, found)}")
    return (reference, *(level for level in found if level != reference))


def _check_finite(X: Array, names: tuple[str, ...], rows: Mask, table: Table) -> None:
    bad = np.argwhere(~np.isfinite(X))
    if bad.size:
        row, column = bad[0]
        line = table.where(int(np.flatnonzero(rows)[row]), names[column])
        raise DataError(f"{line}: the term is {X[row, column]:g} here (a logarithm or root out of range?)")
