"""How other tools write the terms of a design: every spelling of a part, and the parts of a term."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product

from glmnn.auditing.claims.claim import INTERCEPT
from glmnn.auditing.claims.pairs import split_outside

INTERCEPTS = (
    INTERCEPT,
    "Intercept",
    "const",
    "constant",
    "_cons",
    "bias",
    "intercept",
    "intercept_",
    "b0",
    "1",
    "cons",
)
MOST_PARTS, MOST_LETTERS = 6, 5_000  # of an interaction; of a name

WRAPPERS = re.compile(
    r"(?:C|(?:as\.)?(?:factor|ordered|character)|(?:stats::)?relevel|(?:forcats::)?fct_relevel|pd\.Categorical|categorical)\("
)
CODED = re.compile(r"(.+)\[([SHD])\.(.+)\]|(.+)\[\.(L|Q|C|\*\*\d+)\]")

Key = tuple[str, ...]


def plain(part: str) -> str:
    """Return a part of a term without the marks that only one tool makes.

    >>> plain("I(x ^ 2)"), plain("np.log(x)"), plain("C(g, Treatment('b'))[T.a]"), plain("poly(x, degree=2)[1]")
    ('I(x**2)', 'log(x)', 'g[T.a]', 'poly(x,2)1')
    """
    name = re.sub(r"\bQ\(([\"'])(.*?)\1\)", r"\2", part)
    name = re.sub(r"[`\s]", "", name).replace("^", "**")
    name = re.sub(r"(?<![\w.])(?:np|numpy)\.(?=\w+\()", "", name)
    name = _unwrapped(name)
    return re.sub(r"\)\[(\d+)\]$", r")\1", name.replace("degree=", ""))


def _unwrapped(name: str) -> str:
    """Take a factor out of C(...), factor(...), relevel(...) and the like, with what stands behind it."""
    match = WRAPPERS.match(name)
    if match is None:
        return name
    depth = 1
    for place in range(match.end(), len(name)):
        depth += (name[place] == "(") - (name[place] == ")")
        if depth == 0:
            return _unwrapped(split_outside(name[match.end() : place], ",")[0]) + name[place + 1 :]
    return name


def level_spellings(factor: str, level: str, lone: bool) -> Iterator[str]:
    """Yield how tools write the column of one level; `lone` says that it is the True of a factor of two."""
    name, value = plain(factor), plain(level)
    if lone:
        yield name
    for label in (value, f"{value}.0") if re.fullmatch(r"-?\d+", value) else (value,):
        yield from (f"{name}[T.{label}]", f"{name}[{label}]", f"{name}{label}", f"{name}_{label}", f"{name}.{label}")
        yield from (f"{label}.{name}", f"{name}={label}", f"{name}=={label}", f"{name}:{label}", f"{name}#{label}")
        yield f"_I{name}_{label}"


def contrast_spellings(part: str, levels: dict[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield how R and patsy write a column of contrasts of a design: by its number, or by its power."""
    coded = CODED.fullmatch(part)
    if coded is None:
        return
    name, letter, level, powered, power = coded.groups()
    if powered is not None:
        word = {"L": ".Linear", "Q": ".Quadratic", "C": ".Cubic"}.get(power)
        yield from (f"{powered}{power}" if power.startswith("*") else f"{powered}.{power}", f"{powered}{word or power}")
        return
    labels = next((labels for factor, labels in levels.items() if plain(factor) == name), ())
    order = (
        sorted(labels, key=float)
        if labels and all(re.fullmatch(r"-?\d+(\.\d+)?", i) for i in labels)
        else sorted(labels)
    )
    columns = [plain(label) for label in (order[:-1] if letter == "S" else order[1:])]
    if level in columns:
        yield from (f"{name}{columns.index(level) + 1}", f"{name}({columns.index(level) + 1})")


def splits(name: str) -> Iterator[tuple[str, ...]]:
    """Yield the parts that a name may have: itself, and what stands between each sign for an interaction."""
    yield (plain(name),)
    for sign in (":", "*", "#", " "):
        pieces = split_outside(name, sign)
        pieces = [piece for piece in pieces if piece.strip()] if sign == " " else pieces
        if 1 < len(pieces) <= MOST_PARTS and all(piece.strip() for piece in pieces):
            yield tuple(map(plain, pieces))


@dataclass(frozen=True)
class Vocabulary:
    """The terms of a design by all their spellings.

    Attributes
    ----------
    fold : callable
        What makes spellings equal: nothing, or leaving case out.
    parts : dict of str to set of str
        The parts that a spelling may stand for.
    terms : dict of tuple to set of int
        The columns of the design by their parts, in sorted order.
    levels : dict of str to tuple
        Factor and level of a part.
    """

    fold: Callable[[str], str]
    parts: dict[str, set[str]] = field(default_factory=dict)
    terms: dict[Key, set[int]] = field(default_factory=dict)
    levels: dict[str, tuple[str, str]] = field(default_factory=dict)

    def keys(self, name: str) -> set[Key]:
        """Return every reading of a name as parts that the design knows, though not always together."""
        keys: set[Key] = set()
        if len(name) > MOST_LETTERS:
            return keys
        for pieces in splits(name):
            known = [self.parts.get(self.fold(piece), set()) for piece in pieces]
            keys |= {tuple(sorted(key)) for key in product(*known)}
        return keys

    def places(self, name: str) -> set[int]:
        """Return the columns of the design that a name may stand for."""
        return {place for key in self.keys(name) for place in self.terms.get(key, ())}

    def add_part(self, part: str, *spellings: str) -> None:
        """Let spellings stand for a part."""
        for spelling in (part, *spellings):
            self.parts.setdefault(self.fold(spelling), set()).add(part)


def make_vocabulary(
    names: tuple[str, ...], levels: dict[str, tuple[str, ...]], fold: Callable[[str], str]
) -> Vocabulary:
    """Return the vocabulary of a design.

    Parameters
    ----------
    names : tuple of str
        Its columns.
    levels : dict of str to tuple of str
        Levels of each factor, the base first.
    fold : callable
        ``str`` or ``str.casefold``.
    """
    vocabulary = Vocabulary(fold)
    columns: dict[str, str] = {}  # how the design itself writes a level, to the part that it is
    for factor, labels in levels.items():
        for label in labels:
            part = f"{plain(factor)}[{plain(label)}]"
            lone = len(labels) == 2 and label == labels[1] and [item.lower() for item in labels] == ["false", "true"]
            vocabulary.levels[part] = (factor, label)
            vocabulary.add_part(part, *level_spellings(factor, label, lone))
            columns |= {part: part, f"{plain(factor)}[T.{plain(label)}]": part}
    for place, name in enumerate(names):
        pieces = [plain(piece) for piece in split_outside(name, ":")] if name != INTERCEPT else [INTERCEPT]
        if not all(pieces):
            pieces = [plain(name)]
        key = [columns.get(piece, piece) for piece in pieces]
        for part in key:
            if part == INTERCEPT:
                vocabulary.add_part(part, *INTERCEPTS)
            elif part not in vocabulary.levels:
                vocabulary.add_part(part, f"c.{part}", *contrast_spellings(part, levels))
        vocabulary.terms.setdefault(tuple(sorted(key)), set()).add(place)
        power = re.fullmatch(r"I\((\w+)\*\*([2-5])\)", key[0]) if len(key) == 1 else None
        if power is not None:  # x:x of Stata, x^2 of scikit-learn
            base = power.group(1)
            vocabulary.add_part(base, f"c.{base}")
            vocabulary.add_part(key[0], f"{base}**{power.group(2)}")
            vocabulary.terms.setdefault((base,) * int(power.group(2)), set()).add(place)
    return vocabulary
