"""What a terminal draws of a race: how far each solver was by the passes it had made."""

from __future__ import annotations

from glmnn.fitting.curves import DEVIANCE, DISTANCE
from glmnn.racing.result import Race
from glmnn.report.curves import Curve, Picture


def picture_of(race: Race) -> Picture:
    """Return the distance of each solver on its way, of several seeds that of the first."""
    curves = [
        Curve(item.name, item.traced[0].passes, item.traced[0].distances, apart=item.entrant.restarted)
        for item in race.raced
        if item.competes
    ]
    return Picture(DISTANCE if race.track.in_std_errors else DEVIANCE, curves)
