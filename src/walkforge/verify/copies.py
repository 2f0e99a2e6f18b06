"""Claims on copies: rankings as tables and pages beside their Parquet, latest.* beside its date."""

import csv
import io
import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from walkforge.verify.claim import Claim, Unreadable
from walkforge.verify.page import Page, Table
from walkforge.verify.sayable import sayable
from walkforge.verify.study import Study
from walkforge.verify.wording import NAME, UNDEFINED

LATEST = "rankings/latest"
COPIES = {
    f"{LATEST}.parquet": "ranking.parquet", f"{LATEST}.csv": "ranking.csv",
    f"{LATEST}_changes.csv": "changes.csv",
}  # fmt: skip
# What a spreadsheet takes for the start of a formula, in any form; an apostrophe stands before it.
FORMULA = frozenset("=+-@\t\r＝＋－＠﹦﹢﹣﹫⁺⁻⁼₊₋₌−")
FLAT = ("symbol", "rank", "action", "target_weight", "probability", "agreement", "score",
        "distance", "last_bar", "stale_sessions")  # fmt: skip
ACCOUNT = ("symbol", "account_action", "order_weight", "held_weight", "account_target_weight",
           "account_probability", "account_agreement", "account_rank", "account_score")  # fmt: skip
CHANGED = {0: "symbol", 1: "rank_change", 2: "weight_change", 3: "score_change",
           7: "other_features", 8: "universe", 9: "rank", 10: "action_before"}  # fmt: skip
COLUMNS = {*FLAT, *ACCOUNT, "out_of_distribution", "as_of"}
FIELDS = frozenset(
    {"schema_version", "as_of", "agent", "fold", "policies", "data_sha256", "action_band"}
    | {"symbols", "tradable", "stale", "out_of_distribution", "flat", "account"}
)
# A number with its decimals, in per cent or not, and what stands beside a distance above 1.
SHOWN = re.compile(r"([+-]?[0-9,]+(?:\.([0-9]+))?)( %)?( \(out of distribution\))?")
PARTS = ("moved_1", "moved_2", "moved_3", "other_features", "universe")
WAITING = re.compile(r'<p class="finding">([^<]*)</p>\n')
_DATED = re.compile(r"rankings/(\d{4}-\d\d-\d\d)/.*")


def check_copies(study: Study, claim: Claim) -> None:
    """Compare every dated ranking's files with each other, and latest.* with the newest one's."""
    found = [_DATED.fullmatch(path) for path in study.folder.files]
    latest = study.folder.json("folds/latest.json")
    newest = str(latest.get("as_of"))
    for day in sorted({newest, *(each[1] for each in found if each)}):
        _ranking(study, day, paged=day == newest, claim=claim)
    _made_by(study, f"rankings/{newest}/summary.json", claim)
    place = f"rankings/{newest}"
    for path, name in COPIES.items():
        claim.holds(path, study.folder.content(path) == study.folder.content(f"{place}/{name}"),
                    found="other bytes", expected=f"those of {place}/{name}")  # fmt: skip
    waits = {"waits": dict(latest)} if latest.get("waiting") else {}
    claim.same(f"{LATEST}.json", found=dict(study.folder.json(f"{LATEST}.json")),
               expected={**study.folder.json(f"{place}/summary.json"), **waits})  # fmt: skip
    _page(study, place, latest if waits else None, claim=claim)


def _page(study: Study, place: str, waits: Mapping[str, Any] | None, *, claim: Claim) -> None:
    """Compare the newest page with the dated one, but for what a newer date waits for."""
    at = f"{LATEST}.html"
    shown = study.folder.text(f"{LATEST}.html")
    if waits is not None:
        told = WAITING.search(shown)
        short = len(waits["waiting"])
        due = f"{waits['due'] - short} of {waits['due']} symbols"
        words = (due, str(waits["newest"]), f"Ranked is {waits['as_of']}.")
        said = told is not None and all(word in told[1] for word in words)
        claim.holds(f"{at}, what waits", said, found=told and told[1], expected=", ".join(words))
        shown = WAITING.sub("", shown, count=1)
    claim.holds(at, shown == study.folder.text(f"{place}/ranking.html"), found="another page",
                expected=f"that of {place}/ranking.html")  # fmt: skip


def _ranking(study: Study, day: str, *, paged: bool, claim: Claim) -> None:
    """Compare one date's table, page and summary with its Parquet file.

    paged: there must be a page; one that was asked for as a table alone has none.
    """
    place = f"rankings/{day}"
    folder = study.folder
    ranking = folder.frame(f"{place}/ranking.parquet", "rank", "symbol", "as_of")
    at = f"{place}/ranking.parquet"
    claim.same(f"{at}, columns", found=sorted(ranking.columns), expected=sorted(COLUMNS))
    claim.same(f"{at}, ranks", found=ranking["rank"].to_list(),
               expected=list(range(1, ranking.height + 1)))  # fmt: skip
    claim.same(f"{at}, as_of", found=set(map(str, ranking["as_of"])), expected={day})
    heads = [escaped(name) for name in ranking.columns]
    rows = _csv(folder.content(f"{place}/ranking.csv"), f"{place}/ranking.csv")
    claim.same(f"{place}/ranking.csv, columns", found=rows[0], expected=heads)
    claim.same(f"{place}/ranking.csv, rows", found=len(rows) - 1, expected=ranking.height)
    for number, (row, due) in enumerate(zip(rows[1:], ranking.rows(), strict=False), start=1):
        known = len(row) == len(due) and all(map(is_written, row, due))
        claim.holds(f"{place}/ranking.csv, row {number}", known, found=row, expected=str(due))
    changes = _csv(folder.content(f"{place}/changes.csv"), f"{place}/changes.csv")
    changed = [dict(zip(changes[0], row, strict=False)) for row in changes[1:]]
    _changes(f"{place}/changes.csv", changed, ranking, claim=claim)
    page = f"{place}/ranking.html"
    if paged or page in folder.files:
        shown = Page(folder.text(page))
        claim.same(f"{page}, comments, declarations and attributes given twice",
                   found=shown.strange, expected=[])  # fmt: skip
        for cell in (each for table in shown.tables() for row in table.rows for each in row):
            claim.holds(f"{page}, a cell", reads_as(cell.text, cell.value, day=day),
                        found=cell.text, expected=f"what {cell.value!r} reads as")  # fmt: skip
        _tables(page, shown.tables(), ranking, changed, claim=claim)
    _summary(study, f"{place}/summary.json", ranking, claim=claim)


def _csv(content: bytes, at: str) -> list[list[str]]:
    """The rows of a CSV file, headings first."""
    try:
        rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    except (csv.Error, UnicodeDecodeError) as error:
        raise Unreadable(f"{at}: no CSV") from error
    if not rows:
        raise Unreadable(f"{at}: no headings")
    return rows


def escaped(text: str) -> str:
    """Text as a CSV file holds it: no spreadsheet runs it."""
    return f"'{text}" if text[:1] in FORMULA and text else text


def is_written(cell: str, value: object) -> bool:
    """Whether a cell of a CSV file holds a value."""
    if value is None:
        return cell == ""
    if isinstance(value, bool):
        return cell == str(value).lower()
    if isinstance(value, float):
        return _number(cell) == value or (math.isnan(value) and cell.lower() == "nan")
    return cell == (escaped(value) if isinstance(value, str) else str(value))


def _number(cell: str) -> float:
    """The number in a cell, nan where it holds none."""
    try:
        return float(cell)
    except ValueError:
        return math.nan


def _changes(
    at: str, changed: Sequence[Mapping[str, str]], ranking: pl.DataFrame, *, claim: Claim
) -> None:
    """Compare what changed with the ranking, and the parts of a change with their sum."""
    ranked = {escaped(row["symbol"]): row for row in ranking.rows(named=True)}
    if changed:
        claim.same(f"{at}, symbols", found=sorted(row["symbol"] for row in changed),
                   expected=sorted(ranked))  # fmt: skip
    for row in changed:
        due = ranked.get(row["symbol"], {})
        for name in ("rank", "action", "target_weight", "score", "as_of"):
            claim.holds(f"{at}, {row['symbol']}, {name}", is_written(row[name], due.get(name)),
                        found=row[name], expected=str(due.get(name)))  # fmt: skip
        if row["score_change"]:
            parts = math.fsum(_number(row[name]) for name in PARTS)
            claim.near(f"{at}, {row['symbol']}, parts of the change", found=parts,
                       expected=_number(row["score_change"]))  # fmt: skip


def _tables(
    at: str,
    tables: Sequence[Table],
    ranking: pl.DataFrame,
    changed: Sequence[Mapping[str, str]],
    *,
    claim: Claim,
) -> None:
    """Compare the values behind the cells of a ranking's page with its files."""
    claim.same(f"{at}, tables", found=len(tables), expected=4)
    orders = ranking.sort(pl.col("order_weight").abs(), "symbol", descending=[True, False])
    for table, frame, names in zip(tables, (ranking, orders), (FLAT, ACCOUNT), strict=False):
        found = [[cell.value for cell in row] for row in table.rows]
        due = [[_value(value) for value in row] for row in frame.select(names).rows()]
        claim.same(f"{at}, {table.heads[2].label}", found=found, expected=due)
    if len(tables) > 2:
        rows = [[row[place].value for place in CHANGED] for row in tables[2].rows]
        claim.same(f"{at}, changes, rows", found=len(rows), expected=len(changed))
        for shown, row in zip(rows, changed, strict=False):
            for value, name in zip(shown, CHANGED.values(), strict=True):
                same = value in (row[name], row[name].removeprefix("'")) or (
                    _number(value) == _number(row[name])
                )
                claim.holds(f"{at}, changes, {row['symbol']}, {name}", same, found=value,
                            expected=row[name])  # fmt: skip


def reads_as(text: str, value: str, *, day: str) -> bool:
    """Whether a cell shows what it sorts by: a number to its last digit, a word, or a date.

    Args:
        day: of the ranking: an earlier last bar is stale.
    """
    if value == "":
        return text == UNDEFINED
    choices = sayable(NAME).choices
    if value in choices["ACTIONS"]:
        return text in (choices["ACTIONS"][value], value)
    if text == value:
        return True
    found = SHOWN.fullmatch(text)
    if found is None:
        return text == f"{value}{choices['STALE']['True']}" and value < day
    scale = 100.0 if found[3] else 1.0
    step = 10.0 ** -len(found[2] or "") / scale
    number = _number(value)
    near = abs(float(found[1].replace(",", "")) / scale - number) <= 0.5 * step * (1.0 + 1e-9)
    return near and (found[4] is None or number > 1.0)


def _value(value: object) -> str:
    """What a cell of a page sorts by."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return repr(value) if isinstance(value, float) else str(value)


def _summary(study: Study, at: str, ranking: pl.DataFrame, *, claim: Claim) -> None:
    """Compare a ranking in figures with its rows."""
    said = study.folder.json(at)
    claim.same(f"{at}, fields", found=sorted(said), expected=sorted(FIELDS))
    ordered = ranking.sort("symbol")
    outside = ordered["out_of_distribution"].drop_nulls()
    flat = dict(said["flat"])
    account = dict(said["account"])
    due: dict[str, Any] = {
        "schema_version": 1,
        "as_of": str(ranking["as_of"][0]),
        "symbols": ranking.height,
        "stale": int((ranking["stale_sessions"] > 0).sum()),
        "out_of_distribution": int(outside.sum()) if len(outside) else None,
    }
    for name, value in due.items():
        claim.same(f"{at}, {name}", found=said.get(name), expected=value)
    for name, sides, column in (("flat", flat, "action"), ("account", account, "account_action")):
        actions = ranking[column].to_list()
        for side in ("buy", "hold", "sell"):
            claim.same(f"{at}, {name}, {side}s", found=sides.pop(f"{side}s", None),
                       expected=actions.count(side))  # fmt: skip
    sums = (("target_exposure", flat, "target_weight"), ("exposure", account, "held_weight"),
            ("target_exposure", account, "account_target_weight"),
            ("expected_turnover", account, "order_weight"))  # fmt: skip
    for name, group, column in sums:
        whole = float(ordered[column].abs().sum() if name == "expected_turnover"
                      else ordered[column].sum())  # fmt: skip
        claim.near(f"{at}, {column}", found=group.pop(name, None), expected=whole)
    opens = account.pop("opens", "")
    sessions = account.pop("sessions", -1)
    kept = isinstance(sessions, int) and sessions >= 0 and (sessions > 0) == (opens is not None)
    claim.holds(f"{at}, account", kept, found=(opens, sessions),
                expected="a date, and sessions since")  # fmt: skip
    claim.same(f"{at}, other fields", found=[*flat, *account], expected=[])
    tradable = said.get("tradable")
    claim.holds(f"{at}, tradable", isinstance(tradable, int) and 0 <= tradable <= ranking.height,
                found=tradable, expected=f"at most {ranking.height}")  # fmt: skip
    known = study.folder.frame("bars/bars.parquet", "date")["date"]
    claim.holds(f"{at}, as_of", date.fromisoformat(str(said.get("as_of"))) in set(known),
                found=said.get("as_of"), expected="a date of bars.parquet")  # fmt: skip


def _made_by(study: Study, at: str, claim: Claim) -> None:
    """Compare the newest ranking's band and policies with the configuration and what lies there.

    An older one may be of policies that were trained anew since.
    """
    said = study.folder.json(at)
    claim.same(f"{at}, action_band", found=said.get("action_band"),
               expected=study.config["ranking"]["action_band"])  # fmt: skip
    agent = said.get("agent")
    fold = said.get("fold")
    policies = {
        f"seed_{seed}": study.folder.digest(
            f"agents/{agent}/{fold or 'live'}/seed_{seed}/policy/manifest.json"
        )
        for seed in study.seeds
    }
    claim.same(f"{at}, policies", found=said.get("policies"), expected=policies)
