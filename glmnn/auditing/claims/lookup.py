"""Find the column of a design that a name stands for, the strictest reading first."""

from __future__ import annotations

import re
from collections.abc import Iterator

from glmnn.auditing.claims.claim import INTERCEPT
from glmnn.auditing.claims.spellings import MOST_LETTERS, Vocabulary, make_vocabulary
from glmnn.errors import UsageError, listed, quoted

MOST_PREFIXES = 50  # of transformers within transformers
Levels = dict[str, tuple[str, ...]]


def find_place(
    name: str, names: tuple[str, ...], vocabularies: tuple[Vocabulary, Vocabulary], source: str
) -> tuple[int | None, bool]:
    """Return the column that a name stands for, and whether more than its spelling was changed."""
    for depth, reading in enumerate(readings(name)):
        if reading in names:
            return names.index(reading), depth > 0
        for folded, vocabulary in enumerate(vocabularies):
            places = vocabulary.places(reading)
            if len(places) > 1:
                both = listed(names[place] for place in sorted(places))
                raise UsageError(f"{source}: {quoted(name)} could be any of {both}; write the name as the model does")
            if places:
                place = places.pop()
                plainly = names[place] == INTERCEPT or re.search(r"(?i)\[T\.True\]", names[place])
                return place, depth > 0 or (bool(folded) and not plainly)
    head, mark, tail = name.partition("~")  # Stata shortens long names
    near = [place for place, term in enumerate(names) if mark and term.startswith(head) and term.endswith(tail)]
    return (near[0], True) if len(near) == 1 and head else (None, False)


def readings(name: str) -> Iterator[str]:
    """Yield a name, and the name without the prefixes that scikit-learn's transformers put before it."""
    yield name
    if len(name) > MOST_LETTERS:
        return
    for _ in range(MOST_PREFIXES):
        name = name.partition("__")[2]
        if name:
            yield name


def vocabularies_of(names: tuple[str, ...], levels: Levels) -> tuple[Vocabulary, Vocabulary]:
    """Return the vocabularies of a design: one that minds upper and lower case, and one that does not."""
    return make_vocabulary(names, levels, str), make_vocabulary(names, levels, str.casefold)


def from_one(written: list[str], names: tuple[str, ...]) -> list[str]:
    """Count the columns of a function from 1, where the claim counts them from 0 as patsy does."""
    numbers: dict[str, set[int]] = {}
    for name in written:
        numbered = re.fullmatch(r"(\w+\(.*\))\[(\d{1,3})\]", name)
        if numbered is not None and not name.startswith("C("):
            numbers.setdefault(numbered.group(1), set()).add(int(numbered.group(2)))
    heads = {head for head, places in numbers.items() if places == {*range(len(places))} and f"{head}[0]" not in names}
    return [
        re.sub(r"\[(\d+)\]$", lambda place: f"[{int(place.group(1)) + 1}]", name)
        if name.rpartition("[")[0] in heads
        else name
        for name in written
    ]
