"""A date is ranked once the bars of the symbols that traded before it have arrived, by hand."""

from datetime import date

import numpy as np
import pytest

from panels import panel_of_masks
from walkforge.errors import InputError
from walkforge.splits.arrived import check_arrived, newest_ranked, waiting_sessions, waiting_told

ALL = (1, 1, 1, 1, 1, 1)
ONE = (1, 0, 0, 0, 0, 0)
FIVE = (0, 1, 1, 1, 1, 1)


def short(*rows: tuple[int, ...], coverage: float = 0.9) -> dict[int, tuple[int, int]]:
    """Row -> due and lacking, of sessions on which these symbols have a bar."""
    found = waiting_sessions(panel_of_masks(np.array(rows, dtype=bool)), coverage=coverage)
    return {row: (waits.due, len(waits.symbols)) for row, waits in found.items()}


def test_a_session_of_one_symbol_waits_for_the_others_however_often_it_comes() -> None:
    assert short(ALL, ALL) == {}
    assert short(ALL, ONE) == {1: (6, 5)}
    assert short(ALL, ONE, ONE, ONE) == {1: (6, 5), 2: (6, 5), 3: (6, 5)}
    assert short(ALL, ONE, ALL) == {1: (6, 5)}
    assert short(ALL, FIVE, coverage=0.8) == {}
    assert short(ALL, ONE, coverage=0.0) == {}


def test_a_symbol_that_ended_is_waited_for_on_the_first_session_alone() -> None:
    assert short(ALL, FIVE, FIVE, FIVE) == {1: (6, 1)}
    twenty = tuple([1] * 20)
    assert short(twenty, (0, *twenty[1:])) == {}


def test_where_most_end_at_once_the_rest_is_ranked_once_they_have_ended() -> None:
    assert sorted(short(ALL, *[ONE] * 15)) == list(range(1, 11))


def test_what_comes_later_changes_nothing() -> None:
    generator = np.random.default_rng(1)
    there = generator.random((60, 5)) < 0.8
    whole = waiting_sessions(panel_of_masks(there), coverage=0.9)
    for count in range(1, 60):
        known = waiting_sessions(panel_of_masks(there[:count]), coverage=0.9)
        assert known == {row: waits for row, waits in whole.items() if row < count}


def test_the_newest_complete_date_is_ranked_and_what_waits_is_named() -> None:
    panel = panel_of_masks(np.array([ALL, ALL, ONE], dtype=bool))
    latest = newest_ranked(panel, coverage=0.9)
    assert latest["as_of"] == str(panel.dates[1])
    assert latest["waiting"] == list(panel.symbols[1:])
    told = waiting_told(latest)
    assert told is not None
    assert "1 of 6 symbols" in told
    assert "without one: S01, S02, S03, S04, S05." in told
    with pytest.raises(InputError, match=rf"rank {panel.dates[1]}, or lower ranking.coverage"):
        check_arrived(panel, coverage=0.9)
    whole = panel_of_masks(np.array([ALL, ALL], dtype=bool))
    assert waiting_told(newest_ranked(whole, coverage=0.9)) is None
    check_arrived(whole, coverage=0.9)
    assert date.fromisoformat(newest_ranked(whole, coverage=0.9)["as_of"]) == whole.dates[-1]
