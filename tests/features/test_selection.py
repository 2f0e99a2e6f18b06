"""Families as the planned workflow knows them are those of the catalogue."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configurations import ROOT
from walkforge.errors import InputError
from walkforge.features.catalogue import FAMILIES, FEATURES
from walkforge.features.compute import select_names
from walkforge.features.selection import named_features, part_of, read_families

LISTED = read_families(ROOT / "src")
SMALL = {"up": ("rise", "rsi"), "wide": ("range", "atr")}
entries = st.lists(st.sampled_from([*FAMILIES, *FEATURES]), min_size=1, max_size=6)


def test_a_plan_knows_the_catalogues_families_and_names_in_its_order() -> None:
    assert LISTED == FAMILIES
    assert list(LISTED) == list(FAMILIES)
    assert [name for names in LISTED.values() for name in names] == list(FEATURES)


@settings(derandomize=True, deadline=None, max_examples=50)
@given(entries)
def test_a_list_means_what_it_means_to_the_features(select: list[str]) -> None:
    assert named_features(select, LISTED, where="x") == select_names(select)


def test_an_unknown_name_is_told_with_its_place_and_the_nearest() -> None:
    with pytest.raises(InputError, match=r"x\[1\] is 'rsy', neither .* the nearest is 'rsi'"):
        named_features(["up", "rsy"], SMALL, where="x")


def part(given: list[str], whole: list[str]) -> tuple[str, ...]:
    return part_of(given, whole, SMALL, where="mine", source="features.select")


def test_a_part_keeps_the_catalogues_order() -> None:
    assert part(["atr", "up"], ["rise", "rsi", "range", "atr"]) == ("rise", "rsi", "atr")


@pytest.mark.parametrize(
    ("given_", "whole", "said"),
    [
        (["rsi"], ["rise", "range"], r"mine\[0\] is 'rsi', which features.select .* gives is 'ri"),
        (["up"], ["rise"], r"mine\[0\] is 'up' of 'rsi', which features.select does not give"),
        (["rise", "wyde"], ["rise"], r"mine\[1\] is 'wyde', neither .* nearest is 'wide'"),
    ],
)
def test_a_part_that_is_not_selected_is_told(given_, whole, said) -> None:
    with pytest.raises(InputError, match=said):
        part(given_, whole)
