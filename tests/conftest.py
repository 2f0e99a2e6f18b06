"""One thread a test process: more threads than cores slow everything down."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
