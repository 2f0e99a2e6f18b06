"""Chances are those of the policy's distribution; a score does not depend on its batch."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rankable import policy_of
from walkforge.agents.policy import Policy
from walkforge.market.account import Observation
from walkforge.market.market import Market
from walkforge.market.simulator import Accounts, open_accounts
from walkforge.ranking.action_probabilities import Sides, action_probabilities
from walkforge.ranking.recommendation import actions_one_by_one, last_seen, moved_sides, said_sides
from worlds import random_walks

MARKET = random_walks(1, days=40, symbols=3)
DRAWN = 0.03  # four standard errors of a probability from 4,096 draws


def flat(policy: Policy, market: Market = MARKET) -> Observation:
    count = len(market.symbols)
    shape = (count, 1) if policy.scheme.single_symbol else (1, count)
    return last_seen(policy, market, open_accounts(*shape, cash=1.0, device=market.device))


def said(policy: Policy) -> np.ndarray:
    seen = flat(policy)
    sides = said_sides(policy, band=0.1)
    return probabilities(policy, seen, sides)


def probabilities(policy: Policy, seen: Observation, sides: Sides) -> np.ndarray:
    space = policy.scheme.space(seen.tradable.shape[-1])
    return action_probabilities(space, policy.actions(seen), seen, sides=sides).numpy()


def softmax(logits: np.ndarray) -> np.ndarray:
    exact = np.exp(logits.astype(float) - logits.max(-1, keepdims=True))
    return exact / exact.sum(-1, keepdims=True)


def test_nine_choices_are_summed_by_side() -> None:
    policy = policy_of(MARKET, scheme="discrete9")
    mass = softmax(policy.output(flat(policy)).numbers.numpy())
    expected = [mass[:, 5:].sum(1), mass[:, 0], mass[:, 1:5].sum(1)]
    assert said(policy) == pytest.approx(np.stack(expected))


def test_choices_for_each_symbol_are_their_own_masses() -> None:
    policy = policy_of(MARKET, scheme="signals3")
    mass = softmax(policy.output(flat(policy)).numbers.numpy().reshape(3, 3))
    assert said(policy) == pytest.approx(mass[:, [2, 0, 1]].T)


def test_one_number_is_the_area_under_its_gaussian() -> None:
    policy = policy_of(MARKET, scheme="continuous1", std=0.3)
    for mean, (sell, hold, buy) in zip(
        policy.output(flat(policy)).numbers[:, 0].tolist(), said(policy).T, strict=True
    ):
        above, below = (0.5 * math.erfc((0.05 + s * mean) / 0.3 / 2**0.5) for s in (-1, 1))
        assert buy == pytest.approx(above, abs=DRAWN)
        assert sell == pytest.approx(below, abs=DRAWN)
        assert hold == pytest.approx(1.0 - above - below, abs=DRAWN)


def test_one_squashed_number_is_the_area_under_the_gaussian_before_it() -> None:
    policy = replace(
        policy_of(MARKET, scheme="continuous1", std=0.3), distribution="squashed_gaussian"
    )
    bound = policy.scheme.space(1).bound
    edge = math.atanh(0.05 / bound)
    for mean, (sell, hold, buy) in zip(
        policy.output(flat(policy)).numbers[:, 0].tolist(), said(policy).T, strict=True
    ):
        above, below = (0.5 * math.erfc((edge + s * mean) / 0.3 / 2**0.5) for s in (-1, 1))
        assert buy == pytest.approx(above, abs=DRAWN)
        assert sell == pytest.approx(below, abs=DRAWN)
        assert hold == pytest.approx(1.0 - above - below, abs=DRAWN)


@pytest.mark.parametrize("scheme", ["discrete9", "regimes12", "signals3"])
def test_greedy_choices_are_certain(scheme: str) -> None:
    plain = policy_of(MARKET, scheme=scheme)
    greedy = replace(plain, distribution="greedy")
    seen = flat(plain)
    assert torch.equal(greedy.actions(seen).mode(), plain.actions(seen).mode())
    for sides in (said_sides(greedy, band=0.1), moved_sides(greedy, band=0.1)):
        found = probabilities(greedy, seen, sides)
        expected = sides.of(greedy.actions(seen).mode(), seen).flatten().numpy()
        assert found.tolist() == [(expected == side).astype(float).tolist() for side in (-1, 0, 1)]


def test_without_noise_the_policy_does_what_it_says() -> None:
    policy = policy_of(MARKET, std=1e-6)
    assert np.isclose(said(policy).max(axis=0), 1.0).all()


def test_regimes_are_summed_over_the_portfolios_that_hold_more_or_less() -> None:
    policy = policy_of(MARKET, scheme="regimes12")
    seen = flat(policy)
    expected = np.zeros((3, 3))
    for action, mass in enumerate(softmax(policy.output(seen).numbers.numpy())[0]):
        weights = policy.scheme.targets(torch.tensor([action]), seen)[0, :-1].numpy() * 3
        place = np.where(weights > 1.1, 2, np.where(weights < 0.9, 0, 1))
        expected[place, np.arange(3)] += mass
    assert said(policy) == pytest.approx(expected)


def test_choices_that_compete_for_cash_are_drawn_together() -> None:
    policy = policy_of(MARKET, scheme="signals3")
    count = MARKET.close.shape[1]
    held = torch.tensor([[0.9, 0.05, 0.0]], dtype=torch.float64) * 100.0 / MARKET.close[-1]
    cash = torch.tensor([5.0]).double()
    trades = torch.zeros(1).double()
    accounts = Accounts(cash, held, torch.tensor([100.0]).double(), MARKET.close[-1:], trades)
    seen = last_seen(policy, MARKET, accounts)
    found = probabilities(policy, seen, moved_sides(policy, band=0.1))
    mass = softmax(policy.output(seen).numbers.numpy().reshape(count, 3))
    expected = np.zeros((3, count))
    for choice in itertools.product(range(3), repeat=count):
        probability = math.prod(mass[k, c] for k, c in enumerate(choice))
        target = policy.scheme.targets(torch.tensor([choice]), seen)[0, :-1].numpy()
        move = (target - seen.weights[0, :-1].numpy()) * count
        place = np.where(move > 0.1, 2, np.where(move < -0.1, 0, 1))
        expected[place, np.arange(count)] += probability
    assert found == pytest.approx(expected, abs=DRAWN)


MANY = random_walks(2, days=30, symbols=150, features=40)
SLEEVES = policy_of(MANY, scheme="discrete9")
ALL = flat(SLEEVES, MANY)
LOGITS = actions_one_by_one(SLEEVES, ALL).logits


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 149), min_size=1, max_size=150, unique=True))
def test_a_score_does_not_depend_on_which_others_share_its_batch(asked: list[int]) -> None:
    some = Observation(ALL.features[asked], ALL.weights[asked], ALL.tradable[asked])
    assert torch.equal(actions_one_by_one(SLEEVES, some).logits, LOGITS[asked])
