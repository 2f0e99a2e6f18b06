"""Names of format 1 and today's: apart, since what records a trial reads nothing else here."""

# Of algorithms: stable-baselines3's names since.
OF_ALGORITHMS = {
    "environments": "n_envs",
    "rollout_steps": "n_steps",
    "minibatch": "batch_size",
    "epochs": "n_epochs",
    "value_clip_range": "clip_range_vf",
    "entropy_coefficient": "ent_coef",
    "final_entropy_coefficient": "final_ent_coef",
    "value_coefficient": "vf_coef",
    "max_gradient_norm": "max_grad_norm",
}
OF_REWARDS = {"settle_days": "burn_in_days"}
