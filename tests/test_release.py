"""What a release rests on: one version, a changelog that is cut at the tag, workflows that call what is there."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def changelog(folder, version):
    done = subprocess.run(
        [sys.executable, str(folder / ".ci" / "changelog"), version], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def released(tmp_path):
    """A copy of what the script reads, with a date at the version."""
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "changelog").write_bytes((ROOT / ".ci" / "changelog").read_bytes())
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    head = re.search(rf"^## \[{re.escape(VERSION)}\] - .*$", text, re.MULTILINE)
    assert head is not None
    (tmp_path / "CHANGELOG.md").write_text(text.replace(head[0], f"## [{VERSION}] - 2030-01-31"), encoding="utf-8")
    return tmp_path


def test_a_tag_cuts_its_part_of_the_changelog(released):
    code, notes, _ = changelog(released, f"v{VERSION}")
    assert code == 0
    assert notes.startswith("### ")
    assert "\n## [" not in notes


def test_an_unreleased_or_other_version_is_no_release(released):
    text = (released / "CHANGELOG.md").read_text(encoding="utf-8")
    (released / "CHANGELOG.md").write_text(text.replace("- 2030-01-31", "- unreleased"), encoding="utf-8")
    assert changelog(released, f"v{VERSION}")[0] == 1
    code, _, said = changelog(released, "v99.0")
    assert (code, said.strip()) == (1, f"the tag says 99.0, pyproject.toml {VERSION}")


def test_one_version():
    import glmnn

    cited = re.search(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert cited is not None
    assert VERSION == glmnn.__version__ == cited[1]


def test_workflows_and_templates_can_be_read():
    yaml = pytest.importorskip("yaml")
    files = [*(ROOT / ".github").rglob("*.yml"), ROOT / "action.yml", ROOT / ".pre-commit-hooks.yaml"]
    assert len(files) >= 7
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert yaml.safe_load(text), file
        for script in re.findall(r"\.ci/\w+", text):
            assert (ROOT / script).is_file(), (file, script)
