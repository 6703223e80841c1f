"""How R and patsy write what a formula has here under another name: answered with the translation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from glmnn.data.formula.names import is_plain
from glmnn.errors import UsageError, option, quoted

HELD = "\x1a"  # around the number of a name in backticks
NAME = rf"([\w.{HELD}]+)"
LEVEL = r"('[^']*'|\"[^\"]*\"|-?[\w.]+)"
CODINGS = {"Treatment": "treatment", "Sum": "sum", "Helmert": "helmert", "Poly": "poly", "Diff": "diff"}
RULES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"\b(?:as\.)?(?:factor|ordered)\(\s*" + NAME + r"\s*\)", r"C(\1)"),
    (r"\bas\.(?:numeric|integer)\(\s*" + NAME + r"\s*\)", r"\1"),
    (r"\brelevel\(\s*" + NAME + r"\s*,\s*(?:ref\s*=\s*)?" + LEVEL + r"\s*\)", r"C(\1, contr.treatment(base=\2))"),
    (r"(?<!\.)\bTreatment\(\s*(?:reference\s*=\s*)?" + LEVEL + r"\s*\)", r"contr.treatment(base=\1)"),
    (rf"(?<!\.)\b({'|'.join(CODINGS)})\b(?:\(\))?(?=\s*\))", lambda found: f"contr.{CODINGS[found[1]]}"),
    (r"\b(?:np|numpy)\.(log10|log2|log1p|log|exp|sqrt)\(", r"\1("),
    (r"\blog1p\(([^()]*)\)", r"log(1 + \1)"),
    (r"\bQ\(\s*(['\"])([^'\"`]+)\1\s*\)", r"`\2`"),
    (r"\bcr\(", "ns("),
    (r"\bstandardize\(", "scale("),
    (r"\bc\(([^()]*)\)", r"[\1]"),
    (r"\bTRUE\b", "True"),
    (r"\bFALSE\b", "False"),
    (r"\bI\(([^()]*)\)", lambda found: found[0].replace("^", "**")),
)


def translated(text: str) -> str:
    """Return a formula with what R or patsy writes in another way as it is written here.

    >>> translated("np.log(x) + as.factor(g) + I(age^2) + C(h, Treatment('b')) + Q('my col')")
    "log(x) + C(g) + I(age**2) + C(h, contr.treatment(base='b')) + `my col`"
    """
    names = re.findall("`[^`]*`", text)
    places = iter(range(len(names)))
    bare = re.sub("`[^`]*`", lambda _: f"{HELD}{next(places)}{HELD}", text)
    for pattern, written in RULES:
        bare = re.sub(pattern, written, bare)
    return re.sub(f"{HELD}([0-9]+){HELD}", lambda match: names[int(match[1])], bare)


def refuse_other_spellings(text: str) -> None:
    """Refuse a formula as R or patsy has it, with its translation.

    Raises
    ------
    UsageError
        With what to write.
    """
    if re.search(r"\boffset\(", text):
        raise UsageError(
            f"formula {quoted(text)}: offset() is an option here: {option('offset')} with the column, or "
            f"{option('exposure')} with the column whose logarithm is meant"
        )
    other = translated(text)
    if other != text:
        raise UsageError(f"formula {quoted(text)}: here that is written {quoted(other, 200)}")


def backticked(text: str, columns: Iterable[str]) -> str:
    """Return a formula in which column names with a dot, as R makes them, stand in backticks.

    Raises
    ------
    UsageError
        If a column name with a blank or another sign stands in it without backticks.
    """
    odd = sorted((name for name in columns if not is_plain(name) and "`" not in name), key=len, reverse=True)
    dotted = [name for name in odd if re.fullmatch(r"[^\W\d]\w*(\.\w+)+", name)]
    for name in odd:
        bare = rf"`[^`]*`|(?<![\w.]){re.escape(name)}(?![\w.(])"
        if name in dotted:
            text = re.sub(bare, lambda match: match[0] if match[0][0] == "`" else f"`{match[0]}`", text)
        elif re.search(r"\s", name) and any(match[0][0] != "`" for match in re.finditer(bare, text)):
            raise UsageError(f"formula {quoted(text)}: write the column {quoted(name)} in backticks: `{name}`")
    return text
