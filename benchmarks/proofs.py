"""What `glmnn verify` takes: verdict, radius and seconds of each packaged data set; time and memory by size.

The verifier runs alone, in a process without anything but Python, as a reviewer runs it. `--write` puts both tables
into docs/proofs.md. It takes two minutes.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

PAGE = Path(__file__).parents[1] / "docs" / "proofs.md"
MODEL = (
    "target", "family", "link", "formula", "features", "trials", "exposure", "weights", "weights_type", "offset",
    "alpha",
)  # fmt: skip
MORE = (  # beside the models of the catalogue
    ("beetles", {"link": "probit"}),
    ("beetles", {"link": "logit"}),
    ("cars", {"family": "gamma", "link": "log"}),
    ("doctors", {"family": "negative_binomial", "alpha": 0.1}),
    ("iris", {"family": "multinomial", "link": None, "target": "species"}),
    ("infertility", {"formula": "education ~ age + parity", "family": "multinomial", "link": None, "target": None}),
    ("iris_setosa", {"l2": 1.0}),
    ("poisons", {"link": "inverse_squared"}),
    ("primes", {"l2": 1.0}),
    ("primes", {"link": "log"}),
)
SIZES = ((1_000, 3), (10_000, 3), (100_000, 3), (1_000, 10), (1_000, 30))
ALONE = """
import resource, runpy, sys
sys.argv = ["verify.py", *sys.argv[1:]]
try:
    runpy.run_path({script!r}, run_name="__main__")
except SystemExit as end:
    used = resource.getrusage(resource.RUSAGE_SELF)
    peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
    print(end.code, used.ru_utime + used.ru_stime, peak / 1000)
"""


def verified(proof: Path, data: Path) -> tuple[str, float, float]:
    """Return the first sentence, the seconds of processor time, and the peak memory in MB."""
    from glmnn.proving import verify

    code = ALONE.format(script=verify.__file__)
    command = [sys.executable, "-I", "-S", "-c", code, str(proof), str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    sentence, *_, last = done.stdout.splitlines()
    ended, seconds, memory = last.split()
    assert ended == "0", done.stdout
    return sentence, float(seconds), float(memory)


def data_sets(folder: Path) -> str:
    """Return the table of the packaged data sets."""
    import glmnn
    from glmnn.data.bundled import catalogue
    from glmnn.data.bundled import folder as packaged

    known, lines = catalogue(), []
    models = [(name, {}) for name in known] + [*MORE]
    for name, change in sorted(models, key=lambda model: model[0]):
        options = {key: value for key, value in known[name].items() if key in MODEL} | change
        options = {key: value for key, value in options.items() if value is not None}
        data = packaged() / f"{name}.csv"
        start = time.process_time()
        result = glmnn.prove(data, **options)
        spent = time.process_time() - start
        proof = folder / "proof.json"
        result.save(proof)
        sentence, seconds, _ = verified(proof, data)
        what = ", ".join(
            [options["family"], options.get("link", "logit"), *(f"{k} {options[k]}" for k in ("l2",) if k in options)]
        )
        verdict = (
            "at the edge" if "at the edge" in sentence
            else "no maximum" if "no maximum" in sentence
            else "penalised, unique" if "l2" in options
            else "unique"
        )  # fmt: skip
        radius = f"{result.radius:.1e}" if result.radius == result.radius else ""
        lines.append(f"| {name} | {what} | {verdict} | {radius} | {seconds:.2f} | {spent:.2f} |")
    head = (
        "| data set | model | verdict | radius, standard errors | verify, s | prove, s |\n|---|---|---|---|---|---|\n"
    )
    return head + "\n".join(lines) + "\n"


def sizes(folder: Path) -> str:
    """Return the table of rows and columns."""
    import numpy as np
    import pandas as pd

    import glmnn

    lines = []
    for rows, columns in SIZES:
        rng = np.random.default_rng(0)
        X = rng.normal(size=(rows, columns - 1)).round(6)
        mean = 1.0 / (1.0 + np.exp(-X @ rng.normal(size=columns - 1) / np.sqrt(columns)))
        data, proof = folder / "data.csv", folder / "proof.json"
        pd.DataFrame(X).rename(columns="x{}".format).assign(y=(rng.random(rows) < mean) * 1).to_csv(data, index=False)
        glmnn.prove(data).save(proof)
        _, seconds, memory = verified(proof, data)
        each = seconds / rows * 1e3
        lines.append(f"| {rows:,} | {columns} | {seconds:.2g} | {each:.2f} ms | {memory:.0f} MB |")
    return "| rows | columns | seconds | a row | memory |\n|---|---|---|---|---|\n" + "\n".join(lines) + "\n"


def main() -> None:
    """Print both tables, or write them into the manual."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the tables into docs/proofs.md")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        tables = {"data sets": data_sets(Path(name)), "sizes": sizes(Path(name))}
    for title, table in tables.items():
        sys.stdout.write(f"{table}\n")
        if given.write:
            place = re.compile(rf"(?s)(?<=<!-- proofs\.py: {title} -->\n).*?(?=<!-- end -->)")
            page = PAGE.read_text(encoding="utf-8")
            PAGE.write_text(place.sub(lambda _, table=table: table, page, count=1), encoding="utf-8")


if __name__ == "__main__":
    main()
