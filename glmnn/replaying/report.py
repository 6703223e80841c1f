"""A replay of the documents for people and for programs."""

from __future__ import annotations

from collections import Counter

from glmnn.replaying.document import ReplayDocument, Replayed
from glmnn.replaying.replay import Replay, exit_of
from glmnn.replaying.row import NOTHING, Row, Verdict
from glmnn.report.json import Versions, versions
from glmnn.report.numbers import count, number, small
from glmnn.report.sections import Report, Section, Tone
from glmnn.report.tables import Grid

FEWEST_DIGITS = 6  # of glmnn's numbers
PLURAL = {Verdict.SLIP: "slips", Verdict.REMARK: "remarks"}
PRINTED = (Verdict.MATCHED, Verdict.PRINTED)
GROUPS = {  # in the order of the report, with what the second column says
    "NOT MATCHED": ((Verdict.MISSED,), "where"),
    "Printed, and matched": (PRINTED, "where"),
    "Method only: data, seed, weights or rate are not given, or there are no numbers": ((Verdict.METHOD,), "where"),
    "Computed here: not printed in the document": ((Verdict.COMPUTED,), "from"),
    "Slips": ((Verdict.SLIP,), "where"),
    "Remarks": ((Verdict.REMARK,), "where"),
    "Not run": ((Verdict.NOT_RUN,), "where"),
}


def replay_report(replays: list[Replay]) -> Report:
    """Return the report: for each document a table for each kind of row, and a verdict."""
    parts = []
    if len(replays) > 1:
        tone = Tone.GOOD if all(item.holds for item in replays) else Tone.BAD
        parts.append(Section("", [summary(replays)], strong=True, tone=tone))
    for item in replays:
        lines = (verdict(item), item.document.title)
        parts.append(Section("", lines, strong=True, tone=Tone.GOOD if item.holds else Tone.BAD))
        for heading, (kinds, place) in GROUPS.items():
            rows = [row for row in item.rows if row.verdict in kinds]
            if rows:
                parts.append(Section(heading, (), _grid(rows, place)))
                notes = _notes(rows)
                parts += [Section("", notes)] if notes else []
    return Report("glmnn replay", parts, lambda: to_document(replays))


def _grid(rows: list[Row], place: str) -> Grid:
    printed, counted = any(row.theirs != NOTHING for row in rows), any(row.digits is not None for row in rows)
    columns = ["what", place, *(["theirs"] if printed else []), "glmnn", *(["digits"] if counted else [])]
    grid = Grid(tuple(columns), ("digits",) if counted else ())
    for row in rows:
        digits = NOTHING if row.digits is None else f"{row.digits.agreed} of {row.digits.printed}"
        grid.add(row.what, row.place, *([row.theirs] if printed else []), _shown(row), *([digits] if counted else []))
    return grid


def _notes(rows: list[Row]) -> list[str]:
    """Return the notes, each once with all its rows."""
    places: dict[str, list[str]] = {}
    for row in rows:
        if row.note:
            places.setdefault(row.note, []).append(row.what)
    return [f"{'; '.join(dict.fromkeys(names))}: {note}" for note, names in places.items()]


def verdict(item: Replay) -> str:
    """Return the line below the tables of a document."""
    counts = _counts(item.counts)
    if item.holds:
        return f"{item.document.number}: all that can match does ({counts})."
    missed = ", ".join(row.what for row in item.rows if not row.holds)
    return f"{item.document.number}: NOT matched: {missed} ({counts})."


def _counts(counts: dict[Verdict, int]) -> str:
    """Return how many rows are of each kind, those that match to whole numbers and to digits as one."""
    matched = sum(counts.get(kind, 0) for kind in PRINTED)
    parts = [f"{count(matched)} printed and matched"] if matched else []
    parts += [
        f"{count(many)} {PLURAL.get(kind, kind.value) if many > 1 else kind.value}"
        for kind, many in counts.items()
        if kind not in PRINTED
    ]
    return ", ".join(parts)


def summary(replays: list[Replay]) -> str:
    """Return the line below several documents."""
    total = sum((Counter(item.counts) for item in replays), Counter())
    counts = _counts({kind: total[kind] for kind in Verdict if total[kind]})
    missed = [item.document.number for item in replays if not item.holds]
    if missed:
        return f"{len(replays)} documents: {counts}; NOT matched: look at {', '.join(missed)}."
    return f"{len(replays)} documents: {counts}; all that can match does."


def to_document(replays: list[Replay]) -> ReplayDocument:
    """Return the replay as the values of its JSON document."""
    return ReplayDocument(
        versions=Versions(**versions()),
        exit=int(exit_of(replays)),
        documents=[
            Replayed(
                document=item.document.number,
                title=item.document.title,
                holds=item.holds,
                verdict=verdict(item),
                rows=item.rows,
            )
            for item in replays
        ],
    )


def _shown(row: Row) -> str:
    if row.unit == "%":
        return f"{row.ours:.1f} %"
    if row.unit:
        return f"{small(row.ours) if isinstance(row.ours, float) else row.ours} {row.unit}"
    if isinstance(row.ours, float):
        return number(row.ours, max(FEWEST_DIGITS, 0 if row.digits is None else row.digits.printed))
    return str(row.ours)
