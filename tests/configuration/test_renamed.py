"""A file of format 1 is told every key by its name of today, in one error."""

from configurations import OWN, agent_with, changed, faults
from walkforge.configuration.renamed import OF_ALGORITHMS, OF_REWARDS
from walkforge.evaluation.trials import trial_of
from walkforge.verify.hashes import NAMES
from walkforge.verify.training import steps

OLD = {
    "schema_version": 1,
    "market.schemes.weights.kappa": 1.0,
    "market.rewards.sortino.settle_days": 20,
    "algorithms.ppo.environments": 64,
    "algorithms.ppo.rollout_steps": 32,
    "algorithms.ppo.minibatch": 512,
    "algorithms.ppo.epochs": 2,
    "algorithms.ppo.value_clip_range": None,
    "algorithms.ppo.entropy_coefficient": 0.0,
    "algorithms.ppo.value_coefficient": 0.5,
    "algorithms.ppo.max_gradient_norm": 0.5,
    "algorithms.ppo.checkpoint_every": None,
    "algorithms.ppo.on_unfit": "refuse",
    "algorithms.ppo.tensorboard": True,
    "robustness.groups": 6,
    "robustness.test_groups": 2,
    "agents.own": agent_with(
        overrides={
            "algorithm": {"minibatch": 64, "tensorboard": True},
            "reward": {"settle_days": 5},
        },
        reward="sortino",
    ),
}
TODAY = {
    "market.schemes": "schemes",
    "market.rewards": "rewards",
    "market.rewards.sortino.settle_days": "rewards.sortino.burn_in_days",
    "algorithms.ppo.environments": "algorithms.ppo.n_envs",
    "algorithms.ppo.rollout_steps": "algorithms.ppo.n_steps",
    "algorithms.ppo.minibatch": "algorithms.ppo.batch_size",
    "algorithms.ppo.epochs": "algorithms.ppo.n_epochs",
    "algorithms.ppo.value_clip_range": "algorithms.ppo.clip_range_vf",
    "algorithms.ppo.entropy_coefficient": "algorithms.ppo.ent_coef",
    "algorithms.ppo.value_coefficient": "algorithms.ppo.vf_coef",
    "algorithms.ppo.max_gradient_norm": "algorithms.ppo.max_grad_norm",
    "algorithms.ppo.checkpoint_every": "runtime.checkpoint_every",
    "algorithms.ppo.on_unfit": "runtime.on_unfit",
    "algorithms.ppo.tensorboard": "runtime.tensorboard",
    "agents.own.overrides.algorithm.tensorboard": "runtime.tensorboard",
    "robustness.groups": "robustness.n_folds",
    "robustness.test_groups": "robustness.n_test_folds",
    "agents.own.overrides.algorithm.minibatch": "agents.own.overrides.algorithm.batch_size",
    "agents.own.overrides.reward.settle_days": "agents.own.overrides.reward.burn_in_days",
}


def test_an_old_file_is_told_the_new_name_of_every_key_at_once():
    told = faults(changed(OLD))
    version, *renamed = sorted(told, key=lambda line: not line.startswith("schema_version"))
    assert version.startswith("schema_version: 1 is older than 2, which this walkforge reads")
    assert sorted(renamed) == sorted(
        f"{old}: is named {new} since format 2" for old, new in TODAY.items()
    )


def test_a_renamed_key_of_a_small_study_is_told_without_a_version():
    (fault,) = faults(changed({"algorithms.ppo.epochs": 3}))
    assert fault == "algorithms.ppo.epochs: is named algorithms.ppo.n_epochs since format 2"


def test_the_last_entropy_coefficient_is_told_to_be_part_of_a_schedule():
    for old in ("final_ent_coef", "final_entropy_coefficient"):
        (fault,) = faults(changed({f"algorithms.ppo.{old}": 0.0}))
        assert fault.startswith(f"algorithms.ppo.{old}: is part of ent_coef: write ent_coef: lin")


def test_what_was_tried_under_old_names_is_the_same_trial_under_those_of_today():
    config = OWN["algorithms"]["ppo"]
    agent = {
        "algorithm": {"name": "ppo", **config},
        "reward": {"name": "sortino", "burn_in_days": 9},
    }
    record = trial_of({"agent": agent, "data": {}, "splits": {"scheme": "single"}})
    for old in ("environments", "rollout_steps", "minibatch", "max_gradient_norm", "settle_days"):
        assert f'"{old}":' in record
    assert "n_envs" not in record


def test_the_check_of_results_knows_the_names_of_both_formats():
    assert NAMES == OF_ALGORITHMS | OF_REWARDS
    sizes = {"n_envs": 4, "n_steps": 8, "total_timesteps": 70}
    assert steps(sizes) == [32.0, 64.0, 96.0]
    assert steps({"environments": 4, "rollout_steps": 8, "total_timesteps": 70}) == steps(sizes)
    assert steps({"gamma": 0.5}) is None
