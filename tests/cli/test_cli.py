"""The command line: exit codes, help, input and output, options from files, signals and pipes."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from dataclasses import MISSING, asdict, fields
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pytest

from command import COMMAND, PLAIN, on_terminal, run, started
from glmnn.cli.commands import COMMANDS
from glmnn.data.bundled import catalogue
from glmnn.errors import UsageError
from glmnn.fitting.options import FitOptions
from glmnn.options.toml import Config, merge, read_config
from glmnn.report.sections import MARKS
from glmnn.simulating.options import SimulateOptions
from glmnn.solvers.registry import SOLVERS

DATA = Path(__file__).parents[2] / "data"
PRIMES, SETOSA, VIDEO = DATA / "primes.csv", DATA / "iris_setosa.csv", DATA / "video.csv"
ENDLESS = ["fit", VIDEO, "--solver", "sgd", "--max-iter", "1000000000"]
ESCAPE = "\x1b"


@cache
def plain_help(command):
    return run(*command, "--help", COLUMNS="300").out


# Exit codes


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (0, [PRIMES]),
        (0, [PRIMES, "--solver", "fisher"]),
        (0, [PRIMES, "--solver", "gd", "--lr", "0.2"]),
        (1, [PRIMES, "--solver", "gd", "--max-iter", "5"]),
        (1, [PRIMES, "--solver", "gd", "--lr", "1000"]),
        (1, [VIDEO, "--solver", "sgd", "--max-iter", "200"]),
        (2, [PRIMES, "--solver", "irls"]),
        (2, [PRIMES, "--colour"]),
        (2, [PRIMES, "--max-iter", "many"]),
        (2, [PRIMES, "--target", "z"]),
        (2, ["no-such-file.csv"]),
        (2, [DATA]),
        (2, []),
        (3, [SETOSA, "--max-iter", "100"]),
        (3, [SETOSA, "--solver", "statsmodels"]),
    ],
)
def test_the_exit_code_is_the_verdict(glmnn, code, arguments):
    ran = glmnn("fit", *arguments)
    assert ran.code == code
    if code == 2:
        assert ran.out == ""
        assert ran.err != ""
        assert "Traceback" not in ran.err
    else:
        assert ran.err == ""
        assert ran.out.endswith("\n")


def test_aliased_columns_exit_with_3(glmnn):
    assert glmnn("fit", "-", stdin=b"a,b,y\n1,2,0\n2,4,1\n3,6,0\n4,8,1\n5,10,1\n6,12,0\n").code == 3


@pytest.mark.parametrize("form", ["--json", "--csv", "--format=md", "--format=table"])
def test_the_exit_code_does_not_depend_on_the_format(glmnn, form):
    assert glmnn("fit", PRIMES, form).code == 0
    assert glmnn("fit", PRIMES, "--solver", "gd", "--max-iter", "5", form).code == 1
    assert glmnn("fit", SETOSA, "--max-iter", "50", form).code == 3


def test_agreement_is_judged_by_tol_agree(glmnn):
    arguments = ["fit", PRIMES, "--solver", "gd", "--tol", "1e-4"]
    assert glmnn(*arguments).code == 0
    assert glmnn(*arguments, "--tol-agree", "1e-7").code == 1


# Help


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help(glmnn, flag):
    ran = glmnn(flag)
    assert ran.code == 0
    assert ran.err == ""
    for command in ("fit", "simulate", "datasets", "schema"):
        assert re.search(rf"^ +{command} ", ran.out, re.MULTILINE)
        own = glmnn(command, flag)
        assert own.code == 0
        assert re.match(rf"Usage: .*glmnn {command} \[OPTIONS\]", own.out)


def test_no_arguments_show_the_help(glmnn):
    ran = glmnn()
    assert "Usage: " in ran.out + ran.err
    assert "datasets" in ran.out + ran.err


def test_version(glmnn):
    assert glmnn("--version") == (0, f"glmnn {version('glmnn')}\n", "")


def test_an_unknown_command_is_met_with_the_nearest(glmnn):
    ran = glmnn("fitt", PRIMES)
    assert ran.code == 2
    assert "Did you mean 'fit'?" in ran.err


def test_an_unknown_option_is_met_with_the_nearest(glmnn):
    ran = glmnn("fit", PRIMES, "--sovler", "gd")
    assert ran.code == 2
    assert "--solver" in ran.err


def test_unknown_values_are_met_with_the_nearest(glmnn):
    assert "'fisher'" in glmnn("fit", PRIMES, "--solver", "fischer").err
    assert "'primes'" in glmnn("datasets", "prime").err
    assert "fit" in glmnn("schema", "fitt").err


def test_help_and_version_answer_without_loading_anything_heavy():
    script = """
import sys
from glmnn.cli import main
for arguments in (["--help"], ["--version"], ["fit", "--help"], ["simulate", "-h"], ["datasets", "-h"], ["fitt"]):
    sys.argv = ["glmnn", *arguments]
    try:
        main()
    except SystemExit:
        pass
heavy = {"numpy", "scipy", "pandas", "statsmodels", "formulaic", "pyarrow"} & set(sys.modules)
sys.exit(f"loaded: {sorted(heavy)}" if heavy else 0)
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=PLAIN, check=False)
    assert ran.returncode == 0, ran.stderr


def test_an_ordinary_fit_loads_no_library_that_it_does_not_use():
    script = """
import sys
from glmnn.cli import main
sys.argv = ["glmnn", "fit", sys.argv[1], "-q"]
try:
    main()
except SystemExit:
    pass
heavy = {"pandas", "statsmodels", "formulaic", "pyarrow", "matplotlib", "pydantic", "concurrent.futures"}
heavy |= {"numpy.f2py.f2py2e", "numpy.ma.core", "numpy.testing._private", "glmnn.cli.race", "glmnn.fitting.schema"}
heavy &= set(sys.modules)
if "concurrent.futures" in heavy and sys.version_info >= (3, 12):
    heavy.remove("concurrent.futures")  # by SciPy 1.18 and later
sys.exit(f"loaded: {sorted(heavy)}" if heavy else 0)
"""
    arguments = [sys.executable, "-c", script, str(PRIMES)]
    ran = subprocess.run(arguments, capture_output=True, text=True, env=PLAIN, check=False)
    assert ran.returncode == 0, ran.stderr


def test_commands_in_ci_load_no_part_of_scipy_that_a_search_for_causes_needs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run("fit", PRIMES, "-s", "fisher", "--save", "model.json")
    run("lock", PRIMES, "-o", "coefs.toml")
    script = """
import sys
from glmnn.cli import main
data = sys.argv[1]
for arguments in (["check", "coefs.toml"], ["prove", data, "-o", "proof.json"], ["predict", "model.json", data]):
    sys.argv = ["glmnn", *arguments]
    try:
        main()
    except SystemExit as end:
        assert end.code == 0, arguments
heavy = {"scipy.optimize", "scipy.stats", "scipy.integrate", "scipy.spatial", "pandas"} & set(sys.modules)
sys.exit(f"loaded: {sorted(heavy)}" if heavy else 0)
"""
    arguments = [sys.executable, "-c", script, str(PRIMES)]
    ran = subprocess.run(arguments, capture_output=True, text=True, env=PLAIN, check=False)
    assert ran.returncode == 0, ran.stderr


def test_parts_of_numpy_that_wait_are_whole_when_they_are_used():
    script = """
import sys
from glmnn.cli import main
sys.argv = ["glmnn", "--version"]
try:
    main()
except SystemExit:
    pass
import numpy as np
import scipy.special
assert "numpy.ma.core" not in sys.modules
print(np.ma.array([1, 2], mask=[0, 1]).sum(), np.polynomial.Polynomial([1, 2])(3), np.testing.assert_allclose(1, 1))
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=PLAIN, check=True)
    assert ran.stdout.endswith("1 7.0 None\n")


def test_the_module_runs_as_the_command_does():
    ran = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True, env=PLAIN, check=True)
    assert ran.stdout == f"glmnn {version('glmnn')}\n"


def entries(command):
    """Return the text of each option of a help page, by its long flag."""
    text = plain_help((command,)).partition("Options:\n")[2]
    found = {}
    for line in text.splitlines():
        flags = re.match(r"  (?:-\w, )?(--[\w-]+)", line)
        if flags:
            current = flags[1]
            found[current] = ""
        if line.strip():
            found[current] += " " + line.strip()
    return found


def flag_of(item):
    """Return the long flag of a field, without its negative."""
    long = [flag.partition("/")[0] for flag in item.metadata["flags"] if flag.startswith("--")]
    return long[0] if long else f"--{item.name.replace('_', '-')}"


@pytest.mark.parametrize(("command", "kind"), [("fit", FitOptions), ("simulate", SimulateOptions)])
def test_help_shows_the_defaults_of_the_dataclass(command, kind):
    shown = entries(command)
    for item in fields(kind):
        flag = flag_of(item)
        text = shown[flag]
        assert item.metadata["help"] in text
        default = item.default_factory() if item.default is MISSING else item.default
        if default is None or default == [] or isinstance(default, bool):
            assert "[default" not in text, flag
            continue
        told = re.search(r"\[default: \(?(.*?)\)?\]", text)
        assert told, f"{flag} does not show its default {default}"
        value = ",".join(default) if isinstance(default, list) else default
        assert type(value)(told[1]) == value, flag


@pytest.mark.parametrize(("command", "kind"), [("fit", FitOptions), ("simulate", SimulateOptions)])
def test_every_option_is_of_a_dataclass_or_of_output(command, kind):
    own = {"--format", "--json", "--csv", "--output", "--trace", "--save", "--augment", "--config"}
    own |= {"--quiet", "--verbose", "--digits", "--help", "--fit"}
    own |= {"--plot", "--html", "--html-rows", "--figures", "--figure-format", "--plane", "--proof"}
    assert set(entries(command)) - own == {flag_of(item) for item in fields(kind)}


def test_no_flags_mean_the_defaults(glmnn):
    assert json.loads(glmnn("fit", PRIMES, "--json").out)["options"] == asdict(FitOptions())
    assert merge(Config(), dict.fromkeys(asdict(FitOptions())), FitOptions) == (FitOptions(), None, Config())


def test_every_solver_is_named_in_the_help():
    text = entries("fit")["--solver"]
    assert all(re.search(rf"\b{name}\b", text) for name in (*SOLVERS, "both"))


# Input


def test_standard_input(glmnn):
    ran = glmnn("fit", "-", "--json", stdin=PRIMES.read_bytes())
    assert ran.code == 0
    found, same = json.loads(ran.out), json.loads(glmnn("fit", PRIMES, "--json").out)
    assert found["data"] == {**same["data"], "source": "<stdin>"}
    assert found["inference"] == same["inference"]


def test_simulate_into_fit():
    with (
        started("simulate", "-n", 300, stdout=subprocess.PIPE) as made,
        started("fit", "-", "--json", "--solver", "fisher", stdin=made.stdout, stdout=subprocess.PIPE) as fitted,
    ):
        made.stdout.close()
        out = fitted.communicate(timeout=60)[0]
        made.wait(timeout=60)
    assert (made.returncode, fitted.returncode) == (0, 0)
    assert json.loads(out)["data"]["rows"] == 300


def test_every_data_set_can_be_listed_and_printed(glmnn):
    ran = glmnn("datasets")
    assert ran.code == 0
    for name in catalogue():
        assert re.search(rf"^{name} ", ran.out, re.MULTILINE)
        printed = glmnn("datasets", name)
        assert printed == (0, (DATA / f"{name}.csv").read_text(encoding="utf-8"), "")


# Solvers


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ([], ["fisher", "gd"]),
        (["--solver", "both"], ["fisher", "gd"]),
        (["-s", "gd,fisher"], ["gd", "fisher"]),
        (["-s", "gd", "-s", "fisher"], ["gd", "fisher"]),
        (["--solver=gd, fisher"], ["gd", "fisher"]),
        (["-s", "both", "-s", "nesterov,gd"], ["fisher", "gd", "nesterov"]),
        (["-s", "FISHER"], ["fisher"]),
        (["-s", "adam,gd", "-s", "statsmodels"], ["adam", "gd", "statsmodels"]),
    ],
)
def test_solvers_as_a_list_and_repeated(glmnn, flags, expected):
    ran = glmnn("fit", PRIMES, *flags, "--json")
    assert ran.code == 0
    assert [solver["solver"] for solver in json.loads(ran.out)["solvers"]] == expected


# Configuration files


def config(folder, text):
    path = folder / "run.toml"
    path.write_text(text)
    return path


def options_of(ran):
    assert ran.code in (0, 1, 3), ran.err
    return json.loads(ran.out)["options"]


def test_a_file_may_hold_every_option(tmp_path, glmnn):
    every = {
        "title": "ships", "formula": "incidents ~ C(type) + built", "intercept": True, "family": "poisson",
        "link": "log", "exposure": "months", "ref": ["type=B"], "na": "drop", "level": 0.9,
        "solver": ["fisher", "sgd"], "lr": 0.01, "batch-size": 8, "schedule": "constant", "average": False,
        "standardize": True, "max-iter": 40, "tol": 1e-6, "init": "zeros", "seed": 5, "tol-agree": 0.5,
    }  # fmt: skip
    text = f"data = {str(DATA / 'ships.csv')!r}\n" + "".join(f"{key} = {json.dumps(v)}\n" for key, v in every.items())
    found = options_of(glmnn("fit", "--config", config(tmp_path, text), "--json"))
    del every["title"]
    expected = {key.replace("-", "_"): value for key, value in every.items()} | {"lr": "0.01"}
    assert found == asdict(FitOptions()) | expected


def test_flags_win_over_the_file_and_the_file_over_the_defaults(tmp_path, glmnn):
    text = 'solver = "gd"\nmax-iter = 7\nlevel = 0.8\nintercept = false\nfeatures = ["sepal_length"]\n'
    path = config(tmp_path, text)
    found = options_of(glmnn("fit", SETOSA, "--config", path, "--json"))
    assert found == asdict(FitOptions()) | {
        "solver": ["gd"], "max_iter": 7, "level": 0.8, "intercept": False, "features": ["sepal_length"]
    }  # fmt: skip
    flags = ["--level", "0.95", "-s", "fisher", "--intercept", "--features", "sepal_width", "--max-iter", "9"]
    found = options_of(glmnn("fit", SETOSA, "--config", path, "--json", *flags))
    assert found == asdict(FitOptions()) | {"solver": ["fisher"], "max_iter": 9, "features": ["sepal_width"]}


@pytest.mark.parametrize(
    "command", [["anova"], ["effects"], ["audit", "--coef=1,2"], ["prove"], ["race", "--max-iter=9"]]
)
def test_the_file_of_a_fit_serves_other_commands(tmp_path, glmnn, command):
    aside = 'solver = ["fisher"]\nmax-iter = 50\ntol = 1e-9\nci = "profile"\nexp = true\ntol-agree = 0.01\n'
    path = config(tmp_path, f"data = {str(PRIMES)!r}\n{aside}")
    assert glmnn(*command, "--config", path).code in (0, 1)
    for wrong in ("hidden = '3:relu'", "solvr = 'fisher'"):
        found = glmnn(*command, "--config", config(tmp_path, f"data = {str(PRIMES)!r}\n{wrong}\n"))
        assert (found.code, found.out) == (2, "")
        assert "run.toml, line 2: there is no option" in found.err


def test_a_relative_path_of_the_data_is_seen_from_the_file(tmp_path, glmnn, monkeypatch):
    (tmp_path / "sub" / "data").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "sub" / "data" / "p.csv").write_bytes(PRIMES.read_bytes())
    path = config(tmp_path / "sub", 'data = "data/p.csv"\nsolver = "fisher"\n')
    monkeypatch.chdir(tmp_path / "elsewhere")
    for name in (path, Path("..") / "sub" / "run.toml"):
        assert glmnn("fit", "--config", name).code == 0
    assert json.loads(glmnn("fit", VIDEO, "--config", path, "--json").out)["data"]["rows"] == 1000  # the flag wins
    absolute = config(tmp_path, f"data = {str(PRIMES)!r}\n")
    assert glmnn("fit", "--config", absolute).code == 0


def test_a_file_may_name_standard_input(tmp_path, glmnn):
    assert glmnn("fit", "--config", config(tmp_path, 'data = "-"\n'), stdin=PRIMES.read_bytes()).code == 0


def test_the_configurations_that_come_along_can_be_read():
    folder = DATA.parent / "configs"
    for path in sorted(folder.glob("*.toml")):
        found = read_config(str(path), FitOptions)
        options, data, _ = merge(found, {}, FitOptions)
        assert isinstance(options, FitOptions)
        assert data is None or data == "-" or Path(data).exists(), path


def test_a_configuration_with_an_unknown_key_is_refused(tmp_path):
    with pytest.raises(UsageError, match="did you mean 'solver'"):
        read_config(str(config(tmp_path, "solvr = 'gd'\n")), FitOptions)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("level = 3", "run.toml, line 1: level must lie between 0 and 1, not 3"),
        ("# twice\n\nmax-iter = 0", "run.toml, line 3: max-iter must be 1 or more, not 0"),
        ('family = "binom"', "run.toml, line 1: there is no family 'binom': did you mean 'binomial'?"),
        ('title = "x"\nlevel = "high"', "run.toml, line 2: level must be a number, not 'high'"),
        ('"target" = "z"', "run.toml, line 1: primes.csv: there is no target 'z': choose from x, y"),
        ('formula = "y ~ x +"', "run.toml, line 1: formula 'x +' cannot be read"),
        ('features = ["x"]\nformula = "y ~ x"', "run.toml, line 1: give features or formula, not both"),
        (
            'ci = "profile"\ncov = "HC3"',
            "run.toml, line 2: ci = 'profile' rests on the likelihood: it cannot be combined with",
        ),
        ('solver = "fischer"', "run.toml, line 1: there is no solver 'fischer': did you mean 'fisher'?"),
        ('hidden = "3:rleu"', "run.toml, line 1: there is no activation 'rleu': did you mean 'relu'?"),
        ('weights_type = "freq"', "run.toml, line 1: weights_type says what --weights are: give both"),
        ('init = """\nlevel = 0.5\n"""\nlevel = 4', "run.toml: level must lie between 0 and 1, not 4"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_by_its_key_and_line(text, message, tmp_path, glmnn, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config(tmp_path, text)
    (tmp_path / "primes.csv").write_bytes(PRIMES.read_bytes())
    for command in ("fit", "lock"):
        ran = glmnn(command, "primes.csv", "--config", "run.toml")
        if command == "fit" or "hidden" not in text:
            assert ran.err.startswith(f"glmnn: {message}"), ran.err
        assert (ran.code, ran.out) == (2, "")


def test_an_option_is_a_flag_again_where_the_flag_wins(tmp_path, glmnn):
    path = config(tmp_path, "level = 3\nfamily = 'poisson'\n")
    assert glmnn("fit", PRIMES, "--config", path, "--level", "4").err.startswith("glmnn: --level must lie")
    assert glmnn("fit", PRIMES, "--level", "4").err.startswith("glmnn: --level must lie")


@pytest.mark.parametrize("command", ["fit", "lock"])
def test_a_file_in_the_place_of_the_data_is_a_configuration(command, tmp_path, glmnn):
    assert glmnn(command, config(tmp_path, f"data = {str(PRIMES)!r}\nsolver = 'fisher'\n")).code == 0


# Output


FORMATS = {
    "table": "●",
    "json": "{\n",
    "csv": "term,estimate,",
    "md": "## glmnn fit\n",
    "html": "<!doctype html>\n",
}


@pytest.mark.parametrize(
    ("flags", "form"),
    [
        ([], "table"),
        (["--json"], "json"),
        (["--csv"], "csv"),
        *((["--format", name], name) for name in FORMATS),
        (["--json", "--format", "json"], "json"),
    ],
)
def test_the_format_is_chosen_by_flags(glmnn, flags, form):
    ran = glmnn("fit", PRIMES, *flags)
    assert ran.out.startswith(FORMATS[form])
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize(
    ("name", "flags", "form"),
    [
        ("out.json", [], "json"),
        ("OUT.JSON", [], "json"),
        ("out.csv", [], "csv"),
        ("out.md", [], "md"),
        ("out.txt", [], "table"),
        ("out", [], "table"),
        ("json", [], "table"),
        ("out.json", ["--csv"], "csv"),
        ("out.csv", ["--format", "md"], "md"),
        ("out.csv", ["--format", "table"], "table"),
    ],
)
def test_the_format_is_chosen_by_the_ending_of_the_output_file(glmnn, tmp_path, monkeypatch, name, flags, form):
    monkeypatch.chdir(tmp_path)
    ran = glmnn("fit", PRIMES, "-o", name, *flags)
    assert (ran.code, ran.out) == (0, "")
    assert Path(name).read_text().startswith(FORMATS[form])


@pytest.mark.parametrize("flags", [["--json", "--csv"], ["--json", "--format", "md"], ["--format", "xml"]])
def test_formats_that_contradict_each_other_are_refused(glmnn, flags):
    ran = glmnn("fit", PRIMES, *flags)
    assert (ran.code, ran.out) == (2, "")


def test_quiet_leaves_out_the_notes(glmnn):
    loud, quiet = glmnn("fit", PRIMES), glmnn("fit", PRIMES, "-q")
    assert "note: " in loud.out
    assert "note: " not in quiet.out
    assert quiet.code == 0
    assert "0.5518" in quiet.out


def test_digits_are_those_of_a_standard_error(glmnn):
    """By R: summary(glm(y ~ x, binomial)) of the primes has 0.55177592 with the standard error 0.42222266."""
    assert re.search(r"(?m)^x +0\.5518 +0\.4222 +1\.31 +0\.19 ", glmnn("fit", PRIMES).out)
    assert re.search(r"(?m)^x +0\.55177592 +0\.42222266 +1\.306836 ", glmnn("fit", PRIMES, "--digits", 8).out)
    assert [glmnn("fit", PRIMES, "--digits", digits).code for digits in (0, 18, "x")] == [2, 2, 2]


def test_quiet_says_nothing_of_files_written(glmnn, tmp_path):
    assert "wrote" in glmnn("fit", PRIMES, "-o", tmp_path / "a.csv").err
    assert glmnn("fit", PRIMES, "--quiet", "-o", tmp_path / "b.csv") == (0, "", "")


def test_verbose_adds_the_paths(glmnn):
    brief, long = glmnn("fit", PRIMES), glmnn("fit", PRIMES, "-v")
    assert len(long.out.splitlines()) > len(brief.out.splitlines()) + 10
    for deviance in ("4.82275057716", "4.7123928012"):  # after the first and the second step of Fisher scoring
        assert deviance not in brief.out
        assert deviance in long.out
    assert glmnn("fit", PRIMES, "--verbose").out.splitlines()[0] == long.out.splitlines()[0]


# Terminals, pipes and signals


def test_a_terminal_gets_colours_unless_no_color_is_set():
    code, text = on_terminal("fit", PRIMES)
    assert code == 0
    assert ESCAPE in text
    code, text = on_terminal("fit", PRIMES, NO_COLOR="1")
    assert code == 0
    styles = re.findall(r"\x1b\[[0-9;]*m", text)
    assert styles == []


@pytest.mark.parametrize("flags", [[], ["-v"], ["--json"], ["--csv"], ["--format", "md"]])
def test_a_pipe_gets_no_escape_codes(glmnn, flags, monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    for arguments in ([PRIMES], [SETOSA, "--max-iter", "20"]):
        ran = glmnn("fit", *arguments, *flags)
        assert ESCAPE not in ran.out + ran.err
        assert "\r" not in ran.out + ran.err


def test_files_get_no_escape_codes_even_from_a_terminal(tmp_path):
    code, _ = on_terminal("fit", PRIMES, "-o", tmp_path / "out.txt", FORCE_COLOR="1")
    assert code == 0
    assert ESCAPE not in (tmp_path / "out.txt").read_text()


def test_a_report_in_a_pipe_is_as_wide_as_columns_says(glmnn, monkeypatch):
    assert glmnn("fit", PRIMES).code == 0
    for columns, most in (("60", 60), ("200", 200), ("", 100), ("none", 100)):
        monkeypatch.setenv("COLUMNS", columns)
        assert max(map(len, glmnn("fit", PRIMES).out.splitlines())) <= most


@pytest.mark.parametrize("arguments", [["datasets"], ["fit", PRIMES, "--json"], ["simulate", "-n", "2000"]])
def test_a_broken_pipe_is_quiet(arguments):
    """As with `| head`: nothing is said, and the exit code is not that of success."""
    reader, writer = os.pipe()
    os.close(reader)
    with started(*arguments, stdout=writer, stderr=subprocess.PIPE) as process:
        os.close(writer)
        err = process.communicate(timeout=60)[1]
    assert err == b""
    assert process.returncode == 141


def test_the_first_lines_of_a_long_output_arrive():
    with started("simulate", "-n", 20_000, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"x1,x2,y\n"
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_ctrl_c_shows_the_state_reached(flags):
    """Wait for the progress line on a terminal, press Ctrl-C, read the result from the pipe."""
    control, terminal = pty.openpty()
    with started(*ENDLESS, *flags, stdout=subprocess.PIPE, stderr=terminal) as process:
        os.close(terminal)
        seen = ""
        while "sgd" not in seen:
            seen += os.read(control, 4096).decode()
        process.send_signal(signal.SIGINT)
        out = process.communicate(timeout=60)[0].decode()
    os.close(control)
    assert process.returncode == 130
    if flags:
        found = json.loads(out)
        assert found["exit"] == 130
        run = found["solvers"][0]
        assert (run["solver"], run["status"]) == ("sgd", "interrupted")
        assert run["iterations"] > 100
        assert run["coefficients"]["x2"] == pytest.approx(2.02, abs=0.3)
    else:
        assert re.search(r"^sgd .* interrupted$", out, re.MULTILINE)
        assert "Interrupted" in out
        assert ESCAPE not in out
    assert "Traceback" not in seen + out


def test_ctrl_c_outside_of_a_run_is_quiet(glmnn, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("glmnn.data.sources.files.read_table", interrupt)
    ran = glmnn("fit", PRIMES)
    assert (ran.code, ran.out) == (130, "")
    assert ran.err in ("", "glmnn: interrupted\n")


@pytest.mark.slow
def test_progress_is_one_line_at_a_time_and_gone_in_the_end():
    code, text = on_terminal("fit", VIDEO, "--solver", "sgd", "--max-iter", "150000", NO_COLOR="1")
    assert code in (0, 1)
    report = min(text.index(mark) for mark in MARKS.values() if mark in text)
    assert "sgd" in text[:report]
    assert "\n" not in text[:report]
    assert text[:report].endswith("\r\x1b[K")
    assert "\r\x1b[K" not in text[report:]
    quiet = on_terminal("fit", VIDEO, "--solver", "sgd", "--max-iter", "15000", "-q", NO_COLOR="1")[1]
    assert quiet.startswith(tuple(MARKS.values()))
    dumb = on_terminal("fit", VIDEO, "--solver", "sgd", "--max-iter", "15000", TERM="dumb")[1]
    assert ESCAPE not in dumb
    assert ESCAPE not in on_terminal("replay", "--only", "004", TERM="dumb")[1]


def test_the_help_names_no_types_of_python():
    for name in COMMANDS:
        assert not re.findall(r"<\w+[\w\[\]]*>", run(name, "--help").out)


def test_the_first_help_has_an_example_and_whole_lines():
    text = run("--help", COLUMNS="80").out
    assert text.count("Example: ") == 1
    assert "..." not in text.replace("[ARGS]...", "")
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.slow
def test_a_verdict_that_is_out_of_sight_is_said_again(tmp_path):
    """On a screen that is shorter than the report, and nowhere else."""
    rows = [[*(((i * j) % 17) / 7 for j in range(1, 41)), i % 2] for i in range(1, 401)]
    names = [*(f"x{j}" for j in range(1, 41)), "y"]
    path = tmp_path / "wide.csv"
    path.write_text("\n".join(",".join(map(str, row)) for row in (names, *rows)))
    given = ("fit", path, "--solver", "fisher")
    verdict = "✖ No unique maximum: the estimates hold with the aliased columns left out."
    _, shown = on_terminal(*given, NO_COLOR="1")
    assert shown.count(verdict) == 2
    assert shown.rstrip().endswith(verdict)
    assert run(*given).out.count(verdict) == 1
    assert on_terminal("fit", PRIMES, "--solver", "fisher", NO_COLOR="1")[1].count("● Converged") == 1
