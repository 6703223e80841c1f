"""`glmnn fit --hidden`: train a network, compare it with the GLM, report."""

from __future__ import annotations

from contextlib import nullcontext

from glmnn.cli.output import Output
from glmnn.cli.pictures import show_curves
from glmnn.cli.progress import Progress
from glmnn.data.sources.files import read_asked
from glmnn.fitting.options import FitOptions
from glmnn.networks.compare import NetworkComparison, run_hidden
from glmnn.networks.curves import picture_of
from glmnn.networks.document import to_network_trace
from glmnn.networks.pictures import pair_of
from glmnn.networks.plan import make_blueprint
from glmnn.networks.report import network_report


def fit_network(options: FitOptions, source: str, output: Output, plane: str | None = None) -> NetworkComparison:
    """Run `glmnn fit --hidden`, write its report, and return what it found."""
    blueprint = make_blueprint(options)
    table = read_asked(source, options)
    with Progress(curves=output.plot) if output.watched else nullcontext() as progress:
        comparison = run_hidden(blueprint, table, progress)
    if plane is not None:
        pair_of(comparison, plane)  # refused before anything is written
    report = network_report(comparison, not output.quiet, output.verbose)
    output.write(report, lambda: to_network_trace(comparison))
    if output.plot:
        show_curves(picture_of(comparison))
    return comparison
