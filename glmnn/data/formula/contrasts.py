"""A formula with its factors in other contrasts."""

from __future__ import annotations

import ast
import re

from glmnn.data.formula.formula import Formula
from glmnn.data.formula.safety import PLACEHOLDER

SUM_TO_ZERO = frozenset({"sum", "helmert", "poly", "diff"})  # contrasts whose columns sum to zero over the levels


def sum_to_zero(formula: Formula, levels: dict[str, tuple[str, ...]]) -> str:
    """Return the right side of a formula with every factor in contrasts that sum to zero over its levels.

    Only then is the main effect of a factor, beside its interactions, a mean over the levels of the others
    (Fox, 2016, section 8.2.5). Contrasts that have this already stay as they are.

    Parameters
    ----------
    formula : Formula
    levels : dict of str to tuple of str
        Levels of each column that is a factor.
    """
    terms = []
    for term in formula.parsed:
        factors = [_coded(factor.expr, formula.originals, levels) for factor in term.factors]
        terms.append(":".join(factors))
    intercept = "1" in terms
    return " + ".join(["1" if intercept else "0", *(term for term in terms if term != "1")])


def _coded(source: str, originals: dict[str, str], levels: dict[str, tuple[str, ...]]) -> str:
    if originals.get(source, source) in levels:
        return f"C({_backticked(source, originals)}, contr.sum)"
    tree = ast.parse(source, mode="eval").body
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "C":
        given = tree.args[1:] + [item.value for item in tree.keywords]
        if not any(_sums_to_zero(contrast) for contrast in given):
            return f"C({_backticked(ast.unparse(tree.args[0]), originals)}, contr.sum)"
    return _backticked(source, originals)


def _sums_to_zero(contrast: ast.expr) -> bool:
    names = {node.attr for node in ast.walk(contrast) if isinstance(node, ast.Attribute)}
    return bool(names & SUM_TO_ZERO)


def _backticked(source: str, originals: dict[str, str]) -> str:
    return re.sub(PLACEHOLDER + r"\d+_", lambda match: f"`{originals[match[0]]}`", source)
