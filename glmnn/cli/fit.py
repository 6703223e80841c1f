"""`glmnn fit`: fit, compare, report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glmnn.cli.options import Config, Csv, Format, Json, OutputFile, takes
from glmnn.fitting.options import FitOptions
from glmnn.options.fields import OUTPUT
from glmnn.report.formats import TEXT

if TYPE_CHECKING:
    from glmnn.cli.output import Output
    from glmnn.fitting.compare import SolverComparison
    from glmnn.networks.compare import NetworkComparison


@takes(FitOptions)
def fit(
    data: Annotated[
        str | None, typer.Argument(metavar="DATA", help="CSV, TSV, .gz or Parquet file; - for standard input.")
    ] = None,
    *,
    format: Format = None,  # noqa: A002
    json: Json = False,
    csv: Csv = False,
    output: OutputFile = None,
    trace: Annotated[
        str | None, typer.Option(help="Write the path of every solver to this CSV file.", rich_help_panel=OUTPUT)
    ] = None,
    save: Annotated[
        str | None, typer.Option(help="Write the model to this JSON file, for glmnn predict.", rich_help_panel=OUTPUT)
    ] = None,
    config: Config = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress, no notes.", rich_help_panel=OUTPUT)
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Add the paths.", rich_help_panel=OUTPUT)] = False,
    **given: Any,
) -> None:
    """Fit DATA by Fisher scoring and as a neuron, and say whether they agree; with --hidden train a network.

    Exit code: 0 agreed, 1 not converged or no agreement, 2 usage or data error, 3 no finite, unique maximum
    inside the domain, 130 interrupted.

    Example: glmnn fit data/primes.csv --solver both
    """
    from glmnn.cli.output import Output, format_of
    from glmnn.errors import UsageError
    from glmnn.options.toml import merge, read_config

    data, config = _places(data, config)
    options, named = merge(read_config(config, FitOptions) if config is not None else {}, given, FitOptions)
    if (source := data or named) is None:
        raise UsageError("give the data: a file, or - for standard input (glmnn fit --help)")
    chosen = Output(format_of(format, output, json=json, csv=csv) or TEXT, output, trace, quiet, verbose)
    _check_places((source, config), {"--output": output, "--trace": trace, "--save": save})
    if options.hidden is None:
        comparison: SolverComparison | NetworkComparison = _fit_solvers(options, source, chosen)
    else:
        from glmnn.cli.network import fit_network

        comparison = fit_network(options, source, chosen)
    sys.stdout.flush()
    if save is not None:
        _save(comparison, save, quiet)
    raise typer.Exit(int(comparison.exit))


def _places(data: str | None, config: str | None) -> tuple[str | None, str | None]:
    """Return data and configuration file; a TOML file in the place of the data is a configuration."""
    return (None, data) if config is None and data is not None and data.endswith(".toml") else (data, config)


def _fit_solvers(options: FitOptions, source: str, output: Output) -> SolverComparison:
    """Run the solvers, write the report, and return what they found."""
    from glmnn.cli.progress import progress_line
    from glmnn.data.sources.files import read_table
    from glmnn.fitting.compare import run
    from glmnn.fitting.document import to_trace
    from glmnn.fitting.plan import make_spec
    from glmnn.fitting.report import fit_report

    spec = make_spec(options)  # what can be refused before any work is
    table = read_table(source, options.max_unpacked)
    comparison = run(spec, table, progress_line if output.watched else None)
    output.write(fit_report(comparison, not output.quiet, output.verbose), lambda: to_trace(comparison))
    return comparison


def _check_places(inputs: tuple[str | None, ...], outputs: dict[str, str | None]) -> None:
    """Refuse an output that cannot be written, is an input, or is another output."""
    from glmnn.errors import UsageError
    from glmnn.report.files import check_output, refers_to_stdin

    places: dict[Path, str] = {}
    for flag, path in outputs.items():
        if path == "":
            raise UsageError(f"{flag} '' is no file name")
        if path is not None:
            check_output(path, inputs)
            if inputs[0] == "-" and refers_to_stdin(path):
                raise UsageError(f"{path}: this is the file on standard input; give another output")
            other = places.setdefault(Path(path).resolve(), flag)
            if other != flag:
                raise UsageError(f"{other} and {flag} name the same file")


def _save(comparison: SolverComparison | NetworkComparison, path: str, quiet: bool) -> None:
    """Write the model of a fit, or say why there is none; the exit code is that of the fit."""
    from glmnn.errors import printable, worded
    from glmnn.predicting.file import make_model, to_model_json, why_not_saved
    from glmnn.report.files import write_whole
    from glmnn.report.json import versions

    why = why_not_saved(comparison)
    if why:
        sys.stderr.write(f"glmnn: nothing saved: {printable(worded(why))}\n")
        return
    write_whole(path, to_model_json(make_model(comparison, versions())))
    if not quiet:
        sys.stderr.write(f"glmnn: wrote {printable(path)}\n")
