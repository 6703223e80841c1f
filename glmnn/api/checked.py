"""`glmnn.check`."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from os import PathLike
from typing import Any

import pandas as pd

from glmnn.api.keywords import make_options, python_errors, takes
from glmnn.api.reported import Documented
from glmnn.locking.check import check as run
from glmnn.locking.check import check_options, find_locks
from glmnn.locking.options import CheckOptions
from glmnn.locking.report import check_report
from glmnn.locking.result import Check, Checked, exit_of, worst_of
from glmnn.report.json import versions
from glmnn.report.sections import Report


@dataclass(frozen=True, repr=False, eq=False)
class CheckResult(Documented):
    """What became of the lock files. Printed, it is the report of the command line.

    Attributes
    ----------
    checks : tuple of Check
        One for each lock file.
    options : CheckOptions
    """

    checks: tuple[Check, ...]
    options: CheckOptions

    @property
    def passed(self) -> bool:
        """True when every lock file holds."""
        return self.exit_code == 0

    @property
    def exit_code(self) -> int:
        """That of the command line."""
        return int(exit_of(self.checks))

    def to_frame(self) -> pd.DataFrame:
        """Return verdict, largest distance in standard errors, and cause, by lock file."""
        return pd.DataFrame(
            {
                "lock": [item.path for item in self.checks],
                "verdict": [item.verdict.value for item in self.checks],
                "distance": [_distance(item) for item in self.checks],
                "cause": [item.cause if isinstance(item, Checked) else item.error for item in self.checks],
            }
        )

    @property
    def _report(self) -> Report:
        return check_report(self.checks, self.options, versions(), errors=True)


def _distance(item: Check) -> float:
    return worst_of(item.movements).distance if isinstance(item, Checked) and item.movements else nan


@takes(CheckOptions)
def check(*paths: str | PathLike[str], **options: Any) -> CheckResult:
    """Fit again what lock files hold, and say whether the coefficients are still the same.

    Parameters
    ----------
    *paths : path
        Lock files, or folders of them.
    OPTIONS

    Returns
    -------
    CheckResult

    Raises
    ------
    GlmnnError
        If an option is out of range. A lock file that cannot be read is a verdict, not an exception.

    Examples
    --------
    >>> import glmnn
    >>> result = glmnn.check("configs/locks/primes.toml", "configs/locks/cars.toml")
    >>> result.passed, result.to_frame()["verdict"].tolist()
    (True, ['ok', 'ok'])
    """
    with python_errors():
        chosen = make_options(CheckOptions, options)
        check_options(chosen)
        locks = find_locks([str(path) for path in paths])
        return CheckResult(tuple(run(path, chosen, versions()) for path in locks), chosen)
