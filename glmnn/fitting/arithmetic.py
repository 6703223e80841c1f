"""What sums are computed by, as the options ask."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any

from glmnn.errors import OptionError, UsageError, unknown
from glmnn.kernels.choice import CHOICES, chosen
from glmnn.kernels.threads import in_threads, most_workers
from glmnn.options.model import ModelOptions

AS_IT_IS = nullcontext()


def arithmetic(options: ModelOptions) -> AbstractContextManager[Any]:
    """Return a context that computes by the kernels and threads asked for; else the environment decides.

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
    if options.kernels == "auto" and options.threads is None:
        return AS_IT_IS
    with ExitStack() as stack:
        if options.kernels != "auto":
            stack.enter_context(chosen(options.kernels))
        if options.threads is not None:
            stack.enter_context(in_threads(options.threads))
        return stack.pop_all()
