"""Libraries of others before they run: loaded, which is no part of any fit, and kept short where nothing is to find."""

from __future__ import annotations

from contextlib import suppress
from time import perf_counter

from glmnn.errors import listed
from glmnn.fitting.estimate import Estimate
from glmnn.fitting.plan import Spec
from glmnn.solvers.external.framework import FrameworkTwin
from glmnn.solvers.external.library import Declined, Library
from glmnn.solvers.registry import LIBRARIES
from glmnn.solvers.steps import Foreign, Solver

SLOW_LOAD = 1.0  # seconds from which it is told how long a library took to load
SEPARATED_LIMIT = 10_000  # updates on data without a maximum unless asked for more: no number of them is enough
SEPARATED_FRAMEWORK = 100  # of a framework, which would take the very steps of the hand-written neuron, slowly


def load_libraries(solvers: tuple[Solver, ...], absent: tuple[Library, ...] = ()) -> list[str]:
    """Load the libraries, which is no part of any fit, and return what to say about it."""
    notes = []
    if absent:
        missing = "; ".join(f"{library.name} ({library.install})" for library in absent)
        notes.append(f"not installed, so left out: {missing}")
    for solver in solvers:
        began = perf_counter()
        if hasattr(solver, "load") and isinstance(solver, Foreign):  # the first settles most, and at once
            with suppress(Declined):  # said by the run itself
                solver.load()
        if (seconds := perf_counter() - began) > SLOW_LOAD:
            notes.append(f"{solver.name} took {seconds:.0f} s to load, which is in no solver's time")
        library = LIBRARIES.get(solver.name.partition(":")[0])
        if library is not None and (backend := library.runs_on()):
            notes.append(backend)
    return notes


def cut_short(spec: Spec, estimate: Estimate) -> list[str]:
    """Say why frameworks make few updates where there is no maximum."""
    if not estimate.lost or spec.stopping.max_iter is not None:
        return []
    names = [solver.name for solver in spec.solvers if isinstance(solver, FrameworkTwin)]
    if not names:
        return []
    return [f"{listed(names)}: only {SEPARATED_FRAMEWORK} updates without --max-iter: there is no maximum to come near"]


def most_updates(solver: Solver) -> int:
    """Return after how many updates a solver gives up where there is no maximum."""
    return min(solver.max_iter, SEPARATED_FRAMEWORK if isinstance(solver, FrameworkTwin) else SEPARATED_LIMIT)
