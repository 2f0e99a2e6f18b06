"""Training: one job per agent, fold and seed."""


rule train_agent:
    input:
        manifest=once_cut("results/folds/{fold}/manifest.json"),
        tensor=ancient("results/features/market.safetensors"),
        names=ancient("results/features/market.json"),
    output:
        policy="results/agents/{agent}/{fold}/seed_{seed}/policy/manifest.json",
        config="results/agents/{agent}/{fold}/seed_{seed}/policy/config.json",
        tensors="results/agents/{agent}/{fold}/seed_{seed}/policy/policy.safetensors",
        exported="results/agents/{agent}/{fold}/seed_{seed}/policy/policy.zip",
        curve="results/agents/{agent}/{fold}/seed_{seed}/training.parquet",
        profile="results/logs/train_agent/{agent}/{fold}/seed_{seed}.profile.json",
    log:
        "results/logs/train_agent/{agent}/{fold}/seed_{seed}.log",
    retries: 1
    conda:
        "../../envs/training.yaml"
    threads: 1
    resources:
        gpu=PLAN.gpus,
        device=PLAN.device,
    params:
        config=PLAN.agent_config,
        code=PLAN.train_code,
        trial=not_compared(PLAN.trial),
        kept=not_compared(PLAN.kept()),
        trials="results/trials",
    script:
        "../scripts/train_agent.py"


rule training:
    input:
        expand(
            "results/agents/{agent}/{fold}/seed_{seed}/policy/manifest.json",
            agent=AGENTS,
            fold=[*FOLDS, "live"],
            seed=SEEDS,
        ),
