"""Where figures fall to 0: hand values, straight lines, and what is said where they do not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkforge.evaluation.break_even import Fall, break_even_crossing, first_zeros

PLACES = np.array([0.0, 10.0, 20.0, 50.0])


def found(*figure, draws=None):
    curves = np.array([figure]) if draws is None else np.array(draws)
    fall = Fall(np.array(figure), curves)
    return break_even_crossing(fall, PLACES, confidence=0.9, never="never", already="already")


def test_zeros_lie_on_straight_lines_between_the_places():
    curves = np.array(
        [
            [2.0, 1.0, -1.0, -9.0],  # halfway from 10 to 20
            [3.0, 2.0, 1.0, 0.0],  # at the last place
            [1.0, -1.0, 5.0, -5.0],  # the first of two
            [-1.0, 1.0, 1.0, 1.0],  # below from the start
            [1.0, 2.0, 3.0, 4.0],  # never
            [0.0, 0.0, 0.0, 0.0],
        ]
    )
    assert first_zeros(curves, PLACES).tolist() == [15.0, 50.0, 5.0, 0.0, np.inf, 0.0]


@settings(derandomize=True, deadline=None, max_examples=25)
@given(st.floats(0.01, 49.9), st.floats(1e-6, 1e3))
def test_the_zero_of_a_straight_line_is_exact(zero, slope):
    (place,) = first_zeros(slope * (zero - PLACES)[None, :], PLACES)
    assert place == pytest.approx(zero, rel=1e-9)


def test_an_interval_is_that_of_the_draws_and_ends_with_the_places():
    own = found(2.0, 1.0, -1.0, -9.0, draws=[zero - PLACES for zero in np.linspace(5, 15, 101)])
    assert own.value == 15.0
    assert (own.low, own.high) == pytest.approx((5.5, 14.5))
    wide = found(2.0, 1.0, -1.0, -9.0, draws=[[-1.0] * 4, [1.0] * 4])
    assert (wide.low, wide.high) == pytest.approx((2.5, 47.5))


def test_without_a_place_the_reason_says_on_which_side_it_is():
    assert found(-1.0, -2.0, -3.0, -4.0)[::3] == (None, "already")
    assert found(4.0, 3.0, 2.0, 1.0)[::3] == (None, "never")
    assert found(1.0, -1.0, -1.0, -1.0)[::3] == (5.0, "")


def test_draws_without_a_figure_are_left_out():
    assert found(1.0, -1.0, -1.0, -1.0, draws=[[np.nan] * 4])[1:3] == (None, None)
