"""Tables hold the numbers of the frames, run nothing foreign, and sort by exact values."""

import base64
import datetime as dt
import hashlib
import io
import math
import re
from dataclasses import fields
from functools import partial
from html.parser import HTMLParser

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkforge.metrics.performance import Performance
from walkforge.ranking.summary import escape_csv_text
from walkforge.reporting.html.render import render_page
from walkforge.reporting.pages import metrics as metrics_page
from walkforge.reporting.records import CONSENSUS
from walkforge.reporting.tables import ALL, HEADLINE, metrics_table, ranking_table

metrics_html = partial(metrics_page.metrics_html, execution="open")
HOSTILE = "<script>alert(1)</script>"


def ranking_html(ranking):
    table = ranking_table(ranking, limit=ranking.height)
    return render_page("one_table.html.j2", title="Ranking", table=table)


class Page(HTMLParser):
    """Rows of (text, sort value) of every table, and the scripts and attributes of a page."""

    def __init__(self, html):
        super().__init__()
        self.rows = []
        self.scripts = []
        self.attributes = []
        self.cell = None
        self.in_script = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.attributes += [name for name, _ in attrs]
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.cell = ["", dict(attrs).get("data-value")]
        if tag == "script":
            self.in_script = True
            self.scripts.append("")

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self.rows[-1].append(tuple(self.cell))
            self.cell = None
        if tag == "script":
            self.in_script = False

    def handle_data(self, data):
        if self.in_script:
            self.scripts[-1] += data
        elif self.cell is not None:
            self.cell[0] += data


def number(text):
    shown = text.replace(",", "").replace(" ", "")
    return float(shown[:-1]) / 100.0 if shown.endswith("%") else float(shown)


SHOWN = {
    "Sharpe": ("sharpe", 0.005),
    "SE": ("sharpe_standard_error", 0.005),
    "return": ("annual_return", 0.0005),
    "volatility": ("annual_volatility", 0.0005),
    "max drawdown": ("max_drawdown", 0.0005),
    "days under": ("max_drawdown_days", 0.0),
    "VaR": ("value_at_risk", 0.0005),
    "ES": ("expected_shortfall", 0.0005),
    "hits": ("hit_rate", 0.0005),
    "gain / loss": ("profit_factor", 0.005),
    "invested": ("exposure", 0.0005),
    "names": ("effective_names", 0.05),
    "Sortino": ("sortino", 0.005),
    "Calmar": ("calmar", 0.005),
    "turnover": ("annual_turnover", 0.005),
    "days": ("days", 0.0),
}


def test_metrics_on_the_page_equal_those_of_the_frame(metrics):
    heads, *rows = Page(metrics_html(metrics)).rows
    assert {head for head, _ in heads} == {"strategy", "kind", *SHOWN}
    assert len(rows) == metrics.height
    known = {}
    for row in metrics.rows(named=True):
        suffix = {"": "", "mean": ", mean of seeds"}.get(row["seed"], f", seed {row['seed']}")
        known[row["strategy"] + suffix] = row
    for name, *cells in rows:
        row = known.pop(name[0])
        for (head, _), (text, value) in zip(heads[1:], cells, strict=True):
            if head == "kind":
                assert text == row["kind"]
                continue
            column, rounding = SHOWN[head]
            if math.isnan(row[column]):
                assert (text, value) == ("–", "")
            else:
                assert float(value) == row[column]
                assert abs(number(text) - row[column]) <= rounding * (1 + 1e-9)
    assert known == {}


def test_every_figure_of_performance_is_on_the_page():
    told = {column for column, _ in SHOWN.values()} | {"periods_per_year"}  # in a note
    assert told == {f.name for f in fields(Performance)}


def test_the_page_explains_its_labels_and_a_short_table_only_its_own(metrics):
    short = metrics_table(metrics, figures=["sharpe", "days"])
    assert [column.label for column in short.columns] == ["strategy", "Sharpe", "days", "kind"]
    assert "VaR:" not in " ".join(short.notes)
    for label in ("SE:", "Days under:", "VaR:", "ES:", "Hits:", "Invested:", "Names:"):
        assert label in metrics_html(metrics)


def test_metrics_put_agents_first_and_the_mean_before_its_seeds(metrics):
    names = [row[0][0] for row in Page(metrics_html(metrics.reverse())).rows[1:]]
    assert names[:5] == [
        "ppo, mean of seeds",
        "ppo, seed 0",
        "ppo, seed 1",
        "ppo, seed 2",
        "sac, mean of seeds",
    ]
    assert names[-3:] == ["equal_weight", "buy_and_hold", "cash"]


def test_the_consensus_comes_after_the_mean_with_a_note_of_what_it_is(metrics):
    plain = metrics_table(metrics, figures=HEADLINE)
    together = metrics.filter(strategy="ppo", seed="0").with_columns(seed=pl.lit(CONSENSUS))
    table = metrics_table(pl.concat([metrics, together]), figures=HEADLINE)
    names = [row.cells[0].text for row in table.rows]
    assert names[:3] == ["ppo, mean of seeds", "ppo, consensus of seeds", "ppo, seed 0"]
    assert [row for row in table.rows if "consensus" not in row.cells[0].text] == plain.rows
    assert not table.rows[1].headline
    (note,) = set(table.notes) - set(plain.notes)
    assert note.startswith("Consensus of seeds: one account")


def test_one_seed_is_not_shown_twice_nor_the_spread_of_one_symbol(metrics):
    one = metrics.filter(pl.col("seed").is_in(["mean", "", "0"]))
    one = one.with_columns(effective_names=pl.lit(1.0))
    table = metrics_table(one, figures=ALL)
    names = [row.cells[0].text for row in table.rows]
    assert names[:3] == ["ppo, mean of seeds", "sac, mean of seeds", "equal_weight"]
    assert "names" not in [column.label for column in table.columns]


def test_ranking_on_the_page_equals_the_frame_best_first(ranking):
    heads, *rows = Page(ranking_html(ranking)).rows
    assert [head for head, _ in heads] == [
        "symbol",
        "rank",
        "action",
        "target weight",
        "score",
        "agreement",
        "last bar",
        "as of",
    ]
    best = [text for text, _ in rows[0]]
    assert best == ["AAPL", "1", "▲ buy", "43.2 %", "0.0988", "100 %", "2010-03-26", "2010-03-26"]
    exact = [[value for _, value in row] for row in rows]
    wanted = ranking.sort("rank").select("symbol", "rank", pl.exclude("symbol", "rank"))
    for values, row in zip(exact, wanted.rows(), strict=True):
        assert values == [str(cell) for cell in row]


def test_bar_older_than_as_of_is_called_stale(ranking):
    rows = Page(ranking_html(ranking)).rows[1:]
    assert [row[6][0] for row in rows] == ["2010-03-26", "2010-03-26", "2010-03-01 (stale)"]


def test_symbol_without_any_bar_has_no_last_bar(ranking):
    never = ranking.with_columns(last_bar=pl.lit(None, dtype=pl.Date))
    assert Page(ranking_html(never)).rows[1][6] == ("–", "")


def test_zero_has_no_sign(metrics):
    small = metrics.head(1).with_columns(sharpe=-0.001, annual_return=-0.0001)
    row = Page(metrics_html(small)).rows[1]
    assert (row[1][0], row[3][0]) == ("0.00", "0.0 %")


def test_infinite_figure_sorts_as_a_number_of_the_script(metrics):
    row = Page(metrics_html(metrics.head(1).with_columns(annual_return=math.inf))).rows[1]
    assert row[3] == ("inf %", "Infinity")


@pytest.mark.parametrize("foreign", [HOSTILE, '" onclick="alert(1)', "</table><img src=x>", "&lt;"])
def test_foreign_text_is_shown_and_not_run(metrics, ranking, foreign):
    pages = [
        metrics_html(metrics.with_columns(strategy=pl.lit(foreign))),
        ranking_html(ranking.with_columns(symbol=pl.lit(foreign))),
    ]
    for html in pages:
        page = Page(html)
        assert len(page.scripts) == 1
        assert not [name for name in page.attributes if name.startswith("on")]
        assert "<img" not in html
        assert any(foreign in text for row in page.rows for text, _ in row)


def test_page_lets_the_browser_run_its_own_script_alone(ranking):
    html = ranking_html(ranking)
    (script,) = Page(html).scripts
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)[1]
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_pages_need_no_network_and_are_the_same_twice(metrics, ranking):
    for page in (metrics_html, ranking_html):
        frame = metrics if page is metrics_html else ranking
        html = page(frame)
        assert html == page(frame.reverse())
        assert not re.search(r"https?:|//|url\(|@import|<link", html.replace("  //", ""))


def test_page_serves_phone_print_light_and_dark(ranking):
    html = ranking_html(ranking)
    for needed in ("width=device-width", "@media print", "prefers-color-scheme: dark"):
        assert needed in html


def test_missing_column_is_named(metrics, ranking):
    with pytest.raises(ValueError, match="calmar"):
        metrics_html(metrics.drop("calmar"))
    with pytest.raises(ValueError, match="as_of"):
        ranking_html(ranking.drop("as_of"))


def test_ranking_of_two_dates_is_refused(ranking):
    later = ranking.with_columns(as_of=dt.date(2010, 3, 29))
    with pytest.raises(ValueError, match="2010-03-26 to 2010-03-29"):
        ranking_html(pl.concat([ranking, later]))


def test_unknown_action_is_refused(ranking):
    with pytest.raises(ValueError, match="'short'"):
        ranking_html(ranking.with_columns(action=pl.lit("short")))


def test_ranking_without_symbols_says_so(ranking):
    assert "0 of 0 symbols, best first, none ranked" in ranking_html(ranking.clear())


FORMULAS = ["=HYPERLINK(1)", "+1", "-1", "@x", "\tx", "\rx", "="]


@pytest.mark.parametrize("text", FORMULAS)
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text):
    frame = pl.DataFrame({"symbol": [text, "AAPL", None], "weight": [-1.0, 2.0, -3.0]})
    escaped = escape_csv_text(frame)
    assert escaped["symbol"].to_list() == ["'" + text, "AAPL", None]
    assert escaped["weight"].to_list() == [-1.0, 2.0, -3.0]
    read = pl.read_csv(io.BytesIO(escaped.write_csv().encode()), infer_schema=False)
    assert read["symbol"][0] == "'" + text


def test_categories_and_column_names_are_escaped_too():
    frame = pl.DataFrame(
        {
            "=A1": [1],
            "kind": pl.Series(["-x"], dtype=pl.Categorical),
            "action": pl.Series(["@y"], dtype=pl.Enum(["@y"])),
        }
    )
    escaped = escape_csv_text(frame)
    assert escaped.columns == ["'=A1", "kind", "action"]
    assert escaped.row(0) == (1, "'-x", "'@y")


@settings(derandomize=True, deadline=None, max_examples=40)
@given(
    st.lists(
        st.text(st.sampled_from("=+-@\t\r\n'aé ＝＋－＠﹣⁼−"), max_size=5), min_size=1, max_size=5
    )
)
def test_escaping_touches_formulas_alone_and_once(cells):
    escaped = escape_csv_text(pl.DataFrame({"text": cells}))
    for before, after in zip(cells, escaped["text"], strict=True):
        assert after == ("'" + before if before[:1] in tuple("=+-@\t\r＝＋－＠﹣⁼−") else before)
    assert escape_csv_text(escaped).equals(escaped)
