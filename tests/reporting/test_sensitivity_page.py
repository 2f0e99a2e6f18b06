"""The page and pictures of sensitivity: every figure as it is, each with its uncertainty."""

import json
import re
from html import unescape
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

from walkforge.consumed import Consumed
from walkforge.evaluation.sensitivity import Sensitivity, sensitivity
from walkforge.evaluation.sensitivity_grid import DELAYS, SensitivityConfig, grid_costs
from walkforge.provenance import canonical_json
from walkforge.reporting.amounts import bps, short_money
from walkforge.reporting.encoding import encode_figure
from walkforge.reporting.pages.sensitivity import sensitivity_html
from walkforge.reporting.sensitivity_figures import (
    plot_capital,
    plot_costs,
    plot_delay,
)
from walkforge.reporting.sensitivity_tables import (
    beside_table,
    break_even_table,
    capacity_table,
    delay_table,
    edge_text,
    ratio_table,
)
from walkforge.reporting.sensitivity_text import capital_sentence
from worlds import weekdays

VARIED = {"cost_bps": [0.0, 10.0, 50.0], "capital": [1e4, 1e7, 1e10]}
# Name, seed -> daily gross return and turnover.
STRATEGIES = {
    ("ppo", "0"): (4e-4, 0.02),
    ("ppo", "1"): (6e-4, 0.04),
    ("equal_weight", ""): (5e-4, 0.01),
    ("regime_momentum", ""): (5e-4, 0.25),
    ("regime_hold", ""): (0.0, 0.0),
}
DAYS = weekdays(60)


def returns_of(strategies=STRATEGIES) -> pl.DataFrame:
    """Strategies whose costs are exactly turnover x cost, as a frame."""
    generator = np.random.default_rng(1)
    config = SensitivityConfig(**VARIED)
    noise = generator.normal(0.0, 1e-3, len(DAYS))
    noise -= noise.mean()
    cells = [("costs", cost, 1e-4 * cost) for cost in grid_costs(config)]
    cells += [("delay", float(place), 1e-4 * place) for place in range(len(DELAYS))]
    cells += [("capital", size, 1e-4 * np.log10(size)) for size in config.capital]
    return pl.concat(
        pl.DataFrame({"date": DAYS}).select(
            pl.lit(study).alias("study"),
            pl.lit(float(value)).alias("value"),
            pl.lit("agent" if seed else "baseline").alias("kind"),
            pl.lit(strategy).alias("strategy"),
            pl.lit(seed).alias("seed"),
            "date",
            pl.Series("net_return", (gross - paid * turnover + noise) * (turnover > 0.0)),
            pl.lit(turnover).alias("turnover"),
        )
        for (strategy, seed), (gross, turnover) in strategies.items()
        for study, value, paid in cells
    )


STATED = {
    "execution": "open", "initial_cash": 1e6, "impact": "square_root", "impact_coefficient": 1.0,
}  # fmt: skip


def measured(strategies=STRATEGIES, **market) -> Sensitivity:
    drawn = {"replications": 200, "confidence": 0.95, "bootstrap_seed": 0}
    settings = {"bootstrap": drawn, "market": STATED | market, "sensitivity": VARIED}
    return sensitivity(returns_of(strategies), settings)


@pytest.fixture(scope="module")
def found() -> Sensitivity:
    """Figures and findings as they come back from their files."""
    made = measured()
    return made._replace(findings=json.loads(canonical_json(made.findings)))


def shown(table, name):
    (row,) = (row for row in table.rows if row.cells[0].text == name)
    return dict(zip([column.label for column in table.columns], row.cells, strict=True)), row


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", unescape(page)))


def test_agents_stand_first_with_every_seed_below_their_mean(found):
    names = ["ppo, mean of seeds", "ppo, seed 0", "ppo, seed 1", "equal_weight", "regime_hold",
             "regime_momentum"]  # fmt: skip
    tables = [
        break_even_table(*found), delay_table(*found), capacity_table(found.findings),
        ratio_table(found.figures, "costs", caption="", label=str),
    ]  # fmt: skip
    for table in tables:
        assert [row.cells[0].text for row in table.rows] == names
        assert [row.headline for row in table.rows] == [True, False, False, False, False, False]
        assert all(len(row.cells) == len(table.columns) for row in table.rows)
    beside = beside_table(found.findings)
    assert [row.cells[0].text for row in beside.rows] == names[:3]


def test_break_evens_are_shown_with_interval_closed_form_and_reason(found):
    cells, _ = shown(break_even_table(*found), "regime_momentum")
    assert cells["break-even, bps"].text == cells["gross / turnover, bps"].text == "20.0"
    assert float(cells["from"].value) < 20.0 < float(cells["to"].value)
    assert cells["why none"].text == ""
    assert re.fullmatch(r"12\.6 % ± \d+\.\d %", cells["gross return"].text)
    idle, _ = shown(break_even_table(*found), "regime_hold")
    assert idle["break-even, bps"].text == idle["from"].text == "–"
    assert idle["why none"].text == "never trades"


def test_an_agent_that_trades_more_is_ahead_of_equal_weight_below_a_cost(found):
    table = beside_table(found.findings)
    cells = [cell.text for cell in table.rows[2].cells]
    # 1 bp a day more gross, 0.03 more turnover.
    assert cells[:3] == ["ppo, seed 1", "below", bps(100 / 3)]


def test_every_ratio_has_its_error_and_look_ahead_its_label(found):
    table = delay_table(*found)
    labels = [column.label for column in table.columns]
    assert labels[1:5] == ["close t (look-ahead)", "open t+1", "close t+1", "open t+2"]
    cells, _ = shown(table, "regime_momentum")
    row = found.figures.filter(strategy="regime_momentum", study="delay", value=1.0)
    (own,) = row.rows(named=True)
    assert cells["open t+1"].text == f"{own['sharpe']:.2f} ± {own['sharpe_error']:.2f}"
    (of,) = [e for e in found.findings["strategies"] if e["strategy"] == "regime_momentum"]
    assert cells["a session more"].value == repr(of["delay"]["difference"])
    (place,) = [at for at, row in enumerate(table.rows) if row.cells[0].text == "regime_momentum"]
    apart = [cell.value for cell in table.rows[place].cells[-3:]]
    assert apart == [repr(of["delay"][name]) for name in ("difference", "low", "high")]
    idle, _ = shown(table, "regime_hold")
    assert idle["open t+1"].text == "–"


def test_bounds_at_the_edge_of_what_was_simulated_say_so():
    write = edge_text((0.0, 2_000.0), bps)
    assert [write(each) for each in (0.0, 31.25, 2_000.0)] == [
        "0 or below", "31.2", "2,000 or above"
    ]  # fmt: skip


def test_the_page_says_what_is_seen(found):
    text = text_of(sensitivity_html(*found))
    assert "ppo (mean of its seeds) earns nothing any more at 167 bps (interval" in text
    assert "for 2 of the 2 baselines that trade" in text
    assert "is a study of look-ahead and no evidence" in text
    assert "From 0 bps to 50 bps the Sharpe ratio" in text
    assert "nothing here is evidence" not in text


def test_look_ahead_and_a_lack_of_impact_are_told():
    odd = measured(execution="same_close", impact="none")
    text = text_of(sensitivity_html(*odd))
    assert "nothing here is evidence" in text
    assert "Capital changes nothing: market.costs.impact is none" in text


NO_COST = "no cost depends on how much is traded"


@pytest.mark.parametrize(
    ("impact", "coefficient", "reason"),
    [
        ("none", 1.0, f"market.costs.impact is none, and {NO_COST}"),
        ("square_root", 0.0, f"market.costs.impact_coefficient is 0, and {NO_COST}"),
        ("simple", 0, f"market.costs.impact_coefficient is 0, and {NO_COST}"),
        (
            "simple",
            1.0,
            "market.costs.impact is simple, which grows with the share of equity that is traded",
        ),
    ],
)
def test_why_capital_changes_nothing_is_true_of_the_impact(found, impact, coefficient, reason):
    stated = found.findings | {"impact": impact, "impact_coefficient": coefficient}
    said = capital_sentence(stated)
    assert said.startswith(f"Capital changes nothing: {reason}")
    assert (NO_COST in said) == (NO_COST in reason)


def test_a_plan_states_what_the_sentence_goes_by():
    config = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text())
    market = Consumed(config=config, reading=None).sensitivity()["market"]
    assert market.keys() == STATED.keys()
    assert market["impact_coefficient"] == config["market"]["costs"]["impact_coefficient"]


def test_square_root_impact_has_a_capacity(found):
    assert capital_sentence(found.findings).startswith("As square-root impact grows")


def test_an_agent_that_stays_in_cash_has_no_ratio_to_tell():
    idle = STRATEGIES | {("ppo", "0"): (0.0, 0.0), ("ppo", "1"): (0.0, 0.0)}
    text = text_of(sensitivity_html(*measured(idle)))
    assert "that of ppo from – to –;" in text
    assert not re.search(r"\b(nan|inf)\b", text)


def test_foreign_names_stay_text(found):
    name = "<script>alert(1)</script>"
    figures = found.figures.with_columns(pl.col("strategy").replace("ppo", name))
    renamed = [
        {**each, "strategy": name if each["strategy"] == "ppo" else each["strategy"]}
        for each in found.findings["strategies"]
    ]
    page = sensitivity_html(figures, {**found.findings, "strategies": renamed})
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


PLOTS = {"costs": plot_costs, "delay": plot_delay, "capital": plot_capital}


@pytest.mark.parametrize("study", PLOTS)
def test_pictures_hold_the_figures_of_their_study(found, study):
    figure = PLOTS[study](*found)
    axes = figure.axes[0]
    drawn = [tuple(line.get_ydata()) for line in axes.lines]
    for name, seed in (("ppo", "mean"), ("ppo", "0"), ("equal_weight", "")):
        rows = found.figures.filter(strategy=name, seed=seed, study=study).sort("value")
        assert tuple(rows["sharpe"]) in drawn
    assert axes.get_title("left")
    assert axes.get_xlabel()
    assert axes.get_ylabel()
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert {"ppo (mean of seeds)", "equal_weight", "95 % interval of an agent's mean"} <= {*legend}
    assert ("study of look-ahead, no evidence" in legend) == (study == "delay")


def test_the_picture_of_costs_shows_simulated_break_evens_beside_the_closed_form(found):
    axes = plot_costs(*found).axes[1]
    names = [tick.get_text() for tick in axes.get_yticklabels()]
    assert names == ["ppo", "equal_weight", "regime_momentum"]
    simulated, closed = (line.get_xdata() for line in axes.lines)
    np.testing.assert_allclose(simulated, closed)
    np.testing.assert_allclose(closed, [500 / 3, 500.0, 20.0])


@pytest.mark.slow
def test_the_same_figures_give_the_same_bytes(found):
    one, two = (encode_figure(plot_delay(*found), kind="svg") for _ in range(2))
    assert one == two


def test_money_is_short_on_axes():
    assert [short_money(10.0**size) for size in (2, 4, 6, 8, 10, 12)] == [
        "100", "10 k", "1 M", "100 M", "10 bn", "1 tn"
    ]  # fmt: skip
