"""`glmnn fit --hidden`: train a network, compare it with the GLM, report."""

from __future__ import annotations

import sys

from glmnn.cli.output import CLEAR, Output, deliver
from glmnn.data.table import read_table
from glmnn.fitting.options import FitOptions
from glmnn.networks.compare import NetworkComparison, run_hidden
from glmnn.networks.document import to_network_csv, to_network_json, to_network_markdown, to_network_trace
from glmnn.networks.plan import make_blueprint
from glmnn.networks.report import sections
from glmnn.report.files import write_whole
from glmnn.report.sections import print_sections


def fit_network(options: FitOptions, source: str, output: Output) -> NetworkComparison:
    """Run `glmnn fit --hidden`, write its report, and return what it found."""
    blueprint = make_blueprint(options)
    watched = output.progress() is not None
    comparison = run_hidden(blueprint, read_table(source, options.max_unpacked), _say if watched else None)
    if watched:
        sys.stderr.write(CLEAR)
        sys.stderr.flush()
    if output.trace is not None:
        write_whole(output.trace, to_network_trace(comparison))
    render = {"json": to_network_json, "csv": to_network_csv, "md": to_network_markdown}.get(output.format)
    deliver(
        lambda console: print_sections(sections(comparison, not output.quiet, output.verbose), console),
        render and (lambda: render(comparison)),
        output.path,
        output.quiet,
    )
    return comparison


def _say(what: str, done: int, total: int) -> None:
    sys.stderr.write(f"{CLEAR}{what} {done:,} / {total:,}")
    sys.stderr.flush()
