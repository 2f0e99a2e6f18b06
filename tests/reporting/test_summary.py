"""The first page is whole, honest about its content, and the same each time."""

import base64
import datetime as dt
import re
from html.parser import HTMLParser
from pathlib import Path

import polars as pl

from walkforge.reporting.checks import checks_table
from walkforge.reporting.facts import left_out
from walkforge.reporting.pages import summary as summary_page
from walkforge.reporting.pages.summary import summary_html
from walkforge.reporting.statement import CAVEAT, finding

ROOT = Path(__file__).parents[2]
HOSTILE = "<script>alert(1)</script>"


class Text(HTMLParser):
    """The visible text of a page, the sources of its images, and its number of scripts."""

    def __init__(self, html):
        super().__init__()
        self.text = []
        self.images = []
        self.scripts = 0
        self.hidden = False
        self.open = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "span":
            return
        self.open = ""
        self.hidden = tag in ("script", "style")
        self.scripts += tag == "script"
        if tag == "img":
            self.images.append(dict(attrs)["src"])

    def handle_endtag(self, tag):
        if tag == "span":
            return
        if self.open.strip():
            self.text.append(self.open.strip())
        self.open = ""
        self.hidden = False

    def handle_data(self, data):
        if not self.hidden:
            self.open += data


def test_page_states_finding_and_caveat(summary):
    text = Text(summary_html(summary)).text
    assert finding(summary.returns, summary.metrics) in text
    assert CAVEAT.replace("{zero:d}", "0") in text


def test_pictures_are_embedded_whole(summary):
    images = Text(summary_html(summary)).images
    shown = [base64.b64decode(source.removeprefix("data:image/png;base64,")) for source in images]
    assert shown == [summary.equity_png, summary.drawdown_png]


def test_page_shows_metrics_and_only_the_top_of_the_ranking(summary):
    text = Text(summary_html(summary)).text
    mean = summary.metrics.filter(strategy="ppo", seed="mean").row(0, named=True)
    start = text.index("ppo, mean of seeds")
    assert text[start + 1] == f"{mean['sharpe']:.2f}"
    assert text[start + 5] == f"{100 * mean['max_drawdown']:.1f} %"
    metrics = text[text.index("Metrics") :]
    heads = metrics[metrics.index("strategy") : metrics.index("kind") + 1]
    assert len(heads) == 11
    assert "VaR" not in text
    assert "2 of 3 symbols, best first, known at the close of 2010-03-26" in text
    ranked = text[text.index("rank") : text.index("The whole ranking")]
    assert "AAPL" in ranked
    assert "MSFT" not in ranked


def test_page_shows_what_the_checks_found_and_leads_to_their_pages(summary):
    page = summary_html(summary)
    text = Text(page).text
    assert (
        "score 0.9875, where a run stops below 0.80: 4,980 bars of 5,010 rows read, 20 set "
        "aside, 5 sessions missed" in text
    )
    assert "2 of 3 compared, largest difference 2.5e-08 standard deviations" in text
    assert "1,200,800 values recomputed without later data, 0 differ" in text
    assert "150 values recomputed without later data, 0 differ" in text
    links = re.findall(r'<a href="([^"]+)">', page)
    assert {"../bars/quality.html", "../features/audit.html", "chain.html"} <= set(links)
    assert {"evidence.html", "metrics.html", "../rankings/latest.html"} <= set(links)


def needs(rule):
    """Give the files that a rule's input names, as the rules write them."""
    rules = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    asked = rf"^(?:rule|checkpoint) {rule}:\n    input:\n(.*?)    output:"
    (inputs,) = re.findall(asked, rules, re.M | re.S)
    return set(re.findall(r'"results/([^"]+)"', inputs))


def test_the_note_below_the_checks_is_true_of_what_waits_for_them(summary):
    (note,) = checks_table(summary.checks).notes
    assert "first three before any fold is cut" in note
    first = {"bars/checked.json", "features/parity.parquet", "features/audit.parquet"}
    assert first <= needs("cut_folds")
    assert "the last before the verdict" in note
    assert "evaluation/chain.parquet" in needs("assess_record")
    assert "evaluation/chain.parquet" in summary_page.ENTRY.inputs.values()
    assert "A ranking does not wait for the last" in note
    assert not any("chain" in path for path in needs("rank_symbols") | needs("publish_ranking"))


def test_checks_of_no_comparable_indicator_name_no_difference(summary, change):
    checks = change(summary.checks, parity=pl.DataFrame({"difference": [None]}))
    text = Text(summary_html(change(summary, checks=checks))).text
    assert "0 of 1 compared" in text


def test_page_shows_data_folds_and_provenance(summary):
    text = Text(summary_html(summary)).text
    assert "Daily bars of 2 symbols, from 2000-01-03 to 2010-03-26." in text
    first = text.index("AAPL", text.index("Data and audits"))
    assert text[first : first + 3] == ["AAPL", "2000-01-03", "2010-03-01"]
    fold = text.index("f0")
    assert text[fold + 1 : fold + 4] == [
        "2001-01-02 to 2008-01-02",
        "2008-01-09 to 2009-12-28",
        "2010-01-04 to 2010-03-27",
    ]
    assert text[text.index("live") + 3] == "–"
    assert any(summary.config_digest in line for line in text)
    assert text[text.index("numpy") : text.index("numpy") + 4] == [
        "numpy",
        "2.4.6",
        "polars",
        "2.1.0",
    ]
    assert any("configuration: version 1." in line for line in text)


def test_symbols_that_are_not_in_the_record_are_told_with_the_reason(summary, change):
    text = " ".join(Text(summary_html(summary)).text)
    assert "OLD.csv dropped EMPTY: a file of 0 bytes" in text
    assert "DEAD never traded no volume" in text
    complete = change(summary, left_out=summary.left_out.clear())
    assert "never traded" not in " ".join(Text(summary_html(complete)).text)


def test_never_traded_is_who_has_no_day_with_a_sound_bar_and_all_features():
    days = [dt.date(2020, 1, day) for day in (1, 2, 3)]
    cases = {"SOUND": (1, [1.0] * 3), "STILL": (0, [1.0] * 3), "YOUNG": (1, [None] * 3)}
    bars = pl.DataFrame(
        [(name, day, bool(sound)) for name, (sound, _) in cases.items() for day in days],
        schema=["symbol", "date", "tradable"], orient="row",
    )  # fmt: skip
    values = [value for _, own in cases.values() for value in own]
    features = bars.select("date", "symbol", x=pl.Series(values, dtype=pl.Float64))
    dropped = [{"symbol": None, "file": "E.csv", "code": "EMPTY", "reason": "0 bytes"}]
    found = left_out({"dropped": dropped}, bars, features)
    assert found["symbol"].to_list() == ["E.csv", "STILL", "YOUNG"]
    assert found["outcome"].to_list() == ["dropped", "never traded", "never traded"]
    assert "no volume" in found["reason"][1]
    assert "features.warm_up" in found["reason"][2]


def test_page_is_the_same_twice_and_whatever_the_order_of_rows(summary, change):
    page = summary_html(summary)
    assert page == summary_html(summary)
    turned = change(
        summary,
        returns=summary.returns.reverse(),
        metrics=summary.metrics.reverse(),
        ranking=summary.ranking.reverse(),
        symbols=summary.symbols.reverse(),
        package_versions=dict(reversed(summary.package_versions.items())),
    )
    assert page == summary_html(turned)


def test_page_needs_no_network(summary):
    page = re.sub(r"base64,[A-Za-z0-9+/=]+", "", summary_html(summary))
    assert not re.search(r"https?:|url\(|@import|<link|<iframe|src=\"(?!data:)", page)


def test_foreign_text_is_inert_wherever_it_stands(summary, change):
    hostile = pl.lit(HOSTILE)
    page = Text(
        summary_html(
            change(
                summary,
                title=HOSTILE,
                returns=summary.returns.with_columns(
                    strategy=pl.col("strategy").replace("ppo", HOSTILE),
                ),
                metrics=summary.metrics.with_columns(
                    strategy=pl.col("strategy").replace("ppo", HOSTILE)
                ),
                ranking=summary.ranking.with_columns(symbol=hostile),
                symbols=summary.symbols.with_columns(symbol=hostile),
                folds=summary.folds.with_columns(fold=hostile),
                config_digest=HOSTILE,
                package_versions={HOSTILE: HOSTILE},
            )
        )
    )
    assert page.scripts == 1
    assert sum(HOSTILE in line for line in page.text) >= 11


def test_long_list_of_symbols_starts_folded_away(summary, change):
    many = pl.concat(
        [summary.symbols.head(1).with_columns(symbol=pl.lit(f"S{i:03}")) for i in range(31)]
    )
    assert "<details open>" in summary_html(summary)
    assert "<details>" in summary_html(change(summary, symbols=many))
