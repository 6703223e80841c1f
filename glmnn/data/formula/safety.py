"""What a formula may hold: read as text and as a syntax tree, before any library sees it."""

from __future__ import annotations

import ast
import re
from typing import NamedTuple

from glmnn.data.cells import parse_number
from glmnn.data.formula.functions import DATE_FUNCTIONS
from glmnn.errors import UsageError, listed, quoted

FUNCTIONS = DATE_FUNCTIONS | {"C", "I", "log", "log10", "log2", "exp", "sqrt", "poly", "bs", "ns", "center", "scale"}
CONTRASTS = frozenset({"treatment", "sum", "helmert", "poly", "diff"})
KEYWORDS = frozenset({"base", "degree", "df", "knots", "raw"})
MOST_LETTERS, MOST_POWER = 10_000, 10
MOST_EXPANDED, MOST_DEPTH, MOST_KNOTS, MOST_DEGREE = 20_000, 20, 50, 50
POWER = re.compile(r"(?:\*\*|\^)\s*([\d.]*)")
PLACEHOLDER = "glmnn_column_"  # begins the identifiers that stand for column names


def refuse_explosions(safe: str, text: str) -> None:
    """Refuse what would expand to more terms, or nest deeper, than any model does, before anything reads it."""
    if len(safe) > MOST_LETTERS or PLACEHOLDER in text:
        raise UsageError(f"formula {quoted(text)} is too long: {MOST_LETTERS} characters are the most")
    depth = deepest = 0
    summands = [""]
    for letter in safe:
        depth += (letter in "([{") - (letter in ")]}")
        deepest = max(deepest, depth)
        if letter in "+-" and depth == 0:
            summands.append("")
        else:
            summands[-1] += letter
    if "``" in text or "|" in safe:
        raise UsageError(f"formula {quoted(text)}: neither an empty name nor | has a meaning here")
    if deepest > MOST_DEPTH or len(re.findall(r"[-~+!]\s*(?=[-~+!])", safe)) > MOST_DEPTH:
        raise UsageError(f"formula {quoted(text)} is nested too deeply")
    if any(parse_number(power) is None or float(power) > MOST_POWER for power in POWER.findall(safe)):
        raise UsageError(f"formula {quoted(text)}: a power must be a number, {MOST_POWER} at the most")
    if sum(map(_most_terms, summands)) > MOST_EXPANDED:
        raise UsageError(f"formula {quoted(text)}: it has too many interactions; write those you need with :")


def _most_terms(summand: str) -> float:
    """Return a bound on the terms to which a part of a formula without outer plus signs expands."""
    words = len(re.findall(r"\w+", re.sub(r"\b\w+\(([^()]*)\)", "f", summand))) + 1
    single = re.sub(r"\*\*|\^", "", summand)
    products = len(re.findall(r"[*:/%]", single))
    raised = sum(float(power) - 1 for power in POWER.findall(summand))
    return float(words) ** min(products + max(raised, 0) + 1, 300) if products or raised else words


class Columns(NamedTuple):
    """The columns of an expression, by where they stand."""

    names: tuple[str, ...]
    factors: frozenset[str]  # as they are inside C(...)
    dates: frozenset[str]  # inside a function of dates


def check_expression(source: str, text: str) -> Columns:
    """Return the columns of a Python expression, or refuse the expression."""
    try:
        tree = ast.parse(source, mode="eval")
        nodes = list(ast.walk(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise UsageError(f"formula {quoted(text)}: {quoted(source)} cannot be read") from None
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    if any(is_factor(node) and node is not tree.body for node in nodes):
        raise UsageError(f"formula {quoted(text)}: {quoted(source)}: C() makes a factor, which nothing is computed of")
    names: list[str] = []
    inside: dict[str, set[str]] = {}
    for node in nodes:
        _check_node(node, called, source, text)
        if isinstance(node, ast.Name) and id(node) not in called and node.id != "contr":
            names.append(node.id)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            columns = {inner.id for inner in ast.walk(node.args[0]) if isinstance(inner, ast.Name)}
            if node.func.id in DATE_FUNCTIONS:
                inside.setdefault("date", set()).update(columns)
            elif isinstance(node.args[0], ast.Name):  # what is computed inside of C is computed of numbers
                inside.setdefault(node.func.id, set()).update(columns)
    dates = frozenset(inside.get("date", ()))
    return Columns(tuple(names), frozenset(inside.get("C", ())) - dates, dates)


def is_factor(node: ast.AST) -> bool:
    """Say whether a part of a formula is a call of C."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "C"


def _check_node(node: ast.AST, called: set[int], source: str, text: str) -> None:
    allowed = False
    match node:
        case ast.Expression() | ast.Load() | ast.Add() | ast.Sub() | ast.Mult() | ast.Div() | ast.Pow():
            allowed = True
        case ast.USub() | ast.UAdd() | ast.cmpop():
            allowed = True
        case ast.keyword(arg=name, value=value):
            allowed = name in KEYWORDS and _small(value)
        case ast.Call(func=function, args=arguments):
            allowed = isinstance(function, ast.Name | ast.Attribute) and len(arguments) <= 3
            allowed = allowed and not isinstance(next(iter(arguments), None), ast.Attribute)  # a contrast is no column
            allowed = allowed and all(_small(argument) for argument in arguments[1:])
        case ast.Name(id=name):
            allowed = id(node) not in called or name in FUNCTIONS
        case ast.Attribute(value=ast.Name(id="contr"), attr=attribute):
            allowed = attribute in CONTRASTS
        case ast.Constant(value=value):
            number = isinstance(value, int | float) and not isinstance(value, bool)
            allowed = isinstance(value, str | bool) or (number and abs(float(str(value))) < 1e300)
        case ast.BinOp(op=ast.Pow(), left=base, right=ast.Constant(value=power)):
            # a power of constants can be a number of any size
            allowed = any(isinstance(inner, ast.Name) for inner in ast.walk(base)) and not isinstance(power, str)
        case ast.BinOp(left=left, op=operator, right=right):
            allowed = not isinstance(operator, ast.Pow) and _arithmetic(left) and _arithmetic(right)
        case ast.UnaryOp(operand=operand):
            allowed = _arithmetic(operand)
        case ast.Compare(comparators=others):
            allowed = len(others) == 1
        case ast.List(elts=items):
            numbers = [item.operand if isinstance(item, ast.UnaryOp) else item for item in items]
            allowed = len(items) <= MOST_KNOTS and all(isinstance(number, ast.Constant) for number in numbers)
    if not allowed:
        raise UsageError(
            f"formula {quoted(text)}: {quoted(source)} is not allowed; use columns, numbers, arithmetic and "
            f"{listed(sorted(FUNCTIONS), 20)}"
        )


def _small(node: ast.AST) -> bool:
    """Say whether an argument after the first is no number that would ask for a huge matrix."""
    if not isinstance(node, ast.Constant):
        return isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.List)  # no arithmetic on a degree
    return not isinstance(node.value, int | float) or isinstance(node.value, bool) or 0 <= node.value <= MOST_DEGREE


def _arithmetic(node: ast.AST) -> bool:
    """Say whether an operand is a number and not a text or a list, whose multiples fill the memory."""
    return not isinstance(node, ast.List) and not (isinstance(node, ast.Constant) and isinstance(node.value, str))
