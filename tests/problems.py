"""The problems of tests/reference/high_precision, as data sets with their answers to 30 digits."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from glmnn.data.dataset import InMemory
from glmnn.models.families import INVERSE_GAUSSIAN, find_family
from glmnn.models.glm import GLM
from glmnn.models.links import find_link, power_link
from glmnn.problem.problem import Problem

FOLDER = Path(__file__).parent / "reference" / "high_precision"


@dataclass(frozen=True)
class Reference:
    """A problem and its answer; numbers are rounded from 30 digits to float64."""

    name: str
    problem: Problem
    coef: np.ndarray
    std_error: np.ndarray
    deviance: float
    content: dict[str, Any]


def names() -> list[str]:
    """Return the names of all problems."""
    return sorted(path.name.partition(".json")[0] for path in FOLDER.glob("*.json*"))


def load(name: str) -> Reference:
    """Return one problem."""
    plain = FOLDER / f"{name}.json"
    text = plain.read_text() if plain.exists() else gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()).decode()
    content = json.loads(text)
    family = (
        INVERSE_GAUSSIAN
        if content.get("power") == 3
        else find_family(content["family"], content.get("alpha"), content.get("power"))
    )
    exponent = content.get("link_power")
    link = power_link(exponent) if exponent is not None else find_link(content["link"])
    X = np.column_stack([np.array(content["columns"][column], dtype=float) for column in content["names"]])
    data = InMemory.from_arrays(
        X,
        np.array(content["y"], dtype=float),
        tuple(content["names"]),
        np.array(content["prior_weight"], dtype=float),
        np.array(content["offset"], dtype=float),
    )
    return Reference(
        name,
        Problem(GLM(family, link), data),
        np.array([float(value) for value in content["coef"]]),
        np.array([float(value) for value in content["standard_error"]]),
        float(content["deviance"]),
        content,
    )


def digits(found: np.ndarray, exact: np.ndarray) -> float:
    """Return the smallest number of correct significant digits, at most 16; an exact zero counts by its error."""
    size = np.where(exact != 0, np.abs(exact), 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(np.min(-np.log10(np.abs(found - exact) / size)))
    return 0.0 if np.isnan(value) else min(max(value, 0.0), 16.0)
