"""What a terminal draws of a training: the loss on the rows trained on and on those held out, by the epoch."""

from __future__ import annotations

import numpy as np

from glmnn.networks.compare import NetworkComparison
from glmnn.report.curves import Curve, Picture


def picture_of(comparison: NetworkComparison) -> Picture:
    """Return the mean loss by the epoch, and that of the GLM."""
    run = comparison.trained
    epochs = np.array([look.update / run.epoch for look in run.looks])
    curves = [Curve("trained on", epochs, np.array([look.loss for look in run.looks]))]
    if run.held.size:
        curves.append(Curve("held out", epochs, np.array([look.held_out for look in run.looks])))
    return Picture(f"{comparison.blueprint.loss.name} per row, by epoch", curves, logarithmic=False)
