"""Terms and formulas as people read them; files keep their formal names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from glmnn.report.tables import ELLIPSIS

LONGEST = 160  # letters of a formula
KEPT = 8  # terms at the start of a formula that is longer


def term_labels(names: Sequence[str], levels: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return terms with the levels of factors in words; a label that two terms would share stays the formal name.

    >>> term_labels(("age", "arm[T.b]:C(sex)[T.m]"), {"arm": ("a", "b"), "sex": ("f", "m")})
    ('age', 'arm b:sex m')
    """
    said = {
        f"{written}[{mark}{level}]": f"{factor} {level}"
        for factor, known in levels.items()
        for level in known
        for written in (factor, f"C({factor})")
        for mark in ("T.", "")
    }
    if not said:
        return tuple(names)
    parts = "|".join(map(re.escape, sorted(said, key=len, reverse=True)))
    whole = re.compile(rf"(?:(?<=^)|(?<=:)|(?<=: ))(?:{parts})(?=$|:)")
    labels = [whole.sub(lambda match: said[match.group()], name) for name in names]
    return tuple(
        label if label == name or ([*labels, *names].count(label) == 1) else name
        for label, name in zip(labels, names, strict=True)
    )


def short_formula(formula: str) -> str:
    """Return a formula, without most of its terms where it is long.

    >>> short_formula("y ~ " + " + ".join(f"x{j}" for j in range(1, 201)))
    'y ~ x1 + x2 + x3 + x4 + x5 + x6 + x7 + x8 + … + x200 (200 terms)'
    """
    terms = formula.split(" + ")
    if len(formula) <= LONGEST or len(terms) <= KEPT + 2:
        return formula
    return f"{' + '.join([*terms[:KEPT], ELLIPSIS, terms[-1]])} ({len(terms)} terms)"
