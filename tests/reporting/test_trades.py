"""Pictures of trades hold the ledger's rows, whatever the symbols are called."""

import base64
import datetime as dt
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from walkforge.reporting.encoding import encode_figure
from walkforge.reporting.material import Material
from walkforge.reporting.pages import trades as page
from walkforge.reporting.trades_figure import (
    SIDES,
    draw_trades,
    file_name,
    most_traded,
    plot_trades,
    traded_by,
)

ASKED = {"whose": "ppo, seed 0", "most": 3, "execution": "open"}
HOSTILE = [
    "$x$",
    "<script>alert(1)</script>",
    "../../etc",
    "=HYPERLINK()",
    "a" * 200,
    "Ω字\n",
    "..",
]
DAYS = pl.date_range(dt.date(2010, 1, 1), dt.date(2010, 3, 31), eager=True)


def ledger_of(symbols, *, seed=0, rows=40):
    """Give a ledger of random fills of these symbols, in the order of dates."""
    generator = np.random.default_rng(seed)
    days = np.sort(generator.integers(0, len(DAYS), rows))
    values = generator.uniform(1.0, 100.0, rows)
    return pl.DataFrame(
        {
            "date": DAYS.gather(days),
            "symbol": generator.choice(symbols, rows),
            "side": generator.choice(list(SIDES), rows, p=[0.5, 0.3, 0.1, 0.1]),
            "price": generator.uniform(1.0, 50.0, rows),
            "value": values,
        }
    )


def bars_of(symbols):
    prices = pl.DataFrame({"date": DAYS, "close": np.arange(len(DAYS)) + 1.0})
    return pl.concat([prices.with_columns(symbol=pl.lit(name)) for name in symbols])


def traded(ledger, symbols):
    return traded_by([ledger], [pl.DataFrame({"date": DAYS[5:-5]})], bars_of(symbols))


def drawn(ledger, symbols):
    """Give the page of trades and its pictures, by the names of their files."""
    told, files = draw_trades(traded(ledger, symbols), **ASKED)
    pictures = {Path(name): content for name, content in files.items() if name.endswith(".png")}
    files_read = {"traded": told, "pictures": pictures}
    config = {"market": {"execution": ASKED["execution"]}}
    return page.write(Material(files=files_read, config=config, agent="ppo")), files


def markers(figure):
    """Give the side, date, price and area of every marker that was drawn."""
    epoch = dt.date(1970, 1, 1)
    return [
        (group.get_gid(), epoch + dt.timedelta(days=int(day)), price, area)
        for group in figure.axes[0].collections
        for (day, price), area in zip(group.get_offsets(), group.get_sizes(), strict=True)
    ]


@pytest.mark.parametrize("symbols", [["A"], HOSTILE])
def test_markers_are_the_rows_of_the_ledger(symbols):
    ledger = ledger_of(symbols)
    seen = 0
    for trades in most_traded(traded(ledger, symbols), most=100):
        figure = plot_trades(trades, whose="ppo, seed 0", starts=np.array([DAYS[5]]))
        drawn = markers(figure)
        rows = ledger.filter(symbol=trades.symbol)
        expected = rows.select("side", "date", "price").rows()
        assert sorted(each[:3] for each in drawn) == sorted(expected)
        sizes = {each[:3]: each[3] for each in drawn}
        order = rows.sort("value").select("side", "date", "price").rows()
        assert [sizes[key] for key in order] == sorted(sizes.values())
        seen += len(drawn)
    assert seen == ledger.height


def test_the_line_is_the_close_inside_the_windows():
    ledger = ledger_of(["A"])
    (trades,) = most_traded(traded(ledger, ["A"]), most=1)
    line = plot_trades(trades, whose="ppo", starts=np.array([DAYS[5]])).axes[0].lines[0]
    assert line.get_ydata().tolist() == [float(day) for day in range(6, len(DAYS) - 4)]


def test_the_symbols_with_the_most_value_come_first():
    symbols = [f"S{place}" for place in range(100)]
    ledger = ledger_of(symbols, rows=2000)
    total = ledger.group_by("symbol").agg(pl.col("value").sum()).sort("value", descending=True)
    chosen = [trades.symbol for trades in most_traded(traded(ledger, symbols), most=12)]
    assert chosen == total["symbol"].head(12).to_list()


def test_windows_follow_one_another_whatever_order_they_come_in():
    early = DAYS[:30]
    late = DAYS[30:]
    ledger = ledger_of(["A"])
    parts = [ledger.filter(pl.col("date").is_in(each.to_list())) for each in (late, early)]
    dailies = [pl.DataFrame({"date": each}) for each in (late, early)]
    whole = traded_by(parts, dailies, bars_of(["A"]))
    assert whole.ledger.equals(ledger)
    assert [str(day) for day in whole.starts] == ["2010-01-01", "2010-01-31"]


@pytest.mark.parametrize("symbol", HOSTILE)
def test_names_of_files_are_safe(symbol):
    name = file_name(symbol, place=7)
    assert re.fullmatch(r"007_[A-Za-z0-9._-]{1,24}", name)
    assert file_name(symbol, place=8) != name


def test_the_page_shows_every_picture_and_escapes_names():
    html, files = drawn(ledger_of(HOSTILE), HOSTILE)
    assert len(files) == 6
    assert "traded 7 symbols" in html
    assert "<script>alert" not in html
    shown = [base64.b64decode(each) for each in re.findall(r"base64,([^\"]+)", html)]
    assert shown == [content for name, content in files.items() if name.endswith(".png")]
    for name, content in files.items():
        assert content.startswith(b"\x89PNG" if name.endswith("png") else b"<?xml")
        assert b"<script" not in content


def test_a_policy_that_never_traded_has_a_page_that_says_so():
    html, files = drawn(ledger_of(["A"]).clear(), ["A"])
    assert files == {}
    assert "ppo, seed 0 traded nothing" in html


def test_a_symbol_is_no_formula():
    (trades,) = most_traded(traded(ledger_of([r"$\frac{"]), [r"$\frac{"]), most=1)
    figure = plot_trades(trades, whose="$ppo$", starts=np.array([DAYS[5]]))
    assert b"Oblique" not in encode_figure(figure, kind="svg")
    assert figure.axes[0].get_title(loc="left") == "Fills on the price: $\\frac{\n$ppo$"
