"""The README and the pages of docs/: their commands are run, and what they print is what stands there.

`python tests/pages.py` writes all outputs anew. A page shows a command and its output in a block of kind `console`:

    $ glmnn fit data/primes.csv    # exit 0, first 12 lines

Commands of one page run one after the other in an empty folder that has data/, configs/ and docs/, so that one can use
the file that another has written.
"""

import contextlib
import os
import re
import shlex
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from command import PIPE, run

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
REMARK = re.compile(r"\s+# (?:exit (?P<exit>\d+))?(?:, )?(?:(?P<end>first|last) (?P<lines>\d+) lines)?$")


class Shown(NamedTuple):
    """A command of a page, how it is to end, and what the page says that it prints."""

    line: str
    words: tuple[str, ...]
    code: int
    kept: slice  # of the lines
    text: str


def shown(page):
    """Return the commands of a page, in order."""
    found = []
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, text = part.partition("\n")
            remark = REMARK.search(line)
            command = line[: remark.start()] if remark else line
            words = tuple(shlex.split(command.removeprefix("uv run ")))
            assert words[0] == "glmnn", f"{page}: {line}"
            kept = slice(None)
            if remark and remark["lines"]:
                many = int(remark["lines"])
                kept = slice(many) if remark["end"] == "first" else slice(-many, None)
            found.append(Shown(line, words[1:], int(remark["exit"] or 0) if remark else 0, kept, text))
    return found


@contextlib.contextmanager
def workplace():
    """Run in an empty folder that has data/, configs/ and docs/."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("data", "configs", "docs"):
            (Path(folder) / name).symlink_to(ROOT / name)
        with contextlib.chdir(folder):
            yield


def printed(command):
    """Return exit code and output of a command: what it says on stdout, then on stderr."""
    ended = run(*command.words, **PIPE)
    lines = [line.rstrip() for line in (ended.out + ended.err).strip("\n").splitlines()]
    return ended.code, "".join(f"{line}\n" for line in lines[command.kept])


def words(text):
    """Return the words of an output without its numbers: their last digits, and which weight is worst, are rounding's.

    What the numbers have to be is tested where they are computed.
    """
    text = re.sub("[\u2800-\u28ff]+", " ", text)  # dots of curves
    text = re.sub(r"\w+\[[^\]\s]*<-[^\]\s]*\]", "WEIGHT", text)
    text = re.sub(r"[-+]?\d[\d.,]*(?:e[-+]?\d+)?", "N", text)
    text = re.sub(r"N(?:,N)+", "N", text)  # of numbers with commas between, some have an exponent at times
    return re.sub(r"N (?:µs|ms|s)\b", "TIME", text).split()


def write(page):
    """Put what the commands print now into a page."""
    text = page.read_text(encoding="utf-8")
    with workplace():
        for command in shown(page):
            _, output = printed(command)
            before = f"$ {command.line}\n{command.text}"
            assert before in text, command.line
            text = text.replace(before, f"$ {command.line}\n{output}", 1)
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for page in PAGES:
        if len(sys.argv) < 2 or page.name in sys.argv[1:]:
            write(page)
