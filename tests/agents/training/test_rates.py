"""Numbers that change as a training goes on."""

import pytest

from walkforge.agents.training.rates import Rate
from walkforge.errors import InputError


def test_a_plateau_lowers_after_so_many_rollouts_without_a_better_reward() -> None:
    rate = Rate("plateau(0.8, factor=0.5, patience=2, end=0.3)")
    seen = []
    for reward in (1.0, 0.5, 0.9, 2.0, 2.0, 1.0, 3.0, 0.0, 0.0):
        rate.look(reward)
        seen.append(rate.at(0.5))
    assert seen == [0.8, 0.8, 0.4, 0.4, 0.4, 0.3, 0.3, 0.3, 0.3]


def test_a_plateau_goes_on_from_its_state_as_if_it_had_not_been_ended() -> None:
    rewards = [1.0, 0.5, 0.4, 2.0, 1.0, 1.0]
    whole = Rate("plateau(0.8, patience=2)")
    for reward in rewards:
        whole.look(reward)
    first, second = Rate("plateau(0.8, patience=2)"), Rate("plateau(0.8, patience=2)")
    for reward in rewards[:2]:
        first.look(reward)
    second.load(first.state())
    for reward in rewards[2:]:
        second.look(reward)
    assert second.at(1.0) == whole.at(1.0) == 0.2


@pytest.mark.parametrize("state", [[1.0], [0, "x", 1], [0, float("nan"), 1], [-1, 0.0, 0], {}])
def test_a_state_that_is_none_is_refused(state: object) -> None:
    with pytest.raises(InputError, match="its plateau is"):
        Rate("plateau(0.8)").load(state)


def test_steps_alone_decide_of_all_others() -> None:
    rate = Rate("linear(0.8, 0)")
    for _ in range(100):
        rate.look(0.0)
    assert rate.at(0.5) == 0.4
    assert rate.state() is None
