"""Claims about a model with less or more terms than the one asked for: which model that is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from glmnn.auditing.claims.claim import INTERCEPT, Claim
from glmnn.auditing.claims.contrasts import contrast_of, recodings
from glmnn.auditing.claims.lookup import find_place, readings, vocabularies_of
from glmnn.auditing.claims.names import match, other_bases
from glmnn.auditing.claims.pairs import split_outside
from glmnn.auditing.claims.spellings import INTERCEPTS, Vocabulary, make_vocabulary, plain, splits
from glmnn.auditing.options import AuditOptions
from glmnn.data.design import Design
from glmnn.data.formula.parse import split_formula
from glmnn.data.table import Table
from glmnn.errors import GlmnnError, UsageError, listed
from glmnn.fitting.build import make_run

MOST_COLUMNS, MOST_LEVELS = 500, 100  # of a table in which names of other terms are sought
FUNCTION = re.compile(r"(?:I|log|log10|log2|exp|sqrt)\((\w+)(?:\*\*[2-5])?\)|(\w+)\*\*[2-5]")


@dataclass(frozen=True)
class OtherModel:
    """The model that a claim is about.

    Attributes
    ----------
    options : AuditOptions
    lacks, has : tuple of str
        Terms of the model asked for that the claim has not, and those that only the claim has.
    """

    options: AuditOptions
    lacks: tuple[str, ...]
    has: tuple[str, ...]

    @property
    def says(self) -> str:
        """The first half of a sentence."""
        lacking = f"has no {listed(self.lacks, 6)}" if self.lacks else ""
        having = f"has {listed(self.has, 6)} as well" if self.has else ""
        return f"the claim {' and '.join(filter(None, (lacking, having)))}"

    @property
    def which(self) -> str:
        """How the model differs from the one asked for."""
        one = len(self.lacks) + len(self.has) == 1
        if self.lacks and self.has:
            return "with just these terms"
        return f"{'without' if self.lacks else 'with'} {'it' if one else 'them'}"


def other_model(options: AuditOptions, table: Table, claim: Claim, design: Design) -> OtherModel | None:
    """Return the model that the names of a claim say, if it is another one that the table knows.

    Parameters
    ----------
    options : AuditOptions
        The model asked for.
    table : Table
    claim : Claim
    design : Design
        Of the model asked for, with no column left out.
    """
    names, levels = design.data.names, design.levels
    if None in claim.names or not claim.names:
        return None
    vocabularies = vocabularies_of(names, levels)
    taken: set[int] = set()
    strange: list[str] = []
    try:
        for name in claim.names:
            place, _ = find_place(name or "", names, vocabularies, claim.source)
            taken |= set() if place is None else {place}
            strange += [name or ""] if place is None else []
    except UsageError:
        return None
    lacking = [name for place, name in enumerate(names) if place not in taken and name != INTERCEPT]
    if lacking and not strange and not taken - {place for place, name in enumerate(names) if name == INTERCEPT}:
        return None  # an intercept alone is more likely a claim that was cut short
    intercept = INTERCEPT not in names and any(name in INTERCEPTS for name in strange)
    strange = [name for name in strange if not (intercept and name in INTERCEPTS)]
    extras = [_term(name, table, design) for name in strange]
    if not (lacking or extras or intercept) or None in extras:
        return None
    changed = _changed(options, table, design, lacking, [extra for extra in dict.fromkeys(extras) if extra], intercept)
    if changed is None:
        return None
    try:
        _, theirs, _ = make_run(changed, table)
        _understood(claim, theirs)
    except GlmnnError:
        return None
    had, have = {*names}, {*theirs.data.names}
    lacks, has = tuple(name for name in names if name not in have), tuple(n for n in theirs.data.names if n not in had)
    return OtherModel(changed, lacks, has) if lacks or has else None


def _understood(claim: Claim, design: Design) -> None:
    """Raise UsageError if a claim cannot be read in the terms of a design, or in another coding of them."""
    names, levels = design.data.names, design.levels
    if not other_bases(claim, names, levels):
        try:
            match(claim, names, levels)
        except UsageError:
            if not recodings(claim, names, levels):
                raise


def _term(name: str, table: Table, design: Design) -> str | None:
    """Return what a name would be in a formula, of columns of the table that are not the response."""
    column = table.columns.get(name)
    if column is not None and column.numbers is not None and name != design.target:
        return backticked(name)
    if len(table.columns) > MOST_COLUMNS:
        return None
    others = {column: values for column, values in table.columns.items() if column != design.target}
    numeric = tuple(column for column, values in others.items() if values.numbers is not None)
    factors = {
        column: tuple(sorted(set(values.labels) - {""}))
        for column, values in others.items()
        if values.numbers is None or re.search(r"(?:C|factor)\(\s*[`\"']?" + re.escape(column), name)
    }
    factors = {column: labels for column, labels in factors.items() if len(labels) <= MOST_LEVELS}
    counted = {column for column in numeric if column in factors}  # numbers that the claim takes for levels
    numeric = tuple(column for column in numeric if column not in factors)
    for fold in (str, str.casefold):
        words = make_vocabulary(numeric, factors, fold)
        for reading in readings(name):
            values = {term for pieces in splits(reading) for term in _terms(pieces, words, numeric, factors)}
            if len(values) == 1:
                term = values.pop()
                return ":".join(f"C({part})" if part.strip("`") in counted else part for part in term.split(":"))
    return None


def _terms(
    pieces: tuple[str, ...], words: Vocabulary, numeric: tuple[str, ...], factors: dict[str, tuple[str, ...]]
) -> Iterator[str]:
    """Yield the terms that the parts of a name may be together."""
    originals = {plain(column): column for column in numeric}
    choices: list[set[str]] = []
    for piece in pieces:
        terms: set[str] = set()
        for part in words.parts.get(words.fold(piece), ()):
            if part in words.levels:
                factor = words.levels[part][0]
                terms.add(backticked(factor) if factor in factors else part)
            elif part in originals:
                terms.add(backticked(originals[part]))
        coded = contrast_of(piece, factors)
        if not terms and coded is not None:
            terms.add(backticked(coded[0]))
        called = FUNCTION.fullmatch(piece)
        if not terms and called is not None and (called.group(1) or called.group(2)) in originals:
            terms.add(piece if called.group(1) else f"I({piece})")
        choices.append(terms)
    for chosen in product(*choices):
        yield ":".join(sorted(chosen))


def backticked(name: str) -> str:
    """Return a column as a formula writes it."""
    return name if name.isidentifier() else f"`{name}`"


def _changed(
    options: AuditOptions, table: Table, design: Design, lacking: list[str], extras: list[str], intercept: bool
) -> AuditOptions | None:
    """Return options whose model is that of the claim; None if no formula says it."""
    recipe = design.recipe
    intercept = intercept or recipe.intercept
    if recipe.parsed is None:
        features = [name for name in recipe.features or () if name not in lacking]
        bare = [extra.strip("`") for extra in extras]
        numeric = all(name in table.columns and table.columns[name].numbers is not None for name in bare)
        if numeric and features + bare and not any("," in name for name in features + bare):
            return replace(options, target=design.target, features=[*features, *bare], intercept=intercept)
        terms = [backticked(name) for name in features]
    else:
        kept = _kept(design, lacking)
        if kept is None:
            return None
        terms = kept
    right = " + ".join([*(["1"] if intercept else ["0"]), *terms, *extras])
    left = design.target if recipe.parsed is None else split_formula(design.formula)[0]
    return replace(options, formula=f"{backticked(left)} ~ {right}", features=[], target=None, intercept=intercept)


def _kept(design: Design, lacking: list[str]) -> list[str] | None:
    """Return the terms of the formula of which columns are claimed; None if only some columns of a term are."""
    parsed = design.recipe.parsed
    assert parsed is not None
    of_term: dict[tuple[str, ...], list[str]] = {}
    for name in design.data.names:
        if name != INTERCEPT:
            of_term.setdefault(_variables(name), []).append(name)
    kept: list[str] = []
    for term in parsed.parsed:
        text = _written(str(term), parsed.originals)
        if text in ("1", "0"):
            continue
        columns = of_term.get(_variables(text))
        if columns is None:
            return None
        gone = [name in lacking for name in columns]
        if any(gone) and not all(gone):
            return None
        kept += [] if all(gone) else [text]
    return kept


def _written(text: str, originals: dict[str, str]) -> str:
    """Put the names of columns back, in backticks."""
    for place, name in originals.items():
        text = text.replace(place, f"`{name}`")
    return text


def _variables(name: str) -> tuple[str, ...]:
    """Return the variables of a column or of a term, without levels and numbers of columns.

    >>> _variables("C(g)[T.b]:poly(x, 2)[1]") == _variables("poly(x, 2):C(g)")
    True
    """
    bare = re.sub(r"`([^`:]+)`", r"\1", name)
    parts = [plain(part) for part in split_outside(bare, ":")]
    return tuple(sorted(re.sub(r"(?<=\))\d+$", "", re.sub(r"\[[^\[\]]*\]$", "", part)) for part in parts))
