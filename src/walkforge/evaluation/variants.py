"""Variants of an agent for the ablation: the same agent on a part of its features."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple

from walkforge.errors import InputError, nearest
from walkforge.features.selection import Families, named_features, part_of
from walkforge.settings import Size

MARK = "__"  # between an agent's name and the change; no agent's own name holds it

Change = Literal["all", "without", "only", "few"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AblationConfig:
    """An agent trained anew on parts of its features."""

    agent: Annotated[str, "the agent whose features are taken away"]
    families: Annotated[
        list[str] | None,
        Size(1, 1_000, distinct=True),
        "families that are left out, one at a time; null: all that the agent reads",
    ]
    only: Annotated[bool, "whether to train on each of these families alone, too"]
    few: Annotated[
        list[str],
        Size(1, 1_000, distinct=True),
        "a short list that is compared with all that the agent reads",
    ]


class Variant(NamedTuple):
    """What was changed, of which family ('' for all and few), and the features that are read."""

    change: Change
    family: str
    features: tuple[str, ...]

    def as_json(self, name: str) -> dict[str, Any]:
        """What is read, with the name of its agent, keys sorted."""
        fields = {"agent": name, **self._asdict(), "features": list(self.features)}
        return dict(sorted(fields.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Which features the agents of a configuration and the variants of its ablation read.

    Attributes:
        config: resolved. families: of the catalogue, none where its page is missing.
    """

    config: Mapping[str, Any]
    families: Families

    def check(self) -> None:
        """Raise unless features.select and every agent's features are known and selected.

        Where the page of families is missing, compute_features tells of features.select.

        Raises:
            InputError: names the first that is not, and the nearest that is.
        """
        for name in self.config["agents"]:
            self.of(name)

    @property
    def selected(self) -> tuple[str, ...]:
        """The names that features.select means; none where families are unknown."""
        if not self.families:
            return ()
        select = self.config["features"]["select"]
        return named_features(select, self.families, where="features.select")

    def of(self, name: str) -> tuple[str, ...]:
        """The features that an agent or a variant reads, in the catalogue's order.

        Raises:
            InputError: it asks for one that is not selected, or there is no such variant.
        """
        if MARK in name:
            variants = self.variants()
            if name not in variants:
                close = nearest(name, variants)
                raise InputError(f"the ablation has no {name!r}: the nearest is {close!r}")
            return variants[name].features
        whole = self.selected
        own = self.config["agents"][name].get("features")
        if own is None:
            return whole
        where = f"agents.{name}.features"
        source = "features.select"
        return part_of(own, whole, self.families, where=where, source=source)

    def variants(self) -> dict[str, Variant]:
        """The variants that the ablation trains, by name; raises as `variants_of` does."""
        config = AblationConfig(**self.config["ablation"])
        return variants_of(config, self.of(config.agent), self.families)

    def ablated(self) -> list[str]:
        """The ablation's agent and its variants; none where there can be no ablation."""
        try:
            return [self.config["ablation"]["agent"], *self.variants()]
        except InputError:
            return []

    def strategies(self) -> list[dict[str, Any]]:
        """The ablation's agent and its variants with what each reads, as JSON."""
        names = self.ablated()
        if not names:
            return []
        whole = {names[0]: Variant("all", "", self.of(names[0]))}
        return [each.as_json(name) for name, each in (whole | self.variants()).items()]


def variants_of(
    config: AblationConfig, reads: Sequence[str], families: Families
) -> dict[str, Variant]:
    """The variants of an agent by the names under which they are trained.

    AGENT__without_FAMILY for each family, AGENT__only_FAMILY on request, AGENT__few. Where all
    that the agent reads is of one family, none is left out.

    Args:
        config: section `ablation`. reads: names of the features that the agent reads, in the
            catalogue's order. families: of the catalogue.

    Raises:
        InputError: the families or the few are not among what the agent reads, or the few are all
            of it; says what to write.
    """
    chosen = _families(config, reads, families)
    found: dict[str, Variant] = {}
    for family, own in chosen.items():
        rest = tuple(name for name in reads if name not in own)
        if rest:
            found[f"{config.agent}{MARK}without_{family}"] = Variant("without", family, rest)
    for family, own in chosen.items():
        if config.only and len(own) < len(reads):
            found[f"{config.agent}{MARK}only_{family}"] = Variant("only", family, own)
    source = f"agent {config.agent}"
    few = part_of(config.few, reads, families, where="ablation.few", source=source)
    if len(few) == len(reads):
        raise InputError(
            f"ablation.few are all {len(reads)} features that {config.agent} reads: write fewer"
        )
    found[f"{config.agent}{MARK}few"] = Variant("few", "", few)
    return found


def _families(
    config: AblationConfig, reads: Sequence[str], families: Families
) -> dict[str, tuple[str, ...]]:
    """What the agent reads of each family that is looked at, in the catalogue's order."""
    shares = {
        family: own
        for family, names in families.items()
        if (own := tuple(name for name in names if name in reads))
    }
    for place, family in enumerate(config.families or ()):
        if family not in shares:
            raise InputError(
                f"ablation.families[{place}] is {family!r}, of which {config.agent} reads nothing: "
                f"the nearest family that it reads is {nearest(family, shares)!r}"
            )
    wanted = shares if config.families is None else config.families
    return {family: own for family, own in shares.items() if family in wanted}
