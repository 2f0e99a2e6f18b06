"""Claims on the curve of each training: its roll-outs and steps, and the policy that it ends in."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from walkforge.verify.claim import Claim, Unreadable
from walkforge.verify.policies import tensors_of
from walkforge.verify.study import Study

# Columns of the curve, and the bounds in which each figure of a roll-out lies.
BOUNDS = {
    "timesteps": (1.0, math.inf), "reward": (-math.inf, math.inf), "turnover": (0.0, math.inf),
    "effective_names": (0.0, math.inf), "action_std": (0.0, math.inf),
    "policy_loss": (-math.inf, math.inf), "value_loss": (0.0, math.inf),
    "entropy_loss": (-math.inf, math.inf), "approx_kl": (-math.inf, math.inf),
    "clip_fraction": (0.0, 1.0), "explained_variance": (-math.inf, 1.0),
    "gradient_norm": (0.0, math.inf),
}  # fmt: skip
# Accounts and steps of a roll-out, by their names of today and of format 1.
SIZED = (("n_envs", "n_steps"), ("environments", "rollout_steps"))
SINGLE = 1e-6  # of numbers of 32 bits


def check_training(study: Study, claim: Claim) -> None:
    """Compare every training's curve with its configuration and with the policy beside it."""
    for agent in study.agents:
        for fold in [*study.folds, "live"]:
            for seed in study.seeds:
                try:
                    _curve(study, f"agents/{agent}/{fold}/seed_{seed}", claim)
                except Unreadable as error:
                    claim.wrong("a curve", found=str(error), expected="a row per roll-out")


def _curve(study: Study, place: str, claim: Claim) -> None:
    """Compare one curve."""
    at = f"{place}/training.parquet"
    config = study.folder.json(f"{place}/policy/config.json")
    curve = study.folder.frame(at)
    claim.same(f"{at}, columns", found=curve.columns, expected=[*BOUNDS])
    algorithm = dict(config["agent"]["algorithm"])
    if (due := steps(algorithm)) is not None:
        claim.same(f"{at}, timesteps", found=curve["timesteps"].to_list(), expected=due)
    for name, (least, most) in BOUNDS.items():
        values = curve[name].cast(pl.Float64).to_numpy()
        sound = np.isfinite(values) & (values >= least) & (values <= most)
        claim.holds(f"{at}, {name}", sound.all(), found=values[~sound][:3].tolist(),
                    expected=f"numbers within {least} and {most}")  # fmt: skip
    tensors = tensors_of(study.folder.content(f"{place}/policy/policy.safetensors")) or {}
    if "log_std" in tensors and curve.height:
        (spread,) = np.exp(np.frombuffer(tensors["log_std"], dtype="<f4").astype(np.float64))
        last = float(curve["action_std"][-1])
        claim.holds(f"{at}, action_std", abs(last - spread) <= SINGLE * max(spread, 1.0),
                    found=last, expected=f"that of the policy, {spread:.7f}")  # fmt: skip


def steps(algorithm: Mapping[str, Any]) -> list[float] | None:
    """The steps done after each roll-out; None where the configuration does not say them."""
    for names in SIZED:
        sizes = [algorithm.get(name) for name in (*names, "total_timesteps")]
        whole = [size for size in sizes if isinstance(size, int)]
        if len(whole) == len(sizes):
            environments, length, total = whole
            each = environments * length
            return [float(each * number) for number in range(1, -(-total // each) + 1)]
    return None
