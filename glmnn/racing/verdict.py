"""The first words of a race: who arrived; and who was faster where, if anybody was seen to be."""

from __future__ import annotations

from itertools import groupby

from glmnn.errors import Exit, printable
from glmnn.fitting.estimate import Maximum
from glmnn.fitting.verdict import no_maximum
from glmnn.options.fields import together
from glmnn.racing.result import ENOUGH_ROUNDS, Race, Raced
from glmnn.report.numbers import small
from glmnn.report.sections import Tone
from glmnn.solvers.stopping import Status


def tone_of(race: Race) -> Tone:
    """Return how the verdict is meant."""
    match race.exit:
        case Exit.DONE:
            return Tone.GOOD
        case Exit.NO_MAXIMUM:
            return Tone.BAD
    return Tone.CAREFUL if isinstance(race.track.estimate.outcome, Maximum) else Tone.BAD


def verdict_lines(race: Race) -> list[str]:
    """Return who arrived, and why others did not."""
    estimate = race.track.estimate
    if race.interrupted:
        done = f"{race.rounds} round{'' if race.rounds == 1 else 's'} finished" if race.rounds else "there are no times"
        return [f"Interrupted: {done}."]
    if race.exit is Exit.NO_MAXIMUM and not isinstance(estimate.outcome, Maximum):
        return [no_maximum(estimate), "No solver can win: there is no maximum to reach."]
    lines = [no_maximum(estimate)] if race.exit is Exit.NO_MAXIMUM else []
    if not isinstance(estimate.outcome, Maximum):
        lines.append(f"The maximum was not found ({estimate.reference.status.value}): there is no maximum to reach.")
        return lines
    far = race.far
    after = [item for item in race.raced if not item.end.goal]
    where = f"{_level(race.track.options.to)} of the {estimate.goal}, and stayed there"
    if not race.track.in_std_errors:
        where = f"{race.track.options.to:g} of the null deviance: the model fits exactly and has no standard errors"
    who = f"All {len(after)} solvers came" if not far else f"{len(after) - len(far)} of {len(after)} solvers came"
    if len(after) < 3 and not far:
        who = "Both solvers came" if len(after) == 2 else f"{after[0].name} came"
    return [*lines, f"{who} within {where}.", *(_why_far(race, item) for item in far)]


def _level(level: float) -> str:
    return f"{level:g} standard error{'' if level == 1 else 's'}"


def _why_far(race: Race, item: Raced) -> str:
    """Return where a solver ended that did not arrive, and why."""
    end = item.end
    if end.status is Status.DECLINED:
        return printable(f"{item.name} declined this model: {end.reason or 'it found no valid start'}.")
    unit = "standard errors away" if race.track.in_std_errors else "of the null deviance"
    why = end.reason or (end.status.value if end.status is not Status.STALLED else "it goes no further")
    return printable(f"{item.name} ended {small(item.distance)} {unit} ({why}).")


def winner_line(race: Race) -> str:
    """Return at which levels who was faster than all others in every round; empty without times."""
    if not race.rounds or sum(item.competes for item in race.raced) < 2:
        return ""
    if race.rounds < ENOUGH_ROUNDS:
        was = "was" if race.rounds == 1 else "were"
        return f"no winner is named: that takes {ENOUGH_ROUNDS} rounds, of which {race.rounds} {was} finished"
    levels = [level for level in race.track.levels if any(item.cost(level).seconds for item in race.raced)]
    found = [(race.fastest(level), level) for level in levels]
    if not any(first for first, _ in found):
        return "no difference seen at any level"
    parts = []
    for first, group in groupby(found, key=lambda pair: pair[0]):
        where = together([f"{level:g}" for _, level in group])
        who = "no difference seen" if first is None else f"{first.name} was faster than all others in every round"
        parts.append(f"{who} at {where}")
    return "; ".join(parts)
