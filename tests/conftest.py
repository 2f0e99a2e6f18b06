"""What all tests share: one thread a process, and examples that are the same on every machine."""

import os

import pytest
from hypothesis import settings

# More threads than cores slow everything down.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# No test is a matter of time: a busy machine must not fail one.
settings.register_profile("same_everywhere", derandomize=True, deadline=None)
settings.load_profile("same_everywhere")


@pytest.hookimpl(trylast=True)  # of the tests that are left, once slow ones are deselected
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one test build the study that many share while others run that do not wait for it.

    First comes one that needs it, then what builds a study of its own, last all that share one.
    """
    rank = {item: _rank(item) for item in items}
    items.sort(key=rank.__getitem__)
    shared = [item for item in items if rank[item] == SHARED]
    if shared:
        items.remove(shared[0])
        items.insert(0, shared[0])


OWN, NONE, SHARED = range(3)  # which study a test needs, in the order of tests


def _rank(item: pytest.Item) -> int:
    names = getattr(item, "fixturenames", ())
    if "built" in names:
        return SHARED
    return OWN if "unbuilt" in names else NONE
