"""The page of a ranking: what to hold, the account's orders, what changed and why."""

import datetime as dt
from html.parser import HTMLParser

import polars as pl
import pytest

from walkforge.reporting.pages.latest import with_waiting
from walkforge.reporting.pages.ranking import ranking_html

DAY = dt.date(2010, 3, 26)
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def page():
    ranking = pl.DataFrame(
        {
            "rank": [2, 1],
            "symbol": [HOSTILE, "AAPL"],
            "action": ["sell", "buy"],
            "target_weight": [0.2, 0.6],
            "score": [-0.1, 0.3],
            "probability": [0.51, 0.87],
            "agreement": [1.0, 2 / 3],
            "account_action": ["hold", "buy"],
            "held_weight": [0.25, 0.1],
            "account_target_weight": [0.24, 0.61],
            "order_weight": [-0.001, 0.051],
            "account_rank": [2, 1],
            "account_score": [-0.09, 0.31],
            "account_probability": [0.4, 0.7],
            "account_agreement": [1.0, 1.0],
            "out_of_distribution": [None, True],
            "distance": [None, 1.25],
            "last_bar": [dt.date(2010, 3, 23), DAY],
            "stale_sessions": [3, 0],
            "as_of": [DAY] * 2,
        }
    )
    changes = pl.DataFrame(
        {
            "symbol": ["AAPL"], "rank": [1], "rank_change": [1], "action_before": ["hold"],
            "weight_change": [0.0123], "score_change": [0.0123], "feature_1": ["rsi_14"],
            "moved_1": [0.02], "feature_2": ["ema_20"], "moved_2": [-0.005],
            "feature_3": pl.Series([None], dtype=pl.String), "moved_3": [0.0],
            "other_features": [-0.0027], "universe": [0.0], "since": [dt.date(2010, 3, 25)],
        }
    )  # fmt: skip
    counts = {"buys": 1, "holds": 0, "sells": 1, "target_exposure": 0.8}
    summary = {
        "as_of": "2010-03-26", "agent": "ppo", "fold": "live", "policies": {"seed_0": "ab12"},
        "data_sha256": "cd34", "action_band": 0.1, "symbols": 2, "tradable": 1, "stale": 1,
        "out_of_distribution": 1, "flat": counts,
        "account": counts | {
            "opens": "2010-03-01", "sessions": 19, "exposure": 0.35, "expected_turnover": 0.052,
        },
    }  # fmt: skip
    return ranking, changes, summary


class Cells(HTMLParser):
    """The rows of cells of every table."""

    def __init__(self, html):
        super().__init__()
        self.rows = []
        self.inside = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.inside = True

    def handle_endtag(self, tag):
        self.inside = self.inside and tag not in ("td", "th")

    def handle_data(self, data):
        if self.inside:
            self.rows[-1][-1] += data


def test_every_table_holds_the_numbers_of_the_frames(page):
    rows = Cells(ranking_html(*page)).rows
    best = ["AAPL", "1", "▲ buy", "60.0 %", "87 %", "67 %", "0.3000", "1.25 (out of distribution)",
            "2010-03-26", "0"]  # fmt: skip
    worst = [HOSTILE, "2", "▼ sell", "20.0 %", "51 %", "100 %", "-0.1000", "–",
             "2010-03-23 (stale)", "3"]  # fmt: skip
    assert rows[1:3] == [best, worst]
    order = ["AAPL", "▲ buy", "+5.10 %", "10.0 %", "61.0 %", "70 %", "100 %", "1", "0.3100"]
    assert rows[4] == order
    change = ["AAPL", "+1", "+1.23 %", "+0.0123", "rsi_14 +0.0200", "ema_20 -0.0050", "–",
              "-0.0027", "+0.0000", "1", "hold"]  # fmt: skip
    assert rows[7] == change
    assert ["policy seed_0, SHA-256", "ab12"] in rows


def test_the_page_says_what_the_summary_counts_and_when_the_account_opened(page):
    html = ranking_html(*page)
    for words in (
        "Ranking of 2010-03-26",
        "1 buy, 0 holds, 1 sell among 2 symbols for a flat account, 80.0 % of it invested",
        "5.2 % of equity to be traded",
        "1 symbol can be traded, 1 without a bar of this date, 1 out of the distribution",
        "opened in cash on 2010-03-01, before the first test window",
        "rolled through 19 sessions",
        "beyond 10 % of an equal weight",
        "What changed since 2010-03-25, and why",
    ):
        assert words in html, words
    assert HOSTILE not in html


def test_the_first_session_has_nothing_before_it_and_unknown_is_said(page):
    ranking, changes, summary = page
    summary = summary | {"out_of_distribution": None}
    html = ranking_html(ranking, changes.clear(), summary)
    assert "There is no session before." in html
    assert "unknown how many out of the distribution" in html


def test_what_a_newer_date_waits_for_stands_first_and_is_escaped():
    page = with_waiting('<h1>R</h1><p class="finding">1 buy</p>', "waits: <A>")
    assert page.index("waits: &lt;A&gt;</p>") < page.index("1 buy")
    with pytest.raises(ValueError, match="no finding"):
        with_waiting("<p>another page</p>", "waits")
