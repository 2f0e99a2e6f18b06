"""What all tests share: one thread a process, and examples that are the same on every machine."""

import os

from hypothesis import settings

# More threads than cores slow everything down.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# No test is a matter of time: a busy machine must not fail one.
settings.register_profile("same_everywhere", derandomize=True, deadline=None)
settings.load_profile("same_everywhere")
