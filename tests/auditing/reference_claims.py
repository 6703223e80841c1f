"""The blocks of tests/reference/claims.txt by name."""

import re
from pathlib import Path

TEXT = (Path(__file__).parents[1] / "reference" / "claims.txt").read_text(encoding="utf-8")
BLOCKS = dict(block.split("\n", 1) for block in re.split(r"^@@@ ", TEXT, flags=re.MULTILINE)[1:])
