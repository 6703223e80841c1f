"""The steps of `descent.py` by compiled loops: gd, momentum, nesterov and Adam for the commonest families and links."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from types import ModuleType
from typing import Any

import numpy as np

from glmnn.arrays import Array, Block, Index
from glmnn.data.dataset import FEW_ROWS
from glmnn.kernels.choice import choice, compiled
from glmnn.models.families import BINOMIAL, GAUSSIAN, POISSON, Family
from glmnn.models.links import IDENTITY, LOG, LOGIT, Link
from glmnn.problem.batches import Drawn
from glmnn.problem.problem import Problem
from glmnn.solvers.updates import Form, State, Update

PAIRS: dict[tuple[Family | None, Link | None], str] = {
    (BINOMIAL, LOGIT): "LOGISTIC",
    (POISSON, LOG): "POISSON_LOG",
    (GAUSSIAN, IDENTITY): "LINEAR",
}
SECONDS_OF_STEP, SECONDS_OF_CELL = 4e-6, 1e-9  # that NumPy takes
NOTHING = np.empty(0)


class CompiledSteps:
    """An update rule on the rows of a problem, for whose steps compiled loops may be taken.

    They are loaded when NumPy has worked for as long as pays for it, counted in steps and cells and not by a clock, so
    that the same run has the same bits; a run that finds them loaded takes them from its start.

    Parameters
    ----------
    problem : Problem
    rule : Update
    """

    def __init__(self, problem: Problem[Any], rule: Update) -> None:
        self._problem = problem
        head = getattr(problem.model, "head", problem.model)  # a network has one, and a table of its layers
        layers: Callable[[], Index | None] | None = getattr(problem.model, "table", None)
        self._layers = None if layers is None else layers()
        pair = PAIRS.get((getattr(head, "family", None), getattr(head, "link", None)))  # classes have neither
        known = pair is not None and problem.penalty is None and (layers is None or self._layers is not None)
        self._form = rule.form if known else None
        self._pair = pair or ""
        self._seconds = 0.0  # of NumPy so far

    def loops(self, steps: int, cells: int) -> ModuleType | None:
        """Return the compiled loops for steps of so many cells of the design each, None where NumPy is to do them."""
        if self._form is None:
            return None
        if self._layers is not None:  # a last bit may lead it to another minimum, so they are never taken unasked
            return compiled("layers", 0.0) if choice() == "compiled" else None
        module = compiled("descend", self._seconds)
        if module is None:
            self._seconds += steps * (SECONDS_OF_STEP + SECONDS_OF_CELL * cells)
        return module

    def on_all_rows(
        self, done: int, coef: Array, score: Array, state: State, path: Array
    ) -> tuple[int, State, Array | None]:
        """Make a step for each row of the path from coefficients after `done` steps, of which the score is known.

        Returns
        -------
        made : int
            Steps made; fewer than asked for where a linear predictor left the range of compiled loops.
        state : object
            That of the rule.
        score : ndarray of shape (p,) or None
            At the last coefficients made; None where the loops could not take it.
        """
        few = self._problem.rows <= FEW_ROWS and self._layers is None
        loops = self.loops(len(path), self._problem.rows * coef.size) if few else None
        if loops is None or self._form is None:
            return 0, state, score
        memory, coef, score = _memory(self._form, state, coef.size), coef.copy(), score.copy()
        made = loops.on_all_rows(
            getattr(loops, self._pair),
            *self._columns,
            *_numbers(loops, self._form, done, path),
            memory,
            np.empty((3, coef.size)),
            coef,
            score,
            path,
        )
        return abs(made), _state(self._form, done + abs(made), memory), score if made > 0 else None

    @cached_property
    def _columns(self) -> tuple[Any, ...]:
        from glmnn.kernels.compiled.descend import chunks

        blocks = tuple(self._problem.data.blocks())  # so few rows that they are gathered wherever they come from
        whole = blocks[0] if len(blocks) == 1 else Block(*map(np.concatenate, zip(*blocks, strict=True)))
        y, *others = self._given(whole)
        return (chunks(whole.X, y), y.size, *others)

    def on_batches(
        self, done: int, drawn: Drawn, size: int, coef: Array, state: State, path: Array
    ) -> tuple[int, State]:
        """Make a step for each row of the path from batches of `size` rows, in the order in which they were drawn.

        Returns
        -------
        made : int
            Steps made; fewer than asked for where a linear predictor left the range of compiled loops.
        state : object
            That of the rule.
        """
        loops = self.loops(len(path), size * coef.size)
        if loops is None or self._form is None:
            return 0, state
        memory, block = _memory(self._form, state, coef.size), drawn.gathered()
        made = loops.on_batches(
            getattr(loops, self._pair), block.X, *self._given(block), size, *_numbers(loops, self._form, done, path),
            memory, np.empty((2, coef.size)), *self._room(size), coef.copy(), path,
        )  # fmt: skip
        return made, _state(self._form, done + made, memory)

    def on_single_rows(self, done: int, drawn: Drawn, coef: Array, metric: Array | None, path: Array) -> int:
        """Make a step of gradient descent for each row of the path from one row each, in the order they were drawn.

        Returns how many were made, as `on_batches` does. With coordinates T the `metric` is T T'.
        """
        loops = self.loops(len(path), coef.size)
        if loops is None or self._form is None:
            return 0
        block, lr = drawn.gathered(), float(self._form.lr)
        _, factors, *_ = _numbers(loops, self._form, done, path)
        given = (block.X, *self._given(block), lr, factors, np.empty((0, 0)) if metric is None else metric)
        made: int = loops.on_single_rows(getattr(loops, self._pair), *given, coef.copy(), path)
        return made

    def _room(self, size: int) -> tuple[Any, ...]:
        """Return memory for a batch; before it, of a network, where each layer has its part: see `layers.py`."""
        if self._layers is None:
            return (np.empty(size),)
        from glmnn.kernels.compiled.layers import TOGETHER

        return self._layers, np.zeros((int(self._layers[-1, 2]) + 3, -(-size // TOGETHER) * TOGETHER))

    def _given(self, block: Block) -> tuple[Array, Array, Array]:
        plain = self._problem.data.plain
        return (block.y, NOTHING, NOTHING) if plain else (block.y, block.prior_weight, block.offset)


def _numbers(loops: ModuleType, form: Form, done: int, path: Array) -> tuple[Any, ...]:
    """Return the rule, its factors in these steps, its coordinates and the steps before, as the loops take them."""
    kind, lr, first, second, floor, schedule, to_data = form
    steps = range(done, done + len(path))
    factors = np.ones(len(path)) if schedule is None else np.array([schedule(step) for step in steps])
    turned = np.empty((0, 0)) if to_data is None else np.ascontiguousarray(to_data)
    return (getattr(loops, kind), float(lr), float(first), float(second), float(floor)), factors, turned, done


def _memory(form: Form, state: State, p: int) -> Array:
    """Return what the rule remembers, shape (2, p)."""
    inner = state[1] if form.schedule is not None else state
    memory = np.zeros((2, p))
    if form.kind == "ADAM":
        memory[:] = inner[1:]
    elif form.kind != "GD":
        memory[0] = inner
    return memory


def _state(form: Form, done: int, memory: Array) -> State:
    """Return what the rule remembers after so many steps as `updates.py` has it."""
    inner: State = {"GD": None, "ADAM": (done, memory[0], memory[1])}.get(form.kind, memory[0])
    return (done, inner) if form.schedule is not None else inner
