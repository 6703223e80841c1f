"""The tables of the page about the model: coefficients, claim, separation, pace, quality, training."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any

from glmnn.report.numbers import p_value, place_of, placed
from glmnn.report.page.words import DASH, num, spread_over, whole

Document = Mapping[str, Any]
MOST_ROWS = 300  # of a table of residuals
MOST_LOSSES = 48


def separation(doc: Document) -> list[tuple[str, str]]:
    """Return the rows of the separating direction."""
    if not doc["separation"]:
        return []
    return [
        (name, num(value, 5)) for name, value in zip(doc["model"]["shown"], doc["separation"]["direction"], strict=True)
    ]


def coefficients(doc: Document) -> dict[str, Any]:
    """Return title, heads and rows of the coefficients at the maximum."""
    found = doc["coefficients"]
    if not found:
        return {}
    percent = 100 * found["level"]
    ends = (f"{num((100 - percent) / 2)} %", f"{num(100 - (100 - percent) / 2)} %")
    ratio = (found["ratios"].removesuffix("s"),) if found["ratios"] else ()
    rows = []
    for term in found["terms"]:
        error = term["std_error"]
        place = place_of(error) if error else -5
        value = [_placed(term[name], place) for name in ("estimate", "low", "high")]
        p = DASH if term["p_value"] is None else p_value(term["p_value"])
        exponential = (num(term["ratio"]["estimate"]) if term["ratio"] else DASH,) if ratio else ()
        rows.append((term["label"], value[0], num(error), num(term["statistic"], 3), p, *value[1:], *exponential))
    return {
        "forest": any(term["scaled"] for term in found["terms"]),
        "interval_title": f"{num(percent)} % {found['interval'].replace('wald', 'Wald')} intervals",
        "coefficient_heads": ("term", "estimate", "std.error", found["statistic"], "p value", *ends, *ratio),
        "coefficient_rows": rows,
    }


def claim(doc: Document) -> dict[str, Any]:
    """Return the rows of a claim and of its tests."""
    claim = doc["claim"]
    if not claim:
        return {}
    rows = []
    for term in doc["coefficients"]["terms"] if doc["coefficients"] else ():
        if term["claimed"] is not None:
            difference = term["claimed"] - term["estimate"]
            in_errors = num(difference / term["std_error"], 2) if term["std_error"] else DASH
            rows.append(
                (term["label"], num(term["claimed"], 7), num(term["estimate"], 7), num(difference, 2), in_errors)
            )
    tests = [
        (test["name"], num(test["value"], 3), num(test["limit"], 3), "yes" if test["passed"] else "no")
        for test in claim["tests"]
    ]
    return {"claim_rows": rows, "test_rows": tests}


def pace(doc: Document) -> dict[str, Any]:
    """Return the rows of curvatures and steps."""
    pace = doc["pace"]
    if not pace:
        return {}
    pairs = zip(count(1), pace["curvature"], pace["steps"], strict=False)
    return {"pace_rows": [(str(k), num(value), "never" if steps is None else num(steps)) for k, value, steps in pairs]}


def quality(doc: Document) -> dict[str, Any]:
    """Return the rows of calibration, ROC curve and residuals."""
    groups = [
        (str(k), whole(group["trials"]), *(num(group[name], 3) for name in ("mean", "share", "low", "high")))
        for k, group in enumerate(doc["calibration"], 1)
    ]
    roc, residuals = doc["roc"], doc["residuals"]
    points = zip(roc["false_positive"], roc["true_positive"], strict=True) if roc else ()
    columns = (residuals["fitted"], residuals["observed"], residuals["residual"]) if residuals else ((), (), ())
    return {
        "calibration_rows": groups,
        "roc_rows": [(str(k), num(fp, 3), num(tp, 3)) for k, (fp, tp) in enumerate(points, 1)],
        "residual_rows": [
            (str(k), *map(num, row))
            for k, row in zip(range(1, MOST_ROWS + 1), zip(*columns, strict=True), strict=False)
        ],
    }


def training(doc: Document) -> dict[str, Any]:
    """Return the rows of losses and folds."""
    training = doc["training"]
    if not training:
        return {}
    loss = training["loss"]
    return {
        "held_out": any(look["held_out"] is not None for look in loss),
        "loss_rows": [
            (whole(loss[k]["update"]), num(loss[k]["loss"], 5), num(loss[k]["held_out"], 5))
            for k in spread_over(len(loss), MOST_LOSSES)
        ],
        "fold_rows": [(str(k), num(fold["glm"]), num(fold["network"])) for k, fold in enumerate(training["folds"], 1)],
    }


def _placed(value: float | None, place: int) -> str:
    return DASH if value is None else placed(value, place).replace("-", "−", int(value < 0))
