"""Source yahoo: what is asked, what is kept, and what is said when Yahoo does not answer."""

import datetime as dt
import importlib
import inspect
from dataclasses import replace

import pandas as pd
import pytest

from bar_files import configure
from walkforge.data.cache import Asked, cache_file
from walkforge.data.ingest import ingest
from walkforge.data.reading import read_parts
from walkforge.data.sources.yahoo import (
    answer_text,
    cached_parts,
    fetch_answer,
    history_arguments,
)
from walkforge.errors import InputError

START = dt.date(2024, 3, 1)
END = dt.date(2024, 3, 31)
NEW_YEAR = dt.date(2023, 1, 1)
TODAY = dt.date(2024, 6, 3)
ASKED = Asked(symbol="AAPL", start=START, end=END)

# Rows in the order of yfinance's columns; the clocks of New York change on 2024-03-10.
ROWS = {
    "2024-03-08": (169.0, 173.7, 168.94, 170.73, 169.51950073242188, 76114600),
    "2024-03-11": (172.94, 174.38, 172.05, 172.75, 171.5252227783203, 60139500),
    "2024-03-12": (173.15, 174.03, 171.01, 173.23, 172.00181579589844, 59825400),
}
NAMES = ["Open", "High", "Low", "Close", "Adj Close", "Volume"]


def answer_of(rows=ROWS, zone="America/New_York"):
    index = pd.DatetimeIndex(list(rows), name="Date").tz_localize(zone)
    return pd.DataFrame(list(rows.values()), columns=NAMES, index=index)


def long_answer(days=100):
    sessions = pd.bdate_range("2023-01-03", periods=days).strftime("%Y-%m-%d")
    return answer_of({day: (10.0, 12.0, 9.0, 11.0 + i % 2, 5.5 + i % 2 / 2, 1000)
                      for i, day in enumerate(sessions)})  # fmt: skip


def ingested(config, answer, **changes):
    """What ingest makes of an answer that is in the cache already."""
    wide = replace(config, **({"start": NEW_YEAR, "calendar": "observed"} | changes))
    Yahoo(answer).read(replace(wide, as_of=wide.as_of or TODAY))
    return ingest(wide, today=TODAY)


@pytest.fixture
def config(tmp_path):
    return replace(
        configure("yahoo", tmp_path / "cache"), symbols=("AAPL",), start=START, end=END,
        as_of=TODAY,
    )  # fmt: skip


class Yahoo:
    """A server that gives recorded answers in turn, the last one for ever, and counts questions."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []
        self.waited = []

    def fetch(self, asked):
        self.asked.append(asked)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def read(self, config):
        return [part.read() for part in cached_parts(config, **self.hands())]

    def hands(self):
        return {"fetch": self.fetch, "sleep": self.waited.append}


def test_an_answer_becomes_the_rows_that_were_recorded(config):
    (table,) = Yahoo(answer_of()).read(config)
    cells = table.cells
    assert cells["date"].to_list() == list(ROWS)
    assert set(cells["symbol"]) == {"AAPL"}
    for role, numbers in zip(
        ("open", "high", "low", "close", "adj_close", "volume"),
        zip(*ROWS.values(), strict=True),
        strict=True,
    ):
        assert [float(cell) for cell in cells[role]] == list(numbers)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo", "Australia/Sydney", None])
def test_dates_are_those_of_the_exchange(zone):
    lines = answer_text(answer_of(zone=zone), ASKED).splitlines()
    assert [line.partition(",")[0] for line in lines] == ["date", *ROWS]


def test_the_file_holds_numbers_to_the_last_digit():
    lines = answer_text(answer_of(), ASKED).splitlines()
    assert lines[0] == "date,symbol,open,high,low,close,adj_close,volume"
    assert lines[1] == "2024-03-08,AAPL,169.0,173.7,168.94,170.73,169.51950073242188,76114600"


def test_days_that_were_not_asked_for_are_left_out():
    narrow = replace(ASKED, start=dt.date(2024, 3, 11), end=dt.date(2024, 3, 11))
    lines = answer_text(answer_of(), narrow).splitlines()
    assert [line.partition(",")[0] for line in lines[1:]] == ["2024-03-11"]


def test_a_second_run_reads_the_file_and_asks_nobody(config):
    server = Yahoo(answer_of())
    first = server.read(config)
    second = server.read(config)
    assert len(server.asked) == 1
    assert first[0].cells.equals(second[0].cells)


@pytest.mark.parametrize(
    "change", [{"start": dt.date(2024, 3, 4)}, {"end": dt.date(2024, 4, 1)}, {"symbols": ("aapl",)}]
)
def test_other_dates_or_symbols_are_other_downloads(change, config):
    server = Yahoo(answer_of())
    server.read(config)
    server.read(replace(config, **change))
    assert len(server.asked) == 2


@pytest.mark.parametrize("symbol", ["^GSPC", "BRK-B", "0700.HK", "CON", "EURUSD=X"])
def test_no_file_is_named_after_a_symbol(symbol, config, tmp_path):
    Yahoo(answer_of()).read(replace(config, symbols=(symbol,)))
    names = [file.name for file in (tmp_path / "cache").iterdir()]
    assert len(names) == 2
    assert all(set(name.partition(".")[0]) <= set("0123456789abcdef") for name in names)


def test_a_file_that_was_changed_is_refused(config, tmp_path):
    server = Yahoo(answer_of())
    server.read(config)
    file = cache_file(tmp_path / "cache", ASKED)
    file.write_text(file.read_text().replace("170.73", "17073"))
    with pytest.raises(InputError, match="delete it to download it anew") as refused:
        server.read(config)
    assert refused.value.code == "HASH"
    file.unlink()
    assert server.read(config)[0].cells.height == 3


@pytest.mark.parametrize(
    ("end", "as_of", "last"),
    [(END, TODAY, END), (None, TODAY, TODAY), (TODAY, END, END), (END, None, END)],
)
def test_the_last_day_asked_for_is_the_earlier_of_end_and_as_of(end, as_of, last, config):
    server = Yahoo(answer_of())
    server.read(replace(config, end=end, as_of=as_of))
    assert server.asked == [Asked(symbol="AAPL", start=START, end=last)]
    after = dt.date.fromisoformat(history_arguments(server.asked[0])["end"])
    assert after - last == dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"symbols": None}, "CONFIG", "data.symbols"),
        ({"start": None}, "CONFIG", "data.start"),
        ({"end": None, "as_of": None}, "CONFIG", "data.as_of"),
        ({"path": None}, "CONFIG", "data.path"),
        ({"start": dt.date(2024, 4, 1)}, "CONFIG", "2024-04-01"),
        ({"symbols": ("AAPL", "../x")}, "TICKER", "'../x'"),
        ({"path": __file__}, "PATH", "is not a folder"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_downloaded(change, code, said, config):
    server = Yahoo(answer_of())
    with pytest.raises(InputError) as refused:
        server.read(replace(config, **change))
    assert refused.value.code == code
    assert said in str(refused.value)
    assert server.asked == []


def test_network_faults_are_tried_again_with_longer_waits(config):
    server = Yahoo(ConnectionError("reset"), TimeoutError("slow"), answer_of())
    assert server.read(config)[0].cells.height == 3
    assert server.waited == [1.0, 2.0]


def test_after_the_last_try_the_reason_is_told_and_nothing_is_kept(config, tmp_path):
    server = Yahoo(ConnectionError("could not resolve host"))
    with pytest.raises(InputError, match="AAPL.*2024-03-01.*could not resolve host") as refused:
        server.read(config)
    assert refused.value.code == "NETWORK"
    assert server.waited == [1.0, 2.0, 4.0]
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    "empty", [pd.DataFrame(), answer_of({}), answer_of().iloc[:0]], ids=["bare", "typed", "cut"]
)
def test_an_empty_answer_is_told_once_and_not_kept(empty, config, tmp_path):
    server = Yahoo(empty)
    with pytest.raises(InputError, match="AAPL.*2024-03-01 to 2024-03-31") as refused:
        server.read(config)
    assert refused.value.code == "EMPTY"
    assert len(server.asked) == 1
    assert not (tmp_path / "cache").exists()


def test_an_answer_without_adjusted_close_is_refused(config):
    server = Yahoo(answer_of().drop(columns="Adj Close"))
    with pytest.raises(InputError, match="Adj Close") as refused:
        server.read(config)
    assert refused.value.code == "COLUMNS"


@pytest.mark.parametrize("as_of", [TODAY, None])
def test_downloaded_bars_are_adjusted_up_to_the_newest(as_of, config):
    found = ingested(config, long_answer(), as_of=as_of, end=None)
    assert found.bars.height == 100
    assert found.bars["adjusted"].all()


def test_closed_days_may_be_asked_for(config):
    found = ingested(config, long_answer())
    assert found.bars["date"].min() == dt.date(2023, 1, 3)


def test_a_missing_price_is_set_aside_and_not_guessed(config):
    rows = long_answer()
    rows.loc[rows.index[50], "Close"] = float("nan")
    found = ingested(config, rows)
    assert found.quarantine["code"].to_list() == ["NULL"]
    assert found.bars.height == 99


@pytest.mark.parametrize("fault", [("EMPTY", pd.DataFrame()), ("NETWORK", OSError("reset"))])
def test_one_symbol_of_several_without_an_answer_is_dropped_and_listed(fault, config):
    code, answer = fault
    server = Yahoo(long_answer(), long_answer(), answer)
    three = replace(config, symbols=("AAPL", "IBM", "GONE"), start=NEW_YEAR)
    reading = read_parts(cached_parts(three, **server.hands()), three, zone="UTC")
    assert reading.rows["symbol"].unique().sort().to_list() == ["AAPL", "IBM"]
    assert reading.refused.select("symbol", "code").rows() == [("GONE", code)]


@pytest.fixture(scope="module")
def yfinance():
    reason = "yfinance is an extra: pip install --no-deps -r requirements/yahoo.lock"
    return pytest.importorskip("yfinance", reason=reason)


def test_the_installed_yfinance_takes_our_arguments(yfinance):
    taken = inspect.signature(yfinance.scrapers.history.PriceHistory.history).parameters
    assert set(history_arguments(ASKED)) <= set(taken)


def test_faults_of_the_installed_yfinance_are_told_apart(yfinance, monkeypatch):
    faults = yfinance.exceptions
    reset = importlib.import_module("yfinance._http").requests.exceptions.ConnectionError("reset")
    missing = faults.YFPricesMissingError("AAPL", "")
    unknown = faults.YFTzMissingError("AAPL")
    for fault, expected in (
        (reset, OSError),
        (faults.YFRateLimitError(), OSError),
        (faults.YFDataException("down"), OSError),
        (missing, InputError),
        (unknown, InputError),
    ):
        history = Yahoo(fault)
        monkeypatch.setattr(
            yfinance.Ticker, "history", lambda _, server=history, **asked: server.fetch(asked)
        )
        with pytest.raises(expected):
            fetch_answer(ASKED)
        assert history.asked == [history_arguments(ASKED)]
