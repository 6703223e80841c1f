"""The last words of a network: whether its hidden layers improve the deviance of rows held out."""

from __future__ import annotations

import numpy as np

from glmnn.networks.compare import NetworkComparison
from glmnn.networks.crossvalidation import Answer
from glmnn.networks.training import Ending
from glmnn.report.numbers import number


def verdict_lines(comparison: NetworkComparison) -> list[str]:
    """Return whether the hidden layers improve held-out deviance, as far as that can be told."""
    match comparison.trained.ending:
        case Ending.INTERRUPTED:
            return ["Interrupted: the weights are those that were reached."]
        case Ending.DIVERGED:
            return ["Training diverged: the loss is not below that of the start. Give a smaller --lr."]
    several = len(comparison.trained.network.hidden) > 1
    subject = "hidden layers" if several else "hidden layer"
    improve, do = ("improve", "do") if several else ("improves", "does")
    found = comparison.cross_validation
    if found is None:
        return [
            f"Whether the {subject} {improve} held-out deviance shows on rows that were not trained on: add --cv 5."
        ]
    low, high = found.interval
    level = f"{100 * found.level:g} % interval"
    within = f"{level} {number(low, 3)} to {number(high, 3)}"
    gain = abs(found.gain)
    match found.answer:
        case Answer.IMPROVES:
            part = f", {100 * gain / found.glm.deviance:.0f} % of the GLM's" if found.glm.deviance > 0 else ""
            return [f"The {subject} {improve} held-out deviance: {number(gain, 3)} less per row{part} ({within})."]
        case Answer.DOES_NOT:
            return [
                f"The {subject} {do} not improve held-out deviance: {number(gain, 3)} more per row than the GLM "
                f"({level} {number(-high, 3)} to {number(-low, 3)})."
            ]
    if not np.isfinite(found.gain):
        return [f"Whether the {subject} {improve} held-out deviance cannot be told: in one fold it is infinite."]
    moved = "save" if found.gain >= 0 else "cost"
    they = f"they {moved}" if several else f"it {moved}s"
    return [
        f"Whether the {subject} {improve} held-out deviance cannot be told from {len(found.folds)} folds: {they} "
        f"{number(gain, 3)} deviance per row held out, and the {level} of the saving is {number(low, 3)} to "
        f"{number(high, 3)}."
    ]
