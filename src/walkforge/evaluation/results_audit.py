"""The audit of results: every record that a verdict is made of, rolled once more and compared."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import torch

from walkforge.agents.policy import Policy
from walkforge.evaluation.baseline_context import BaselineContext
from walkforge.evaluation.decision_audit import baseline_name
from walkforge.evaluation.leaks import EVERY, Finding, frame_difference
from walkforge.evaluation.policies import Training, consensus_of, read_policies, training_of
from walkforge.evaluation.random_policies import (
    Course,
    Draw,
    RandomConfig,
    draw_of,
    returns_again,
)
from walkforge.evaluation.record import fold_of
from walkforge.evaluation.record_audit import (
    Terms,
    audit_frames,
    audit_record,
    lacking,
    rolled_again,
)
from walkforge.evaluation.roll_baselines import roll_baselines
from walkforge.evaluation.stitch import record_of, stitch
from walkforge.evaluation.study_audit import Manifests, contexts_on, windows_of
from walkforge.features.panel import Panel, load_panel
from walkforge.frames import read_frame
from walkforge.market.closing import Closing, read_closing
from walkforge.market.config import market_config
from walkforge.market.market import Market, market_of
from walkforge.provenance import read_json
from walkforge.splits.manifest import WARM_IN

Seed = tuple[str, int]  # of an agent


class Written(NamedTuple):
    """What trainings and evaluation wrote.

    Attributes:
        panel: as stored. manifests: of the folds, see study_audit.
        policies: by training, on the CPU. rolled: the same on the device that records are rolled
            on.
        agents: frames by path, as .../{agent}/{fold}/seed_{seed}/{frame}.parquet.
        consensus: frames by path, as .../{agent}/{fold}/consensus/{frame}.parquet; none where
            agents have one seed.
        closings: paths, as .../{agent}/seed_{seed}/closing.safetensors.
        baselines: frames by path, as .../baselines/{baseline}/{fold}/{frame}.parquet.
        random: frames by path, as .../random/{agent}/{fold}/returns.parquet.
        returns: all stitched.
    """

    panel: Panel
    manifests: Manifests
    policies: Mapping[Training, Policy]
    rolled: Mapping[Training, Policy]
    agents: Mapping[Path, pl.DataFrame]
    consensus: Mapping[Path, pl.DataFrame]
    closings: Sequence[Path]
    baselines: Mapping[Path, pl.DataFrame]
    random: Mapping[Path, pl.DataFrame]
    returns: pl.DataFrame


def read_written(files: Any, *, device: torch.device) -> Written:
    """What was written, checked.

    Args:
        files: paths under the names tensor, names, manifests and tests (of folds), policies
            (manifests of them), agents, consensus, closings, baselines, random and returns.
        device: on which records are rolled.

    Raises:
        InputError: see agents.policy.load_policy and frames.read_frame.
    """
    policies = list(map(Path, files.policies))
    cpu = torch.device("cpu")
    known = read_policies(policies, device=cpu)
    return Written(
        panel=load_panel(Path(files.tensor), Path(files.names)),
        manifests={
            (path.parent.name, path.name): read_json(path)
            for path in map(Path, [*files.manifests, *files.tests])
        },
        policies=known,
        rolled=known if device == cpu else read_policies(policies, device=device),
        agents=_frames(files.agents),
        consensus=_frames(files.consensus),
        closings=list(map(Path, files.closings)),
        baselines=_frames(files.baselines),
        random=_frames(files.random),
        returns=read_frame(Path(files.returns)),
    )


def _frames(paths: Iterable[str]) -> dict[Path, pl.DataFrame]:
    return {path: read_frame(path) for path in map(Path, paths)}


def audit_results(
    written: Written, settings: Mapping[str, Any], *, device: torch.device
) -> list[Finding]:
    """How what is written differs, to the last bit, from what is rolled again.

    Args:
        written: by evaluation. settings: see study_audit.audit_study; warm_in_days and random too.
        device: on which records are rolled.

    Raises:
        InputError: a closing account that cannot be read; see also market.plan.
    """
    market = market_of(written.panel, device=device)
    folds, tests = windows_of(written.manifests)
    money = market_config(settings["market"])
    ordered = dict(sorted(tests.items(), key=lambda each: each[1]))
    terms = Terms(ordered, money, settings["warm_in_days"])
    known = contexts_on(market, settings, folds=folds, tests=ordered, execution=money.execution)
    return [
        *_agents(written, market, terms),
        *_consensus(written, market, terms),
        *_baselines(written, terms, known),
        *_random(written, market, terms, draw=draw_of(RandomConfig(**settings["random"]))),
        _stitched(written),
    ]


def _stitched(written: Written) -> Finding:
    """What is found of the record of all strategies."""
    records = [
        record_of(path, frame)
        for path, frame in [*written.agents.items(), *written.baselines.items()]
        if path.stem == "daily" and fold_of(path) != WARM_IN
    ]
    apart = frame_difference(written.returns, stitch(records))
    return Finding(EVERY, EVERY, "record", "stitched again", apart)


def _agents(written: Written, market: Market, terms: Terms) -> Iterator[Finding]:
    """Yield what is found of every agent and seed."""
    folds = [*terms.windows]
    frames: dict[Seed, dict[tuple[str, str], pl.DataFrame]] = {}
    for path, frame in written.agents.items():
        of = training_of(path.parent / "policy" / path.name)
        frames.setdefault((of.agent, of.seed), {})[of.fold, path.stem] = frame
    own: dict[Seed, dict[str, Policy]] = {}
    for of, policy in written.rolled.items():
        if of.fold in terms.windows:
            own.setdefault((of.agent, of.seed), {})[of.fold] = policy
    closings = {_seed_of(path): path for path in written.closings}
    rolled_names, written_names = (
        [f"{agent}, seed {seed}" for agent, seed in each] for each in (own, frames)
    )
    yield from lacking(rolled_names, written_names, folds[-1])
    for (agent, seed), every in own.items():
        rolled, watched = rolled_again(every, market, terms)
        for fold, seen in watched.items():
            yield Finding(agent, fold, "observation", "own rows", seen)
        single = next(iter(every.values())).scheme.single_symbol
        known = read_closing(closings[agent, seed], market.symbols, single_symbol=single)
        again = Closing(rolled.windows[-1].daily["date"][-1], rolled.closing)
        for found in audit_record(
            agent, frames.get((agent, seed), {}), rolled, folds=folds, closing=(known, again)
        ):
            yield _of_seed(found, seed)


def _consensus(written: Written, market: Market, terms: Terms) -> Iterator[Finding]:
    """Yield what is found of every agent's consensus, one of each with several seeds."""
    folds = [*terms.windows]
    frames: dict[str, dict[tuple[str, str], pl.DataFrame]] = {}
    for path, frame in written.consensus.items():
        frames.setdefault(path.parts[-4], {})[fold_of(path), path.stem] = frame
    own: dict[str, dict[Training, Policy]] = {}
    for of, policy in written.rolled.items():
        if of.fold in terms.windows:
            own.setdefault(of.agent, {})[of] = policy
    several = {name: each for name, each in own.items() if len({of.seed for of in each}) > 1}
    yield from lacking(several, frames, folds[-1])
    for agent, policies in several.items():
        rolled, watched = rolled_again(consensus_of(policies), market, terms)
        for fold, seen in watched.items():
            yield Finding(agent, fold, "observation", "consensus, own rows", seen)
        for found in audit_record(agent, frames.get(agent, {}), rolled, folds=folds):
            yield found._replace(check=f"consensus, {found.check}")


def _seed_of(closing: Path) -> Seed:
    """The agent and seed of .../{agent}/seed_{seed}/closing.safetensors."""
    return closing.parts[-3], int(closing.parts[-2].removeprefix("seed_"))


def _of_seed(found: Finding, seed: int) -> Finding:
    """The finding, its words with the seed that it is of."""
    apart = found.difference
    if not apart.leaks:
        return found
    return found._replace(difference=apart._replace(told=f"(seed {seed}) {apart.told}"))


def _baselines(
    written: Written, terms: Terms, contexts: Mapping[str, BaselineContext]
) -> Iterator[Finding]:
    """Yield what is found of every baseline."""
    frames: dict[str, dict[tuple[str, str], pl.DataFrame]] = {}
    for path, frame in written.baselines.items():
        frames.setdefault(path.parts[-3], {})[fold_of(path), path.stem] = frame
    rolled = roll_baselines(
        frames, [*contexts.values()], config=terms.config, warm_in_days=terms.warm_in_days
    )
    for name, each in rolled.items():
        yield from audit_record(baseline_name(name), frames[name], each, folds=[*contexts])


def _random(written: Written, market: Market, terms: Terms, *, draw: Draw) -> Iterator[Finding]:
    """Yield what is found of the random policies that are matched to each agent."""
    random: dict[str, dict[str, pl.DataFrame]] = {}
    for path, frame in written.random.items():
        random.setdefault(path.parts[-3], {})[fold_of(path)] = frame
    course = Course(market, [*terms.windows.values()], terms.warm_in_days)
    for agent, frames in random.items():
        how = frames[next(iter(terms.windows))].row(0, named=True)
        again = returns_again(
            _dailies(written.agents, agent), course, [*terms.windows], config=terms.config,
            draw=draw, policy=(how["kappa"], how["concentration"]),
        )  # fmt: skip
        yield from audit_frames(agent, frames, again, check="random policies")


def _dailies(frames: Mapping[Path, pl.DataFrame], agent: str) -> list[pl.DataFrame]:
    """The daily frames of each seed of an agent as one, the warm-in's first."""
    parts: dict[str, list[pl.DataFrame]] = {}
    for path, frame in frames.items():
        if path.stem == "daily" and path.parts[-4] == agent:
            parts.setdefault(path.parts[-2], []).append(frame)
    return [pl.concat(each).sort("date") for each in parts.values()]
