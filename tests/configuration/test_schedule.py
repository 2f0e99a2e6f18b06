"""Schedules: their ends, their way between, and what is refused."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configurations import ROOT, changed, faults
from walkforge.configuration.schedule import KINDS, parse
from walkforge.reporting.schedules_figure import SHOWN

SHARES = [0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.8, 0.9, 1.0]


@pytest.mark.parametrize(
    ("text", "first", "half", "last"),
    [
        (0.2, 0.2, 0.2, 0.2),
        ("constant(0.2)", 0.2, 0.2, 0.2),
        ("linear(3.0e-4, 0)", 3e-4, 1.5e-4, 0.0),
        ("linear(0.1, 0.2, by=0.5)", 0.1, 0.2, 0.2),
        ("exponential(1, 0.01)", 1.0, 0.1, 0.01),
        ("exponential(1, 0.01, by=0.5)", 1.0, 0.01, 0.01),
        ("cosine(1, 0)", 1.0, 0.5, 0.0),
        ("cosine(1, 0.5, warm_up=0.5)", 0.0, 1.0, 0.5),
        ("linear(1, 0, warm_up=0.2)", 0.0, 0.625, 0.0),
        ("exponential(1, 0.01, warm_up=0.5)", 0.0, 1.0, 0.01),
        ("cosine(1, 0, cycles=2)", 1.0, 1.0, 0.0),
        ("plateau(3.0e-4)", 3e-4, 3e-4, 3e-4),
    ],
)
def test_a_schedule_begins_and_ends_where_it_says(text, first, half, last):
    schedule = parse(text)
    assert [schedule.at(share) for share in (0.0, 0.5, 1.0)] == pytest.approx([first, half, last])


@settings(derandomize=True, deadline=None)
@given(
    st.sampled_from(["linear", "exponential", "cosine"]),
    st.floats(1e-6, 1.0),
    st.floats(1e-6, 1.0),
    st.floats(0.0, 0.4),
    st.floats(0.5, 1.0),
)
def test_between_its_ends_it_goes_one_way_and_never_past_them(kind, start, end, warm_up, by):
    schedule = parse(f"{kind}({start!r}, {end!r}, warm_up={warm_up!r}, by={by!r})")
    way = [schedule.at(warm_up + (1.0 - warm_up) * k / 50) for k in range(51)]
    assert way[0] == pytest.approx(start)
    assert way[-1] == pytest.approx(end)
    slack = 1e-12
    assert all(min(start, end) - slack <= each <= max(start, end) + slack for each in way)
    steps = [(after - before) * math.copysign(1.0, end - start) for before, after in pairwise(way)]
    assert min(steps) >= -slack
    rise = [schedule.at(warm_up * k / 50) for k in range(51)]
    assert warm_up == 0.0 or (rise == sorted(rise) and rise[0] == 0.0)


def test_restarts_come_back_to_the_top_and_end_at_the_bottom():
    schedule = parse("cosine(1, 0.1, cycles=4)")
    assert [schedule.at(k / 4) for k in range(5)] == pytest.approx([1.0, 1.0, 1.0, 1.0, 0.1])
    just_before = [schedule.at(k / 4 - 1e-9) for k in range(1, 5)]
    assert just_before == pytest.approx([0.1] * 4, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("linear(1.0e-3)", "gives 1 numbers, and linear takes 2"),
        ("linear(1.0e-3, 0, cycles=2)", "has 'cycles', and linear knows warm_up, by"),
        ("linier(1.0e-3, 0)", "is no schedule: write one of constant, linear, exponential"),
        ("linear(a, 0)", "has 'a' where a number is due"),
        ("linear(1e999, 0)", "has '1e999' where a number is due"),
        ("linear(1.0e-3, 0, warm_up=0.5, by=0.4)", "0 <= warm_up < by <= 1"),
        ("exponential(1.0e-3, 0)", "never reaches it"),
        ("cosine(1.0e-3, 0, cycles=1.5)", "has cycles 1.5: give a whole number from 1"),
        ("plateau(1.0e-3, factor=2)", "0 < factor < 1"),
        ("linear(2, 0)", "at its start: 2.0 must be a number, above 0 and at most 1"),
        ("linear(0.1, -1)", "at its end: -1.0 must be a number, above 0 and at most 1"),
        ("3e-4", "write 3.0e-4: YAML reads 3e-4 as text"),
        ("linear(1.0e-3, 0); import os", "is no schedule"),
    ],
)
def test_a_text_that_means_no_sound_schedule_is_refused_with_what_to_write(text, told):
    for key in ("algorithms.ppo.learning_rate", "agents.ppo_weights.overrides"):
        value = {"algorithm": {"learning_rate": text}} if key.startswith("agents") else text
        (fault,) = faults(changed({key: value}))
        assert fault.startswith(key)
        assert told in fault


def test_a_plateau_is_for_learning_rates():
    assert faults(changed({"algorithms.ppo.critic_learning_rate": "plateau(1.0e-3)"})) == []
    (fault,) = faults(changed({"algorithms.ppo.clip_range": "plateau(0.2)"}))
    assert "is a plateau, which is for learning rates: write one of constant, linear" in fault


def test_the_page_of_schedules_names_every_kind_and_option():
    page = (ROOT / "docs/schedules.md").read_text()
    for kind, (_, options) in KINDS.items():
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{kind}(")]
        assert all(f"`{option}`" in row for option in options)
    assert {parse(text).kind for text in SHOWN} == {*KINDS}
