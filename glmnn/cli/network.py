"""`glmnn fit --hidden`: train a network, compare it with the GLM, report."""

from __future__ import annotations

from glmnn.cli.output import Output, show_progress
from glmnn.data.sources.files import read_asked
from glmnn.fitting.options import FitOptions
from glmnn.networks.compare import NetworkComparison, run_hidden
from glmnn.networks.document import to_network_trace
from glmnn.networks.pictures import pair_of
from glmnn.networks.plan import make_blueprint
from glmnn.networks.report import network_report


def fit_network(options: FitOptions, source: str, output: Output, plane: str | None = None) -> NetworkComparison:
    """Run `glmnn fit --hidden`, write its report, and return what it found."""
    blueprint = make_blueprint(options)
    comparison = run_hidden(blueprint, read_asked(source, options), _say if output.watched else None)
    if plane is not None:
        pair_of(comparison, plane)  # refused before anything is written
    report = network_report(comparison, not output.quiet, output.verbose)
    output.write(report, lambda: to_network_trace(comparison))
    return comparison


def _say(what: str, done: int, total: int) -> None:
    show_progress(f"{what} {done:,} / {total:,}")
