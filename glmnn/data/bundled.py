"""The packaged data sets."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from glmnn.errors import UsageError, unknown

INSTALLED = Path(__file__).parent / "files"  # in a wheel
CHECKOUT = Path(__file__).parents[2] / "data"  # in the repository


def folder() -> Path:
    """Return where the files are."""
    return INSTALLED if INSTALLED.is_dir() else CHECKOUT


def catalogue() -> dict[str, dict[str, Any]]:
    """Return what is known of each data set: title, rows, target, family, source, licence."""
    return tomllib.loads((folder() / "datasets.toml").read_text(encoding="utf-8"))


def read_bundled(name: str) -> str:
    """Return a data set as CSV text.

    Raises
    ------
    UsageError
        If there is none of this name.
    """
    known = catalogue()
    if name not in known:
        raise UsageError(unknown("data set", name, known))
    return (folder() / f"{name}.csv").read_text(encoding="utf-8")
