"""The documents tell the truth: names, tables, commands, examples and links are checked against the program.

`python tests/test_docs.py` writes the generated parts of the manual anew: option tables, and outputs between markers.
"""

from __future__ import annotations

import contextlib
import csv
import doctest
import inspect
import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from typer.testing import CliRunner

from command import PIPE
from command import run as run_command
from glmnn.analysing.options import AnovaOptions
from glmnn.auditing.options import AuditOptions
from glmnn.cli import app
from glmnn.cli.anova import anova
from glmnn.cli.audit import audit
from glmnn.cli.check import check
from glmnn.cli.effects import effects
from glmnn.cli.fit import fit
from glmnn.cli.predict import predict
from glmnn.cli.race import race
from glmnn.cli.replay import replay
from glmnn.cli.simulate import simulate
from glmnn.data.sources.files import read_table
from glmnn.effects.options import EffectsOptions
from glmnn.errors import Exit, GlmnnError
from glmnn.fitting.compare import run
from glmnn.fitting.options import FitOptions, SolverOptions
from glmnn.fitting.plan import make_spec
from glmnn.locking.options import CheckOptions
from glmnn.models.activations import ACTIVATIONS
from glmnn.models.families import FAMILY_NAMES, find_family
from glmnn.models.links import LINKS, find_link
from glmnn.models.losses import LOSSES
from glmnn.networks.options import GradcheckOptions
from glmnn.options.fields import NETWORK, OUTPUT
from glmnn.options.model import ModelOptions
from glmnn.predicting.options import PredictOptions
from glmnn.racing.options import RaceOptions
from glmnn.simulating.options import SimulateOptions
from glmnn.solvers.registry import GROUPS, SOLVERS
from glmnn.solvers.stopping import Status
from glmnn.solvers.updates import SCHEDULES, UPDATES

ROOT = Path(__file__).parents[1]
README, CONTRIBUTING, SOURCES = ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "data" / "SOURCES.md"
MANUAL = [README, *sorted((ROOT / "docs").rglob("*.md"))]
DOCUMENTS = [*MANUAL, CONTRIBUTING, ROOT / "CHANGELOG.md", SOURCES, ROOT / "tests" / "reference" / "README.md"]
OUTPUTS = {
    "audit output": ("audit", "data/primes.csv", "--coef", "(Intercept)=-3.1121,x=0.4783"),
    "predict output": (
        "predict", "configs/models/infertility.json", "data/infertility.csv", "--interval", "--format", "table",
    ),
    "replay output": ("replay", "--only", "003"),
}  # fmt: skip
TABLES = (
    "model", "solvers", "output", "simulate", "check", "audit", "predict", "network", "gradcheck", "replay", "anova",
    "effects", "race",
)  # fmt: skip
MARKERS = (*OUTPUTS, *(f"options: {name}" for name in TABLES))
MODEL_FIELDS = {item.name for item in fields(ModelOptions)}
SOLVER_FIELDS = {item.name for item in fields(SolverOptions)} - {"solver", "threads"}


# what is generated


def option_row(flags: str, default: str, meaning: str) -> str:
    return f"| {flags} | {default} | {meaning.replace('|', chr(92) + '|')} |"


def field_row(item: Field[Any]) -> str:
    default = item.default if item.default is not MISSING else item.default_factory()  # type: ignore[misc]
    shown = {None: "", True: "on", False: "off"}.get(default) if default is None or type(default) is bool else default
    text = ", ".join(shown) if isinstance(shown, list) else str(shown)
    flags = item.metadata["flags"] or (f"--{item.name.replace('_', '-')}",)
    return option_row(
        ", ".join(f"`{part}`" for flag in flags for part in flag.split("/")),
        f"`{text}`" if text not in ("", "on", "off") else text,
        item.metadata["help"],
    )


def output_rows(command: Any) -> Iterator[str]:
    for name, parameter in inspect.signature(command, eval_str=True).parameters.items():
        note = parameter.annotation.__metadata__[0]
        if getattr(note, "rich_help_panel", None) == OUTPUT:
            # in Annotated the first flag stands where the default used to be
            long = [note.default] if isinstance(note.default, str) else []
            flags = [*long, *(note.param_decls or ())] or [f"--{name.replace('_', '-')}"]
            default = f"`{note.show_default}`" if isinstance(note.show_default, str) else ""
            yield option_row(", ".join(f"`{flag}`" for flag in flags), default, note.help)


@cache
def output_of(words: tuple[str, ...]) -> str:
    with contextlib.chdir(ROOT):
        ran = run_command(*words, **PIPE)
    assert not ran.err
    return "\n".join(line.rstrip() for line in ran.out.strip().splitlines())


def option_tables() -> dict[str, str]:
    """Return the tables of options by the name of their marker."""
    head = "| option | default | meaning |\n|---|---|---|"
    tables = {
        "model": map(field_row, fields(ModelOptions)),
        "solvers": (item for item, panel in rows_of(FitOptions) if panel != NETWORK),
        "network": (item for item, panel in rows_of(FitOptions) if panel == NETWORK),
        "gradcheck": (item for item, _ in rows_of(GradcheckOptions)),
        "output": output_rows(fit),
        "simulate": (*map(field_row, fields(SimulateOptions)), *output_rows(simulate)),
        "replay": output_rows(replay),
        "predict": (*map(field_row, fields(PredictOptions)), *output_rows(predict)),
        "check": (*map(field_row, fields(CheckOptions)), *output_rows(check)),
        "anova": (
            *(field_row(item) for item in fields(AnovaOptions) if item.name not in MODEL_FIELDS),
            *output_rows(anova),
        ),
        "effects": (
            *(field_row(item) for item in fields(EffectsOptions) if item.name not in MODEL_FIELDS),
            *output_rows(effects),
        ),
        "race": (
            *(field_row(item) for item in fields(RaceOptions) if item.name not in SOLVER_FIELDS),
            *output_rows(race),
        ),
        "audit": (
            *output_rows(audit),
            *(field_row(item) for item in fields(AuditOptions) if item.name not in MODEL_FIELDS),
        ),
    }
    return {f"options: {name}": "\n".join((head, *rows)) for name, rows in tables.items()}


def generated(marker: str) -> str:
    """Return one of the generated parts of the manual."""
    return f"```text\n{output_of(OUTPUTS[marker])}\n```" if marker in OUTPUTS else option_tables()[marker]


def rows_of(kind: Any) -> Iterator[tuple[str, str]]:
    """Yield a row and its panel for each option that is not about the model."""
    for item in fields(kind):
        if item.name not in MODEL_FIELDS:
            yield field_row(item), item.metadata["panel"]


def between(marker: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- {marker} -->\n)(.*?)\n?(<!-- /{marker.partition(':')[0]} -->)", re.DOTALL)


def write_generated() -> None:
    for page in MANUAL:
        text = page.read_text(encoding="utf-8")
        for marker in MARKERS:
            if between(marker).search(text):
                new = generated(marker)
                text = between(marker).sub(lambda found, new=new: f"{found[1]}{new}\n{found[3]}", text)
        page.write_text(text, encoding="utf-8")


# what is checked


@pytest.fixture(scope="module")
def manual() -> str:
    return "".join(page.read_text(encoding="utf-8") for page in MANUAL)


@pytest.mark.parametrize(
    "marker", [pytest.param(name, marks=[pytest.mark.slow] if name in OUTPUTS else []) for name in MARKERS]
)
def test_generated_parts_are_up_to_date(manual, marker):
    found = between(marker).search(manual)
    assert found is not None
    assert found[2] == generated(marker), "python tests/test_docs.py writes it anew"


def test_readme_names_everything(manual):
    names = [
        *FAMILY_NAMES,
        *LINKS,
        *SOLVERS,
        *GROUPS,
        *UPDATES,
        *SCHEDULES,
        *ACTIVATIONS,
        *LOSSES,
        *(status.value for status in Status if status is not Status.TIME_LIMIT),  # no command has a budget
    ]
    assert [name for name in names if f"`{name}`" not in manual] == []
    commands = [command.name or command.callback.__name__ for command in app.registered_commands if not command.hidden]
    assert [name for name in commands if f"`glmnn {name}`" not in manual] == []
    assert [int(code) for code in Exit if f"\n| {int(code)} | " not in manual] == []


@pytest.mark.parametrize(("option", "names"), [("family", (*FAMILY_NAMES, "multinomial")), ("link", tuple(LINKS))])
def test_the_help_lists_every_family_and_link(option, names):
    told = next(item.metadata["help"] for item in fields(ModelOptions) if item.name == option)
    said = re.findall(r"\w+", told.partition(";")[0])
    assert [word for word in said if word not in {"or", "power", "EXPONENT"}] == list(names)


def test_readme_knows_the_link_of_each_family(manual):
    for name in FAMILY_NAMES:
        family = find_family(
            name, alpha=1.0 if name == "negative_binomial" else None, power=1.5 if name == "tweedie" else None
        )
        assert f"| `{name}` | `{family.default_link.name}` |" in manual


def shell_commands(document: Path) -> list[tuple[str, int]]:
    """Return the glmnn commands of the shell blocks, each with the exit code that its comment states."""
    blocks = re.findall(r"```sh\n(.*?)```", document.read_text(encoding="utf-8"), re.DOTALL)
    found = []
    for line in "".join(blocks).splitlines():
        command, _, comment = line.partition("#")
        stated = re.search(r"exit (\d+)", comment)
        command = command.strip().removeprefix("uv run ")
        if command.startswith("glmnn "):
            found.append((command, int(stated[1]) if stated else 0))
    return found


def run_line(line: str) -> int:
    """Run a command line, pipes included, in this process; return the exit code of its last command."""
    given, code = None, 0
    for part in line.split(" | "):
        result = CliRunner().invoke(app, shlex.split(part)[1:], input=given)
        if result.exception is not None and not isinstance(result.exception, SystemExit | GlmnnError):
            raise result.exception
        given, code = result.stdout, 2 if isinstance(result.exception, GlmnnError) else result.exit_code
    return code


@pytest.fixture
def in_a_copy(tmp_path, monkeypatch):
    for folder in ("data", "configs"):
        (tmp_path / folder).symlink_to(ROOT / folder, target_is_directory=True)
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
@pytest.mark.usefixtures("in_a_copy")
@pytest.mark.parametrize(("line", "code"), [line for page in (*MANUAL, CONTRIBUTING) for line in shell_commands(page)])
def test_commands_end_as_stated(line, code):
    assert run_line(line) == code


@pytest.mark.slow
@pytest.mark.usefixtures("in_a_copy")
@pytest.mark.parametrize(("line", "code"), shell_commands(SOURCES))
def test_commands_of_the_data_sets_end_as_stated(line, code):
    separable = "data/iris_setosa.csv" in line
    assert run_line(line) == (Exit.NO_MAXIMUM if separable else code)


def test_error_messages_are_those_of_the_program(manual, monkeypatch):
    monkeypatch.chdir(ROOT)
    elsewhere = re.sub(r"^```console\n.*?^```$", "", manual, flags=re.DOTALL | re.MULTILINE)
    messages = [line for line in elsewhere.splitlines() if line.startswith("glmnn: ")]
    lines = [line for page in MANUAL for line, code in shell_commands(page) if code == Exit.USAGE]
    assert len(messages) == len(lines) > 0
    for message, line in zip(messages, lines, strict=True):
        assert run_command(*shlex.split(line)[1:], **PIPE) == (Exit.USAGE, "", f"{message}\n")


WITH_PYTHON = [page for page in (*MANUAL, CONTRIBUTING) if "```python" in page.read_text(encoding="utf-8")]


@pytest.mark.parametrize("document", WITH_PYTHON, ids=lambda path: path.stem)
def test_python_examples_run(document, monkeypatch):
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"```python\n(.*?)```", document.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    if "matplotlib" in "".join(blocks):
        pytest.importorskip("matplotlib")
    example = doctest.DocTestParser().get_doctest("".join(blocks), {}, document.name, str(document), 0)
    with patch.dict(UPDATES), patch.dict(SOLVERS):  # examples add to them
        assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example).failed == 0


def anchors(document: Path) -> set[str]:
    """Return the anchors of the headings as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        there = document.parent / path if path else document
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


def test_contributing_has_every_layer():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    names = [name for layer in layers for name in layer.split(" | ")]
    rows = re.findall(r"^\| `(\w+)[/.]", CONTRIBUTING.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == names


# the data sets

CATALOGUE = tomllib.loads((ROOT / "data" / "datasets.toml").read_text(encoding="utf-8"))


def test_every_data_set_has_a_file_an_entry_and_a_section():
    files = {path.stem for path in (ROOT / "data").glob("*.csv")}
    sections = set(re.findall(r"^### (\w+)\.csv$", SOURCES.read_text(encoding="utf-8"), re.MULTILINE))
    assert files == set(CATALOGUE)
    assert sections == files


@pytest.mark.parametrize("name", CATALOGUE)
def test_catalogue_agrees_with_the_files(name):
    about = CATALOGUE[name]
    path = ROOT / "data" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert (len(rows), about["target"] in header) == (about["rows"], True)
    find_link(about["link"])
    model = {key: value for key, value in about.items() if key in MODEL_FIELDS and key != "formula"}
    if "formula" in about:
        assert about["formula"].partition("~")[0].strip() == model.pop("target")
        model["formula"] = about["formula"]
    found = run(make_spec(FitOptions(**model, solver=["fisher"])), read_table(str(path)))
    assert found.exit == (Exit.NO_MAXIMUM if name == "iris_setosa" else Exit.DONE)


if __name__ == "__main__":
    write_generated()
