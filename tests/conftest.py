"""Hypothesis draws afresh on a developer's machine and repeats itself in CI, where a failure must be a change's own."""

import os

from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("local", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "local")
