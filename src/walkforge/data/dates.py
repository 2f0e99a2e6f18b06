"""Dates of bars: read strictly, and never moved through another time zone.

Each function maps a column of N cells to a frame of date (Date), second (Int64, second of the
day of a stamp, null for a plain date) and code (String, null where the cell is a date).
"""

import datetime as dt
import re

import polars as pl

from walkforge.data.numbers import NULL_WORDS
from walkforge.data.stamps import check_evenings
from walkforge.errors import InputError, shown

_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_STAMP = (
    r"^(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T](?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)"
    r"(?:\.[0-9]+)?(?: ?(?P<zone>Z|UTC|[+-][0-9]{2}:?[0-9]{2}))?)?$"
)
# Text that is a date to somebody, in a format that would have to be guessed.
_OTHER_FORMAT = (
    r"^(?:[0-9]{1,4}[/. -][0-9]{1,2}[/. -][0-9]{1,4}(?:[ T,].*)?|[0-9]{8}|[0-9]{9,19}(?:\.[0-9]+)?"
    r"|(?i:[a-z]{3,9})\.? [0-9]{1,2},? [0-9]{4}.*|[0-9]{1,2}[ -](?i:[a-z]{3,9})[ -][0-9]{2,4}.*"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}[ T].*)$"
)
EPOCH = dt.date(1970, 1, 1)
_FIRST_DAY = dt.date(1800, 1, 1)
_LAST_DAY = dt.date(9999, 12, 31)
_HOUR = 60  # minutes
_UTC = ("UTC", "Etc/UTC", "+00:00")
_TICKS_A_DAY = {"ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}

_SCHEMA = {"date": pl.Date, "second": pl.Int64, "code": pl.String}


def dates_of_text(
    cells: pl.Series, *, declared: str | None, zone: str, where: tuple[str, str, pl.Series]
) -> pl.DataFrame:
    """Dates of stripped text cells; null, no text or a word for it get code NULL.

    Args:
        cells: [N] text.
        declared: format of strptime, None for YYYY-MM-DD with or without a time of day.
        zone: time zone of the exchange, for stamps in UTC.
        where: file, unit of its rows, and [N] number of each row, for messages.

    Raises:
        InputError: DATE_FORMAT for another format, TZ_MIX for stamps with and without a time zone
            or of several, TIME_ZONE for evenings before.
    """
    known = cells.unique(maintain_order=True)
    if declared is None:
        _check_format(cells, known, where)
        table = _iso(known, zone)
        if not table["second"].is_null().all():
            _check_zones(cells, where)
    else:
        table = _as_declared(known, declared, where[0])
    if not table["second"].is_null().all():
        check_evenings(table["stamp"], table["date"], zone=zone, file=where[0])
    missing = known.is_null() | known.str.to_lowercase().is_in(NULL_WORDS)
    table = table.with_columns(
        code=pl.when(missing).then(pl.lit("NULL")).otherwise(_odd_day(table["date"]))
    ).with_columns(cell=known)
    joined = cells.to_frame("cell").join(table, on="cell", how="left", nulls_equal=True,
                                         maintain_order="left")  # fmt: skip
    return joined.select(*_SCHEMA)


def dates_of_type(cells: pl.Series, *, zone: str, file: str) -> pl.DataFrame:
    """Dates of a column of type Date or Datetime, with or without a time zone.

    Raises:
        InputError: DTYPE for any other type, TIME_ZONE for evenings before.
    """
    dtype = cells.dtype
    if dtype != pl.Date and not isinstance(dtype, pl.Datetime):
        raise InputError(
            f"{file}: column of dates {cells.name!r} has type {dtype}: store dates, "
            "or text YYYY-MM-DD",
            code="DTYPE",
        )
    missing = cells.is_null()
    cells = near_dates(cells)
    second = pl.Series("second", [None], dtype=pl.Int64).new_from_index(0, len(cells))
    if isinstance(dtype, pl.Datetime):
        local = cells.dt.replace_time_zone(None)
        if dtype.time_zone in _UTC:
            local = _exchange_time(local, zone)
        second = _second_of_day(local)
        if dtype.time_zone in (None, *_UTC):
            check_evenings(cells.dt.replace_time_zone(None), local.dt.date(), zone=zone, file=file)
        cells = local
    dates = cells.cast(pl.Date)
    code = pl.select(pl.when(missing).then(pl.lit("NULL")).otherwise(_odd_day(dates))).to_series()
    return pl.DataFrame([dates.alias("date"), second.alias("second"), code.alias("code")])


def near_dates(cells: pl.Series) -> pl.Series:
    """Dates or stamps, null where too far off: polars panics where it has to show one.

    Args:
        cells: [N] Date or Datetime.
    """
    ticks = _TICKS_A_DAY[str(cells.dtype.time_unit)] if isinstance(cells.dtype, pl.Datetime) else 1
    days = cells.to_physical() // ticks
    near = days.is_between((_FIRST_DAY - EPOCH).days, (_LAST_DAY - EPOCH).days)
    return pl.select(pl.when(near).then(cells)).to_series().alias(cells.name)


def _check_format(cells: pl.Series, known: pl.Series, where: tuple[str, str, pl.Series]) -> None:
    """Refuse text that is a date in another format than YYYY-MM-DD."""
    other = known.filter(known.str.contains(_OTHER_FORMAT) & ~known.str.contains(_STAMP))
    if other.is_empty():
        return
    file, unit, places = where
    row = int(cells.is_in(other.implode()).arg_max() or 0)
    mixed = " beside YYYY-MM-DD" if known.str.contains(_DAY).any() else ""
    raise InputError(
        f"{file}: {unit} {places[row]}: date {shown(cells[row])}{mixed} {_fitting(cells[row])}",
        code="DATE_FORMAT",
    )


def _fitting(cell: str) -> str:
    """Why a cell of another format is not read, and what to do."""
    if re.fullmatch(r"(18|19|20)[0-9]{2}(0[1-9]|1[0-2])[0-3][0-9]", cell):
        return "is no YYYY-MM-DD: declare data.text.date_format '%Y%m%d', or write YYYY-MM-DD"
    if re.fullmatch(r"[0-9]{9,19}(\.[0-9]+)?", cell):
        return "looks like a count since 1970, and is not read as one: write YYYY-MM-DD"
    if re.fullmatch(r"[0-9]{4}([/. -])[0-9]{1,2}\1[0-9]{1,2}", cell):
        return (
            f"is no YYYY-MM-DD: declare data.text.date_format '%Y{cell[4]}%m{cell[4]}%d', or write "
            "YYYY-MM-DD"
        )
    return (
        "could mean several days: declare data.text.date_format, such as '%m/%d/%Y', or write "
        "YYYY-MM-DD"
    )


def _iso(known: pl.Series, zone: str) -> pl.DataFrame:
    """Date, second and stamp (in UTC or of no zone) of distinct text YYYY-MM-DD[ time]."""
    if known.drop_nulls().str.contains(_DAY).all():
        day = known.str.to_date("%Y-%m-%d", strict=False)
        return pl.DataFrame([day.alias("date")]).with_columns(
            second=pl.lit(None, dtype=pl.Int64), stamp=pl.lit(None, dtype=pl.Datetime("us"))
        )
    parts = known.str.extract_groups(_STAMP).struct.unnest()
    offset = _offset_minutes(parts["zone"])
    short = parts["time"].str.len_chars() == 5
    time = pl.select(
        pl.when(short).then(parts["time"] + ":00").otherwise(parts["time"])
    ).to_series()
    stamp = (parts["day"] + "T" + time.fill_null("00:00:00")).str.to_datetime(
        "%Y-%m-%dT%H:%M:%S", strict=False
    )
    utc = (offset == 0).fill_null(value=False)
    moved = pl.select(pl.when(utc).then(_exchange_time(stamp, zone)).otherwise(stamp)).to_series()
    second = pl.select(pl.when(time.is_not_null()).then(_second_of_day(moved))).to_series()
    unzoned = (offset.fill_null(0) == 0) & time.is_not_null()
    own = pl.select(pl.when(unzoned).then(stamp)).to_series()
    return pl.DataFrame({"date": moved.dt.date(), "second": second, "stamp": own})


def _exchange_time(utc: pl.Series, zone: str) -> pl.Series:
    """Naive UTC stamps in the exchange's time; midnights name a day and stay as they are."""
    local = utc.dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.replace_time_zone(None)
    midnight = utc.dt.time() == dt.time(0)
    return pl.select(pl.when(midnight).then(utc).otherwise(local)).to_series()


def _second_of_day(stamps: pl.Series) -> pl.Series:
    """The second of the day of each stamp."""
    hours = stamps.dt.hour().cast(pl.Int64)
    return hours * 3600 + stamps.dt.minute().cast(pl.Int64) * 60 + stamps.dt.second()


def _offset_minutes(zones: pl.Series) -> pl.Series:
    """Minutes east of UTC of Z, UTC, +HH:MM and +HHMM; null without a zone."""
    digits = zones.str.replace(":", "", literal=True).str.replace(r"^(?:Z|UTC)$", "+0000")
    size = digits.str.slice(1, 2).cast(pl.Int64) * _HOUR + digits.str.slice(3, 2).cast(pl.Int64)
    return pl.select(pl.when(digits.str.starts_with("-")).then(-size).otherwise(size)).to_series()


def _check_zones(cells: pl.Series, where: tuple[str, str, pl.Series]) -> None:
    """Refuse stamps with and without a zone, or of zones further apart than summer time."""
    file, unit, places = where
    zones = cells.str.extract(_STAMP, 3)
    if zones.null_count() == len(zones):
        return
    naive = cells.str.contains(_STAMP) & zones.is_null()
    minutes = _offset_minutes(zones).drop_nulls().unique().sort()
    spread = int(minutes[-1]) - int(minutes[0])
    if naive.any() or len(minutes) > 2 or spread > _HOUR:
        other = naive if naive.any() else zones != zones.drop_nulls()[0]
        row = int(other.arg_max() or 0)
        listed = ", ".join(zones.drop_nulls().unique().sort()[:4])
        raise InputError(
            f"{file}: {unit} {places[row]}: date {shown(cells[row])} beside time zones {listed}: "
            "write all of them in one, the exchange's own",
            code="TZ_MIX",
        )


def _as_declared(known: pl.Series, declared: str, file: str) -> pl.DataFrame:
    """Date, second and stamp of distinct text in the declared format.

    Raises:
        InputError: DATE_FORMAT when the format cannot be used, or fits no cell.
    """
    try:
        stamps = known.str.strptime(pl.Datetime("us"), declared, strict=False)
        if stamps.null_count() == len(known):
            stamps = known.str.strptime(pl.Date, declared, strict=False).cast(pl.Datetime("us"))
    except pl.exceptions.PolarsError as error:
        raise InputError(
            f"data.text.date_format {declared!r} cannot be used ({str(error).splitlines()[0]}): "
            "write it in the notation of strptime, such as '%m/%d/%Y'",
            code="DATE_FORMAT",
        ) from error
    if stamps.null_count() == len(known):
        raise InputError(
            f"{file}: no date such as {shown(str(known[0]))} has data.text.date_format "
            f"{declared!r}: correct it",
            code="DATE_FORMAT",
        )
    stamps = stamps.dt.replace_time_zone(None)
    timed = any(mark in declared for mark in ("%H", "%I", "%T", "%R", "%X", "%c"))
    second = _second_of_day(stamps) if timed else pl.Series([None] * len(known), dtype=pl.Int64)
    return pl.DataFrame({"date": stamps.dt.date(), "second": second, "stamp": stamps})


def _odd_day(dates: pl.Series) -> pl.Expr:
    """Code DATE for what is no day, the epoch, or too far off; null for others."""
    sound = dates.is_between(_FIRST_DAY, _LAST_DAY) & (dates != EPOCH)
    return pl.when(sound.fill_null(value=False)).then(None).otherwise(pl.lit("DATE"))
