"""What the page says can be read: contrast by WCAG 2.2, 4.5 for text (1.4.3) and 3 for what is drawn (1.4.11)."""

import re
from importlib.resources import files

import pytest

STYLE = (files("glmnn.report.page") / "style.css").read_text(encoding="utf-8")
PAIRS = dict(re.findall(r"(--[\w-]+): light-dark\(([^)]+)\);", STYLE))
SOLVERS = [name for name in PAIRS if name.startswith("--solver-")]
TEXT = [
    ("ink", "paper"), ("ink", "panel"), ("soft", "paper"), ("soft", "panel"), ("accent", "paper"), ("panel", "accent"),
    ("panel", "ink"), ("ink", "good-ground"), ("ink", "careful-ground"), ("ink", "bad-ground"), ("good", "good-ground"),
    ("careful", "careful-ground"), ("bad", "bad-ground"), ("ink", "zone-good"), ("ink", "zone-careful"),
    ("ink", "zone-bad"), ("bad", "zone-bad"), ("ink", "ground-0"), ("ink", "ground-1"), ("pull-up", "panel"),
    ("pull-down", "panel"), ("solver-0", "panel"), ("solver-1", "panel"),
]  # fmt: skip
LINES = [
    *((name[2:], ground) for name in SOLVERS for ground in ("panel", "near", "ground-0", "ground-8")),
    ("accent", "panel"), ("control", "panel"), ("control", "paper"), ("ink", "near"), ("ink", "ground-one"),
    ("ink", "ground-nought"), ("bad", "ground-0"), ("pull-up", "panel"), ("pull-down", "panel"), ("soft", "panel"),
]  # fmt: skip


def luminance(colour):
    """Relative luminance of #rrggbb."""
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first, second, theme):
    """Contrast of two variables in a theme, 0 light or 1 dark."""
    one, other = sorted(luminance(PAIRS[f"--{name}"].split(", ")[theme]) for name in (first, second))
    return (other + 0.05) / (one + 0.05)


def test_contrast_is_that_of_the_standard():
    assert (luminance("#ffffff") + 0.05) / (luminance("#000000") + 0.05) == pytest.approx(21)
    assert (luminance("#ffffff") + 0.05) / (luminance("#767676") + 0.05) == pytest.approx(4.54, abs=0.005)
    assert len(SOLVERS) == 8


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("least", "pairs"), [(4.5, TEXT), (3.0, LINES)], ids=["text", "lines"])
def test_every_pair_is_told_apart(least, pairs, theme):
    low = {pair: round(contrast(*pair, theme), 2) for pair in pairs if contrast(*pair, theme) < least}
    assert low == {}
