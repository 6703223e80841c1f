"""The curve that stands on the page for readers whose scripts are off: that of the terminal, without its colours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def braille(document: Mapping[str, Any]) -> list[str]:
    """Return distance, or else deviance, against iterations in lines of dots; nothing where neither is known."""
    from glmnn.report.curves import Curve, Picture, drawn

    for field, title in (("distance", "Distance from the maximum, SE"), ("deviance", "Deviance")):
        curves = [
            Curve(
                run["label"],
                np.asarray(run["states"]["iteration"], dtype=float),
                np.asarray(run["states"][field], dtype=float),
                apart=run["kind"] == "restarted",
            )
            for run in document["runs"]
            if run["states"][field] and any(value is not None for value in run["states"][field])
        ]
        if curves:
            return [line.plain.rstrip() for line in drawn(Picture(f"{title}, against iterations", curves))]
    return []
