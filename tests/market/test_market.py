"""One container of the market: what is done to its arrays is done to all of them."""

from dataclasses import fields

import pytest
import torch

from walkforge.market.market import TENSORS, Market
from worlds import gappy_walks


def test_a_map_reaches_every_tensor_and_nothing_else():
    market = gappy_walks(1, symbols=3)
    assert list(TENSORS) == [field.name for field in fields(Market) if field.type is torch.Tensor]
    seen = []
    mapped = market.map(lambda values: seen.append(values) or values.flip(0))
    assert len(seen) == len(TENSORS)
    for name in TENSORS:
        assert torch.equal(getattr(mapped, name), getattr(market, name).flip(0))
    assert (mapped.dates, mapped.symbols) == (market.dates, market.symbols)


def test_columns_are_taken_in_the_order_asked_for_with_their_names():
    market = gappy_walks(2, symbols=4)
    chosen = market.of_columns([3, 0])
    assert chosen.symbols == ("S03", "S00")
    for name in TENSORS:
        assert torch.equal(getattr(chosen, name), getattr(market, name)[:, [3, 0]])
    back = market.of_columns([2, 3, 1, 0]).of_columns([3, 2, 0, 1])
    assert all(torch.equal(getattr(back, name), getattr(market, name)) for name in TENSORS)


def test_a_market_up_to_a_date_holds_no_later_row():
    market = gappy_walks(3, symbols=2)
    short = market.until(market.dates[9])
    assert short.dates == market.dates[:10]
    assert all(len(getattr(short, name)) == 10 for name in TENSORS)


def test_of_rows_left_out_nothing_is_known():
    market = gappy_walks(4, symbols=3)
    left = market.without([range(2, 5)])
    for name in TENSORS:
        gone = getattr(left, name)[2:5]
        assert torch.equal(gone, torch.full_like(gone, name in {"open", "close"}))
        assert torch.equal(getattr(left, name)[5:], getattr(market, name)[5:])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_market_moves_as_a_whole():
    moved = gappy_walks(5, symbols=2).to("cuda")
    assert all(getattr(moved, name).is_cuda for name in TENSORS)
