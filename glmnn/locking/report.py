"""Checks of lock files to text: for people, for JUnit readers, for GitHub and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from shlex import quote
from xml.etree import ElementTree

import numpy as np

from glmnn.errors import printable, quoted
from glmnn.fitting.tables import MOST_TERMS
from glmnn.locking.document import std_error_change, to_check_document
from glmnn.locking.options import CheckOptions
from glmnn.locking.result import Check, Checked, Movement, NotChecked, Verdict, worst_of
from glmnn.report.numbers import count, number, small
from glmnn.report.sections import Report, Section, Tone
from glmnn.report.tables import Grid
from glmnn.report.terminal import to_text


def check_report(
    checks: Sequence[Check],
    options: CheckOptions,
    versions: Mapping[str, str],
    quiet: bool = False,
    errors: bool = False,
) -> Report:
    """Return how many hold, a line for each lock that does, and for the others what moved, by how much and why.

    With `errors` also why locks were not checked, which the command line says on standard error.
    """
    parts: list[Section] = []
    if len(checks) > 1 and not quiet:
        good = all(isinstance(item, Checked) and item.passed for item in checks)
        parts.append(Section("", [summary(checks)], strong=True, tone=Tone.GOOD if good else Tone.BAD))
    for item in checks:
        if isinstance(item, Checked) and not (quiet and item.passed):
            parts += _sections(item, quiet, close=not parts or parts[-1].grid is None)
        elif isinstance(item, NotChecked) and errors:
            line = _harmless(printable(f"not checked  {item.error}"))
            parts.append(Section("", [line], tone=Tone.BAD, close=not parts or parts[-1].grid is None))
    return Report("glmnn check", parts, lambda: to_check_document(checks, options, versions), log=True)


def check_text(check: Checked) -> str:
    """Return what is printed of one check."""
    return to_text(Report("glmnn check", _sections(check), log=True))


def _sections(check: Checked, quiet: bool = False, close: bool = True) -> list[Section]:
    failed = check.verdict is not Verdict.OK
    word = "updated" if check.updated else "FAILED" if failed else "ok"
    head = _harmless(printable(f"{word}  {check.path}  {headline(check)}"))
    lines = [*(details(check) if failed else []), *(f"  note: {note}" for note in check.notes if not quiet)]
    parts = [
        Section("", [head], tone=Tone.BAD if failed and not check.updated else Tone.GOOD, close=close),
        Section("", [_harmless(printable(line)) for line in lines], close=True),
    ]
    if failed and check.movements and check.verdict is not Verdict.MODEL:
        below = [_harmless(printable(line)) for line in beside_table(check)]
        parts.append(Section("", (), moved_table(check), below))
    return parts


def headline(check: Check) -> str:
    """Return what a check found, without the name of the file."""
    if isinstance(check, NotChecked):
        return check.error
    if not check.movements or check.verdict is Verdict.MODEL:
        return str(check.verdict.value)
    worst = worst_of(check.movements)
    terms, moved = worst.coef.size, int(worst.moved.sum())
    if check.verdict is Verdict.OK:
        return f"{count(terms)} coefficient{'s' if terms > 1 else ''}, within {small(worst.distance)} SE"
    if not moved:
        return str(check.verdict.value)
    by = f", by up to {small(worst.distance)} SE" if isfinite(worst.distance) else ""
    who = "" if check.verdict is Verdict.MOVED else " coefficients moved"
    return f"{check.verdict.value}: {count(moved)} of {count(terms)}{who}{by}"


def summary(checks: Sequence[Check]) -> str:
    """Return how many of several checks ended how."""
    ways = {
        "ok": sum(item.verdict is Verdict.OK for item in checks),
        "failed": sum(isinstance(item, Checked) and not item.passed for item in checks),
        "updated": sum(
            isinstance(item, Checked) and item.updated and item.verdict is not Verdict.OK for item in checks
        ),
        "not checked": sum(isinstance(item, NotChecked) for item in checks),
    }
    counts = ", ".join(f"{times} {way}" for way, times in ways.items() if times)
    return f"{len(checks)} lock files: {counts}"


def details(check: Checked) -> list[str]:
    """Return what is other than locked, the likely cause and what can be done."""
    lines = [f"  data: {change}" for change in check.data_changes if change not in check.cause]
    lines += [f"  model: {change.says}" for change in check.model_changes]
    if check.cause:
        lines.append(f"  likely cause: {check.cause}")
    if not check.passed and check.renewed is not None:
        lines.append(f"  if that is meant: glmnn check {quote(check.path)} --update")
    return lines


def moved_table(check: Checked) -> Grid:
    """Return the coefficients that are out of tolerance by the solver that moved most, those that moved most of all."""
    worst, lock = worst_of(check.movements), check.lock
    grid = Grid(("term", "locked", worst.solver, "difference", "in SE", "digits"), ("difference",))
    for j in _shown(worst):
        grid.add(
            _label(lock.coefficient[j].term),
            number(lock.coefficient[j].estimate, 8),
            number(worst.coef[j], 8),
            small(worst.difference[j]),
            small(worst.in_std_errors[j]),
            f"{worst.digits[j]:.1f}",
        )
    return grid


def beside_table(check: Checked) -> list[str]:
    """Return what belongs to the table: terms it leaves out, the other solvers, standard errors and deviance."""
    worst, lock, lines = worst_of(check.movements), check.lock, []
    hidden = int(worst.moved.sum()) - len(_shown(worst))
    if hidden > 0:
        lines.append(f"({hidden} more moved less)")
    for item in check.movements:
        if item is not worst:
            lines.append(f"{item.solver}: {small(item.distance)} SE from the lock, {item.moved.sum()} moved")
    if check.renewed is not None:
        lines.append(
            f"standard errors: changed by up to {100 * std_error_change(check):.2g} %; deviance: "
            f"{number(lock.fit.deviance, 8)} locked, {number(check.renewed.fit.deviance, 8)} now"
        )
    return lines


def _shown(worst: Movement) -> list[int]:
    places = np.flatnonzero(worst.moved)
    size = np.nan_to_num(np.abs(worst.in_std_errors[places]), nan=np.inf)
    return sorted(places[np.argsort(-size, kind="stable")[:MOST_TERMS]].tolist())


def _label(term: str) -> str:
    """Return a term for the start of a line, where a build server would take `::` for a command."""
    return _harmless(quoted(term) if term.lstrip().startswith("::") else term)


def _harmless(text: str) -> str:
    """Break up what a build server takes for a command anywhere in a line."""
    return text.replace("##[", "# #[")


def to_junit(checks: Sequence[Check]) -> str:
    """Return JUnit XML with one test case for each lock file."""
    errors = sum(isinstance(item, NotChecked) for item in checks)
    failed = sum(not item.passed for item in checks) - errors
    counts: dict[str, str] = {"tests": str(len(checks)), "failures": str(failed), "errors": str(errors)}
    suites = ElementTree.Element("testsuites", counts)
    suite = ElementTree.SubElement(suites, "testsuite", {"name": "glmnn check", **counts})
    for item in checks:
        case = ElementTree.SubElement(suite, "testcase", classname="glmnn.check", name=printable(item.path))
        if isinstance(item, NotChecked):
            ElementTree.SubElement(case, "error", type=item.verdict.value, message=printable(item.error))
            continue
        kind = {"type": item.verdict.value, "message": printable(headline(item))}
        tag, about = ("system-out", {}) if item.passed else ("failure", kind)
        place = ElementTree.SubElement(case, tag, about)
        place.text = "".join(c for c in check_text(item) if c.isprintable() or c == "\n")
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def to_github(checks: Sequence[Check]) -> str:
    """Return annotations for GitHub: errors for what failed, notices for notes."""
    lines = []
    for item in checks:
        more, notes = (details(item), item.notes) if isinstance(item, Checked) else ([], ())
        if not item.passed:
            said = "\n".join([headline(item), *(line.strip() for line in more)])
            lines.append(_annotation("error", item, f"glmnn check: {item.verdict.value}", said))
        lines += [_annotation("notice", item, "glmnn check", note) for note in notes]
    return "".join(f"{line}\n" for line in lines)


def _annotation(level: str, check: Check, title: str, message: str) -> str:
    place = _escaped(printable(check.path)).replace(":", "%3A").replace(",", "%2C")
    name = _escaped(title).replace(":", "%3A").replace(",", "%2C")
    text = "\n".join(map(printable, message.split("\n")))
    return f"::{level} file={place},title={name}::{_escaped(text)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
