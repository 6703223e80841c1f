"""For mkdocs: a link that leaves docs/ leads to the repository."""

import re
from typing import Any

FOLDERS = "benchmarks|configs|data|examples|glmnn|tests"
OUTSIDE = re.compile(rf"\]\((?:\.\./)+((?:{FOLDERS})/[^)]*|[A-Z_]+(?:\.md)?)\)")


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Any) -> str:  # noqa: ARG001 names are mkdocs'
    """Return the text of a page with such links changed."""
    return OUTSIDE.sub(rf"]({config.repo_url.rstrip('/')}/blob/main/\1)", markdown)
