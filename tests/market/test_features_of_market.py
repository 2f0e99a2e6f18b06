"""A market with some of its features: columns by name, all else as it was."""

from dataclasses import fields, replace

import pytest
import torch

from walkforge.errors import InputError
from walkforge.market.market import Market
from worlds import random_walks


def market() -> Market:
    return replace(random_walks(0), kinds=("number", "flag", "number"))


def test_columns_are_taken_by_name_in_the_order_given() -> None:
    whole = market()
    part = whole.with_features(["x2", "x1"])
    assert (part.feature_names, part.kinds) == (("x2", "x1"), ("number", "flag"))
    assert torch.equal(part.features[..., 0], whole.features[..., 2])
    assert torch.equal(part.features[..., 1], whole.features[..., 1])
    for field in fields(Market):
        if field.name not in {"features", "feature_names", "kinds"}:
            assert getattr(part, field.name) is getattr(whole, field.name), field.name


def test_all_columns_are_the_market_itself() -> None:
    whole = market()
    assert whole.with_features(["x0", "x1", "x2"]) is whole


def test_a_feature_that_is_lacking_is_named_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"'y2' is not in the market, the nearest is 'x2': add"):
        market().with_features(["x0", "y2"])
