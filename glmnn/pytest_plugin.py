"""For pytest: `pytest --glmnn-locks` makes a test of each lock file that it meets. Nothing is imported without it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("glmnn", "coefficients in lock files of `glmnn lock`")
    group.addoption("--glmnn-locks", action="store_true", help="Fit again what the lock files below the paths hold.")
    group.addoption(
        "--glmnn-update",
        action="store_true",
        help="The same, and rewrite each lock file that fails; its test still fails this once.",
    )
    group.addoption(
        "--glmnn-tol-se", type=float, metavar="SE", help="Standard errors that a coefficient may move (default: 0.01)."
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a tolerance out of range.

    Raises
    ------
    UsageError
        Naming the option.
    """
    if config.getoption("glmnn_tol_se") is not None and not config.getoption("glmnn_tol_se") > 0:
        raise pytest.UsageError("--glmnn-tol-se must be a number above 0")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> LockFile | None:
    """Collect lock files, if asked to."""
    config = parent.config
    if file_path.suffix != ".toml" or not (config.getoption("glmnn_locks") or config.getoption("glmnn_update")):
        return None
    from glmnn.locking.file import is_lock

    text = file_path.read_text(encoding="utf-8", errors="replace")
    return LockFile.from_parent(parent, path=file_path) if is_lock(text) else None


class LockFile(pytest.File):
    """A lock file, which is one test."""

    def collect(self) -> Iterator[LockItem]:
        """Yield its test."""
        yield LockItem.from_parent(self, name="coefficients")


class LockItem(pytest.Item):
    """The coefficients of a lock file are those of a fit now."""

    def runtest(self) -> None:
        """Fit again and compare.

        Raises
        ------
        LockFailedError
            With the report of `glmnn check`.
        """
        from glmnn.locking.check import check
        from glmnn.locking.options import CheckOptions
        from glmnn.locking.renew import renew
        from glmnn.locking.report import check_text
        from glmnn.locking.result import NotChecked
        from glmnn.report.json import versions

        tol_se = self.config.getoption("glmnn_tol_se")
        options = CheckOptions() if tol_se is None else CheckOptions(tol_se=tol_se)
        checked = check(str(self.path), options, versions())
        if self.config.getoption("glmnn_update"):
            checked = renew(checked)
        if isinstance(checked, NotChecked):
            raise LockFailedError(checked.error)
        if not checked.passed or checked.updated:
            raise LockFailedError(check_text(checked).rstrip())

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any, **named: Any) -> Any:
        """Return the report instead of a traceback."""
        if isinstance(excinfo.value, LockFailedError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, *args, **named)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return where the test stands and its name."""
        return self.path, None, self.nodeid


class LockFailedError(AssertionError):
    """A coefficient is not where its lock file has it, or cannot be told."""
