"""Every section of the configuration, and the schema of the whole.

A section's keys are the fields of the dataclasses beside its stage; what agents name is found by
folder. Here stand only the keys that a stage takes one by one, without a class of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from walkforge.configuration.annotations import read_class
from walkforge.configuration.shape import Shape, fields_of, mapping_of, shape_of
from walkforge.configuration.slices import SECTIONS
from walkforge.registry import SOURCE, baselines, modules
from walkforge.settings import Bounds, Pattern, Size

VERSION = 2  # of the format

# What names of agents may not be: results of theirs would lie where other results do.
RESERVED = ("baselines", "random", "sensitivity", "mean")

# The class of each kind of part that has its keys.
CLASSES = {"algorithm": "Config", "network": "Config", "scheme": "Scheme", "reward": "Reward"}

# Section -> the classes whose fields are its keys, in order, by module and name.
STAGES: Mapping[str, tuple[str, ...]] = {
    "data": ("walkforge.data.config.DataConfig", f"{__name__}.Gate"),
    "features": (f"{__name__}.Features",),
    "audit": ("walkforge.features.audit.AuditConfig",),
    "splits": ("walkforge.splits.windows.SplitsConfig",),
    "holdout": ("walkforge.splits.windows.HoldoutConfig",),
    "market": ("walkforge.market.config.MarketConfig",),
    "evaluation": (
        "walkforge.evaluation.baseline_context.BaselineConfig",
        f"{__name__}.WarmIn",
        "walkforge.evaluation.random_policies.RandomConfig",
    ),
    "verdict": (f"{__name__}.Verdict",),
    "sensitivity": ("walkforge.evaluation.sensitivity_grid.SensitivityConfig",),
    "ablation": ("walkforge.evaluation.variants.AblationConfig",),
    "robustness": ("walkforge.splits.combinatorial.RobustnessConfig",),
    "backtest": (f"{__name__}.Backtest",),
    "ranking": ("walkforge.ranking.consensus.RankingConfig",),
    "report": (f"{__name__}.Report",),
    "runtime": (f"{__name__}.Runtime",),
}
ORDER = (
    "schema_version", "data", "universes", "features", "audit", "splits", "holdout", "market",
    "schemes", "rewards", "agents", "algorithms", "networks", "seeds", "evaluation", "verdict",
    "sensitivity", "ablation", "robustness", "backtest", "ranking", "report",
    "runtime",
)  # fmt: skip

Name = Pattern(
    r"^[a-z][a-z0-9_]{0,40}$",
    "a lower-case letter and up to 40 lower-case letters, digits or _",
)
Universes = Annotated[
    dict[
        Annotated[str, Name],
        Annotated[tuple[str, ...], Size(1, 100_000, distinct=True), "one list of symbols"],
    ],
    "lists of symbols that data.symbols may name",
]
Seeds = Annotated[
    tuple[Annotated[int, Bounds(at_least=0, at_most=4_294_967_295)], ...],
    Size(1, 1_000, distinct=True),
    "one training for each agent, fold and seed",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The quality that bars must have."""

    quality_gate: Annotated[
        float, Bounds(at_least=0, at_most=1), "the run stops below this quality score"
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What the model is shown of the market."""

    select: Annotated[
        tuple[str, ...], Size(1, 1_000, distinct=True), "families or names of docs/indicators.md"
    ]
    warm_up: Annotated[
        int | None,
        Bounds(at_least=0, at_most=10_000),
        "bars of a segment before its features are used; null: as many as the slowest needs",
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmIn:
    """How the account of a record is opened."""

    warm_in_days: Annotated[
        int,
        Bounds(at_least=0, at_most=250),
        "sessions that a record's account is rolled through, unscored, before its first window",
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How the record is judged."""

    replications: Annotated[
        int, Bounds(at_least=100, at_most=100_000), "draws of the stationary bootstrap"
    ]
    confidence: Annotated[float, Bounds(above=0.5, below=1), "share that an interval holds"]
    bootstrap_seed: Annotated[
        int, Bounds(at_least=0, at_most=4_294_967_295), "seed of the bootstrap's draws"
    ]
    no_skill_sharpe: Annotated[
        float,
        Bounds(above=0, at_most=100),
        "no skill: the upper bound of the annual Sharpe ratio lies below",
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """A given policy on given data."""

    policy: Annotated[
        str | None, Size(1, 4_096), "folder of a policy, of a run or a copy of one; null: none"
    ]
    start: Annotated[
        date | None, "first date; null: the first that leaves room for evaluation.warm_in_days"
    ]
    end: Annotated[date | None, "first date after it; null: to the last bar"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The summary page."""

    title: Annotated[str, Size(1, 200), "heading of the summary page"]
    ranking_rows: Annotated[
        int, Bounds(at_least=1, at_most=10_000), "rows of the ranking shown on the summary page"
    ]
    trade_pictures: Annotated[
        int,
        Bounds(at_least=1, at_most=1_000),
        "symbols whose trades are drawn, those with the largest value traded",
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What changes no choice of the study: nothing is made anew for it."""

    device: Annotated[
        Literal["auto", "cpu", "cuda"],
        "of trainings, roll-outs and audits: a GPU where there is one, the CPU, or a GPU",
    ]
    checkpoint_every: Annotated[
        int | None,
        Bounds(at_least=1, at_most=1_000_000_000_000),
        "environment steps between checkpoints of a training, at a rollout's end; null: none",
    ]
    on_unfit: Annotated[
        Literal["refuse", "restart"], "what becomes of a training whose checkpoint does not fit it"
    ]
    tensorboard: Annotated[bool, "whether trainings write TensorBoard's events beside their logs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """This agent's own values of keys of the entries that it names."""

    algorithm: Annotated[dict[str, Any], "keys of the algorithm's entry"] = field(
        default_factory=dict
    )
    network: Annotated[dict[str, Any], "keys of the network's entry"] = field(default_factory=dict)
    scheme: Annotated[dict[str, Any], "keys of the scheme's entry"] = field(default_factory=dict)
    reward: Annotated[dict[str, Any], "keys of the reward's entry"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """What trains on every fold with every seed."""

    algorithm: Annotated[str, "a name under algorithms"]
    network: Annotated[str, "a name under networks"]
    scheme: Annotated[str, "a name under schemes"]
    reward: Annotated[str, "a name under rewards"]
    features: Annotated[
        tuple[str, ...] | None,
        Size(1, 1_000, distinct=True),
        "families or names among features.select that it reads; null, or no such key: all of them",
    ] = None
    overrides: Annotated[
        Overrides, "this agent's own values of keys of the entries that it names"
    ] = field(default_factory=Overrides)


@cache
def schema_of(source: Path = SOURCE) -> Shape:
    """The JSON schema (draft 2020-12) of the resolved configuration; it has no defaults.

    Args:
        source: the folder of packages whose dataclasses and parts are read; none is imported.
    """
    known = {name: _section(classes, source) for name, classes in STAGES.items()}
    known["schema_version"] = {"type": "integer", "const": VERSION, "description": "of this format"}
    known["universes"] = shape_of(Universes)
    known["seeds"] = shape_of(Seeds)
    known["evaluation"]["properties"]["baselines"]["items"] = {"enum": list(baselines(source))}
    known["data"]["properties"]["source"]["enum"] = list(modules("source", source))
    known["agents"] = _agents(list(baselines(source)), source)
    for kind, (section,) in SECTIONS.items():
        known[section] = _parts(kind, source)
    ordered = {name: known[name] for name in ORDER}
    return mapping_of(ordered, sentence="every experimental choice of a study")


def _section(classes: Sequence[str], source: Path) -> Shape:
    """The schema of a section that has the fields of these classes."""
    return fields_of(*(_class(each, source) for each in classes))


def _class(name: str, source: Path) -> type:
    """A class by its dotted name."""
    module, _, own = name.rpartition(".")
    return read_class(module, own, source)


def _parts(kind: str, source: Path) -> Shape:
    """The schema of the parts of a kind, each with the keys of its class."""
    parts = {
        name: fields_of(read_class(module, CLASSES[kind], source))
        for name, module in modules(kind, source).items()
    }
    return mapping_of(parts, sentence=f"parameters of each {kind} that agents name")


def _agents(baselines: Sequence[str], source: Path) -> Shape:
    """The schema of agents by name; none has the name of a baseline or of a folder of results."""
    taken = "|".join([*RESERVED, *baselines, "regime_[a-z_]*"])
    name = Pattern(
        rf"^(?!.*__)(?!({taken})$)[a-z][a-z0-9_]{{0,40}}$",
        "a lower-case letter and up to 40 lower-case letters, digits or _, no two _ in a row (they "
        "mark variants of the ablation: write one), other than "
        f"{', '.join(RESERVED)} and the names of baselines",
    )
    agent = _class(f"{__name__}.Agent", source)
    named: Any = dict[Annotated[str, name], agent]  # type: ignore[valid-type]
    return shape_of(Annotated[named, Size(1, 1_000), "agents by name"])
