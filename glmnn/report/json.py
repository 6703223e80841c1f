"""JSON of results: numbers that JSON has, and what they were made with."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from math import isfinite
from platform import python_version
from typing import Any

import numpy as np


def versions() -> dict[str, str]:
    """Return the versions that numbers may depend on."""
    found = {"python": python_version()}
    for name in ("glmnn", "numpy", "scipy", "statsmodels"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def plain_values(value: Any) -> Any:
    """Return a value as JSON knows it: lists for arrays, null for nan and infinity."""
    if isinstance(value, dict):
        return {key: plain_values(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_values(item) for item in value]
    if isinstance(value, np.ndarray):
        return plain_values(value.tolist())
    if isinstance(value, np.generic):
        return plain_values(value.item())
    if isinstance(value, float) and not isfinite(value):
        return None  # JSON has neither nan nor infinity
    return value
