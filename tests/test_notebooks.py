"""The notebooks of examples/: they print what stands in them. `python tests/test_notebooks.py` writes it anew."""

from pathlib import Path

import pytest
from pages import words

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
pytest.importorskip("sklearn")

EXAMPLES = Path(__file__).parents[1] / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))


def executed(path):
    """Return a notebook after a run in its folder; a cell that raises ends it. What a cell prints is in one piece."""
    notebook = nbformat.read(path, as_version=4)
    return nbclient.NotebookClient(
        notebook, timeout=120, coalesce_streams=True, resources={"metadata": {"path": str(EXAMPLES)}}
    ).execute()


def outputs(notebook):
    """Yield what each cell shows as text."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            yield output["text"] if "text" in output else output["data"].get("text/plain", "")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_print_what_stands_in_them(path):
    stored = nbformat.read(path, as_version=4)
    assert [words(text) for text in outputs(executed(path))] == [words(text) for text in outputs(stored)]
    assert list(outputs(stored)), "no outputs are stored"


def test_there_are_notebooks():
    assert len(NOTEBOOKS) >= 3


if __name__ == "__main__":
    for path in NOTEBOOKS:
        notebook = executed(path)
        for cell in notebook.cells:
            cell.metadata.pop("execution", None)  # times of the run
        nbformat.write(notebook, path)
