"""Random walks are not called skill; benchmarks/null_worlds.py asks 200 of them."""

import pytest

from null_worlds import verdict_in, worlds


@pytest.mark.slow
def test_of_a_dozen_worlds_of_random_walks_at_most_one_is_called_skill() -> None:
    words = [verdict_in(world)["word"] for world in worlds(12)]
    assert words.count("skill") <= 1, words
