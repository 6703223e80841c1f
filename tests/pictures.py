"""The pictures of the manual: `python tests/pictures.py` makes docs/pictures/ anew, for light and for dark pages.

They are figures of `--figures` as they are written; the dark ones have other colours in the places of the same lines.
"""

import os
import re
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from command import PIPE, run

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "pictures"
STUDY = "case ~ age + parity + education + spontaneous + induced"
RACE = ("-s", "fisher,gd", "--no-standardize", "--lr", "0.045", "--init", "zeros", "--repeat", "1")
MADE = {  # the words of a command: the figures that are kept
    ("race", "data/primes.csv", *RACE): ("path", "distance"),
    ("fit", "data/video.csv", "-s", "fisher,gd"): ("neuron",),
    ("fit", "data/infertility.csv", "--formula", STUDY, "-s", "fisher"): ("coefficients",),
    ("fit", "data/iris_setosa.csv", "-s", "fisher,gd"): ("separation",),
}
DARK = {  # of what is light
    "#ffffff": "#0d1117", "#17202c": "#e6edf3", "#55606f": "#9aa7b5", "#b9c0ca": "#47515d", "#e9ecf0": "#222a33",
    "#1552b8": "#6ea8fe", "#bd4205": "#ff9a5c", "#0b6e4f": "#4cc38a", "#9a1f77": "#f08bd0", "#7a5200": "#e0b04c",
    "#c3d5f1": "#24436f", "#d3e0f5": "#1d3861", "#dce7f7": "#193055", "#e3ecf9": "#15294a", "#e9f0fa": "#12233f",
    "#eef3fb": "#101e36", "#f2f6fc": "#0f1a2e", "#f6f8fd": "#0e1726", "#f9fafd": "#0d141f",
    "#8fa5c8": "#4d6a96", "#e3f4ec": "#10302a", "#d5d9e0": "#3a434e", "#c2500a": "#ff9a5c", "#1f5fc4": "#6ea8fe",
    "#b3261e": "#ff8a80", "#f6c7a4": "#7a4a24", "#b2cdf3": "#274a7d",
    "#cfeadd": "#174a38", "#f8e3b6": "#54431a", "#f6cdc9": "#5c2622",
}  # fmt: skip


def dark(svg):
    """Return a figure in the colours of a dark page."""
    return re.sub("|".join(DARK), lambda found: DARK[found[0]], svg)


def make(folder):
    """Write all pictures into a folder."""
    for words, names in MADE.items():
        with tempfile.TemporaryDirectory() as figures:
            run(*words, "--figures", figures, **PIPE)
            for name in names:
                svg = (Path(figures) / f"{name}.svg").read_text(encoding="utf-8")
                (folder / f"{name}-light.svg").write_text(svg, encoding="utf-8")
                (folder / f"{name}-dark.svg").write_text(dark(svg), encoding="utf-8")


if __name__ == "__main__":
    os.chdir(ROOT)
    FOLDER.mkdir(exist_ok=True)
    sys.exit(make(FOLDER))
