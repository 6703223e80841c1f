"""How each column of a design comes from the cells of the data file, in steps that the verifier knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from glmnn.data.cells import label_of
from glmnn.data.design import Design
from glmnn.data.formula.coding import specification_of
from glmnn.data.formula.formula import Formula
from glmnn.data.formula.functions import DATE_PARTS, natural_weights
from glmnn.data.formula.names import INTERCEPT, named
from glmnn.data.formula.state import State, TransformState
from glmnn.data.table import Table
from glmnn.data.variables import Roles
from glmnn.errors import UsageError, quoted
from glmnn.proving.document import NOTHING, ONE, Term
from glmnn.proving.piecewise import orthogonal, spline

Steps = Sequence[Sequence[str | Mapping[str, str]]]
CALLS = {"exp": "exp", "log": "ln", "sqrt": "sqrt"}
BETWEEN: dict[type, str] = {ast.Add: "plus", ast.Sub: "minus", ast.Mult: "times", ast.Div: "over"}


class RecipeError(UsageError):
    """A column that no recipe makes."""


def written(value: float) -> str:
    """Return a float as the shortest decimal that is read as it."""
    return label_of(float(value))


def number(column: str) -> Steps:
    """Return the recipe of a column of numbers."""
    return [["number", column]]


def level(column: str, values: dict[str, str]) -> Steps:
    """Return the recipe of a number for each level."""
    return [["level", column, values]]


def response_of(design: Design) -> Steps:
    """Return the recipe of the response: a number, 1 for the last outcome, or the number of a class."""
    if design.classes:
        return level(design.target, {label: str(place) for place, label in enumerate(design.classes)})
    if design.outcomes:
        *others, last = design.outcomes
        return level(design.target, {**dict.fromkeys(others, "0"), last: "1"})
    return number(design.target)


def offset_of(roles: Roles) -> Steps:
    """Return the recipe of what is added to eta: the offset and the logarithm of the exposure."""
    exposure = [*number(roles.exposure), ["ln"]] if roles.exposure else []
    if roles.offset is None:
        return exposure or NOTHING
    return [*number(roles.offset), *exposure, ["plus"]] if exposure else number(roles.offset)


def column_or_one(column: str | None) -> Steps:
    """Return the recipe of a column, or of 1 where there is none."""
    return ONE if column is None else number(column)


def terms_of(design: Design, table: Table) -> list[Term]:
    """Return the recipes of all columns of a design.

    Raises
    ------
    RecipeError
        If a column is made by a function that the verifier does not know.
    """
    recipe = design.recipe
    if recipe.parsed is not None:
        return _by_formula(recipe.parsed, recipe.memory, recipe.intercept, table, design)
    terms = [Term(INTERCEPT, ONE)] if recipe.intercept else []
    for name in recipe.features or ():
        known = recipe.levels.get(name)
        if known is None:
            terms.append(Term(name, number(name)))
            continue
        whole = f"{name}[{known[0]}]" in design.data.names
        for place, text in enumerate(known):
            if whole or place:
                values = {other: str(int(other == text)) for other in known}
                terms.append(Term(f"{name}[{text}]" if whole else f"{name}[T.{text}]", level(name, values)))
    return terms


def _by_formula(formula: Formula, memory: TransformState, intercept: bool, table: Table, design: Design) -> list[Term]:
    spec = specification_of(formula, table, design.rows, memory, intercept)
    recipes: list[Steps] = []
    for structure in spec.structure:
        for scoped in structure.scoped_terms:
            choices = [
                _columns(factor.factor, factor.reduced, spec, formula, memory) for factor in reversed(scoped.factors)
            ]
            for parts in product(*choices):
                recipes.append(_product([*reversed(parts)], float(scoped.scale)))
    names = design.data.names
    return [Term(name, steps) for name, steps in zip(names, recipes, strict=True)]


def _product(parts: Sequence[Steps], scale: float) -> Steps:
    factors = [*parts, *([[["value", written(scale)]]] if scale != 1 else [])] or [ONE]
    steps = [*factors[0]]
    for factor in factors[1:]:
        steps += [*factor, ["times"]]
    return steps


def _columns(factor: Any, reduced: bool, spec: Any, formula: Formula, memory: TransformState) -> list[Steps]:
    """Return the columns of one factor of a term."""
    coded = {str(other.expr): state for other, state in spec.factor_contrasts.items()}
    if factor.expr not in coded:
        return _numeric(ast.parse(factor.expr, mode="eval").body, formula, memory)
    state = coded[factor.expr]
    coding = np.asarray(state.get_coding_matrix(reduced_rank=reduced, sparse=False), dtype=float)
    tree = ast.parse(factor.expr, mode="eval").body
    inner = (
        tree.args[0] if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "C" else tree
    )
    if isinstance(inner, ast.Call) and _is_part(inner):
        place = _numeric(inner, formula, memory)[0][0]
        labels = [label_of(float(value)) for value in state.levels]
        return [[[*place, dict(zip(labels, map(written, column), strict=True))]] for column in coding.T.tolist()]
    if not isinstance(inner, ast.Name):
        raise RecipeError(f"a proof has no recipe for {quoted(named(factor.expr, formula.originals))}")
    name = formula.originals.get(inner.id, inner.id)
    texts = memory.levels.get(name) or [label_of(float(value)) for value in state.levels]
    return [
        level(name, {text: written(value) for text, value in zip(texts, column, strict=True)})
        for column in coding.T.tolist()
    ]


def _numeric(tree: ast.expr, formula: Formula, memory: TransformState) -> list[Steps]:
    """Return the columns of an expression: one, or several of poly and bs."""
    match tree:
        case ast.Call(func=ast.Name(id=part), args=[ast.Name(id=name)]) if _is_part(tree):
            steps: Steps = [["date", formula.originals.get(name, name), part]]
            first = _state_of(tree, memory).get("first")
            return [[*steps, ["value", written(first[0])], ["minus"]] if first else steps]
        case ast.Name(id=name):
            return [number(formula.originals.get(name, name))]
        case ast.Constant(value=int() | float() as value):
            return [[["value", written(value)]]]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return [[*NOTHING, *_one(operand, formula, memory), ["minus"]]]
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return [_one(operand, formula, memory)]
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=int() | float() as power)) if power in range(
            51
        ):
            power = int(power)
            inner = _one(left, formula, memory)
            return [[*inner, *([*inner, ["times"]] * (power - 1))] if power else ONE]
        case ast.BinOp(left=left, op=ast.Pow(), right=ast.Constant(value=0.5)):
            return [[*_one(left, formula, memory), ["sqrt"]]]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in BETWEEN:
            return [[*_one(left, formula, memory), *_one(right, formula, memory), [BETWEEN[type(op)]]]]
        case ast.Call(func=ast.Name(id="I"), args=[inner]):
            return [_one(inner, formula, memory)]
        case ast.Call(func=ast.Name(id=name), args=[inner]) if name in CALLS:
            return [[*_one(inner, formula, memory), [CALLS[name]]]]
        case ast.Call(func=ast.Name(id="log10" | "log2" as name), args=[inner]):
            return [[*_one(inner, formula, memory), ["ln"], ["value", name[3:]], ["ln"], ["over"]]]
        case ast.Call(func=ast.Name(id="center" | "scale" | "poly" | "bs" | "ns" as name), args=[inner, *_]):
            return _stateful(name, tree, _one(inner, formula, memory), memory)
    raise RecipeError(f"a proof has no recipe for {quoted(named(ast.unparse(tree), formula.originals))}")


def _one(tree: ast.expr, formula: Formula, memory: TransformState) -> Steps:
    columns = _numeric(tree, formula, memory)
    if len(columns) != 1:
        raise RecipeError(
            f"a proof has no recipe for arithmetic on {quoted(named(ast.unparse(tree), formula.originals))}"
        )
    return columns[0]


def _is_part(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in DATE_PARTS and isinstance(call.args[0], ast.Name)


def _stateful(name: str, tree: ast.Call, inner: Steps, memory: TransformState) -> list[Steps]:
    """Return the columns of a function that remembers numbers."""
    state = _state_of(tree, memory)
    if name in ("center", "scale"):
        steps = [*inner]
        for key, how in (("center", "minus"), ("scale", "over")):
            if state.get(key):
                steps += [["value", written(state[key][0])], [how]]
        return [steps]
    if name == "bs":
        size = len(state["knots"]) - _argument(tree, "degree", 3, 3) - 1
        return [spline(inner, state["knots"], weights) for weights in np.eye(size)[1:].tolist()]
    if name == "ns":
        knots, by_column = natural_weights(state["knots"], (state["lower_bound"][0], state["upper_bound"][0]))
        return [spline(inner, knots.tolist(), weights) for weights in by_column.T.tolist()]
    if not state:  # raw
        degree = _argument(tree, "degree", 1, 1)
        return [[*inner, *([*inner, ["times"]] * (k - 1))] for k in range(1, degree + 1)]
    return orthogonal(inner, state["alpha"], state["norms2"])


def _argument(tree: ast.Call, name: str, place: int, default: int) -> int:
    given = [item.value for item in tree.keywords if item.arg == name] + tree.args[place : place + 1]
    return int(ast.literal_eval(given[0])) if given else default


def _state_of(tree: ast.Call, memory: TransformState) -> State:
    """Return what a call remembers, by the call as formulaic writes it."""

    def plain(text: str) -> str:
        return re.sub(r"\s", "", ast.unparse(ast.parse(text, mode="eval")))

    return next((state for call, state in memory.states.items() if plain(call) == plain(ast.unparse(tree))), {})
