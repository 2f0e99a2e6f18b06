"""What each rule consumes of the configuration: what stands in its params."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from walkforge.configuration.slices import agent_slice, sorted_section
from walkforge.evaluation.variants import MARK, Reading

# Keys of section evaluation, sorted, by the rule that reads them.
BASELINE_KEYS = ("baselines", "lookback_days", "ranker_kappa", "rebalance_days")
RANDOM_KEYS = ("random_policies", "random_seed")
BOOTSTRAP_KEYS = ("bootstrap_seed", "confidence", "replications")  # of section verdict
SUMMARY_KEYS = ("ranking_rows", "title")  # of section report


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumed:
    """The slices of a resolved configuration, keys sorted: one value each, with a stable repr.

    Attributes:
        config: resolved configuration. reading: which features each agent reads.
    """

    config: dict[str, Any]
    reading: Reading

    def digest(self) -> str:
        """Return the SHA-256 of the resolved configuration."""
        text = json.dumps(self.config, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def section(self, *names: str) -> dict[str, Any]:
        """Return sections under their names, keys sorted: one value with a stable repr."""
        return sorted_section(self.config, *names)

    def data(self) -> dict[str, Any]:
        """Return what ingest consumes of section `data`: symbols listed, without the gate."""
        data = dict(self.section("data")["data"])
        del data["quality_gate"]
        if isinstance(data["symbols"], str):
            data["symbols"] = self.config["universes"][data["symbols"]]
        return {"data": data}

    def gate(self) -> dict[str, float]:
        """Return the quality score below which a run stops."""
        return {"quality_gate": self.config["data"]["quality_gate"]}

    def money(self) -> dict[str, Any]:
        """Return the money settings of section `market`, without schemes and rewards."""
        market = self.config["market"]
        kept = sorted(set(market) - {"schemes", "rewards"})
        return {"market": {key: market[key] for key in kept}}

    def record(self) -> dict[str, Any]:
        """Return what a record goes by: the money settings, and how its account is warmed in."""
        return {**self.money(), "warm_in_days": self.config["evaluation"]["warm_in_days"]}

    def cut(self, *more: str) -> dict[str, Any]:
        """Return what folds are cut by: `splits`, further sections, and the length of warm-ins."""
        return {**self.section("splits", *more), "warm_in_days": self.record()["warm_in_days"]}

    def folds_cut(self) -> dict[str, Any]:
        """Return what cutting the folds consumes, and the coverage of a date that can be ranked."""
        return {**self.cut(), "coverage": self.config["ranking"]["coverage"]}

    def sealing(self) -> dict[str, Any]:
        """Return what the hold-out is sealed by: its section, and the length of its warm-in."""
        return {**self.section("holdout"), "warm_in_days": self.record()["warm_in_days"]}

    def audit(self) -> dict[str, Any]:
        """Return what the audits of features go by: how thorough, features, and which data.

        They are of the code: a new bar, which they take as ancient, does not ask for them again.
        """
        return {**self.section("audit", "features"), **self.data()}

    def audited(self) -> dict[str, Any]:
        """Return what the audit of the chain consumes: what all that it makes again goes by."""
        sections = self.section("audit", "features", "splits")
        return {**sections, **self.data(), **self.baselines(), **self.random_policies()}

    def baselines(self) -> dict[str, Any]:
        """Return what baselines consume: a record's settings, and their keys of `evaluation`."""
        return {"baselines": self._chosen(BASELINE_KEYS), **self.record()}

    def random_policies(self) -> dict[str, Any]:
        """Return what random policies consume: a record's settings, and theirs of `evaluation`."""
        return {"random": self._chosen(RANDOM_KEYS), **self.record()}

    def varied(self) -> dict[str, Any]:
        """Return what is rolled on varied terms: a record's settings, and what they vary by."""
        return {**self.record(), **self.section("sensitivity")}

    def sensitivity(self) -> dict[str, Any]:
        """Return what the figures of sensitivity consume: what varied, and how to draw intervals.

        Execution, impact with its coefficient, and initial cash are stated beside them.
        """
        market, verdict = self.config["market"], self.config["verdict"]
        stated = {key: market[key] for key in ("execution", "initial_cash")}
        impact = {key: market["costs"][key] for key in ("impact", "impact_coefficient")}
        return {
            "bootstrap": {key: verdict[key] for key in BOOTSTRAP_KEYS},
            "market": {**impact, **stated},
            **self.section("sensitivity"),
        }

    def ranking(self) -> dict[str, Any]:
        """Return what rankings consume: band and agent, a record's settings, folds, least bars."""
        least = {"data": {"minimum_bars": self.config["data"]["minimum_bars"]}}
        return {**self.section("ranking", "splits"), **self.record(), **least}

    def _chosen(self, keys: Sequence[str]) -> dict[str, Any]:
        """Return some keys of section `evaluation`."""
        return {key: self.config["evaluation"][key] for key in keys}

    def terms(self, *names: str) -> dict[str, Any]:
        """Return what the baselines consume, and sections: all that roll-outs go by."""
        return {**self.section(*names), **self.baselines()}

    def report(self) -> dict[str, Any]:
        """Return what the summary says of the configuration."""
        stated = {"execution": self.config["market"]["execution"], **self.gate()}
        version = {"schema_version": self.config["schema_version"]}
        shown = {key: self.config["report"][key] for key in SUMMARY_KEYS}
        return {"report": shown | stated | version}

    def resolved(self, name: str) -> dict[str, dict[str, Any]]:
        """Return the slice of an agent or a variant; `features` where it reads a part of them."""
        own, reads = agent_slice(self.config, name.partition(MARK)[0]), self.reading.of(name)
        return own if reads == self.reading.selected else own | {"features": {"names": list(reads)}}

    def ablation(self) -> dict[str, Any]:
        """Return what the ablation consumes: its strategies, how they are drawn, and execution."""
        drawn = {key: self.config["verdict"][key] for key in BOOTSTRAP_KEYS}
        stated = {"execution": self.config["market"]["execution"]}
        return {"bootstrap": drawn, **stated, "strategies": self.reading.strategies()}

    def agent(self, name: str) -> dict[str, Any]:
        """Return what one agent's training consumes: its resolved slice, and the money settings."""
        return {"agent": self.resolved(name), **self.money()}

    def tried(self, name: str) -> dict[str, Any]:
        """Return what makes an agent's training a trial: data, features, splits, money, agent."""
        return {**self.data(), **self.section("features", "splits"), **self.agent(name)}
