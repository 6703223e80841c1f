# `just` lists these; each is what CI runs, for one part of it
_default:
    @just --list

# ruff, mypy, the import contracts and the types of the public names
lint:
    uv run --group lint ruff check .
    uv run --group lint ruff format --check .
    uv run --group lint mypy
    uv run --group lint lint-imports

# the quick tests and a sample of the slow ones, as `just test tests/api/test_api.py`
test *arguments:
    uv run pytest {{ arguments }}

# writes the generated parts of the manual anew, and the outputs of its commands
docs:
    uv run --group ci python tests/test_docs.py
    uv run --group ci python tests/pages.py

# what users call beside its peers, in five minutes; benchmarks/README.md has the others
bench:
    uv run --group bench python benchmarks/run.py --quick
