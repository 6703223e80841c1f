"""Coefficients as Python has them: a mapping, a Series, an array, a fitted result, a frame with terms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from os import PathLike
from typing import Any

import numpy as np

from glmnn.auditing.claims.claim import Claim
from glmnn.auditing.claims.documents import read_document
from glmnn.auditing.claims.estimators import claim_of_estimator
from glmnn.auditing.claims.read import read_claim
from glmnn.errors import UsageError


def claim_of_object(coef: Any, max_unpacked: float | None = None) -> Claim:
    """Return the claim that an object of Python makes.

    Parameters
    ----------
    coef : mapping of term to value, Series, array, result with `coef`, frame with columns term and estimate, path,
        text, or a fitted object of scikit-learn, statsmodels, glum, PyTorch or Keras
    max_unpacked : float, optional
        Of a file, in megabytes.

    Raises
    ------
    GlmnnError
        If it is no list of numbers.
    """
    if isinstance(coef, str | PathLike):
        return read_claim(str(coef), max_unpacked)
    fitted = claim_of_estimator(coef)
    if fitted is not None:
        return fitted
    kind = type(coef).__name__
    if not isinstance(coef, Mapping) and hasattr(coef, "coef"):
        coef = coef.coef
    if {"term", "estimate"} <= set(getattr(coef, "columns", ())):
        coef = dict(zip(coef["term"], coef["estimate"], strict=True))
    if _has_text_index(coef):
        coef = dict(coef)
    try:
        if isinstance(coef, Mapping):
            content: Any = {str(name): float(value) for name, value in coef.items()}
        else:
            content = np.asarray(coef, dtype=float).ravel().tolist()
    except (TypeError, ValueError):
        raise UsageError(
            "coef must be numbers: a mapping of term to value, a Series, an array, a path or text"
        ) from None
    values = np.array(list(content.values()) if isinstance(content, dict) else content, dtype=float)
    if not np.all(np.isfinite(values)):
        names = tuple(content) if isinstance(content, dict) else (None,) * values.size
        return Claim("coef", kind, names, values, np.spacing(np.abs(values)) / 2.0)
    return replace(read_document(json.dumps(content), "coef"), kind=kind)


def _has_text_index(coef: Any) -> bool:
    index = getattr(coef, "index", None)
    return index is not None and not callable(index) and len(index) > 0 and isinstance(index[0], str)
