"""A replay of the documents for people and for programs."""

from __future__ import annotations

import json
from typing import Any

from glmnn.replaying.replay import Replay, exit_of
from glmnn.replaying.row import Row, Verdict
from glmnn.report.json import plain_values, versions
from glmnn.report.numbers import count, number, small
from glmnn.report.sections import Section, markdown_sections
from glmnn.report.tables import Grid

SEEDS_SCHEMA = "glmnn.seeds/1"
FEWEST_DIGITS = 6  # of glmnn's numbers
SHORT = {
    Verdict.PRINTED: "printed digits",
    Verdict.NO_MAXIMUM: "no maximum",
    Verdict.MISSED: "NOT MATCHED",
}
PLURAL = {Verdict.SLIP: "slips", Verdict.NO_MAXIMUM: "without a finite maximum"}


def sections(replays: list[Replay], short: bool = True) -> list[Section]:
    """Return the report: a table, notes and a verdict for each document; `short` abbreviates the verdicts."""
    parts = []
    for item in replays:
        grid = Grid(("what", "where", "theirs", "glmnn", "digits", "verdict"), ("where", "digits"))
        for row in item.rows:
            grid.add(
                row.what,
                row.place,
                row.theirs,
                _shown(row),
                "-" if row.digits is None else f"{row.digits.agreed} of {row.digits.printed}",
                SHORT.get(row.verdict, row.verdict.value) if short else row.verdict.value,
            )
        parts.append(Section(f"{item.document.number}: {item.document.title}", (), grid))
        parts.append(Section("", _notes(item)))
        parts.append(Section("", [verdict(item)], strong=True))
    if len(replays) > 1:
        parts.append(Section("", [summary(replays)], strong=True))
    return parts


def _notes(item: Replay) -> list[str]:
    """Return the notes, each once with all its rows."""
    rows: dict[str, list[str]] = {}
    for row in item.rows:
        if row.note:
            rows.setdefault(row.note, []).append(row.what)
    return [f"{'; '.join(names)}: {note}" for note, names in rows.items()]


def verdict(item: Replay) -> str:
    """Return the line below the table of a document."""
    told = ", ".join(
        f"{count(many)} {PLURAL.get(kind, kind.value) if many > 1 else kind.value}"
        for kind, many in item.counts.items()
    )
    if item.holds:
        return f"{item.document.number}: all that can match does ({told})."
    missed = ", ".join(row.what for row in item.rows if not row.holds)
    return f"{item.document.number}: NOT matched: {missed} ({told})."


def summary(replays: list[Replay]) -> str:
    """Return the line below several documents."""
    rows = sum(len(item.rows) for item in replays)
    missed = [item.document.number for item in replays if not item.holds]
    if missed:
        return f"{count(rows)} rows in {len(replays)} documents; NOT matched: look at {', '.join(missed)}."
    return f"{count(rows)} rows in {len(replays)} documents; all that can match does."


def to_seeds_markdown(replays: list[Replay]) -> str:
    """Return the report in Markdown, the places included."""
    return markdown_sections("glmnn seeds", sections(replays, short=False))


def to_seeds_json(replays: list[Replay]) -> str:
    """Return the replay as JSON, described by schemas/seeds-1.json."""
    document: dict[str, Any] = {
        "schema": SEEDS_SCHEMA,
        "versions": versions(),
        "exit": int(exit_of(replays)),
        "documents": [
            {
                "document": item.document.number,
                "title": item.document.title,
                "holds": item.holds,
                "verdict": verdict(item),
                "rows": [_row(row) for row in item.rows],
            }
            for item in replays
        ],
    }
    return json.dumps(plain_values(document), indent=2, allow_nan=False) + "\n"


def _shown(row: Row) -> str:
    if row.unit:
        return f"{small(row.ours) if isinstance(row.ours, float) else row.ours} {row.unit}"
    if isinstance(row.ours, float):
        return number(row.ours, max(FEWEST_DIGITS, 0 if row.digits is None else row.digits.printed))
    return str(row.ours)


def _row(row: Row) -> dict[str, Any]:
    return {
        "what": row.what,
        "place": row.place,
        "theirs": row.theirs,
        "ours": row.ours,
        "unit": row.unit,
        "digits": None if row.digits is None else row.digits._asdict(),
        "verdict": row.verdict.value,
        "note": row.note,
    }
