"""What a formula remembers of the rows it was fitted to: levels, knots, means; all of it plain numbers and text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glmnn.data.cells import Coded, label_of_cell, parse_number
from glmnn.data.table import Table
from glmnn.errors import DataError, UsageError, listed, quoted

ABSENT, NEW = -1, -2  # codes of cells that are no known level
State = dict[str, tuple[float, ...]]  # numbers by their name, a single number as a tuple of one
BY_DEGREE = frozenset({"alpha", "norms2"})  # of poly: numbered from 0
SINGLE = frozenset({"lower_bound", "upper_bound", "ddof", "first"})
PERHAPS = frozenset({"center", "scale"})  # nothing, a number, or a number for each column
STATES = sorted(BY_DEGREE | SINGLE | PERHAPS | {"knots"})


@dataclass(frozen=True)
class TransformState:
    """What a formula needs to make the same columns of other rows.

    Attributes
    ----------
    levels : dict of str to tuple of str
        Levels of each factor, the base first.
    states : dict of str to State
        Numbers of poly, bs, ns, center, scale and days, by the call as formulaic writes it.
    categories : dict of str to tuple of float or bool
        Values of C(...) where its argument is not a factor itself.
    """

    levels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    categories: dict[str, tuple[float | bool, ...]] = field(default_factory=dict)

    def check_range(self, table: Table, rows: NDArray[np.bool_], columns: Mapping[str, str]) -> None:
        """Refuse values of the chosen rows at which a spline or a category is not known, by their line.

        Parameters
        ----------
        table : Table
        rows : ndarray of bool
        columns : mapping of str to str
            Column of each identifier of the formula.
        """
        for call, state in self.states.items():
            name = columns.get(_argument("bs", call))
            if name in table.columns and state.get("lower_bound") and state.get("upper_bound"):
                low, high = state["lower_bound"][0], state["upper_bound"][0]
                values = table.numbers(name)
                for row in np.flatnonzero(rows & ((values < low) | (values > high)))[:1]:
                    raise DataError(
                        f"{table.where(int(row), name)}: {values[row]:g} is outside of what was fitted, {low:g} to "
                        f"{high:g}, and a spline ends there"
                    )
        for call, known in self.categories.items():
            name = columns.get(_argument("C", call))
            if name in table.columns and name not in self.levels:
                values = table.numbers(name)
                for row in np.flatnonzero(rows & ~np.isin(values, np.array(known, dtype=float)))[:1]:
                    raise DataError(
                        f"{table.where(int(row), name)}: {values[row]:g} is not a level that the model knows: "
                        f"{listed([f'{value:g}' for value in known])}"
                    )


def _argument(function: str, call: str) -> str:
    """Return the identifier that is the first argument of a call, or nothing."""
    match = re.match(rf"{function}\((\w+)[,)]", call)
    return match[1] if match else ""


def remember(spec: Any, levels: dict[str, tuple[str, ...]], shown: Iterable[list[str]]) -> TransformState:
    """Return the memory of a formula from formulaic's specification of the matrix that it has made.

    Parameters
    ----------
    spec : formulaic.ModelSpec
    levels : dict of str to tuple of str
    shown : iterable of list of str
        The levels as formulaic was given them.

    Raises
    ------
    UsageError
        If a transformation remembers something that is not known here.
    """
    states = {call: _plain(call, state) for call, state in spec.transform_state.items()}
    given = list(shown)
    categories = {
        call: tuple(bool(value) if isinstance(value, bool | np.bool_) else float(value) for value in kept)
        for call, (_, state) in spec.encoder_state.items()
        if (kept := state.get("categories")) is not None and list(kept) not in given
    }
    return TransformState(levels, states, categories)


def specification(parsed: Any, memory: TransformState) -> Any:
    """Return the specification with which formulaic makes the same columns of other rows."""
    from formulaic import ModelSpec
    from formulaic.parser.types import Factor

    kind = Factor.Kind.CATEGORICAL
    return ModelSpec(
        formula=parsed,
        na_action="ignore",
        transform_state={call: formulaic_state(state) for call, state in memory.states.items()},
        encoder_state={
            call: (kind, {"categories": list(categories)}) for call, categories in memory.categories.items()
        },
    )


def _plain(call: str, state: Mapping[str, Any]) -> State:
    plain: State = {}
    for name, value in state.items():
        if name in BY_DEGREE:
            plain[name] = tuple(float(value[degree]) for degree in range(len(value)))
        elif name in SINGLE | PERHAPS | {"knots"}:
            plain[name] = () if value is None else tuple(np.ravel(value).astype(float).tolist())
        else:
            raise UsageError(f"{quoted(call)} remembers {quoted(name)}, which cannot be written down")
    return plain


def formulaic_state(state: State) -> dict[str, Any]:
    """Return numbers as formulaic remembers them."""
    states: dict[str, Any] = {}
    for name, values in state.items():
        if name in BY_DEGREE:
            states[name] = dict(enumerate(values))
        elif name in SINGLE or (name in PERHAPS and len(values) < 2):
            states[name] = values[0] if values else None
        else:
            states[name] = np.array(values) if name in PERHAPS else list(values)
    return states


def codes_of(table: Table, name: str, levels: tuple[str, ...]) -> NDArray[np.intp]:
    """Return the number of the level in each row, `ABSENT` for a missing cell, `NEW` for any other level.

    What a cell says counts first, then its value: 01 is the level 1 where all levels are numbers.
    """
    column, places = table.column(name), {level: place for place, level in enumerate(levels)}
    by_value = column.numbers is None and all(parse_number(level) is not None for level in levels)
    written = Coded.of(column.cells) if len(column.cells) == table.rows else column.coded

    def code_of(text: str) -> int:
        cell = text.strip()
        value = parse_number(cell) if by_value and cell not in places else None
        return places.get(cell if value is None else label_of_cell(cell, value), NEW)

    codes = np.array([*map(code_of, written.texts), ABSENT], dtype=np.intp)[written.codes]
    if column.numbers is not None and np.any(codes == NEW):  # whatever signs its cells have
        by_number = np.array([*(places.get(text, NEW) for text in column.coded.texts), ABSENT], dtype=np.intp)
        codes = np.where(codes == NEW, by_number[column.coded.codes], codes)
    codes[column.missing & (codes == NEW)] = ABSENT
    return codes
