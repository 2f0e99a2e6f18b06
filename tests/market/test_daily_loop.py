"""One daily loop: groups beside each other are as alone, and training trades as a roll-out does."""

import pytest
import torch

from schemes_and_rewards import SCHEMES
from walkforge.market.daily_loop import Group, daily_loop
from walkforge.market.environment import AccountBatch
from walkforge.market.execution_inputs import execution_table
from walkforge.market.plan import plan_days
from walkforge.market.rewards.log_return import Reward
from walkforge.market.rollout import rollout
from walkforge.market.simulator import open_accounts
from walkforge.splits.windows import Window
from worlds import gappy_walks, money, random_walks

MARKET = gappy_walks(11, symbols=4)
TERMS = (
    money(commission_bps=10.0),
    money(cash=500.0, execution="close", spread_bps=4.0, slippage_bps=5.0),
)
PLANNED = plan_days(
    MARKET,
    [Window(MARKET.dates[6], MARKET.dates[12]), Window(MARKET.dates[18], MARKET.dates[27])],
    warm_in_days=3,
)


def group(config, count: int) -> Group:
    opened = open_accounts(count, 4, cash=config.initial_cash, device=MARKET.device)
    return Group(opened, None, execution_table(MARKET, config), config)


def drawn(place: int, number: int, count: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(100 * place + number)
    return torch.rand(count, 5, generator=generator, dtype=torch.float64).softmax(-1)


def test_groups_beside_each_other_are_as_alone() -> None:
    groups = [group(config, count) for config, count in zip(TERMS, (3, 2), strict=True)]

    def both(place, held):
        return [drawn(place, number, len(own.cash)) for number, own in enumerate(held)]

    together = list(daily_loop(PLANNED, groups, MARKET, both))
    assert len(together) == len(PLANNED)
    for number, own in enumerate(groups):
        alone = daily_loop(
            PLANNED, [own], MARKET,
            lambda place, held, number=number: [drawn(place, number, len(held[0].cash))],
        )  # fmt: skip
        for steps, (step,) in zip(together, alone, strict=True):
            for one, other in zip(steps[number].traded.accounts, step.traded.accounts, strict=True):
                assert torch.equal(one, other)


def test_accounts_open_in_cash_where_the_plan_says_so_and_nowhere_else() -> None:
    steps = daily_loop(
        PLANNED, [group(TERMS[0], 2)], MARKET, lambda place, held: [drawn(place, 0, 2)]
    )
    after = None
    for day, (step,) in zip(PLANNED, steps, strict=True):
        if day.opens:
            assert not bool(step.before.holdings.any())
        else:
            assert torch.equal(step.before.holdings, after.holdings)
        after = step.traded.accounts
    assert sum(day.opens for day in PLANNED) == 2


@pytest.mark.parametrize(
    ("symbol", "named"), [(None, "S02"), (torch.tensor([3, 1]), "S01")], ids=["universe", "sleeves"]
)
def test_a_weight_that_is_not_finite_is_named_by_its_symbol(symbol, named: str) -> None:
    width = 4 if symbol is None else 1
    opened = open_accounts(2, width, cash=100.0, device=MARKET.device)
    own = Group(opened, symbol, execution_table(MARKET, TERMS[0]), TERMS[0])
    weights = torch.zeros(2, width + 1, dtype=torch.float64)
    weights[1, min(2, width)] = torch.nan
    with pytest.raises(ValueError, match=f"nan was decided for '{named}' at the close of"):
        next(daily_loop(PLANNED, [own], MARKET, lambda place, held: [weights]))


def test_an_episode_of_training_earns_what_a_rollout_of_the_same_actions_does() -> None:
    market = random_walks(3)
    scheme = SCHEMES["weights"]
    config = TERMS[0]
    batch = AccountBatch(
        market, scheme=scheme, reward=Reward(trade_penalty=0.0), config=config,
        rows=range(20, 60), count=1, episode_days=15, generator=torch.Generator().manual_seed(0),
    )  # fmt: skip
    batch.start_at(torch.tensor([22]))
    actions = torch.randn(15, 1, 5, generator=torch.Generator().manual_seed(1))
    equity = []
    for action in actions:
        batch.step(action)
        equity.append(float(batch.accounts.equity[0]))
    following = iter(actions)

    def decide(seen):
        return scheme.adjusted(scheme.targets(next(following), seen), seen)

    window = Window(market.dates[23], market.dates[38])
    rolled = rollout(decide, market, window, config=config)
    assert rolled.daily["equity"].to_list() == [each / config.initial_cash for each in equity]
