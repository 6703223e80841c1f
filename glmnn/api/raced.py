"""`glmnn.race`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from glmnn.api.keywords import python_errors, read_given, takes
from glmnn.api.pictured import Pictured
from glmnn.api.reported import Documented
from glmnn.racing.document import race_rows
from glmnn.racing.options import RaceOptions
from glmnn.racing.race import race as run
from glmnn.racing.report import race_report
from glmnn.racing.result import Race
from glmnn.racing.verdict import verdict_lines
from glmnn.report.sections import Report

if TYPE_CHECKING:
    from glmnn.pictures.document import PictureDocument


@dataclass(frozen=True, repr=False, eq=False)
class RaceResult(Documented, Pictured):
    """What a race found. Printed, it is the report of the command line.

    Attributes
    ----------
    race : Race
        Everything, as the rest of glmnn has it.
    """

    race: Race

    @property
    def verdict(self) -> str:
        """Who arrived, in sentences."""
        return " ".join(verdict_lines(self.race))

    @property
    def levels(self) -> pd.DataFrame:
        """Cost to stay within each level, a row for each solver and level; nan where it did not.

        The columns are those of the CSV file: iterations and passes over the seeds, seconds over the rounds, medians.
        """
        names, *rows = race_rows(self.race)
        frame = pd.DataFrame(rows, columns=[str(name) for name in names])
        return frame.assign(**{name: pd.to_numeric(frame[name]) for name in frame.columns[1:]})

    @property
    def curves(self) -> pd.DataFrame:
        """The states of each solver, a row for each: what it had cost until then, and how far it was.

        Seconds are medians of the timed runs that came through the same states; distances are standard errors, or the
        deviance over the null deviance where there are none.
        """
        columns = ["solver", "seed", "iteration", "passes", "seconds", "distance"]
        frames = [pd.DataFrame(dict(zip(columns, curve, strict=True))) for curve in _curves(self.race)]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)

    def to_frame(self) -> pd.DataFrame:
        """Return the same as `levels`."""
        return self.levels

    @property
    def _report(self) -> Report:
        return race_report(self.race)

    def _pictures(self, plane: str | None, rows: int) -> PictureDocument:
        from glmnn.racing.pictures import to_pictures

        return to_pictures(self.race, plane, rows=rows)


def _curves(race: Race) -> Iterator[tuple[Any, ...]]:
    from glmnn.racing.pictures import median_seconds

    for item in race.raced:
        for place, lap in enumerate(item.traced):
            timed = median_seconds(item, place)
            seconds = np.full(lap.passes.size, np.nan) if timed is None else timed
            yield item.name, item.entrant.seeds[place], lap.iterations, lap.passes, seconds, lap.distances


@takes(RaceOptions)
def race(data: Any, y: Any = None, *, names: Sequence[str] | None = None, **options: Any) -> RaceResult:
    """Race solvers to the maximum: iterations, passes and time to stay within so many standard errors of it.

    >>> import glmnn
    >>> found = glmnn.race("data/primes.csv", solver="fisher,gd", repeat=1)
    >>> found.verdict
    'Both solvers came within 1e-08 standard errors of the maximum likelihood estimate, and stayed there.'
    >>> found.levels.query("level == 0.01").set_index("solver").iterations.to_dict()
    {'fisher': 3.0, 'gd': 15.0}

    Parameters
    ----------
    data : path, frame of pandas, polars or Arrow, mapping of columns, or array of shape (rows, p) or (rows,)
        As for `glmnn.fit`.
    y : str or array of shape (rows,), optional
        The response: a column of the data, or an array beside them.
    names : list of str, optional
        Names of the columns of an array; without it x1, x2, ...
    OPTIONS

    Returns
    -------
    RaceResult

    Raises
    ------
    GlmnnError
        If options and data do not fit; the message says what, where and what to do.
    """
    with python_errors():
        table, chosen = read_given(RaceOptions, data, y, names, options)
        return RaceResult(run(chosen, table))
