"""`glmnn gradcheck`: whether the backward pass is right."""

from __future__ import annotations

from typing import Annotated

import typer

from glmnn.cli.command import command
from glmnn.errors import Exit
from glmnn.networks.options import GradcheckOptions


@command(GradcheckOptions)
def gradcheck(
    data: Annotated[
        str | None, typer.Argument(metavar="DATA", help="As for glmnn fit; without it on simulated rows.")
    ] = None,
    *,
    options: GradcheckOptions,
) -> Exit:
    """Check the backward pass against the complex step and central differences, layer by layer.

    Exit code: 0 right, 1 wrong, 2 usage or data error, 130 interrupted.

    Example: glmnn gradcheck --hidden 32:relu,8:tanh --family poisson
    """
    from glmnn.cli.output import deliver
    from glmnn.data.sources.files import read_asked
    from glmnn.networks.gradcheck import run_gradcheck
    from glmnn.networks.gradcheck_report import gradcheck_report

    checked = run_gradcheck(options, None if data is None else read_asked(data, options))
    deliver(gradcheck_report(checked))
    return Exit.DONE if checked.right else Exit.NO
