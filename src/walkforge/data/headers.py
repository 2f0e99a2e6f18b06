"""What columns are for, by the names that vendors give them: for messages alone.

Nothing is read by such a guess: it ends up in a message, and the user declares it.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict

from walkforge.data.config import ColumnNames
from walkforge.errors import shown

# Role -> names without case, signs and a number in front, as yfinance, Stooq (<OPEN>), Alpha
# Vantage (1. open), Nasdaq (Close/Last), Tiingo and others write them; the likeliest first.
_NAMES = {
    "date": ("date", "datetime", "timestamp", "time", "day", "tradedate", "tradingdate"),
    "symbol": ("symbol", "ticker", "tic", "code", "instrument", "name"),
    "open": ("open", "openprice", "o"),
    "high": ("high", "highprice", "h"),
    "low": ("low", "lowprice", "l"),
    "close": ("close", "closeprice", "closelast", "last", "lastprice", "price", "c"),
    "volume": ("volume", "vol", "totalvolume", "v"),
}
_PRICES = ("open", "high", "low", "close")
_NUMBERED = re.compile(r"^[0-9]+[.)] *")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_ ]*")
_ADJUSTED = re.compile(r"adj.*(close|price)|(close|price).*adj|^adj(usted)?$")
_OTHER_PRICES = re.compile(r"open|high|low|vol|factor")


def meant(found: Sequence[str]) -> dict[str, str]:
    """Role -> the column that most likely serves it, of those that one does."""
    plain = {name: _bare(name) for name in found}
    roles = {}
    for role, names in _NAMES.items():
        own = [name for known in names for name in found if plain[name] == known]
        if own:
            roles[role] = own[0]
    adjusted = adjusted_close(found)
    return roles | ({"adj_close": adjusted} if adjusted else {})


def adjusted_close(found: Sequence[str]) -> str | None:
    """The column that most likely holds closes adjusted for splits and dividends, if any."""
    for name in found:
        plain = _bare(name)
        if _ADJUSTED.search(plain) and not _OTHER_PRICES.search(plain):
            return name
    return None


def proposal(found: Sequence[str], columns: ColumnNames) -> str:
    """The data.columns that would fit, in words; '' where date or a price cannot be told."""
    roles = meant(found)
    if not {"date", *_PRICES} <= roles.keys():
        return ""
    if "symbol" not in roles and columns.symbol is not None:
        roles["symbol"] = "null"
    lacking = "volume" not in roles and columns.volume is not None
    absent = "; data.volume: absent, where the market tells none" if lacking else ""
    return f"; what may be meant: data.columns {_in_yaml(roles)}{absent}"


def has_two_levels(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether two lines name field and symbol of each column, as pandas writes two levels."""
    if len(first) != len(second) or not all(second[1:]) or second[0][:1].isdigit():
        return False
    levels = [meant(level[1:]) for level in (first, second)]
    fields = [set(_PRICES) <= level.keys() for level in levels]
    pairs = set(zip(first[1:], second[1:], strict=True))
    # Each field stands once for each symbol: of one symbol alone, else again. A bar is no symbol.
    fewest = min(len(set(level[1:])) for level in (first, second))
    repeated = fewest == 1 or all(len(set(level[1:])) < len(pairs) for level in (first, second))
    return any(fields) and not all(fields) and len(pairs) == len(first) - 1 and repeated


def wide_columns(first: Sequence[str], second: Sequence[str]) -> str:
    """The data.columns with which a file of two levels can be read."""
    levels = [meant(level[1:]) for level in (first, second)]
    fields = max(levels, key=len)
    return _in_yaml({role: name for role, name in fields.items() if role not in ("date", "symbol")})


def unnamed_adjusted(found: Sequence[str], columns: ColumnNames) -> str | None:
    """A column of adjusted closes that no key of data.columns names."""
    adjusted = adjusted_close(found)
    return adjusted if columns.adj_close is None and adjusted not in asdict(columns).values() \
        else None  # fmt: skip


def _bare(name: str) -> str:
    """A name without case, signs, white space, and a number in front."""
    return re.sub(r"[^a-z0-9]", "", _NUMBERED.sub("", name.strip().casefold()))


def _in_yaml(roles: dict[str, str]) -> str:
    """Roles and columns as a mapping that can be pasted into a configuration."""
    pairs = (
        f"{role}: {name if _PLAIN.fullmatch(name) else shown(name, characters=30)}"
        for role, name in roles.items()
    )
    return "{" + ", ".join(pairs) + "}"
