"""How far a fit has come: a line on the terminal from one second on, and the curve above it where that is asked for.

Whoever is told of the states of a run is told while the clock of the solver stands still.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from math import isfinite, log, nan
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from glmnn.cli.console import make_console
from glmnn.cli.output import show_progress
from glmnn.cli.waiting import WIDEST, no_longer
from glmnn.solvers.stopping import Look

if TYPE_CHECKING:
    from glmnn.networks.training import Loss
    from glmnn.report.curves import Curve

PATIENCE, WAKE, REDRAW = 1.0, 0.1, 0.5  # seconds before the first line, between two lines, and between two curves
HEIGHT = 10  # lines of the curve
SHOWN = 12  # letters of a solver's name


class Progress:
    """Shows the looks of one run after the other; on leaving the context nothing of it is left on the screen.

    Parameters
    ----------
    tol : float
        Standard errors at which a run is over.
    curves : bool
        Draw the curve of the run above the line.
    now : callable
        Seconds of a clock.
    """

    def __init__(self, tol: float = nan, *, curves: bool = False, now: Callable[[], float] = perf_counter) -> None:
        self.tol: float = tol
        self.curves: bool = curves
        self.now: Callable[[], float] = now
        self.began: float = now()
        self.told: float = self.began
        self.drew: float = self.began
        self.height: int = 0
        self.losses: list[Loss] = []
        self.began_training: float = self.began

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_ended: object) -> None:
        self._wipe()
        show_progress()

    def __call__(self, solver: str, rows: int) -> Callable[[Look, int], None]:
        """Return a watcher of the run of a solver on so many rows."""
        began = self.now()
        seen: list[tuple[int, float]] = []

        def watch(look: Look, limit: int) -> None:
            loss = look.deviance / (2.0 * rows)  # nan where it was not looked at
            if isfinite(look.decrement):
                seen.append((look.iteration, look.decrement))
            if not self._due():
                return
            of = expected(seen, self.tol, limit)
            parts = [solver[:SHOWN], f"{look.iteration:,} of {'~' if of < limit else ''}{of:,}"]
            parts += [f"loss {loss:.6f}"] if isfinite(loss) else []
            parts.append(f"{look.decrement:.1e} SE" if isfinite(look.decrement) else "not finite")
            left = (self.now() - began) * (of - look.iteration) / max(look.iteration, 1)
            self._show("  ".join([*parts, f"{_time(left)} left"]), lambda: _curve(solver, seen), "Newton's step in SE")

        return watch

    def looked(self, loss: Loss, limit: int, epoch: int) -> None:
        """Show the loss of a network: a look, updates to make and updates in an epoch."""
        if loss.update == 0:
            self.losses = []
            self.began_training = self.now()
        self.losses.append(loss)
        if not self._due():
            return
        parts = [f"epoch {loss.update // epoch:,} of {-(-limit // epoch):,}", f"loss {loss.loss:.6f}"]
        if isfinite(loss.held_out):
            best = min(self.losses, key=lambda look: look.held_out)
            parts.append(f"held out {loss.held_out:.6f}, lowest {best.held_out:.6f} in {best.update // epoch:,}")
        left = (self.now() - self.began_training) * (limit - loss.update) / max(loss.update, 1)
        self._show("  ".join([*parts, f"{_time(left)} left"]), lambda: _losses(self.losses, epoch), "loss by epoch")

    def tested(self, fold: int, folds: int, glm: float, network: float) -> None:
        """Show a fold of a cross-validation, and the deviance per row held out of the GLM and of the network."""
        if self.now() - self.began >= PATIENCE:
            self._wipe()
            show_progress(f"fold {fold} of {folds}  held out: GLM {glm:.6g}  network {network:.6g}"[:WIDEST])

    def _due(self) -> bool:
        """Say whether to show anything now."""
        now = self.now()
        if now - self.began < PATIENCE or now - self.told < WAKE:
            return False
        self.told = now
        return True

    def _show(self, line: str, curves: Callable[[], list[Curve]], what: str) -> None:
        if self.curves and (not self.height or self.now() - self.drew >= REDRAW):
            self.drew = self.now()
            self._draw(curves(), what)
        show_progress(line[:WIDEST])

    def _draw(self, curves: list[Curve], what: str) -> None:
        """Draw the curves in the place of those before."""
        from glmnn.report.curves import Picture, has_room, print_picture

        if not has_room(screen := make_console()):
            return
        file = io.StringIO()
        console = make_console(file)
        console.width = min(screen.width, WIDEST)
        print_picture(Picture(what, curves, logarithmic="SE" in what), console, HEIGHT)
        self._wipe()
        text = file.getvalue()
        no_longer()
        sys.stderr.write(text)
        self.height = text.count("\n")

    def _wipe(self) -> None:
        """Wipe the curves, and leave the cursor where they began."""
        if self.height:
            sys.stderr.write(f"\r\x1b[{self.height}A\x1b[J")
            self.height = 0


def expected(seen: list[tuple[int, float]], tol: float, limit: int) -> int:
    """Return after how many updates a run should be over, as far as its last two steps tell.

    >>> expected([(100, 1e-2), (200, 1e-3)], 1e-8, 100_000), expected([(100, 1.0)], 1e-8, 100_000)
    (700, 100000)
    """
    if len(seen) < 2 or not tol > 0.0:
        return limit
    (before, far), (now, near) = seen[-2:]
    if not 0.0 < near < far or now <= before:
        return limit
    return int(min(limit, now + max(log(near / tol), 0.0) * (now - before) / log(far / near)))


def _curve(solver: str, seen: list[tuple[int, float]]) -> list[Curve]:
    from glmnn.report.curves import Curve

    iterations, decrements = np.array(seen, dtype=float).reshape(-1, 2).T
    return [Curve(solver, iterations, decrements)]


def _losses(losses: list[Loss], epoch: int) -> list[Curve]:
    from glmnn.report.curves import Curve

    epochs = np.array([look.update / epoch for look in losses])
    curves = [Curve("trained on", epochs, np.array([look.loss for look in losses]))]
    if isfinite(losses[0].held_out):
        curves.append(Curve("held out", epochs, np.array([look.held_out for look in losses])))
    return curves


def _time(seconds: float) -> str:
    """Return a time to come in two digits or so.

    >>> _time(0.123), _time(75.0), _time(4000.0)
    ('0.1 s', '1 min 15 s', '1 h 7 min')
    """
    if seconds < 60.0:
        return f"{seconds:.1f} s"
    if seconds < 3600.0:
        return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min"
