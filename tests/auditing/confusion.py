"""How often `glmnn audit` names the true cause, on all cases of tests/reference/causes: the confusion table.

``uv run python tests/auditing/confusion.py`` takes about two minutes; ``--markdown`` writes the table for a README, a
list of causes as arguments takes those alone. The exit code is 1 when a cause is named where there is none to be known,
or when less than 95 % of the answers are right.

``--fresh`` takes the claims of tests/reference/fresh instead, on data and with settings that no rule was written
against, and prints a table for each of their halves. Many of them have few digits, so that their cause may be one of
several that the digits cannot exclude; those are counted apart, and 85 % must be named.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from glmnn.auditing.audit import audit
from glmnn.auditing.claims.claim import Claim
from glmnn.auditing.options import AuditOptions
from glmnn.auditing.result import Audit, NotMaximum, Verdict
from glmnn.data.sources.files import read_table
from glmnn.data.table import Table
from glmnn.fitting.estimate import Estimate, find_estimate

ROOT = Path(__file__).parents[2]
LEAST_RIGHT = 0.95
LEAST_RIGHT_FRESH = 0.85
HALVES = ("seen", "held_out")
NOTHING = "no cause"  # not the maximum, and nothing is accused
MAXIMUM, NO_MAXIMUM, NOT_UNIQUE = "maximum", "no maximum", "not unique"
ANY = "any cause"
NEWTON = "it is a state of Newton's path, and nothing but the digits says which rule ended it there"

# Answers that are right though they are not called like the true cause. The first pattern that fits an id counts.
EXPECTED: tuple[tuple[str, set[str], str], ...] = (
    ("none/*", {MAXIMUM}, "no accusation at all"),
    ("printed/*", {MAXIMUM}, "rounding is no cause"),
    ("float32/*", {MAXIMUM, "float32"}, "the maximum; float32 may be told as the reason for the last digits"),
    ("separation/*", {NO_MAXIMUM}, "there is nothing to hold a claim against"),
    ("collinear/*", {NOT_UNIQUE, ANY}, "the fitted means are right, or what moved them is named"),
    ("unknown/*/R_lm_log", {"other_link"}, "least squares on the logarithm is one of the other models"),
    ("unknown/*", {NOTHING}, "noise, another response, random rows: nothing can be known"),
    ("not_converged/*", {NOTHING}, "the noise of mini-batches has no signature"),
    ("l2+stopped_early/*/torch_*", {"l2_all+stopped_early"}, "PyTorch's weight_decay holds the bias too"),
    ("loose_tolerance/b/sklearn_newton_cg", {"loose_tolerance", "stopped_early"}, NEWTON),
    ("loose_tolerance/d/R_glm", {"loose_tolerance", "stopped_early"}, NEWTON),
)  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What was named, against what is true."""

    id: str
    truth: str
    named: str
    right: bool
    false: bool  # a false accusation
    open: bool = False  # nothing is named, for the digits are too few, and the truth is among what they do not exclude
    half: str = ""

    @property
    def wrong(self) -> bool:
        """True when another cause than the true one is named."""
        return not self.right and self.named not in {NOTHING, MAXIMUM}


@cache
def cases(folder: str = "causes") -> dict[str, dict[str, Any]]:
    """Return all cases of a folder of tests/reference by id."""
    text = (ROOT / f"tests/reference/{folder}/cases.json").read_text(encoding="utf-8")
    return {case["id"]: case for case in json.loads(text)["cases"]}


def claim_of(case: dict[str, Any]) -> Claim:
    """Return what the tool wrote as a claim: text as printed, float32 as such, other numbers in full."""
    if "coef_text" in case:
        texts = list(case["coef_text"].values())
        half_units = [0.5 * 10.0 ** -len(text.partition(".")[2]) for text in texts]
        return Claim("case", "text", tuple(case["coef_text"]), np.array(texts, dtype=float), np.array(half_units))
    names = tuple(case["coef"]) if "coef" in case else (None,) * len(case["values"])
    values = np.array(list(case["coef"].values()) if "coef" in case else case["values"])
    small = values.astype(np.float32)
    single = bool(np.all(small == values))
    half_units = np.spacing(np.abs(small if single else values)).astype(float) / 2
    return Claim("case", "float32" if single else "float64", names, values, half_units, single)


@cache
def _ruled(data: str, options: str) -> tuple[AuditOptions, Table, Estimate]:
    made, table = AuditOptions(**json.loads(options)), read_table(str(ROOT / data))
    return made, table, find_estimate(made, table)


def audited(case: dict[str, Any]) -> Audit:
    """Return the audit of a case."""
    options, table, estimate = _ruled(case["data"], json.dumps(case["options"]))
    return audit(options, table, claim_of(case), estimate)


def truth_of(case: dict[str, Any]) -> str:
    """Return the row of the table in which a case counts."""
    _, answers = _expected(case)
    return case["cause"] if case["cause"] in answers or len(answers) > 1 or _is_verdict(answers) else min(answers)


def _is_verdict(answers: set[str]) -> bool:
    return not answers.isdisjoint({NOTHING, MAXIMUM, NO_MAXIMUM, NOT_UNIQUE})


def _expected(case: dict[str, Any]) -> tuple[str, set[str]]:
    for pattern, answers, reason in EXPECTED:
        if fnmatch(case["id"], pattern):
            return reason, answers
    if case["cause"] == "loose_tolerance" and case["distance_se"] <= AuditOptions().tol_se:
        return "near enough to be the maximum", {MAXIMUM, "loose_tolerance"}
    return "", {case["cause"]}


def answer_of(case: dict[str, Any], found: Audit | None = None) -> Answer:
    """Return what the audit of a case names, and whether that is right."""
    found = found or audited(case)
    named = _named(found)
    _, answers = _expected(case)
    right = named in answers or (ANY in answers and bool(found.causes))
    if MAXIMUM in answers:
        right = right and found.verdict is Verdict.MAXIMUM
    elif "half" in case:  # a cause that moves nothing that is printed
        right = right or found.verdict is Verdict.MAXIMUM
    accused = bool(found.causes) or found.verdict not in {Verdict.MAXIMUM, Verdict.NOT_MAXIMUM}
    innocent = answers <= {NOTHING, MAXIMUM, "float32"}
    possible = found.finding.search.possible if isinstance(found.finding, NotMaximum) else ()
    left = not right and any(cause.key in answers for cause in possible)
    false = innocent and accused and not right
    return Answer(case["id"], truth_of(case), named, right, false, left, case.get("half", ""))


def _named(found: Audit) -> str:
    if found.verdict is Verdict.NO_MAXIMUM:
        return NO_MAXIMUM
    if found.verdict is Verdict.NOT_UNIQUE:
        return NOT_UNIQUE
    if found.causes:
        return found.causes[0].key
    return MAXIMUM if found.verdict is Verdict.MAXIMUM else NOTHING


def rows_of(answers: Iterable[Answer]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each true cause: how many cases, how many right, how many left open, and what was named."""
    groups: dict[str, list[Answer]] = {}
    for answer in answers:
        groups.setdefault(answer.truth, []).append(answer)
    for truth, group in sorted(groups.items()):
        named = Counter(answer.named + ("" if answer.right else " (wrong)") for answer in group)
        told = ", ".join(f"{name} {count}" for name, count in named.most_common())
        right, left = sum(answer.right for answer in group), sum(answer.open for answer in group)
        yield truth, str(len(group)), str(right), str(left), told


def table_of(answers: Iterable[Answer], markdown: bool) -> str:
    """Return the confusion table as text or in Markdown."""
    rows = [("true cause", "cases", "right", "open", "named"), *rows_of(answers)]
    if not any(row[3] != "0" for row in rows[1:]):
        rows = [(*row[:3], *row[4:]) for row in rows]
    if markdown:
        lines = ["| " + " | ".join(row) + " |" for row in rows]
        numbers = " ---: |" * (len(rows[0]) - 2)
        return "\n".join([lines[0], f"| --- |{numbers} --- |", *lines[1:]])
    first = max(len(row[0]) for row in rows)
    return "\n".join(f"{row[0]:{first}}  " + "".join(f"{cell:>5}  " for cell in row[1:-1]) + row[-1] for row in rows)


def main(arguments: list[str]) -> int:
    """Print the table; return 1 when it is not good enough."""
    wanted, fresh = [argument for argument in arguments if not argument.startswith("--")], "--fresh" in arguments
    every = cases("fresh" if fresh else "causes").values()
    chosen = [case for case in every if not wanted or case["cause"] in wanted]
    with ProcessPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        answers = list(pool.map(answer_of, chosen, chunksize=4))
    bad = False
    for half in HALVES if fresh else ("",):
        group = [answer for answer in answers if answer.half == half]
        right, false = sum(answer.right for answer in group), sum(answer.false for answer in group)
        lines = [half, ""] * fresh + [table_of(group, "--markdown" in arguments), ""]
        lines += [f"{'wrong' if answer.wrong else 'not named'}: {answer.id} -> {answer.named}"
                  for answer in group if not answer.right and not answer.open]  # fmt: skip
        lines.append(f"{right} of {len(group)} right, {right / len(group):.1%}; {false} false accusations")
        sys.stdout.write("\n".join([*lines, ""]))
        bad = bad or false > 0 or right < (LEAST_RIGHT_FRESH if fresh else LEAST_RIGHT) * len(group)
    return int(bad)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
