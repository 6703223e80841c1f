"""How much work a hypothesis may take: counted, not timed, so that the answer is the same on every machine."""

from __future__ import annotations

from dataclasses import dataclass, field

STEPS = 50_000.0  # of all replays of one audit together, each of a few rows: about half a second
SHORTEST = 200  # steps of a replay that is cut short: fewer are not worth the time
ROWS = 3_500.0  # rows times runs that cost as much as the overhead of a step, where the columns are few,
COLUMNS = 8.0  # and columns that cost as much as the evaluation of a row
CELLS = 4e7  # cells of the design that the passes of one path may read
MOST_PASSES = 4_000  # of one path, whatever the size of the data


class Spent(Exception):  # noqa: N818
    """The budget of a hypothesis is used up."""


@dataclass
class Budget:
    """What the replays of one audit may still take, and what was cut short.

    Attributes
    ----------
    skipped : list of str
        Hypotheses that were not tried, or not to their end.
    left : float
        Steps of a few rows that may still be taken.
    """

    skipped: list[str] = field(default_factory=list)
    left: float = STEPS

    def steps(self, what: str, wanted: int, rows: int, columns: int) -> int:
        """Return how many of the steps wanted may be taken, `rows` rows each; note it where they are fewer."""
        cost = 1.0 + rows * (1.0 + columns / COLUMNS) / ROWS
        allowed = int(self.left / cost)
        taken = min(wanted, allowed) if min(wanted, allowed) >= min(wanted, SHORTEST) else 0
        if taken < wanted:
            self.skipped.append(f"{what}: {taken:,} of {wanted:,} steps replayed")
        self.left -= taken * cost
        return taken


@dataclass
class Meter:
    """Counts the passes of one path over the data; raises `Spent` beyond what it may take.

    Attributes
    ----------
    cells : int
        Of the design.
    left : int
        Passes that are left.
    """

    cells: int
    left: int = field(init=False)

    def __post_init__(self) -> None:
        self.left = min(MOST_PASSES, int(CELLS / max(self.cells, 1)))

    def tick(self) -> None:
        """Count a pass."""
        self.left -= 1
        if self.left < 0:
            raise Spent
