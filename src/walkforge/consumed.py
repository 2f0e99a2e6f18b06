"""What each rule consumes of the configuration: what stands in its params."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from walkforge.configuration.slices import agent_slice, chosen_keys, chosen_value
from walkforge.evaluation.variants import MARK, Reading

# Keys of section evaluation, sorted, by the rule that reads them.
BASELINE_KEYS = ("baselines", "lookback_days", "ranker_kappa", "rebalance_days")
RANDOM_KEYS = ("random_policies", "random_seed")
BOOTSTRAP_KEYS = ("bootstrap_seed", "confidence", "replications")  # of section verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumed:
    """The slices of a resolved configuration, keys sorted: one value each, with a stable repr.

    Attributes:
        config: resolved configuration. reading: which features each agent reads.
    """

    config: dict[str, Any]
    reading: Reading

    @property
    def study(self) -> dict[str, Any]:
        """The resolved configuration without section `runtime`, which changes no result."""
        return {name: section for name, section in self.config.items() if name != "runtime"}

    @property
    def device(self) -> str:
        """What jobs that compute on a GPU ask for: auto, cpu or cuda."""
        device: str = self.config["runtime"]["device"]
        return device

    @property
    def gpus(self) -> int:
        """How many GPUs a job asks for that can compute on one."""
        return 0 if self.device == "cpu" else 1

    def kept(self) -> dict[str, Any]:
        """What trainings keep beside their results, and what becomes of an unfit checkpoint."""
        runtime = self.keys("runtime")["runtime"]
        return {name: value for name, value in runtime.items() if name != "device"}

    def digest(self) -> str:
        """The SHA-256 of the study's configuration."""
        text = json.dumps(self.study, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def keys(self, *names: str, **named: str) -> dict[str, Any]:
        """The keys that are named, as in `market.execution`, nested as in the configuration.

        Args:
            named: keys that stand at the top, by the names that they are given there.
        """
        found = {name: chosen_value(self.config, key) for name, key in sorted(named.items())}
        return {**chosen_keys(self.config, *names), **found}

    def data(self) -> dict[str, Any]:
        """What ingest consumes of section `data`: symbols listed, without the gate."""
        data = self.keys("data")["data"]
        del data["quality_gate"]
        if isinstance(data["symbols"], str):
            data["symbols"] = self.config["universes"][data["symbols"]]
        return {"data": data}

    def money(self) -> dict[str, Any]:
        """The money settings: section `market`."""
        return self.keys("market")

    def record(self) -> dict[str, Any]:
        """What a record goes by: the money settings, and how its account is warmed in."""
        return {**self.money(), "warm_in_days": self.config["evaluation"]["warm_in_days"]}

    def baselines(self) -> dict[str, Any]:
        """What baselines consume: a record's settings, and their keys of `evaluation`."""
        return {"baselines": self._chosen(BASELINE_KEYS), **self.record()}

    def random_policies(self) -> dict[str, Any]:
        """What random policies consume: a record's settings, and theirs of `evaluation`."""
        return {"random": self._chosen(RANDOM_KEYS), **self.record()}

    def sensitivity(self) -> dict[str, Any]:
        """What the figures of sensitivity consume: what varied, and how to draw intervals.

        Execution, impact with its coefficient, and initial cash are stated beside them.
        """
        market = self.config["market"]
        verdict = self.config["verdict"]
        stated = {key: market[key] for key in ("execution", "initial_cash")}
        impact = {key: market["costs"][key] for key in ("impact", "impact_coefficient")}
        return {
            "bootstrap": {key: verdict[key] for key in BOOTSTRAP_KEYS},
            "market": {**impact, **stated},
            **self.keys("sensitivity"),
        }

    def _chosen(self, keys: Sequence[str]) -> dict[str, Any]:
        """Some keys of section `evaluation`."""
        return {key: self.config["evaluation"][key] for key in keys}

    def resolved(self, name: str) -> dict[str, dict[str, Any]]:
        """The slice of an agent or a variant; `features` where it reads a part of them."""
        own = agent_slice(self.config, name.partition(MARK)[0])
        reads = self.reading.of(name)
        return own if reads == self.reading.selected else own | {"features": {"names": list(reads)}}

    def ablation(self) -> dict[str, Any]:
        """What the ablation consumes: its strategies, how they are drawn, and execution."""
        drawn = {key: self.config["verdict"][key] for key in BOOTSTRAP_KEYS}
        stated = {"execution": self.config["market"]["execution"]}
        return {"bootstrap": drawn, **stated, "strategies": self.reading.strategies()}

    def agent(self, name: str) -> dict[str, Any]:
        """What one agent's training consumes: its resolved slice, and the money settings."""
        return {"agent": self.resolved(name), **self.money()}

    def tried(self, name: str) -> dict[str, Any]:
        """What makes an agent's training a trial: data, features, splits, money, agent."""
        return {**self.data(), **self.keys("features", "splits"), **self.agent(name)}
