"""The steps of the GitHub Action and the pre-commit hook, run as they stand in their files."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).parents[2]
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
CHECK = ACTION["runs"]["steps"][-1]
posix = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not here")


@pytest.fixture
def moved(tmp_path):
    """A folder with a lock, and a cell of its data that changed since."""
    lock = (ROOT / "configs/locks/primes.toml").read_text(encoding="utf-8").replace("../../data/", "")
    data = (ROOT / "data/primes.csv").read_text(encoding="utf-8").replace("13,1", "13,0")
    (tmp_path / "locks of mine").mkdir()
    (tmp_path / "locks of mine" / "primes.toml").write_text(lock, encoding="utf-8")
    (tmp_path / "locks of mine" / "primes.csv").write_text(data, encoding="utf-8")
    return tmp_path


def act(folder, **inputs):
    """Run the last step of the action as the runner does: inputs become environment variables."""
    given = {name: str(item.get("default", "")) for name, item in ACTION["inputs"].items()} | inputs
    variables = {}
    for name, template in CHECK["env"].items():
        key = template.removeprefix("${{ inputs.").removesuffix(" }}")
        variables[name] = given[key]
    script = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", CHECK["run"]]
    return subprocess.run(
        script, cwd=folder, env=os.environ | {"PATH": PATH} | variables, capture_output=True, text=True, check=False
    )


@posix
def test_the_action_checks_the_locks():
    done = act(ROOT, locks="configs/locks/primes.toml configs/locks/cars.toml", digits="5")
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 lock files: 2 ok" in done.stdout


@posix
def test_each_line_of_the_locks_is_checked():
    done = act(ROOT, locks="configs/locks/primes.toml\nconfigs/locks/cars.toml\n", **{"tol-se": ""})
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 lock files: 2 ok" in done.stdout


@posix
def test_the_action_fails_with_annotations_and_a_report(moved):
    done = act(moved / "locks of mine", junit="report.xml")
    assert done.returncode == 1
    assert "::error file=primes.toml" in done.stdout
    assert (moved / "locks of mine" / "report.xml").read_text().startswith("<?xml")


@posix
@pytest.mark.slow
@pytest.mark.parametrize("text", ["$(touch broken)", "`touch broken`", "; touch broken", "--update"])
def test_inputs_of_the_action_are_data(moved, text):
    done = act(moved, locks=text)
    assert done.returncode == 2
    assert not (moved / "broken").exists()


def test_the_action_installs_itself_by_default():
    install = ACTION["runs"]["steps"][-2]
    assert '"${GLMNN:-$OWN}"' in install["run"]
    assert install["env"]["OWN"] == "${{ github.action_path }}"


def test_the_hook_is_a_command_of_glmnn(moved):
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    program, *words = hook["entry"].split()
    assert program == "glmnn"
    command = [sys.executable, "-m", program, *words, *hook["args"]]
    done = subprocess.run(command, cwd=moved / "locks of mine", capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "likely cause: the data changed" in done.stdout
