"""Tables with marks between their cells to rows of cells: Markdown, boxes of lines, LaTeX, HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from glmnn.auditing.claims.claim import Claim
from glmnn.auditing.claims.rows import read_rows
from glmnn.errors import UsageError

Grid = list[tuple[int, list[str]]]
RULE = re.compile(r"\s*\|?\s*:?-{1,}:?\s*(?:[|+]\s*:?-{1,}:?\s*)*\|?\s*")
BORDER = re.compile(r"\s*[+|]?[-=+:|\s]*[-=][-=+:|\s]*")
BARS = dict.fromkeys(map(ord, "│┃┆║╎"), "|")
MARKS = re.compile(r"[\\${}~^]")
LINES = re.compile(r"[\s─━═╌┄┌┬┐├┼┤└┴┘┏┳┓┡╇┩╞╪╡╔╦╗╠╬╣╚╩╝╭╮╰╯╟╫╢╤╧╒╕╘╛]+")


def read_grids(text: str, source: str) -> Claim | None:
    """Return the claim of the only table of coefficients in a text in Markdown, LaTeX or HTML; None if there is none.

    Raises
    ------
    UsageError
        If there are several, or it stays open which column has the coefficients.
    DataError
        If a row or a number is damaged.
    """
    for kind, grids in (
        ("HTML table", html_grids(text) if re.search(r"<t[dh][\s>]", text, re.IGNORECASE) else []),
        ("LaTeX table", latex_grids(text) if "&" in text and "\\\\" in text else []),
        ("Markdown table", bar_grids(text) if "|" in text or "│" in text or "┃" in text else []),
    ):
        claims = [claim for claim in (read_rows(source, kind, grid) for grid in grids) if claim is not None]
        plain = [claim for claim in claims if not claim.ratios] or claims
        if len(plain) > 1:
            raise UsageError(
                f"{source}: there are {len(plain)} tables of coefficients in it; keep the one of the model"
            )
        if plain:
            return plain[0]
    return None


def bar_grids(text: str) -> list[Grid]:
    r"""Return tables whose cells stand between bars; a rule below the heading, or bars at both ends, tell them.

    >>> bar_grids("|a|b|\n|-|-|\n|x|`c|d`|")
    [[(1, ['a', 'b']), (3, ['x', '`c|d`'])]]
    """
    grids: list[Grid] = []
    grid: Grid = []
    ruled = False
    for number, line in enumerate([*text.translate(BARS).splitlines(), ""], 1):
        stripped = line.strip()
        if "|" in stripped and RULE.fullmatch(stripped):
            ruled = True
        elif stripped and grid and (LINES.fullmatch(stripped) or (stripped[0] == "+" and BORDER.fullmatch(stripped))):
            continue
        elif len(grid) == 1 and len(grid[0][1]) > 2 and re.fullmatch("-{5,}", stripped):
            ruled = True  # as the package parameters of R prints it; Stata has a plus in its rule
        elif "|" in stripped:
            closed = len(stripped) > 1 and stripped[0] == stripped[-1] == "|"
            inner = stripped.removeprefix("|")
            inner = inner.removesuffix("|") if closed else inner
            cells = [cell.strip().replace("\\|", "|") for cell in _between_bars(inner)]
            grid.append((number, cells))
            ruled = ruled or (closed and len(cells) > 1)
        else:
            grids += [grid] if grid and ruled else []
            grid, ruled = [], False
    return [[(number, list(map(_undressed, cells))) for number, cells in grid] for grid in grids]


def _between_bars(line: str) -> list[str]:
    """Split at bars that are not escaped; P>|z| is the name of one column."""
    if "`" not in line and "\\|" not in line and not re.search(r"\|[tz]\|", line):
        return line.split("|")
    whole = re.sub(r"(?<!\\)\|(?=[tz]\\?\|)|(?<=[>(]\|[tz])(?<!\\)\|", r"\\|", line)
    if "`" not in line and "\\|" not in line and not re.search(r"\|[tz]\|", line):
        return line.split("|")
    whole = re.sub(r"(\\\|[tz])\|", r"\1\\|", whole)
    parts, inside = [""], False
    for piece in re.split(r"(`|(?<!\\)\|)", whole):
        inside ^= piece == "`" and "`" in whole
        if piece == "|" and not inside:
            parts.append("")
        else:
            parts[-1] += piece
    return parts


def _undressed(cell: str) -> str:
    """Take off the bold of Markdown, and its escapes; underscores may belong to a name."""
    if "\\" not in cell and "*" not in cell and "<" not in cell:
        return cell
    bold = re.fullmatch(r"\*\*(?=\S)(.+?)(?<=\S)\*\*", cell)
    plain = re.sub(r"<br\s*/?>", " ", bold.group(1) if bold else cell)
    return re.sub(r"\\([\\`*_{}\[\]()#+.!|<>~^-])", r"\1", plain)


def latex_grids(text: str) -> list[Grid]:
    """Return the tables of a LaTeX text."""
    grids: list[Grid] = []
    parts = re.split(r"\\end\s*\{(?:tabular|longtable|tblr|talltblr|longtblr|array|tabu)[xy*]?\}", text)
    for part in parts:
        clean = re.sub(r"(?<!\\)%[^\n]*", "", part)
        begin = re.search(r"\\begin\s*\{(?:tabular|longtable|tblr|talltblr|longtblr|array|tabu)[xy*]?\}", clean)
        clean = clean[begin.end() :] if begin else clean
        grid = []
        number = 1 + text[: text.find(part)].count("\n") if grids else 1
        for row in re.split(r"\\\\(?:\s*\[[^\]]*\])?|\\tabularnewline|\\cr\b", clean):
            if "&" in row:
                grid.append((number, [cell for raw in re.split(r"(?<!\\)&", row) for cell in _cells_of_latex(raw)]))
            number += row.count("\n")
        grids.append(grid)
    return grids


def _cells_of_latex(raw: str) -> list[str]:
    """Return the text of a cell, with empty cells behind it where it spans several columns."""
    if not MARKS.search(raw):
        return [" ".join(raw.split())]
    several = re.search(r"\\multicolumn\s*\{(\d{1,2})\}", raw)
    text = re.sub(r"\\multicolumn\s*\{\d+\}\s*\{(?:[^{}]|\{[^{}]*\})*\}", "", raw)
    text = re.sub(r"\\(?:hline|toprule|midrule|bottomrule|addlinespace|endhead|endfirsthead|endfoot|endlastfoot)\b"
                  r"(?:\s*\[[^\]]*\])?", "", text)  # fmt: skip
    text = re.sub(r"\\(?:cline|cmidrule)\s*(?:\([^)]*\))?\s*\{[^}]*\}", "", text)
    text = re.sub(
        r"\\(?:sym|tnote|textsuperscript)\s*\{[^{}]*\}|\^\s*\{[^{}]*[*\u2020][^{}]*\}|\$\^\{\}\$|\^\{\}", "", text
    )
    text = text.replace("$", "").replace("~", " ").replace("\\,", "").replace("{,}", ",").replace("{-}", "-")
    text = re.sub(r"\\times\b|\\cdot\b", ":", text).replace("\\textasciicircum", "^").replace("\\textbar", "|")
    for _ in range(4):
        text = re.sub(r"\\[a-zA-Z]+\*?\s*\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"\\([_%&#{}$])", "\x01\\1", text)
    text = re.sub(r"\\[a-zA-Z]+\s*|(?<!\x01)[{}]", "", text).replace("\x01", "").replace("\\", "")
    return [re.sub(r"\s+", " ", text).strip(), *[""] * (int(several.group(1)) - 1 if several else 0)]


class _Tables(HTMLParser):
    """Collects the cells of HTML tables; marks of footnotes are left out, nothing is fetched or run."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.grids: list[Grid] = []
        self.text: list[str] | None = None
        self.span = 1
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("td", "th", "tr", "table", "caption"):
            self._close()
        if tag == "table" or (tag in ("tr", "td", "th") and not self.grids):
            self.grids.append([])
        if tag == "tr" or (tag in ("td", "th") and not self.grids[-1]):
            self.grids[-1].append((self.getpos()[0], []))
        if tag in ("td", "th"):
            span = dict(attrs).get("colspan") or "1"
            self.text, self.span = [], min(int(span), 50) if re.fullmatch(r"\d{1,4}", span) else 1
        self.silent += tag in ("sup", "script", "style")
        if tag == "br" and self.text is not None:
            self.text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._close()
        self.silent = max(self.silent - (tag in ("sup", "script", "style")), 0)

    def handle_data(self, data: str) -> None:
        if self.text is not None and not self.silent:
            self.text.append(data)

    def _close(self) -> None:
        if self.text is not None:
            self.grids[-1][-1][1].extend([re.sub(r"\s+", " ", "".join(self.text)).strip(), *[""] * (self.span - 1)])
        self.text = None
        self.silent = 0


def html_grids(text: str) -> list[Grid]:
    """Return the tables of an HTML text."""
    tables = _Tables()
    try:
        tables.feed(text)
        tables.close()
    except AssertionError:  # of the parser, at a declaration that is none
        return []
    return [[row for row in grid if row[1]] for grid in tables.grids]
