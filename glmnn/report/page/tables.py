"""What the tables of the page show of a picture document: rows of text; nothing is computed that the document lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

from glmnn.report.page import model_tables as model
from glmnn.report.page.words import DASH, duration, num, spread_over, whole

Document = Mapping[str, Any]
MOST_LIVE = 4  # coefficients in the live table; all of them stand in the table of ends
MOST_STATES = 24  # of a solver in the table of states
UNITS = {"iteration": "Iterations", "passes": "Passes over the data", "seconds": "Time of the solver alone"}
BUSY, MOST_SPREAD = "The machine was busy: the same pass over the data took very different times.", 1.25
DATA = {
    "curve": (
        "The fitted curve of every solver",
        "Dotted: at the maximum. Points: the data.",
    ),
    "line": (
        "The line of 50 %, solver by solver",
        "The ground is the mean of the followed neuron. Dotted: the line at the maximum.",
    ),
    "means": (
        "Fitted means against those at the maximum",
        "The mean of every row shown, of the followed solver; on the diagonal nothing is left to do.",
    ),
}  # fmt: skip


def shown_in(doc: Document) -> dict[str, Any]:
    """Return what the template asks for beside the document itself."""
    kind = (doc["in_data"] or {}).get("kind", "")
    title, text = DATA.get(kind, ("", ""))
    if kind == "line" and doc["separation"]:
        title = "A line that separates the data"
        text = "Broad grey: the separating line. On it, a steeper neuron always fits better."
    if kind == "line" and doc["model"]["binary"]:
        text += " Filled: 1."
    return {
        "runs_at": {run["solver"]: place for place, run in enumerate(doc["runs"])},
        "drawn_data": bool(kind and doc["rows"] and (kind != "means" or doc["rows"]["mean"]) and doc["runs"]),
        "data_title": title,
        "data_text": text,
        "nowhere": bool(doc["plane"]) and any(None in view["rise"] for view in doc["plane"]["views"]),
        "restarted": any(run["kind"] == "restarted" for run in doc["runs"]),
        "told": _known(doc, "distance"),
        "sunk": _known(doc, "deviance"),
        "bands": any(run["band"] for run in doc["runs"]),
        "versions": ", ".join(f"{name} {value}" for name, value in doc["versions"].items() if value),
        **_live(doc),
        "level_tables": list(_levels(doc)),
        "separation_rows": model.separation(doc),
        **model.coefficients(doc),
        **model.claim(doc),
        **model.pace(doc),
        **model.quality(doc),
        **model.training(doc),
        **_behind(doc),
    }


def _known(doc: Document, field: str) -> bool:
    """Say whether a quantity is known of any state."""
    return any(value is not None for run in doc["runs"] for value in run["states"][field] or ())


def _last(values: Sequence[Any] | None) -> Any:
    return values[-1] if values else None


def _final_coef(states: Document) -> Sequence[float | None]:
    return next((coef for coef in reversed(states["coef"]) if coef is not None), [])


def _live(doc: Document) -> dict[str, Any]:
    """Return the live table: where each solver ended, which the scripts write over."""
    fields = [("distance", "distance, SE"), ("outside", "outside plane, SE")]
    if not doc["model"]["maximum"]:
        fields = [("deviance", "deviance"), ("length", "length")]
    elif not _known(doc, "distance"):
        fields = [("deviance", "deviance")]
    elif not doc["plane"] or (doc["plane"]["kind"] == "pair" and len(doc["model"]["names"]) == 2):
        del fields[1]
    rows = []
    for run in doc["runs"]:
        states = run["states"]
        ends = {name: _last(states[name]) for name in ("iteration", "passes", "seconds", *(name for name, _ in fields))}
        rows.append({"label": run["label"], "status": run["status"], "coef": _final_coef(states)[:MOST_LIVE], **ends})
    return {"live_fields": fields, "live_rows": rows, "live_names": doc["model"]["shown"][:MOST_LIVE] if rows else []}


def _levels(doc: Document) -> Iterator[dict[str, Any]]:
    """Yield the cost to stay within each level, a table for each unit of cost."""
    runs = [run for run in doc["runs"] if run["reached"]]
    unit = " SE" if doc["levels"]["unit"] == "SE" else ""
    repeated = any(entry["seconds"] and entry["seconds"]["runs"] > 1 for run in runs for entry in run["reached"])
    for field, title in UNITS.items():
        rows = []
        for run in runs:
            rows.append((run["label"], *(_cost(entry, field, repeated) for entry in run["reached"])))
        if rows and any(entry[field] is not None for run in runs for entry in run["reached"]):
            heads = ("solver", *(f"{num(value, 1)}{unit}" for value in doc["levels"]["values"]))
            note = _timing(doc, repeated) if field == "seconds" else ""
            yield {"unit": field, "caption": f"{title} until the solver stays within", "heads": heads, "rows": rows,
                   "note": note}  # fmt: skip


def _timing(doc: Document, repeated: bool) -> str:
    """Return what is to be known of times."""
    how = "Medians; in brackets the range over the timed runs, or that there was one." if repeated else "One run each."
    return f"{how} {BUSY}" if _busy(doc) else how


def _busy(doc: Document) -> bool:
    return bool(doc["machine"] and (doc["machine"]["kernel_spread"] or 0) > MOST_SPREAD)


def _cost(entry: Document, field: str, repeated: bool) -> str:
    value = entry[field]
    if field != "seconds" or value is None:
        return whole(value) if field == "iteration" else num(value, 6)
    spread = f"{duration(value['low'])} to {duration(value['high'])}" if value["runs"] > 1 else "1 run"
    return f"{duration(value['median'])} ({spread})" if repeated else duration(value["median"])


def _behind(doc: Document) -> dict[str, Any]:
    """Return the tables at the foot: states, ends, loadings, machine."""
    shown, plane, machine = doc["model"]["shown"], doc["plane"], doc["machine"]
    measure, heading = ("distance", "SE from the maximum") if _known(doc, "distance") else ("deviance", "deviance")
    states = []
    for run in doc["runs"]:
        found = run["states"]
        coefs: list[Any] = list(accumulate(found["coef"], lambda before, coef: before if coef is None else coef))
        rows = [
            (whole(found["iteration"][k]), num(found["passes"][k], 6), duration(found["seconds"][k]),
             num((found[measure] or {k: None})[k], 3), *(num(b, 5) for b in coefs[k][:MOST_LIVE]))
            for k in spread_over(len(found["iteration"]), MOST_STATES)
        ]  # fmt: skip
        names = shown[:MOST_LIVE]
        states.append(
            {"caption": f"States of {run['label']}", "rows": rows,
             "heads": ("iteration", "passes", "time", heading, *names)}
        )  # fmt: skip
    ends = [_final_coef(run["states"]) for run in doc["runs"]]
    wide = [(name, *(num(coef[j], 9) if j < len(coef) else DASH for coef in ends)) for j, name in enumerate(shown)]
    rows = []
    if machine:
        threads = ", ".join(f"{name} {used}" for name, used in machine["threads"].items())
        rows = [
            ("processor", machine["cpu"]), ("cores", whole(machine["cores"])), ("threads in force", threads or DASH),
            ("load before and after", f"{num(machine['load_before'], 3)}, {num(machine['load_after'], 3)}"),
            ("one pass over the data", duration(machine["pass_seconds"])),
            ("slowest over fastest such pass", num(machine["kernel_spread"], 3)),
            ("rounds", whole(machine["rounds"])), ("Python", machine["python"]), ("BLAS", machine["blas"]),
        ]  # fmt: skip
    return {
        "state_tables": states,
        "end_heads": ("term", *(run["label"] for run in doc["runs"])),
        "end_rows": wide if doc["runs"] else [],
        "loading_rows": [(name, *(num(axis[j], 3) for axis in plane["loadings"])) for j, name in enumerate(shown)]
        if plane else [],
        "machine_rows": rows,
        "machine_note": BUSY if _busy(doc) else "",
    }  # fmt: skip
