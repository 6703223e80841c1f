"""Names, cells and formulas are data: shown literally, run nowhere, and no output or terminal is broken by them."""

import csv
import html
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import unicodedata
from pathlib import Path
from random import Random

import pytest
from hostile import BELL, LONG, NAMES
from test_bad_input import Outcome, coefficients, fit, invoke, refused, said_briefly, write

from glmnn.data.cells import MISSING


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Every test works in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    return tmp_path


FORMATS = ("table", "json", "csv", "md", "html")

BROKEN = [name for name in NAMES if {"\n", "\r"} & {*name}]  # one of them could spoil a report for all
WORDS = [name for name in NAMES if name.isidentifier() and name.isascii()]
WHOLE = [name for name in NAMES if name not in BROKEN]
LIKE_FORMULAS = [name for name in NAMES if re.search(r"[`~+:*()\[\].'\"\n{}]|^\d|Interc", name)]
LEVELS = [name for name in WHOLE if name.strip() not in MISSING]
FIT = ("fit", "data.csv", "--family=gaussian", "--solver=fisher")


def label(name):
    return name.encode("unicode_escape").decode()[:40]


def visible(name):
    """Return a name as a terminal may show it: what does not print becomes an escape."""
    return "".join(mark if mark.isprintable() else mark.encode("unicode_escape").decode() for mark in name)


def controls(text, allowed="\n"):
    """Return the control characters in a text, C0, DEL and C1."""
    return {mark for mark in text if unicodedata.category(mark) == "Cc" and mark not in allowed}


def as_csv(header, rows):
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([header, *rows])
    return text.getvalue()


def table(name, other="y", levels=None):
    """Return a CSV file of 24 rows with columns of these names."""
    cells = levels or [place * 7 % 11 for place in range(11)]
    return as_csv([name, other], ([cells[row % len(cells)], row * 5 % 8] for row in range(24)))


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Return for each format one report with all names as columns and one with all names as levels."""
    random = Random(1)
    columns = ([random.randint(-99, 99) for _ in range(len(WHOLE) + 1)] for _ in range(len(WHOLE) + 20))
    levels = ([level, random.randint(-99, 99)] for level in ("a", *LEVELS) for _ in range(2))
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("reports"))
        patch.setenv("COLUMNS", "200")
        for part, content, args in (
            ("columns", as_csv([*WHOLE, "y"], columns), ()),
            ("levels", as_csv(["g", "y"], levels), ("--formula", "y ~ C(g)", "--ref", "g=a")),
        ):
            write(content)
            made |= {(part, kind): invoke(*FIT, "--format", kind, *args) for kind in FORMATS}
    return made


def terms_of(outcome, kind):
    """Return the terms of a report as its format shows them."""
    match kind:
        case "json":
            return list(coefficients(outcome))
        case "csv":
            rows = list(csv.reader(io.StringIO(outcome.out, newline=""), strict=True))
            assert {len(row) for row in rows} == {9}
            return [row[0] for row in rows[1:]]
        case "md":
            found = [markdown_cells(line) for line in outcome.out.split("\n") if line.startswith("|")]
            return [cells[0] for cells in found if len(cells) == len(found[0])][2:]
        case "html":
            return [html.unescape(cell) for cell in re.findall("<td[^>]*>([^<]*)</td>", outcome.out)]
    return [line.split("  ")[0] for line in outcome.out.split("\n")]


def markdown_text(line):
    """Return a line of Markdown as a browser would show it."""
    return html.unescape(re.sub(r"\\(.)", r"\1", line))


def markdown_cells(line):
    """Return the cells of a line of a Markdown table as a browser would show them."""
    cells, marks = [""], iter(line.strip()[1:-1])
    for mark in marks:
        if mark == "|":
            cells.append("")
        else:
            cells[-1] += next(marks) if mark == "\\" else mark
    return [html.unescape(cell.strip()) for cell in cells]


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("part", ["columns", "levels"])
def test_a_report_full_of_hostile_names_is_whole(part, kind, reports):
    outcome = reports[part, kind]
    said_briefly(outcome)
    assert outcome.code == 0, outcome.err
    if kind != "csv":  # CSV is for programs: it holds every name letter by letter
        assert controls(outcome.out, "\n") == set()
    if kind == "md":
        tables = [line for line in outcome.out.split("\n") if line.startswith("|")]
        assert {len(markdown_cells(line)) for line in tables[: len(LEVELS)]} == {7}
    if kind in ("md", "html"):
        assert "<script" not in outcome.out


def in_format(name, kind):
    """Return how a name may look in a format."""
    return {visible(name)} if kind in ("table", "md") else {name} if kind == "json" else {name, visible(name)}


@pytest.mark.parametrize("name", WHOLE, ids=label)
def test_a_name_is_shown_literally(name, reports):
    for kind in FORMATS:
        assert in_format(name, kind) & set(terms_of(reports["columns", kind], kind))


@pytest.mark.slow
@pytest.mark.parametrize("name", LEVELS, ids=label)
def test_a_level_is_shown_literally(name, reports):
    for kind in FORMATS:
        term = f"C(g)[T.{name}]" if kind in ("json", "csv") else f"g {name}"
        assert in_format(term, kind) & set(terms_of(reports["levels", kind], kind))


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("name", [*(name for name in BROKEN if "\r" not in name), *LONG], ids=label)
def test_a_name_of_many_letters_or_lines_is_shown_literally(name, kind):
    write(table(name))
    outcome = invoke(*FIT, "--format", kind)
    said_briefly(outcome)
    assert outcome.code == 0
    if kind == "table":  # whole below the table, where it is cut
        assert "".join(visible(name).split()) in "".join(outcome.out.split())
    else:
        assert in_format(name, kind) & set(terms_of(outcome, kind))
    assert controls(outcome.out, "\n\r\t" if kind == "csv" else "\n") == set()
    if kind == "md":
        lines = outcome.out.split("\n")
        assert any(line.startswith("- ") and visible(name) in markdown_text(line) for line in lines)
        assert not any(line.startswith(("<script", "| b | c |")) for line in lines)


@pytest.mark.parametrize(("name", "other"), [*zip(NAMES[::2], NAMES[1::2], strict=True)], ids=label)
def test_target_and_features_are_found_by_their_names_whatever_they_are(name, other):
    write(table(name, other))
    outcome = invoke(*FIT, "--json", f"--features={name}", f"--target={other}")
    said_briefly(outcome)
    if name == "a,b":
        assert outcome.code == 0
    assert list(coefficients(outcome)) == ["(Intercept)", name]
    assert json.loads(outcome.out)["model"]["target"] == other


@pytest.mark.parametrize("name", [*LIKE_FORMULAS, *WORDS, BELL, "größe", "列名", "a,b", "<!-- -->"], ids=label)
def test_a_name_between_backticks_is_a_name_or_refused_and_never_something_else(name):
    write(table(name))
    outcome = invoke(*FIT, "--json", "--formula", f"y ~ `{name}`")
    said_briefly(outcome)
    if outcome.code == 2 and not re.fullmatch(r"[^\W\d][\w ]*", name):
        refused(outcome)
    else:
        assert coefficients(outcome) == pytest.approx({"(Intercept)": 2.0784314, name: 0.2916038}, abs=1e-6)


@pytest.mark.parametrize("name", LIKE_FORMULAS, ids=label)
def test_a_dot_takes_every_column_by_name_and_reads_no_name_as_a_formula(name):
    write(table(name))
    outcome = invoke(*FIT, "--json", "--formula", "y ~ .")
    if outcome.code == 2:
        refused(outcome, visible(name))
    else:
        said_briefly(outcome)
        assert coefficients(outcome) == pytest.approx({"(Intercept)": 2.0784314, name: 0.2916038}, abs=1e-6)


def test_the_reserved_name_is_refused_by_name():
    refused(fit(table("(Intercept)"), "--family gaussian"), "data.csv", "(Intercept)", "--no-intercept")
    refused(fit(table("(Intercept)"), "--family gaussian --formula 'y ~ `(Intercept)`'"), "(Intercept)")


@pytest.mark.parametrize(
    ("header", "formula", "wanted"),
    [
        pytest.param("g,Intercept,y", "y ~ Intercept", 2, id="Intercept"),
        pytest.param("g,Intercept,y", "y ~ Intercept - 1", 1, id="Intercept alone"),
        pytest.param("g,Intercept,y", "y ~ Intercept + C(g)", 3, id="Intercept and a factor"),
        pytest.param("g,g[T.b],y", "y ~ g + `g[T.b]`", 3, id="a level"),
        pytest.param("g,C(g)[T.b],y", "y ~ C(g) + `C(g)[T.b]`", 3, id="a level of C()"),
        pytest.param("z,log(z),y", "y ~ log(z) + `log(z)`", 3, id="a function"),
    ],
)
def test_a_column_named_like_a_term_does_not_take_its_place(header, formula, wanted):
    rows = (f"{'ab'[row % 2] if header[0] == 'g' else row + 1},{row * 7 % 11},{row * 5 % 8}" for row in range(24))
    write("\n".join([header, *rows]) + "\n")
    outcome = invoke(*FIT, "--json", "--formula", formula)
    said_briefly(outcome)
    assert outcome.code in (0, 2)
    if outcome.code == 0:
        terms = json.loads(outcome.out)["model"]["terms"]
        assert len(set(terms)) == len(terms) == wanted
        assert wanted > 1 or terms == ["Intercept"]


@pytest.mark.parametrize("name", [*NAMES[:40], *BROKEN, *LONG], ids=label)
def test_a_name_in_an_error_message_is_short_and_harmless(name):
    outcome = fit(table(name, levels=[1, 2, 3, "oops"]), "--family gaussian")
    refused(outcome, "data.csv:", "'oops'", visible(name)[:50])
    assert len(outcome.err) < 1000


@pytest.mark.parametrize("name", [BELL, "\x9b31mx", "[red]x[/red]", "a\nb", "x\ry", "x\u202ey", *LONG], ids=label)
def test_a_name_in_a_list_of_legal_names_is_short_and_harmless(name):
    refused(fit(table(name, name)), "data.csv:1", "twice", visible(name)[:50])
    for args in ("--target nowhere", "--formula 'nowhere ~ y'", "--weights nowhere", ""):
        outcome = fit(table(name, "other"), args)
        refused(outcome, "data.csv", visible(name)[:50])
        assert len(outcome.err) < 1000


def test_a_long_list_of_names_is_cut_in_messages():
    header = ",".join(f"a_rather_long_name_{place}" for place in range(2000))
    outcome = fit(header + "\n" + ",".join("1" * 2000) + "\n", "--target nowhere")
    refused(outcome, "data.csv", "'nowhere'", "2000")
    assert len(outcome.err) < 1000


CELLS = [
    BELL, "\x1b[31mx", "\x9b31mx", "[red]x[/red]", "<script>", "a\nb", "a\rb", "x" * 5000, "😀", "{x}", "%s", "'", '"',
]  # fmt: skip


@pytest.mark.parametrize("cell", CELLS, ids=label)
def test_a_cell_in_an_error_message_is_short_and_harmless(cell):
    outcome = fit(table("x", levels=["1", "2", cell]), "--family gaussian")
    refused(outcome, "data.csv:4", "'x'", visible(cell)[:50])
    assert len(outcome.err) < 1000


@pytest.mark.parametrize("level", [BELL, "[red]x[/red]", "a,b", "a=b", "--json", "😀", "a\nb", "1.5"], ids=label)
def test_a_level_can_be_the_base_whatever_it_is(level):
    write(table("g", levels=["a", level]))
    outcome = invoke(*FIT, "--json", "--formula", "y ~ C(g)", "--ref", f"g={level}")
    said_briefly(outcome)
    assert list(coefficients(outcome)) == ["(Intercept)", "C(g)[T.a]"]
    refused(invoke(*FIT, "--formula", "y ~ C(g)", "--ref", "g=nowhere"), "nowhere", visible(level))


TERMINAL = [BELL, "[red]x[/red]", "[link=https://example.org]x[/link]", "a\n<script>", "x\ry", "列名", "x" * 300]


@pytest.mark.parametrize("name", TERMINAL, ids=label)
def test_on_a_terminal_only_our_own_colours_are_sent(name, monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)
    write(table(name))
    outcome = invoke(*FIT, "--verbose", terminal=True)
    said_briefly(outcome)
    assert outcome.code == 0
    plain = re.sub(r"\x1b\[[0-9;]*m", "", outcome.out)
    assert plain != outcome.out
    assert controls(plain) == set()
    assert visible(name) in plain.replace("\n", "")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8"])
@pytest.mark.parametrize("kind", FORMATS)
def test_a_stream_that_cannot_hold_a_letter_gets_an_escape(kind, encoding):
    write(table("列名 😀 größe"))
    outcome = invoke(*FIT, "--format", kind, encoding=encoding)
    said_briefly(outcome)
    assert outcome.code == 0
    if kind == "json":
        assert list(coefficients(outcome)) == ["(Intercept)", "列名 😀 größe"]
    else:
        assert ("列名" if encoding == "utf-8" else r"\u5217") in outcome.out


# --- names of files, values of options -------------------------------------------------------------------------------

FILES = [
    BELL + ".csv", "\x1b[31mx.csv", "[red]x[bold].csv", "a\nb.csv", "a\rb.csv", "<script>.csv", "😀.csv", "{x}.csv",
    "%s.csv", "a b.csv", "'.csv", '".csv', "`.csv", "*.csv", "--json.csv", "-x.csv", "x\u202ey.csv", "data\udcff.csv",
]  # fmt: skip
POSIX = pytest.mark.skipif(os.name != "posix", reason="such names are not allowed here")


@POSIX
@pytest.mark.parametrize("name", FILES, ids=label)
def test_a_file_name_is_shown_literally(name):
    try:
        Path(name).write_text(table("x"))
    except OSError:
        pytest.skip("the file system does not take this name")
    shown = visible(name)
    for kind in ("table", "json", "md"):
        outcome = invoke("fit", "--family=gaussian", "--solver=fisher", f"--format={kind}", "--", name)
        said_briefly(outcome)
        assert outcome.code == 0, outcome
        assert controls(outcome.out) == set()
        if kind == "md":
            assert shown in markdown_text(outcome.out)
        elif kind == "table":
            assert shown in outcome.out.replace("\n", "")
    outcome = invoke("fit", "--family=gaussian", "--output=out.json", "--", name)
    said_briefly(outcome)
    assert outcome.code == 0
    Path(name).write_text("x,y\n1,2,3\n")
    refused(invoke("fit", "--", name), f"{shown}:2", "3 cells")
    refused(invoke("fit", "--", f"{name}x"), f"{shown}x", f"'{shown}'")


@POSIX
@pytest.mark.parametrize("name", FILES, ids=label)
def test_the_name_of_an_output_is_shown_literally(name):
    write(table("x"))
    outcome = invoke("fit", "data.csv", "--family=gaussian", "--solver=fisher", f"--output={name}", f"--trace={name}2")
    said_briefly(outcome)
    assert (outcome.code, outcome.out) == (0, "")
    assert visible(name) in outcome.err
    assert sorted(map(str, Path().iterdir())) == sorted(["data.csv", name, f"{name}2"])
    outcome = invoke("simulate", "--n=5", f"--output={name}")
    said_briefly(outcome)
    assert (outcome.code, outcome.out) == (0, "")
    refused(invoke("simulate", f"--output={name}/x"), visible(name))


OPTIONS = [
    "family", "link", "solver", "target", "features", "formula", "weights", "offset", "exposure", "trials", "ref", "na",
    "lr", "schedule", "init", "format", "config", "level", "tol", "tol-agree", "max-iter", "batch-size", "alpha",
    "power", "seed",
]  # fmt: skip


@pytest.mark.parametrize("value", [BELL + "\n[red]", "x" * 5000], ids=label)
@pytest.mark.parametrize("name", OPTIONS)
def test_the_value_of_an_option_is_shown_literally(name, value):
    family = ["--family=poisson"] if name == "exposure" else []
    outcome = fit("x,y\n1,0\n2,1\n", shlex.join([*family, f"--{name}={value}"]))
    refused(outcome, visible(value)[:50])
    assert len(outcome.err) < 1200


@pytest.mark.parametrize(
    "args",
    [
        [BELL], ["datasets", BELL], ["schema", BELL], ["fit", BELL], ["fit", "data.csv", BELL],
        ["fit", "data.csv", f"--{BELL}"], ["simulate", f"--design={BELL}"], ["simulate", f"--beta={BELL}"],
        ["simulate", f"--n={BELL}"], ["simulate", f"--output={BELL}/x"],
        ["fit", "data.csv", f"--ref={BELL}=a"], ["fit", "data.csv", f"--ref=x={BELL}"],
        ["fit", "data.csv", f"--link=power({BELL})"], ["fit", "data.csv", "--formula", f"y ~ `{BELL}`"],
        ["fit", "data.csv", "--formula", f"`{BELL}` ~ x"], ["fit", "data.csv", "--formula", f"y ~ I('{BELL}')"],
    ],
    ids=lambda args: label(" ".join(args)),
)  # fmt: skip
def test_an_escape_code_on_the_command_line_reaches_no_terminal(args):
    write("x,y\n1,0\n2,1\n")
    refused(invoke(*args))


# --- formulas --------------------------------------------------------------------------------------------------------

SERVER = """
import io, json, os, resource, signal, sys, traceback
import glmnn.cli

CPU, MEMORY, WALL = 1, 4 << 30, 60


def child(job):
    os.chdir(job["folder"])
    for place, name in ((0, os.devnull), (1, job["out"]), (2, job["err"])):
        os.dup2(os.open(name, os.O_RDWR | os.O_CREAT, 0o600), place)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU, CPU + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.alarm(WALL)
    sys.argv = ["glmnn", *job["args"]]
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w", closefd=False), open(2, "w", closefd=False)
    code = 1
    try:
        glmnn.cli.main()
        code = 0
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def warm_up():
    # import here what each child would else do anew
    table = b"g,x,y\\n" + b"".join(b"%d,%d,%d\\n" % (row % 2, row, row % 3) for row in range(9))
    sys.argv = ["glmnn", "fit", "-", "--family=gaussian", "--json", "--formula", "y ~ C(g) + poly(x, 2)"]
    replies = sys.stdout
    sys.stdin, sys.stdout = io.TextIOWrapper(io.BytesIO(table)), io.StringIO()
    try:
        glmnn.cli.main()
    except SystemExit:
        pass
    sys.stdin, sys.stdout = sys.__stdin__, replies


warm_up()
for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        try:
            child(json.loads(line))
        finally:
            os._exit(99)
    _, status = os.waitpid(pid, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


@pytest.fixture(scope="module")
def server():
    """A process that has imported everything and forks for each command: fast, and safe from what the command does."""
    if not hasattr(os, "fork"):
        pytest.skip("needs fork")
    threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    with subprocess.Popen(
        [sys.executable, "-c", SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **threads},
        text=True,
    ) as process:
        yield process
        process.stdin.close()


@pytest.fixture
def guarded(server, tmp_path_factory):
    """Run a command with limits on its time and memory, in a folder that it must leave as it was."""

    def run(*args, data):
        outside, inside = tmp_path_factory.mktemp("outside"), tmp_path_factory.mktemp("inside")
        (inside / "data.csv").write_text(data)
        out, err = outside / "out", outside / "err"
        job = {"folder": str(inside), "out": str(out), "err": str(err), "args": args}
        server.stdin.write(json.dumps(job) + "\n")
        server.stdin.flush()
        code = int(server.stdout.readline())
        assert [path.name for path in inside.iterdir()] == ["data.csv"]  # else it made files
        assert (inside / "data.csv").read_text() == data
        assert code not in (-signal.SIGXCPU, -signal.SIGKILL, -signal.SIGALRM), "it took too long"
        return Outcome(code, out.read_text(), err.read_text())

    return run


PLAIN = "x,z,g,y\n" + "".join(f"{row / 10},{row * 7 % 5},{'abc'[row % 3]},{row * 7 % 3 % 2}\n" for row in range(24))
TOUCH = "open('pwned','w')"
SYSTEM = "__import__('os').system('touch pwned')"

CODE = [
    # a backtick inside a string hides what follows from a check that looks for backticks only
    f'I("`" + str({SYSTEM}) + "`")',
    f"I('`' + str({TOUCH}) + '`')",
    f"log('`' + str({TOUCH}) + '`')",
    f"x + exp('`' + str({TOUCH}) + '`')",
    f"C(g, '`', {TOUCH}, '`')",
    f"C(g, contr.treatment('`' + str({TOUCH}) + '`'))",
    f"poly(x, degree='`' + str({TOUCH}) + '`')",
    f"bs(x, knots=['`', {TOUCH}, '`'])",
    f"{{'`' + str({TOUCH}) + '`'}}",
    f"x:I('`' + str({TOUCH}) + '`')",
    f"I('''`''' + str({TOUCH}) + '''`''')",
    f"I('\\'`' + str({TOUCH}) + '`')",
    f"I(`x` + 0 * len('`' + str({TOUCH}) + '`'))",
    f"I('`' * 0 + str([{TOUCH} for _ in '`']))",
    # plain calls
    f"I({TOUCH})", f"I({SYSTEM})", TOUCH, SYSTEM, f"{{{TOUCH}}}", f"log({TOUCH})", f"C({TOUCH})", f"poly({TOUCH}, 2)",
    f"I(x + {TOUCH})", f"x:{TOUCH}", f"(x + {TOUCH})", f"x + {TOUCH} + z",
    f"eval({TOUCH!r})", f"exec({TOUCH!r})", f"I(eval({TOUCH!r}))", "I(__builtins__)", "compile('1', '', 'eval')",
    # calls in disguise
    f"I((lambda: {TOUCH})())", f"I([{TOUCH} for _ in (1,)])", f"I({{{TOUCH}}})", f"I({{1: {TOUCH}}})",
    f"I(sum({TOUCH} for _ in (1,)))", f"I(x if {TOUCH} else x)", f"I({TOUCH} and x)", f"I(not {TOUCH})",
    f"I(x[{TOUCH}])", f"I((q := {TOUCH}))", f"log(*{TOUCH})", f"log(**{TOUCH})", f"log(x, out={TOUCH})",
    f"poly(x, degree={TOUCH})", f"bs(x, df={TOUCH})", f"bs(x, knots=[{TOUCH}])", f"C(g, contr.treatment(base={TOUCH}))",
    f"C(g, contr.custom({TOUCH}))", f"C(g, contr.poly(scores={TOUCH}))", f"I(x < {TOUCH})", f"I(-{TOUCH})",
    f"I(f'{{{TOUCH}}}')", f"I('' f'{{{TOUCH}}}')", f"I(x); {TOUCH}", f"I(x)\n{TOUCH}", f"I(await {TOUCH})",
    # attributes and modules
    "x.__class__.__base__.__subclasses__()", "I(x.__class__)", "I(().__class__)", "I(x.to_csv('pwned'))",
    "x.to_csv('pwned')", "I(x.values)", "I(''.join('ab'))", "I('{0.__class__}'.format(x))", "np.save('pwned', x)",
    "I(np.log(x))", "np.log(x)", "pd.read_csv('data.csv')", "contr.treatment.__init__.__globals__",
    "C(g, contr.__class__)", "I(C.__globals__)", "I(log.__class__)", "os.system('touch pwned')", "I(contr.treatment)",
    # names that formulaic knows and this program does not offer
    "Q('x')", "hashed(x, levels=10)", "lag(x)", "standardize(x)", "cs(x, df=5)", "cc(x, df=5)", "Treatment('a')",
    # letters that become others
    "ｏｐｅｎ('pwned','w')", "I(ｅｖａｌ('1'))", "I(𝔢𝔳𝔞𝔩('1'))",
    # names inside the evaluator
    "__FORMULAIC_STATE__", "I(__FORMULAIC_CONTEXT__)", "I(__name__)", "I(open)", "I(x + open)",
    "I(quoted_name_0 + `x`)",
    # breaking out of the text that the evaluator makes of a call
    f"""C(g, '") or {TOUCH} #')""", f"""C(g, '"] or {TOUCH} #')""", f"""poly(x, '")+{TOUCH}+("')""",
    f"""center(x, '\\")+{TOUCH}#')""", f"""scale(x, "\\\\")+{TOUCH}#")""",
    # kinds of constants
    "I(None)", "I(...)", "I(b'a')", "I(1j)", "I('a' 'b' * x)",
]  # fmt: skip

TWENTY = "(" + " + ".join(f"x{place}" for place in range(20)) + ")"
EXPLOSIONS = [
    # more terms than any model has
    "(x+z+g+w)**10", "((x+z+g+w)**5)**5", "(x+z)**(30)", "(x+z+g)**(99999999)", "(x+z+g)^ (40)", "(x+z+g)**99999999",
    "(1+2+3+4+5+6+7+8)**10", "(`1`+`2`+`3`+`4`+`5`+`6`+`7`)**10", f"{TWENTY}**9", "(. + x + z)**(25)",
    ":".join([TWENTY] * 12), "*".join([TWENTY] * 10), "*".join(f"(x{n}+z{n}+w{n})" for n in range(13)),
    "*".join(f"x{n}" for n in range(25)), "/".join(f"(x{n}*z{n}*w{n}*v{n})" for n in range(6)),
    ":".join(f"(x{n}+z{n})" for n in range(24)), " %in% ".join(f"(x{n}*z{n}*w{n})" for n in range(9)),
    "+".join(f"a{n}" for n in range(1500)),
    # more columns than any model has
    "poly(x, 1000000000)", "poly(x, degree=3000000, raw=True)", "poly(x, 100000)", "bs(x, df=1000000000)",
    "bs(x, df=100000)", "bs(x, degree=1000000)", "bs(x, knots=[0.5]*1000000)", "bs(x, knots=[1]*9999999999)",
    "poly(x, 999*99999)", "poly(x, degree=3000*10000)", "poly(x, -(-9999999))", "poly(x, degree=+9999999)",
    "poly(x, degree=(contr==contr)*99999999)", "bs(x, df=999*999)", "bs(x, degree=3*1000)", "bs(x, df=99999-1)",
    "bs(x, df=50):bs(z, df=50):bs(x, df=49)", "bs(x, df=50)*bs(z, df=50)*bs(x, df=49)*C(g)",
    "poly(x, 20):poly(z, 20):poly(x, 19):poly(z, 19)",
    # larger numbers and texts than any memory has
    "I('a'*9999999999)", "I(x + [0]*9999999999)", "I('%9999999999d' % 1)", "I('%.999999999f' % 1)",
    "I(1 << 99999999999)",
    "I(x + (1 << 9999999999)*0)", "I(x + (1 << 999999999)*0)", "I(9**9**9)", "I(x + 9**9**9)", "I(x + (9**9)**9**9)",
    "I(x + 0*((9 + (contr == 1)) ** 999999999))", "I(x + 0*((9 + (contr == 1)) ** (999999999)))",
    "I(x + 0*((9 + ('a' == 'a')) ** (999999999)))", "I(x + (3<<9999999) % ((1<<4999999)+1))",
    "I(x + 0*(1<<33333333)*(1<<33333333)*(1<<33333333))", "C(g, ['a']*9999999999)",
    # deeper than any reader goes
    "I(" + "(" * 4900 + "x" + ")" * 4900 + ")", "I(" + "-" * 9900 + "x)", "I(" + "- " * 4900 + "x)",
    "I(" + "~" * 9900 + "1)",
    "I(" + "x+" * 4900 + "x)", "I(" * 300 + "x" + ")" * 300, "I(" + "[" * 4900 + "x" + "]" * 4900 + ")",
    "{" * 4900 + "x" + "}" * 4900, "I(" + "not " * 2000 + "x)", "I(" + "+".join(f"`a{n}`" for n in range(1200)) + ")",
    "I(" + "<".join(["1"] * 4000) + ")", "I(" + "x," * 4900 + ")",
    # longer than any formula
    "x" * 10_001, "x + " * 30_000 + "x", "`" * 9990, "(" * 9990, ")" * 9990, "'" * 9991, "I(" + "\"'" * 4900 + ")",
    "I(x + 0x" + "f" * 9000 + ")", "I(x + " + "9" * 9000 + ")", "I(x + 1e" + "9" * 4000 + ")",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("right", CODE, ids=label)
def test_nothing_in_a_formula_ever_runs(right, guarded):
    refused(guarded("fit", "data.csv", "--formula", f"y ~ {right}", data=PLAIN))


ORDINARY = [
    "x", "x + z", "x - 1", "-1 + x", "0 + x", "1", "x:z", "x*z", "x*z*w", "(x + z + w)**2", "(x + z + w)^3", "x/z",
    "x %in% z", "2:x", ".", ". - w", ".**2", "x + I(x**2) + I(x**3)", "I(x**0.5)", "I((x + z)**2)", "I(x/(z + 1))",
    "I(-x)", "I(x > 3)", "I((x > 3)*z)", "log(x + 1)", "log2(x + 1)*log10(z + 1)", "exp(-x)", "sqrt(x)", "poly(x, 3)",
    "poly(x, degree=2)", "poly(x, 3, raw=True)", "bs(x, df=5)", "bs(x, df=4, degree=2)", "bs(x, knots=[5, 9])",
    "center(x) + scale(z)", "g", "C(g)", "C(z)", "g*x", "C(g):x", "C(g, contr.treatment('b'))",
    "C(g, contr.treatment(base='b'))", "C(g, contr.sum)", "C(g, contr.sum())", "C(g, contr.helmert)",
    "C(g, contr.poly)", "C(g, contr.diff)", "`x`", "`x`*`z`", "log(`x` + 1)", "poly(`x`, 2)", "C(`g`)",
]  # fmt: skip


@pytest.mark.parametrize("right", ORDINARY)
def test_ordinary_formulas_are_not_caught_by_the_guards(right):
    rows = "".join(f"{row},{row * 7 % 5},{row * row % 7},{'abc'[row % 3]},{row * 5 % 8}\n" for row in range(48))
    write("x,z,w,g,y\n" + rows)
    outcome = invoke(*FIT, "--csv", "--formula", f"y ~ {right}")
    said_briefly(outcome)
    assert outcome.code == 0, outcome


@pytest.mark.parametrize("left", [TOUCH, f"I({TOUCH})", f"{{{TOUCH}}}", f"log('`' + str({TOUCH}) + '`')"], ids=label)
def test_nothing_on_the_left_of_a_formula_ever_runs(left, guarded):
    refused(guarded("fit", "data.csv", "--formula", f"{left} ~ x", data=PLAIN), "left")


@pytest.mark.slow
@pytest.mark.parametrize("right", EXPLOSIONS, ids=label)
def test_no_formula_takes_for_ever_or_all_memory(right, guarded):
    outcome = guarded("fit", "data.csv", "--formula", f"y ~ {right}", data=PLAIN)
    refused(outcome)
    assert len(outcome.err) < 1000
    assert "MemoryError" not in outcome.err  # then it had been tried
    assert "allocate" not in outcome.err


@pytest.mark.parametrize(
    "right", [". * . * . * .", "(.)**5", ".**3", ".:.:.:.", "(. + .)**4", " + ".join(["."] * 50)], ids=label
)
def test_a_dot_among_many_columns_does_not_explode(right, guarded):
    header = ",".join([*(f"x{place}" for place in range(60)), "y"])
    rows = (",".join([*(str((row * place + place) % 11) for place in range(60)), str(row % 2)]) for row in range(80))
    outcome = guarded(
        "fit", "data.csv", "--solver=fisher", "--formula", f"y ~ {right}", data="\n".join([header, *rows])
    )
    said_briefly(outcome)
    assert outcome.code in (2, 3)


@pytest.mark.parametrize("formula", ["y ~ C(g)*C(h)", "y ~ C(g):C(h)", "y ~ C(g):C(h):x", "y ~ C(g)/C(h)"])
def test_factors_with_many_levels_do_not_explode(formula, guarded):
    rows = "".join(f"g{row},h{row * 7 % 400},{row / 7},{row % 2}\n" for row in range(400))
    outcome = guarded("fit", "data.csv", "--formula", formula, data="g,h,x,y\n" + rows)
    refused(outcome, "columns")
    assert "allocate" not in outcome.err


EVIL_COLUMNS = [
    f"""z` + I("`" + str({TOUCH}) + "`") + `z""",
    f"z` + I({TOUCH}) + `z",
    f"z` + {{{TOUCH}}} + `z",
    "z`)**9 * (`x` + `z` + `w`)**9 + (`z",
    "z` + z:x + `z",
    "z` - `x",
    f"I({TOUCH})",
    TOUCH,
    f"{{{TOUCH}}}",
    ".**9",
    "C(z)",
    "x + z",
]


@pytest.mark.parametrize("name", EVIL_COLUMNS, ids=label)
@pytest.mark.parametrize("formula", ["y ~ .", "y ~ log(x) + .", None])
def test_a_column_name_never_becomes_part_of_a_formula(formula, name, guarded):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["x", "z", name, "y"])
    writer.writerows([row + 1, row * 7 % 5, row * row % 7, row * 5 % 8] for row in range(24))
    args = ["--formula", formula] if formula else []
    outcome = guarded("fit", "data.csv", "--family=gaussian", "--solver=fisher", "--json", *args, data=text.getvalue())
    said_briefly(outcome)
    assert outcome.code in (0, 2)
    if outcome.code == 0:
        terms = json.loads(outcome.out)["model"]["terms"]
        assert sorted(terms) == sorted({"(Intercept)", "x", "z", name, *(["log(x)"] if "log" in str(formula) else [])})


@pytest.mark.parametrize(
    ("function", "name"),
    [("log", "o"), ("log", "g"), ("log", "log"), ("log", "a b"), ("exp", "x"), ("center", "e"), ("C", "C")],
)
def test_backticks_inside_a_function_name_a_column(function, name):
    write(table(name, levels=[1, 2, 3]))
    outcome = invoke(*FIT, "--json", "--formula", f"y ~ {function}(`{name}`)")
    said_briefly(outcome)
    assert len(coefficients(outcome)) == (3 if function == "C" else 2)
