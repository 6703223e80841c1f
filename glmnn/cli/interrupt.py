"""Ctrl-C while modules are still being loaded."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130  # 128 + SIGINT


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C end the process at once while a module is being loaded; else it is a KeyboardInterrupt as always.

    A library that is interrupted half way may swallow the exception, print it, or make an ImportError of it.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:  # somebody ignores it, or has a plan
        yield
        return
    signal.signal(signal.SIGINT, _interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _interrupted(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001
    while frame is not None and frame.f_globals.get("__name__") != "glmnn.cli":  # below it, somebody imports us
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            os.write(2, b"glmnn: interrupted\n")
            os._exit(INTERRUPTED)
        frame = frame.f_back
    raise KeyboardInterrupt
