"""`glmnn audit`: say whether coefficients are the maximum, and why not."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from glmnn.auditing.options import AuditOptions
from glmnn.cli.command import command
from glmnn.cli.options import Config, Csv, Digits, Format, Json, OutputFile, ProofFile, Verbose, quiet_for
from glmnn.cli.pictures import FORMAT, MOST_ROWS, Drawing, FigureFormat, Figures, Html, HtmlRows, Plane, check_plane
from glmnn.errors import Exit
from glmnn.options.fields import OUTPUT
from glmnn.report.formats import TEXT
from glmnn.report.numbers import DIGITS

if TYPE_CHECKING:
    from glmnn.auditing.result import Audit
    from glmnn.pictures.document import PictureDocument

Coef = Annotated[
    str | None,
    typer.Option(
        metavar="CLAIM",
        help="The claim: a file (JSON, CSV, a table or summary as any program prints it, .npz, .npy, safetensors), "
        'or "(Intercept)=-3.11,x=0.478".',
        rich_help_panel=OUTPUT,
    ),
]
Against = Annotated[
    str | None,
    typer.Option(metavar="CLAIM", help="A second claim to compare the first with.", rich_help_panel=OUTPUT),
]


@command(AuditOptions)
def audit(
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="DATA", help="CSV, TSV, .gz or Parquet file, a folder or pattern of them; - for standard input."
        ),
    ] = None,
    *,
    coef: Coef = None,
    against: Against = None,
    format: Format = None,  # noqa: A002
    json: Json = False,
    csv: Csv = False,
    output: OutputFile = None,
    proof: ProofFile = None,
    html: Html = None,
    html_rows: HtmlRows = MOST_ROWS,
    plane: Plane = None,
    figures: Figures = None,
    figure_format: FigureFormat = FORMAT,
    config: Config = None,
    quiet: Annotated[bool, quiet_for("No notes.")] = False,
    verbose: Verbose = False,
    digits: Digits = DIGITS,
    options: AuditOptions,
) -> Exit:
    """Say whether claimed coefficients are the maximum likelihood estimate on DATA, and why not.

    Exit code: 0 they are, 1 they are not, 2 usage or data error, 3 there is no finite or unique maximum.

    Example: glmnn audit data/primes.csv --coef "(Intercept)=-3.1121,x=0.4783"
    """
    from glmnn.auditing.audit import audit as run
    from glmnn.auditing.audit import check_audit, compare_claims
    from glmnn.auditing.claims.read import read_claim
    from glmnn.auditing.report import audit_report
    from glmnn.cli.output import check_places, deliver, format_of, given_data
    from glmnn.errors import UsageError
    from glmnn.fitting.rows import read_rows

    data, coef = given_data(data, "audit"), _given_claim(data, coef, against)
    drawing = Drawing(html, html_rows, plane, figures, figure_format).checked()
    if against is not None and (drawing.wanted or proof is not None):
        raise UsageError(f"{_one_claim(html, proof)} one claim: leave out --against")
    chosen = format_of(format, output, json=json, csv=csv) or TEXT
    check_places((data, config, coef, against), output=output, html=html, proof=proof)
    check_audit(options)
    most = options.max_unpacked
    claim, other = read_claim(coef, most), None if against is None else read_claim(against, most)
    table = read_rows(data, options)
    if other is not None:
        compared = compare_claims(options, table, claim, other)
        deliver(audit_report(compared, not quiet, verbose, digits), chosen, output, quiet)
        return compared.exit
    result = run(options, table, claim)
    check_plane(result.estimate, plane)
    result = _proved(result, data, proof, quiet)
    deliver(audit_report(result, not quiet, verbose, digits), chosen, output, quiet)
    drawing.write(partial(_pictures, result), quiet)
    return result.exit


def _given_claim(data: str | None, coef: str | None, against: str | None) -> str:
    from glmnn.errors import UsageError

    if coef is None:
        raise UsageError('give the claim: --coef FILE or --coef "(Intercept)=-3.11,x=0.478"')
    if [data, coef, against].count("-") > 1:
        raise UsageError("only one of data, --coef and --against can come from standard input")
    return coef


def _one_claim(html: str | None, proof: str | None) -> str:
    return "--proof is about" if proof else "--html draws" if html else "--figures draws"


def _proved(audit: Audit, data: str, path: str | None, quiet: bool) -> Audit:
    """Write a proof of what an audit says of its claim, where one is asked for, and return the audit with its name."""
    from dataclasses import replace
    from hashlib import sha256

    from glmnn.auditing.result import ProofFile
    from glmnn.cli.output import say, write_file
    from glmnn.cli.prove import found_proof
    from glmnn.errors import GlmnnError, printable

    if path is None:
        return audit
    try:
        found = found_proof(audit.options, data, audit.estimate, claim=audit.claim)
    except GlmnnError as error:
        say(f"nothing proved: {printable(str(error))}")
        return audit
    if found is None:
        return audit
    write_file(path, found.text, quiet)
    named = ProofFile(path, sha256(found.text.encode()).hexdigest(), found.proved.sentences)
    return replace(audit, proof=named, notes=(*audit.notes, f"{path} {named.says[0][0].lower()}{named.says[0][1:]}"))


def _pictures(audit: Audit, plane: str | None, command: str, rows: int) -> PictureDocument:
    """Return the picture document of an audit."""
    from glmnn.auditing.pictures import to_pictures

    return to_pictures(audit, plane, command, rows)
