"""What is seen at a close is that day's; nothing later changes it, nor what is decided."""

from dataclasses import replace

import pytest
import torch

from schemes_and_rewards import SCHEMES
from walkforge.agents.api import Output
from walkforge.agents.distributions import distribution_of
from walkforge.market.environment import AccountBatch
from walkforge.market.environment_step import observe
from walkforge.market.market import Market
from walkforge.market.rewards.log_return import Reward
from walkforge.market.rollout import rollout
from walkforge.market.simulator import open_accounts
from walkforge.splits.windows import Window
from worlds import money, random_walks

TENSORS = ("features", "open", "close", "daily_value", "volatility", "momentum")
CHANGED = 30  # the row that is altered whole


def altered(market: Market) -> Market:
    tensors = {name: getattr(market, name).clone() for name in TENSORS}
    for values in tensors.values():
        values[CHANGED] = values[CHANGED] * 1.7 + 0.3
    return replace(market, **tensors)


@pytest.mark.parametrize("name", SCHEMES)
def test_an_observation_is_of_its_own_row(name: str) -> None:
    market = random_walks(0)
    scheme = SCHEMES[name]
    accounts = AccountBatch(
        market, scheme=scheme, reward=Reward(trade_penalty=0.0), config=money(),
        rows=range(22, 58), count=7, episode_days=10, generator=torch.Generator().manual_seed(0),
    )  # fmt: skip
    for _ in range(10):
        seen = accounts.observation()
        day = accounts.day
        columns = slice(None) if accounts.symbol is None else accounts.symbol
        for i in range(7):
            own = columns if accounts.symbol is None else columns[[i]]
            assert torch.equal(seen.features[i], market.features[day[i], own])
            assert torch.equal(seen.tradable[i], market.tradable[day[i], own])
            if seen.factors is not None:
                assert torch.equal(seen.factors.momentum[i], market.momentum[day[i], own])
                assert torch.equal(seen.factors.volatility[i], market.volatility[day[i], own])
                assert torch.equal(seen.factors.daily_value[i], market.daily_value[day[i], own])
        space = scheme.space(accounts.symbols)
        shape = (7,) if space.kind == "discrete" else (7, space.size)
        accounts.step(
            torch.zeros(shape, dtype=torch.float32 if space.kind == "box" else torch.int64)
        )


@pytest.mark.parametrize("name", SCHEMES)
def test_the_whole_bar_of_execution_leaves_what_is_seen_scored_and_ordered(name: str) -> None:
    market = random_walks(1)
    scheme = SCHEMES[name]
    kinds = {}
    for key, data in (("as it was", market), ("altered", altered(market))):
        told: list[torch.Tensor] = []

        def decide(seen, told=told):
            space = scheme.space(seen.tradable.shape[1])
            size = space.size if space.kind == "box" else space.size * space.choices
            mix = torch.Generator().manual_seed(3)
            inputs = torch.cat([seen.features.flatten(1), seen.weights.float()], dim=1)
            output = inputs @ torch.randn(inputs.shape[1], size, generator=mix)
            actions = distribution_of(space, Output(output, torch.zeros(1), output[:, 0]))
            orders = scheme.adjusted(scheme.targets(actions.mode(), seen), seen)
            told.extend([inputs, scheme.score(actions.expected(), seen), orders])
            return orders

        window = Window(market.dates[25], market.dates[36])
        rolled = rollout(decide, data, window, config=money(), single_symbol=scheme.single_symbol)
        kinds[key] = told, rolled.daily
    (told, daily), (other, other_daily) = kinds["as it was"], kinds["altered"]
    before = 3 * (CHANGED - 24)  # decisions at the closes of rows 24 to CHANGED - 1
    assert all(torch.equal(a, b) for a, b in zip(told[:before], other[:before], strict=True))
    assert any(not torch.equal(a, b) for a, b in zip(told[before:], other[before:], strict=True))
    mark = CHANGED - 25
    assert daily["equity"][:mark].to_list() == other_daily["equity"][:mark].to_list()
    if daily["turnover"][: mark + 1].sum() > 0.0:
        assert daily["equity"][mark] != other_daily["equity"][mark]


def test_observe_reads_the_same_rows_whether_of_all_symbols_or_one() -> None:
    market = random_walks(2)
    accounts = open_accounts(2, len(market.symbols), cash=1e4, device=market.device)
    whole = observe(market, accounts, day=torch.tensor([40, 41]), factors=True)
    assert torch.equal(whole.features, market.features[[40, 41]])
    assert torch.equal(whole.factors.momentum, market.momentum[[40, 41]])
