"""The first words of a network: whether its hidden layers improve the deviance of rows held out."""

from __future__ import annotations

import numpy as np

from glmnn.networks.compare import NetworkComparison
from glmnn.networks.crossvalidation import Answer
from glmnn.networks.training import Ending
from glmnn.report.numbers import number
from glmnn.report.sections import Tone


def tone_of(comparison: NetworkComparison) -> Tone:
    """Return how the verdict is meant."""
    validation = comparison.cross_validation
    if comparison.trained.ending is Ending.DIVERGED:
        return Tone.BAD
    if comparison.trained.ending is Ending.INTERRUPTED or validation is None:
        return Tone.CAREFUL
    return {Answer.IMPROVES: Tone.GOOD, Answer.DOES_NOT: Tone.BAD}.get(validation.answer, Tone.CAREFUL)


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
    validation = comparison.cross_validation
    if validation is None:
        return [
            f"Whether the {subject} {improve} held-out deviance shows on rows that were not trained on: add --cv 5."
        ]
    low, high = validation.interval
    level = f"{100 * validation.level:g} % interval"
    within = f"{level} {number(low, 3)} to {number(high, 3)}"
    gain = abs(validation.gain)
    match validation.answer:
        case Answer.IMPROVES:
            part = f", {100 * gain / validation.glm.deviance:.0f} % of the GLM's" if validation.glm.deviance > 0 else ""
            return [f"The {subject} {improve} held-out deviance: {number(gain, 3)} less per row{part} ({within})."]
        case Answer.DOES_NOT:
            return [
                f"The {subject} {do} not improve held-out deviance: {number(gain, 3)} more per row than the GLM "
                f"({level} {number(-high, 3)} to {number(-low, 3)})."
            ]
    if not np.isfinite(validation.gain):
        return [f"Whether the {subject} {improve} held-out deviance cannot be told: in one fold it is infinite."]
    moved = "save" if validation.gain >= 0 else "cost"
    they = f"they {moved}" if several else f"it {moved}s"
    return [
        f"Whether the {subject} {improve} held-out deviance cannot be told from {len(validation.folds)} folds: {they} "
        f"{number(gain, 3)} deviance per row held out, and the {level} of the saving is {number(low, 3)} to "
        f"{number(high, 3)}."
    ]
