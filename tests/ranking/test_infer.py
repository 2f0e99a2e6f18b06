"""The Python face gives what the rule gives, of any policy in a folder of results."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from rankable import data_of, ensemble_of
from walkforge.agents.policy import Policy, policy_contents
from walkforge.configuration.strict_yaml import to_yaml
from walkforge.errors import InputError
from walkforge.evaluation.policies import roll_policies
from walkforge.features.panel import names_content, tensor_content
from walkforge.frames import parquet_content
from walkforge.market.closing import Closing, closing_content
from walkforge.provenance import write_artifacts
from walkforge.ranking import Infer, Predictions
from walkforge.ranking.carried import history_of
from walkforge.ranking.ensemble import load_ensemble
from walkforge.ranking.rank import rank_symbols, rank_terms
from walkforge.splits.windows import plan_folds, splits_config
from worlds import random_walks

MARKET = random_walks(5, days=420, symbols=6)
FREE = {"commission_bps": 0.0, "stamp_duty_bps": 0.0, "spread_bps": 0.0, "slippage_bps": 0.0,
        "slippage_seed": 0, "impact": "none", "impact_coefficient": 0.0}  # fmt: skip
CONFIG: dict[str, Any] = {
    "agents": {"ppo": {}, "other": {}},
    "seeds": [0, 1],
    "data": {"minimum_bars": 20},
    "evaluation": {"warm_in_days": 30},
    "ranking": {"agent": "ppo", "action_band": 0.1, "coverage": 0.9},
    "splits": {
        "scheme": "expanding", "start": "2010-01-04", "end": "2011-06-01", "train_months": 6,
        "validation_months": 2, "test_months": 4, "shares": [0.7, 0.15, 0.15], "purge_days": 2,
    },
    "market": {
        "initial_cash": 1e6, "execution": "open", "ruin_fraction": 0.05, "delisting_haircut": 0.3,
        "costs": FREE,
        "limits": dict.fromkeys(["position_cap", "stop_loss", "take_profit", "max_trades"]),
    },
}  # fmt: skip
FOLDS = plan_folds(splits_config(CONFIG["splits"]))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("study") / "results"
    data = data_of(MARKET)
    contents = {
        "config.yaml": to_yaml(CONFIG),
        "features/market.safetensors": tensor_content(data.panel),
        "features/market.json": names_content(data.panel),
        "bars/bars.parquet": parquet_content(data.bars),
    }
    write_artifacts("made", {root / name: content for name, content in contents.items()})
    for place, agent in enumerate(CONFIG["agents"]):
        for fold in FOLDS:
            members = ensemble_of(MARKET, seeds=2 + place).members[place:]
            for seed, member in enumerate(members):
                folder = root / "agents" / agent / fold.name / f"seed_{seed}" / "policy"
                files = policy_contents(member.policy).items()
                write_artifacts("made", {folder / name: content for name, content in files})
        for seed, name in enumerate(["seed_0", "seed_1"]):
            closing = record_end(ensemble_of(MARKET, seeds=2).members[seed].policy)
            file = root / "evaluation" / agent / name / "closing.safetensors"
            write_artifacts("evaluate_agent", {file: closing_content(closing, MARKET)})
    return root


def record_end(policy: Policy) -> Closing:
    """The account of a policy that decides in every fold, at the end of the record."""
    windows = [fold.test for fold in FOLDS if fold.test]
    money = rank_terms({**CONFIG, "warm_in_days": 30}).money
    rolled = roll_policies([policy] * len(windows), MARKET, windows, config=money, warm_in_days=30)
    return Closing(rolled.windows[-1].daily["date"][-1], rolled.closing)


def test_a_past_date_has_the_account_of_its_record(results: Path) -> None:
    predictions, summary = Infer(results=results).infer_date("2011-03-01")
    assert summary["fold"] == "fold_2"
    assert summary["account"]["sessions"] > 60
    policies = [member.policy for member in ensemble_of(MARKET, seeds=2).members]
    windows = [fold.test for fold in FOLDS if fold.test]
    money = rank_terms({**CONFIG, "warm_in_days": 30}).money
    held = [
        roll_policies([policy] * 2, MARKET, windows, config=money, warm_in_days=30)
        .windows[1].weights.filter(date=date(2011, 3, 1)).sort("symbol")["weight"]
        for policy in policies
    ]  # fmt: skip
    mean = ((held[0] + held[1]) / 2).to_list()
    found = predictions.frame.sort("symbol")["held_weight"].to_list()
    assert found == pytest.approx(mean, abs=1e-12)


def test_without_its_record_an_agent_is_not_ranked_as_if_it_were_in_cash(
    results: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "results"
    shutil.copytree(results, copy)
    shutil.rmtree(copy / "evaluation")
    with pytest.raises(InputError, match="closing.safetensors"):
        Infer(results=copy).infer_date("2011-06-20")


def test_a_date_is_ranked_as_the_rule_ranks_it(results: Path) -> None:
    predictions, summary = Infer(results=results).infer_date("2011-06-20")
    folders = [results / f"agents/ppo/live/seed_{seed}/policy" for seed in (0, 1)]
    ensemble = load_ensemble(folders, FOLDS)
    data = data_of(MARKET, minimum_bars=20)
    files = [results / f"evaluation/ppo/seed_{seed}/closing.safetensors" for seed in (0, 1)]
    history = history_of(ensemble, FOLDS, files, symbols=MARKET.symbols)
    day = date(2011, 6, 20)
    terms = rank_terms({**CONFIG, "warm_in_days": 30})
    expected = rank_symbols(ensemble, data, day, history=history, terms=terms)
    assert_frame_equal(predictions.frame, expected.ranking)
    assert_frame_equal(predictions.changes, expected.changes)
    assert summary == expected.summary
    first = MARKET.dates.index(date(2010, 10, 1))
    opened = MARKET.dates[first - 30]
    sessions = MARKET.dates.index(day) - first + 31
    assert (summary["fold"], summary["account"]["opens"]) == ("live", str(opened))
    assert summary["account"]["sessions"] == sessions
    assert predictions.frame["held_weight"].max() > 0.0


def test_the_newest_fold_that_may_know_the_date_ranks_it(results: Path) -> None:
    infer = Infer(results=results)
    for day, fold in ((date(2010, 10, 4), "fold_1"), (date(2011, 3, 1), "fold_2")):
        assert infer.infer_date(day)[1]["fold"] == fold
    with pytest.raises(InputError, match="the first session from 2010-09-30 on"):
        infer.infer_date("2010-03-01")


def test_a_named_agent_and_a_named_policy_rank_alone(results: Path) -> None:
    day = "2011-06-20"
    other = Infer("other", results=results).infer_date(day)
    assert other[1]["agent"] == "other"
    one = results / "agents/other/live/seed_1/policy"
    frame, summary = Infer(policy=one, results=results).infer_date(day)
    assert list(summary["policies"]) == ["seed_1"]
    assert not frame.frame["score"].equals(other[0].frame["score"])
    with pytest.raises(InputError, match="the first session from 2011-05-31 on"):
        Infer(policy=one, results=results).infer_date("2011-03-01")


def test_a_policy_from_elsewhere_has_no_fold_and_a_flat_account(
    results: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "mine"
    shutil.copytree(results / "agents/ppo/live/seed_0/policy", copy)
    predictions, summary = Infer(copy, results=results).infer_date("2011-06-20")
    assert (summary["fold"], summary["out_of_distribution"]) == (None, None)
    assert summary["account"]["sessions"] == 0
    assert predictions.frame["distance"].is_null().all()


def test_rows_do_not_depend_on_which_others_are_asked_for(results: Path) -> None:
    infer = Infer(results=results)
    every, whole = infer.infer_date("2011-06-20")
    asked = ["S05", "S00", "S02"]
    some, summary = infer.infer_date("2011-06-20", asked)
    assert_frame_equal(some.frame, every.frame.filter(pl.col("symbol").is_in(asked)))
    assert set(some.changes["symbol"]) == set(asked)
    assert summary == whole
    with pytest.raises(InputError, match="'S09' is no symbol here: the nearest is 'S0"):
        infer.infer_date("2011-06-20", ["S09"])


def test_tops_are_sorted_of_the_right_side_and_at_most_as_many() -> None:
    actions = ["buy", "sell", "buy", "hold", "sell", "sell"]
    frame = pl.DataFrame({"rank": range(1, 7), "action": actions})
    predictions = Predictions(frame, frame)
    assert predictions.top_buys(10)["rank"].to_list() == [1, 3]
    assert predictions.top_sells(10)["rank"].to_list() == [6, 5, 2]
    assert predictions.top_sells(1)["rank"].to_list() == [6]
    assert predictions.top_buys(0).height == 0
    asked: Callable[[Any], object]
    for asked in (predictions.top_buys, predictions.top_sells):
        for count in (-1, 2.0, True, "3"):
            with pytest.raises(InputError, match="ask for 0 or more"):
                asked(count)


def test_mistakes_are_told_with_what_to_do(results: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no config.yaml: name the folder"):
        Infer(results=tmp_path)
    with pytest.raises(InputError, match="one of the agents other, ppo: the nearest is 'ppo'"):
        Infer("pp0", results=results)
    for wrong in ("20110620x", 7, "20110620", "2011-W25-1"):
        with pytest.raises(InputError, match="is no date: write it as YYYY-MM-DD"):
            Infer(results=results).infer_date(wrong)
    for symbols, told in (([None], "None is no symbol"), (5, "5 is no list of symbols")):
        with pytest.raises(InputError, match=told):
            Infer(results=results).infer_date("2011-06-17", symbols=symbols)
    with pytest.raises(InputError, match="no bars on 2011-06-19: the last .* is 2011-06-17"):
        Infer(results=results).infer_date("2011-06-19")


def test_an_altered_policy_is_refused(results: Path) -> None:
    tensors = results / "agents/other/fold_1/seed_0/policy/policy.safetensors"
    content = bytearray(tensors.read_bytes())
    content[-1] ^= 1
    tensors.write_bytes(content)
    with pytest.raises(InputError, match="HASH: .*policy.safetensors: its bytes are not"):
        Infer("other", results=results).infer_date("2010-10-04")
