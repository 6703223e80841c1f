"""JSON of results: numbers that JSON has, and what they were made with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from math import isfinite
from typing import Annotated, Any

from glmnn.errors import UsageError
from glmnn.report.schema import OPTIONAL, Text, json_values
from glmnn.report.sections import Report


@dataclass(frozen=True, kw_only=True)
class Versions:
    """Versions that the numbers may depend on."""

    python: Annotated[Text, "Python."]
    glmnn: Annotated[Text | None, "glmnn; absent when it is not installed.", OPTIONAL] = None
    numpy: Annotated[Text, "NumPy."]
    scipy: Annotated[Text, "SciPy."]
    statsmodels: Annotated[Text | None, "statsmodels.", OPTIONAL] = None


def to_json(report: Report) -> str:
    """Return the document of a report; numbers have as many digits as they need to be read back exactly.

    Raises
    ------
    UsageError
        If it has none.
    """
    if report.document is None:
        raise UsageError(f"{report.title} writes no JSON")
    return json.dumps(plain_values(json_values(report.document())), indent=2, allow_nan=False) + "\n"


def versions() -> dict[str, str]:
    """Return the versions that numbers may depend on."""
    return dict(_versions())


@cache  # looking them up takes as long as a small fit
def _versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version
    from platform import python_version

    known = {"python": python_version()}
    for name in ("glmnn", "numpy", "scipy", "statsmodels"):
        try:
            known[name] = version(name)
        except PackageNotFoundError:
            continue
    return known


def plain_values(value: Any) -> Any:
    """Return a value as JSON knows it: lists for arrays, null for nan and infinity."""
    if isinstance(value, dict):
        return {key: plain_values(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_values(item) for item in value]
    if hasattr(value, "tolist"):  # an array or a number of numpy
        return plain_values(value.tolist())
    if isinstance(value, float) and not isfinite(value):
        return None  # JSON has neither nan nor infinity
    return value
