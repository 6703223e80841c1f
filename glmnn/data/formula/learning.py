"""What functions of a formula remember, learned by sums over leaves: the same bits from memory and by passes."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from glmnn.arrays import Array
from glmnn.data.formula.functions import context
from glmnn.data.formula.lessons import LESSONS, Lesson
from glmnn.data.formula.quantiles import Take
from glmnn.data.formula.state import State, formulaic_state
from glmnn.engines.tree import leaf_rows, tree_sum
from glmnn.errors import UsageError, quoted

LEAF = leaf_rows(1)

Sums = Callable[[dict[str, State], Sequence[tuple[str, Take]]], Sequence[Any]]  # of the values of expressions


@dataclass(frozen=True)
class Call:
    """A call in a formula that remembers something of all rows.

    Attributes
    ----------
    argument : str
        The expression of whose values it does.
    lesson : callable
        Returns the lesson from the beginning.
    inner : frozenset of str
        Calls in the argument that remember something, too.
    is_factor : bool
        It remembers which values there are.
    """

    argument: str
    lesson: Callable[[], Lesson]
    inner: frozenset[str]
    is_factor: bool = False


def calls_of(expressions: Iterable[str]) -> dict[str, Call]:
    """Return the calls of a formula's factors that remember something, as formulaic writes them."""
    from formulaic.utils.code import format_expr

    found: dict[str, Call] = {}
    for expression in expressions:
        tree = ast.parse(expression, mode="eval")
        for node in ast.walk(tree):
            name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            if name not in LESSONS or not isinstance(node, ast.Call) or not node.args:
                continue
            if name == "C" and node is not tree.body:
                continue
            try:
                given = [ast.literal_eval(argument) for argument in node.args[1:] if name != "C"]
                named = {str(word.arg): ast.literal_eval(word.value) for word in node.keywords if name != "C"}
            except ValueError:  # nothing that formulaic can do with it either
                continue
            inside = {format_expr(inner) for inner in ast.walk(node.args[0]) if isinstance(inner, ast.Call)}
            text, lesson = expression if name == "C" else format_expr(node), partial(LESSONS[name], *given, **named)
            found[text] = Call(format_expr(node.args[0]), lesson, frozenset(inside), name == "C")
    return {text: replace(call, inner=call.inner & found.keys()) for text, call in found.items()}


def learn(calls: Mapping[str, Call], sums: Sums) -> dict[str, State]:
    """Return what each call remembers; those for which no lesson can be given are left to formulaic.

    Parameters
    ----------
    calls : mapping of str to Call
    sums : callable
        Given what is remembered so far, and expressions with what to take of their values, it returns the sums.
    """
    known: dict[str, State] = {}
    running: dict[str, tuple[Lesson, Take]] = {}

    def go_on(text: str, lesson: Lesson, total: Any) -> None:
        running.pop(text, None)
        try:
            running[text] = lesson, lesson.send(total)
        except StopIteration as done:
            known[text] = done.value

    waiting = dict(calls)
    while True:
        ready = [text for text, call in waiting.items() if call.inner <= known.keys()]
        for text in ready:
            begin = waiting.pop(text)
            with suppress(TypeError):  # arguments that the function does not have, as formulaic will say
                go_on(text, begin.lesson(), None)
        asked = list(running.items())
        if not asked and not ready:
            return {text: known[text] for text in calls if text in known}
        totals = sums(known, [(calls[text].argument, take) for text, (_, take) in asked]) if asked else ()
        for (text, (lesson, _)), total in zip(asked, totals, strict=True):
            with suppress(TypeError):
                go_on(text, lesson, total)


def values_of(expressions: Iterable[str], frame: Mapping[str, Any], known: Mapping[str, State]) -> list[Array]:
    """Return the values of expressions of a formula, in the rows of a frame."""
    from formulaic.transforms import TRANSFORMS
    from formulaic.utils.layered_mapping import LayeredMapping
    from formulaic.utils.stateful_transforms import stateful_eval

    states = {text: formulaic_state(state) for text, state in known.items()}
    around = LayeredMapping(frame, context(), TRANSFORMS)
    with np.errstate(all="ignore"):
        values = [(text, stateful_eval(text, around, {}, states, None)) for text in expressions]
    for text, found in values:
        if isinstance(getattr(found, "__wrapped__", found), dict):
            raise UsageError(f"what a function remembers of {quoted(text)} cannot be written down")
    return [np.asarray(found) for _, found in values]


def sums_in_memory(frame: Mapping[str, Any]) -> Sums:
    """Return how sums are taken of rows that are all in memory."""

    def sums(known: dict[str, State], asked: Sequence[tuple[str, Take]]) -> list[Any]:
        values = values_of([text for text, _ in asked], frame, known)
        return [
            tree_sum(take(column[first : first + LEAF]) for first in range(0, len(column), LEAF))
            for column, (_, take) in zip(values, asked, strict=True)
        ]

    return sums
