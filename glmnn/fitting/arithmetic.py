"""What sums are computed by, as the options ask."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from typing import Any

from glmnn.errors import OptionError, UsageError, unknown
from glmnn.kernels.choice import CHOICES, choice, chosen
from glmnn.kernels.threads import in_threads, most_workers
from glmnn.options.model import ModelOptions


def arithmetic(options: ModelOptions) -> AbstractContextManager[Any]:
    """Return a context that computes by the kernels and threads asked for; else the environment decides, once.

    Raises
    ------
    UsageError
        If they ask for what there is not.
    """
    if options.kernels not in CHOICES:
        raise UsageError(unknown("choice of kernels", options.kernels, CHOICES))
    if options.threads is not None and options.threads < 1:
        raise OptionError("threads", "must be at least 1", options.threads)
    if options.threads is not None and options.threads > most_workers():
        raise OptionError("threads", f"must be at most {most_workers()} on this machine", options.threads)
    kernels = chosen(choice() if options.kernels == "auto" else options.kernels)
    if options.threads is None:
        return kernels
    with ExitStack() as stack:
        stack.enter_context(kernels)
        stack.enter_context(in_threads(options.threads))
        return stack.pop_all()
