"""One line on the terminal, from one second on, that says what a command is doing and for how long."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import perf_counter

PATIENCE, WAKE = 1.0, 0.2  # seconds before the first line, and between two
CLEAR = "\r\x1b[K"  # back to the start of the line, and empty it
WIDEST = 79


def can_wipe(quiet: bool = False) -> bool:
    """Say whether a line of progress is wanted, and stderr a terminal that can wipe it."""
    return not quiet and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


class Waiting:
    """A line that is kept up to date in the background until something else is shown."""

    def __init__(self, what: str) -> None:
        self.stage: Callable[[], str] = lambda: what
        self._over = Event()
        self._thread = Thread(target=self._tick, daemon=True)
        self._began = perf_counter()
        self._thread.start()

    def _tick(self) -> None:
        patience, shown = PATIENCE, False
        while not self._over.wait(patience):
            seconds = f"  {perf_counter() - self._began:.0f} s"
            sys.stderr.write(f"{CLEAR}{self.stage()[: WIDEST - len(seconds)]}{seconds}")
            sys.stderr.flush()
            patience, shown = WAKE, True
        if shown:
            sys.stderr.write(CLEAR)
            sys.stderr.flush()

    def end(self) -> None:
        """Wipe the line; nothing is shown any more."""
        self._over.set()
        self._thread.join()


_current: list[Waiting] = []


@contextmanager
def waiting(what: str, quiet: bool) -> Iterator[None]:
    """Show what a command does while it takes its time, on a terminal that can wipe a line."""
    if not can_wipe(quiet):
        yield
        return
    from glmnn.data.sources.raw import WATCH

    line = Waiting(what)
    _current.append(line)
    token = WATCH.set(lambda stage: setattr(line, "stage", stage))
    try:
        yield
    finally:
        WATCH.reset(token)
        no_longer()


def no_longer() -> None:
    """Wipe the line, before anything else is shown."""
    while _current:
        _current.pop().end()
