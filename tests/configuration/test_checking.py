"""All faults are told at once, each with its path, its value and what is allowed."""

import copy
import datetime as dt
import os
import re
from functools import reduce

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from configurations import (
    OWN,
    PPO_AGENT,
    SCHEMA,
    SETTINGS,
    agent_with,
    changed,
    faults,
    few,
    scalars,
    trees,
)
from walkforge.configuration.checking import check
from walkforge.configuration.layers import merge
from walkforge.errors import InputError
from walkforge.splits.windows import plan_folds, splits_config


def test_the_projects_own_configuration_has_no_fault():
    assert faults(OWN) == []


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("data.columns.clse", "x", r"data.columns.clse: unknown key: .* data.columns.close$"),
        ("sedes", [1], r"sedes: unknown key: remove it or write seeds$"),
        ("rewards.log_return.x", 1, "rewards.log_return.x: unknown key: .*remove it"),
        ("algorithms.sac", {}, "algorithms.sac: unknown key: .* algorithms.ppo"),
        ("data.columns.close", 3, "data.columns.close: 3 must be text .*quotes, '3'"),
        ("data.columns.close", None, "data.columns.close: null must be text"),
        ("data.columns.close", "", "data.columns.close: '' must be text that is not empty"),
        (
            "data.source",
            "web",
            "data.source: 'web' must be one of csv, parquet, sample, sqlite, yahoo",
        ),
        ("data.layout", "wide", "data.layout: wide is read from csv, not from sample: write long"),
        ("data.table", "bars", "data.table: 'bars' is not read by sample: write null"),
        ("data.largest_move", 1.2, "data.largest_move: 1.2 must be .* at least 1.5"),
        ("data.strict_splits", "yes", "data.strict_splits: 'yes' must be true or false"),
        ("data.text.thousands", ".", r"data.text.thousands: '\.' is data.text.decimal too"),
        ("data.text.separator", "", r"separator: '' must be one of ',', ';', '\\t', '\|'"),
        ("data.symbols", "tech", "data.symbols: 'tech' is no name .* write 'technology', or a"),
        (
            "universes.Technology",
            ["A"],
            "universes.Technology: name .* must be a lower-case letter",
        ),
        ("data.quality_gate", 80, "data.quality_gate: 80 must be a number, at least 0 and at most"),
        ("data.path", "bars.csv", "data.path: 'bars.csv' is not read by source sample"),
        ("data.symbols", [], r"data.symbols: \[\] must be a non-empty list"),
        ("data.symbols", ["A", 700], r"data.symbols\[1\]: 700 must be text .*quotes, '700'"),
        ("data.symbols", ["A", "B", "A"], "data.symbols: .* must be .*list of different entries"),
        ("data.symbols", "NULL", "data.symbols: 'NULL' is text: write null, in lower case"),
        (
            "data.start",
            "01/02/2003",
            "'01/02/2003' must be a date YYYY-MM-DD of the years 1000",
        ),
        ("data.start", "9999-12-31", "must be a date YYYY-MM-DD of the years 1000 to 2999 or null"),
        ("data.columns.volume", None, "volume: null, but data.volume is required"),
        ("data.volume", "absent", "impact: square_root goes by volume, .*: write simple or none"),
        ("audit.cuts", 10**11, "100000000000 must be a whole number, at least 1 and at most 10000"),
        ("seeds", list(range(2000)), "has 2,000 entries, at most 1,000 may be"),
        ("report.title", "x" * 9_999, r"'x+\.\.\. has 9,999 characters, at most 200 may be"),
        ("data.start", "2001-02-30", "data.start: '2001-02-30' must be a date"),
        ("data.start", "20010203", "data.start: '20010203' must be a date"),
        ("data.start", "0001-01-01", "data.start: '0001-01-01' must be a date"),
        ("data.start", "2001-09-02", "data.start: 2001-09-02 is after splits.start 2001-09-01"),
        ("data.end", "2013-02-27", "data.end: 2013-02-27 leaves out days before splits.end"),
        ("features.select", [], "features.select"),
        ("features.select", ["a", "a"], "features.select"),
        ("features.select", [""], r"features.select\[0\]"),
        ("splits.scheme", "sliding", "splits.scheme: 'sliding' must be one of .*rolling, single"),
        (
            "splits.shares",
            [0.7, 0.2, 0.2],
            r"splits.shares: \[0.7, 0.2, 0.2\] sum to 1.1: make it 1",
        ),
        ("splits.shares", [0.7, 0.3], r"splits.shares: \[0.7, 0.3\] must be a list of 3 entries"),
        ("splits.shares", [0.0, 0.5, 0.5], r"splits.shares\[0\]: 0.0 must be a number, above 0"),
        ("splits.shares", ["a", 0.5, 0.5], r"splits.shares\[0\]: 'a' must be a number"),
        ("holdout.start", "2013-03-01", r"holdout: start is '2013-03-01', end is null: give both"),
        ("holdout.end", "2013-03", "holdout.end: '2013-03' must be a date"),
        ("backtest.policy", 3, "backtest.policy: 3 must be text"),
        ("splits.start", None, "splits.start: null must be a date"),
        ("splits.end", "2001-09-01", "splits.start: 2001-09-01 is not before splits.end"),
        ("splits.train_months", 115, r"splits: no fold fits: .* 115 \+ 12 \+ 18 = 145 .* has 138"),
        ("splits.train_months", 0, "splits.train_months: 0 must be a whole number, at least 1"),
        ("splits.test_months", True, "splits.test_months: true must be a whole number"),
        ("splits.purge_days", 1, "splits.purge_days: 1 must be a whole number, at least 2"),
        ("market.initial_cash", 0, "market.initial_cash: 0 must be a number, above 0"),
        ("market.initial_cash", float("inf"), "market.initial_cash: inf must be a number"),
        (
            "market.costs.commission_bps",
            float("nan"),
            "market.costs.commission_bps: nan must be a number",
        ),
        ("market.costs.commission_bps", 1001, "market.costs.commission_bps: 1001 .* at most 1000"),
        ("market.ruin_fraction", 1.0, "market.ruin_fraction: 1.0 must be .* below 1"),
        ("market.delisting_haircut", 1.1, "market.delisting_haircut: 1.1 must be .* at most 1"),
        ("market.delisting_haircut", -0.1, "market.delisting_haircut: -0.1 must be .* at least 0"),
        ("schemes.weights.kappa", 0.0, "kappa: 0.0 must be .* above 0 and at most 1"),
        ("schemes.weights.kappa", "0.5", "kappa: '0.5' must .*: write 0.5 without quotes"),
        ("schemes.weights.kappa", "00.5", "kappa: '00.5' must .*: write 0.5$"),
        ("schemes.weights", None, "schemes.weights: null must be a mapping with the"),
        ("algorithms.ppo.learning_rate", "1e-4", "learning_rate: '1e-4' must .*: write 1.0e-4"),
        ("algorithms.ppo.total_timesteps", "1e6", "total_timesteps: '1e6' must .*: write 1000000"),
        ("algorithms.ppo.total_timesteps", 1e6, "total_timesteps: 1000000.0 must .*write 1000000$"),
        ("algorithms.ppo.total_timesteps", 2047, "total_timesteps: 2047 is less than one rollout"),
        ("algorithms.ppo.n_epochs", "1e-4", "must be a whole number, at least 1 and at most 1000$"),
        ("algorithms.ppo.batch_size", 4096, "ppo.batch_size: 4096 is more than one rollout holds"),
        ("algorithms.ppo.batch_size", 500, "ppo.batch_size: 500 does not divide a rollout, 2048"),
        ("algorithms.ppo.gamma", 1.1, "algorithms.ppo.gamma: 1.1 must be .* at most 1"),
        ("networks.shared_mlp.hidden", [32, 0], r"networks.shared_mlp.hidden\[1\]: 0 must be"),
        ("networks.shared_mlp.hidden", [], r"networks.shared_mlp.hidden: \[\] must be"),
        ("seeds", [0, 1, 0], r"seeds: \[0, 1, 0\] must be .*different entries"),
        ("seeds", [-1], r"seeds\[0\]: -1 must be a whole number, at least 0"),
        ("seeds", [2**32], r"seeds\[0\]: 4294967296 must be"),
        ("seeds", 3, "seeds: 3 must be a non-empty list"),
        (
            "evaluation.baselines",
            ["cahs"],
            r"evaluation.baselines\[0\]: 'cahs' must be one of buy_and_hold, cash",
        ),
        ("ranking.agent", "ppo", "ranking.agent: 'ppo' is no agent: write 'ppo_weights' or add"),
        ("report.ranking_rows", 0, "report.ranking_rows: 0 must be"),
        ("schema_version", 0, "schema_version: 0 is older than 2, .*rename what is listed"),
        ("schema_version", 3, "schema_version: 3 is newer than 2, .*update walkforge"),
        ("schema_version", "2", "schema_version: '2' must be 2: write 2 without quotes"),
        ("agents.baselines", PPO_AGENT, "agents.baselines: name 'baselines' must be .*other than"),
        ("agents.Big", PPO_AGENT, "agents.Big: name 'Big' must be a lower-case letter"),
        ("agents.a/b", PPO_AGENT, "agents.a/b: name 'a/b' must be"),
        ("agents.a\n", PPO_AGENT, r"name 'a\\n' must be"),
        ("agents." + "a" * 42, PPO_AGENT, "name 'a{42}' must be"),
        ("agents.a", 5, "agents.a: 5 must be a mapping with the keys algorithm, network"),
        (
            "agents.a",
            agent_with(algorithm="pp"),
            "a.algorithm: 'pp' is not in algorithms: write ppo",
        ),
        ("agents.a", agent_with(network="mlp"), "agents.a.network: .* write shared_mlp"),
        (
            "agents.a",
            agent_with(scheme="w"),
            "a.scheme: 'w' is not in schemes: write weights",
        ),
        ("agents.a", agent_with(reward="log"), "a.reward: .* rewards: write log_return"),
        ("agents.a", agent_with(overrides={"algo": {}}), "a.overrides.algo: .*overrides.algorithm"),
        (
            "agents.a",
            agent_with(overrides={"algorithm": {"gama": 0.0}}),
            "a.overrides.algorithm.gama: unknown key: .*a.overrides.algorithm.gamma$",
        ),
        (
            "agents.a",
            agent_with(overrides={"scheme": {"kappa": 2}}),
            "agents.a.overrides.scheme.kappa: 2 must be .* at most 1",
        ),
        (
            "agents.a",
            agent_with(overrides={"reward": {"kappa": 1}}),
            "agents.a.overrides.reward.kappa: unknown key",
        ),
        (
            "agents.a",
            agent_with(overrides={"algorithm": {"n_envs": 8}}),
            "agents.a.overrides.algorithm.batch_size: 512 is more than one rollout holds, 256",
        ),
    ],
)
def test_one_fault_is_told_once_with_its_path_value_and_what_is_allowed(path, value, said):
    (fault,) = faults(changed({path: value}))
    assert re.search(said, fault), fault


def test_data_may_start_with_the_folds_and_end_the_day_before_they_do():
    assert faults(changed({"data.start": "2001-09-01", "data.end": "2013-02-28"})) == []


def test_sealed_dates_lie_after_the_folds_and_in_order():
    def sealed(start, end):
        return faults(changed({"holdout.start": start, "holdout.end": end}))

    assert sealed("2013-03-01", "2014-03-01") == []
    (early,) = sealed("2013-02-28", "2014-03-01")
    assert "2013-02-28 is before splits.end 2013-03-01: folds may not read sealed dates" in early
    (empty,) = sealed("2013-03-01", "2013-03-01")
    assert empty.startswith("holdout.end: 2013-03-01 is not after holdout.start 2013-03-01")


@pytest.mark.parametrize(
    ("key", "values", "said"),
    [
        ("cost_bps", [0.0, 5.0, 5.0], "sensitivity.cost_bps[2]: 5.0 is not above 5.0: write them"),
        ("cost_bps", [1.0, 5.0], "sensitivity.cost_bps[0]: 1.0 is not 0: start at 0"),
        ("cost_bps", [0.0], "sensitivity.cost_bps: [0.0] must be"),
        ("cost_bps", [0.0, -1.0], "sensitivity.cost_bps[1]: -1.0 must be"),
        ("capital", [1e6, 1e4], "sensitivity.capital[1]: 10000.0 is not above 1000000.0"),
        ("capital", [0.0, 1.0], "sensitivity.capital[0]: 0.0 must be"),
        ("capital", ["x", 1.0], "sensitivity.capital[0]: 'x' must be"),
    ],
)
def test_varied_terms_ascend_and_costs_start_at_none(key, values, said):
    (fault,) = faults(changed({f"sensitivity.{key}": values}))
    assert fault.startswith(said)


def test_varied_terms_may_be_whole_numbers():
    assert faults(changed({"sensitivity.cost_bps": [0, 7], "sensitivity.capital": [1, 2]})) == []


def test_splits_leave_something_to_train_on_and_are_not_too_many():
    (fault,) = faults(changed({"robustness.n_folds": 4, "robustness.n_test_folds": 4}))
    assert fault.startswith(
        "robustness.n_test_folds: 4 of 4 robustness.n_folds leave none to train"
    )
    (fault,) = faults(changed({"robustness.n_folds": 13, "robustness.n_test_folds": 5}))
    assert fault.startswith("robustness.n_folds: 13 folds, 5 at a time, make 1,287 splits")
    assert faults(changed({"robustness.n_folds": 5, "robustness.n_test_folds": 1})) == []


def test_a_backtest_ends_after_it_starts():
    (fault,) = faults(changed({"backtest.start": "2011-01-01", "backtest.end": "2011-01-01"}))
    assert fault.startswith("backtest.end: 2011-01-01 is not after")


@few
@given(st.integers(1, 40), st.tuples(*[st.integers(1, 60)] * 3))
def test_shares_pass_exactly_where_single_can_be_planned(days, parts):
    shares = [part / sum(parts) for part in parts]
    end = str(dt.date(2002, 1, 1) + dt.timedelta(days=days))
    dates = {"splits.start": "2002-01-01", "splits.end": end}
    config = changed({"splits.scheme": "single", "splits.shares": shares, **dates})
    try:
        planned = bool(plan_folds(splits_config(config["splits"])))
    except ValueError:
        planned = False
    assert (faults(config) == []) == planned


def test_all_faults_are_told_at_once():
    found = faults(
        changed(
            {
                "data.sorce": "csv",
                "seeds": [-1],
                "schemes.weights.kappa": 2.0,
                "splits.purge_days": "2",
                "ranking.agent": "x",
                "algorithms.ppo.batch_size": 500,
                "agents.baselines": agent_with(network="x", overrides={"scheme": {"kapa": 1}}),
            }
        )
    )
    paths = {line.partition(":")[0] for line in found}
    assert len(found) == 9
    assert paths == {
        "data.sorce",
        "seeds[0]",
        "schemes.weights.kappa",
        "splits.purge_days",
        "ranking.agent",
        "algorithms.ppo.batch_size",
        "agents.baselines",
        "agents.baselines.network",
        "agents.baselines.overrides.scheme.kapa",
    }


def test_the_heading_counts_the_faults():
    with pytest.raises(InputError, match="^CONFIG: the configuration has 2 faults:\n  seeds"):
        check(changed({"seeds": [-1], "ranking.agent": "x"}), SCHEMA)
    with pytest.raises(InputError, match="^CONFIG: the configuration has 1 fault:\n  seeds"):
        check(changed({"seeds": [-1]}), SCHEMA)


def test_each_missing_key_is_told():
    config = copy.deepcopy(OWN)
    del (
        config["data"]["columns"]["volume"],
        config["seeds"],
        config["agents"]["ppo_weights"]["reward"],
    )
    found = [line.partition(": give")[0] for line in faults(config)]
    assert found == [
        "seeds: is missing",
        "data.columns.volume: is missing",
        "agents.ppo_weights.reward: is missing",
    ]
    assert len(faults({})) == len(SCHEMA["required"])


def test_a_missing_key_is_one_that_config_yaml_has_unless_an_agent_lacks_it():
    config = copy.deepcopy(OWN)
    del config["splits"]["purge_days"], config["agents"]["ppo_weights"]["network"]
    split, agent = faults(config)
    assert split.endswith("as config.yaml does")
    assert agent == "agents.ppo_weights.network: is missing: give text that is not empty"


def test_an_agent_of_a_study_states_its_four_parts_and_nothing_else():
    parts = {key: value for key, value in PPO_AGENT.items() if key != "overrides"}
    assert faults(changed({"agents.mine": parts})) == []


@few
@given(st.sampled_from(SETTINGS), st.integers(1, 4), trees | scalars)
def test_no_misplaced_value_escapes_as_another_error(path, depth, value):
    place = path[:depth]
    config = merge(OWN, reduce(lambda v, k: {k: v}, reversed(place), value))
    sections = [re.match("[a-z_]*", line)[0] for line in faults(config)]
    assert set(sections) <= set(OWN)


def test_a_file_is_needed_exactly_where_the_source_reads_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bars.csv").write_text("date\n")
    for source in ("csv", "parquet"):
        assert faults(changed({"data.source": source, "data.path": "bars.csv"})) == []
        (missing,) = faults(changed({"data.source": source}))
        assert missing.startswith(f"data.path: null, but source {source} reads a file or folder")
    (absent,) = faults(changed({"data.source": "csv", "data.path": "brs.csv"}))
    assert absent.startswith(f"data.path: 'brs.csv' not found: looked for from {tmp_path}")
    os.mkfifo("pipe")
    odd = {
        "pipe": "no regular file",
        "x" * 300: "cannot be read",
        "a\0": "cannot be",
        "{a}": "brace",
    }
    for path, said in odd.items():
        (fault,) = faults(changed({"data.source": "csv", "data.path": path}))
        assert said in fault


def test_a_folder_is_read_by_csv_and_parquet_and_not_as_a_database(tmp_path):
    for source in ("csv", "parquet"):
        assert faults(changed({"data.source": source, "data.path": str(tmp_path)})) == []
    database = {"data.source": "sqlite", "data.path": str(tmp_path), "data.table": "bars"}
    (fault,) = faults(changed(database))
    assert "is a folder: write a file's path" in fault


def test_a_database_needs_a_table_and_a_column_of_symbols(tmp_path):
    (tmp_path / "bars.db").touch()
    path = str(tmp_path / "bars.db")
    lacking = {"data.source": "sqlite", "data.path": path, "data.columns.symbol": None}
    assert [fault.partition(":")[0] for fault in faults(changed(lacking))] == [
        "data.table",
        "data.columns.symbol",
    ]


def test_a_download_must_know_what_and_from_when():
    told = faults(changed({"data.source": "yahoo", "data.path": "cache"}))
    assert [fault.partition(":")[0] for fault in told] == ["data.symbols", "data.start"]


def test_symbols_may_be_the_name_of_a_universe():
    assert faults(changed({"data.symbols": "technology"})) == []
    assert faults(changed({"universes": {"few": ["NO", "TRUE"]}, "data.symbols": "few"})) == []


@few
@given(
    st.dates(dt.date(2000, 1, 1), dt.date(2004, 12, 31)),
    st.integers(-40, 1600),
    st.tuples(*[st.integers(1, 16)] * 3),
)
def test_dates_pass_exactly_where_folds_can_be_planned(start, days, lengths):
    values = dict(zip(("train_months", "validation_months", "test_months"), lengths, strict=True))
    values |= {"start": str(start), "end": str(start + dt.timedelta(days=days))}
    config = changed({f"splits.{key}": value for key, value in values.items()})
    try:
        planned = bool(plan_folds(splits_config(config["splits"])))
    except ValueError:
        planned = False
    assert (faults(config) == []) == planned


@few
@given(st.dates(dt.date(2013, 2, 1), dt.date(2013, 3, 20)))
def test_data_may_end_early_by_a_weekend_alone(last):
    config = changed({"data.end": str(last), "splits.end": "2013-03-04"})
    left_out = np.busday_count(last + dt.timedelta(days=1), dt.date(2013, 3, 4)) > 0
    assert bool(faults(config)) == left_out


def test_random_policies_are_as_many_as_the_seeds_they_are_averaged_over():
    few = {"seeds": [0, 1, 2, 3], "evaluation.random_policies": 3}
    (fault,) = faults(changed(few))
    assert fault.startswith("evaluation.random_policies: 3 is less than the 4 seeds")
    assert fault.endswith("write 4 at least")
    assert faults(changed(few | {"evaluation.random_policies": 4})) == []


@pytest.mark.parametrize("path", ["report.title", "data.path", "data.symbols"])
@pytest.mark.parametrize("text", ["</script><script>alert(1)", "a <!-- b", "<ScRiPt>"])
def test_text_that_would_end_a_script_of_the_report_is_refused(path, text):
    told = faults(changed({path: [text] if path == "data.symbols" else text}))
    assert any("which the report would read as HTML" in each for each in told)
    assert not any("read as HTML" in each for each in faults(changed({"report.title": "a < b"})))
