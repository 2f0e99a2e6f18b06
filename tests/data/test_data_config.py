"""The data section becomes a DataConfig, or an error that names the key."""

import dataclasses
import datetime as dt
from pathlib import Path

import pytest
import yaml

from walkforge.data.config import data_config
from walkforge.errors import InputError


def test_the_projects_own_section_is_read():
    text = (Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8")
    section = yaml.safe_load(text)["data"]
    del section["quality_gate"]
    config = data_config(section)
    assert config.source == "sample"
    assert config.columns.adj_close is None


def test_text_dates_and_date_objects_give_the_same(section):
    text = data_config(section(start="2001-02-03", end="2004-05-06"))
    dates = data_config(section(start=dt.date(2001, 2, 3), end=dt.date(2004, 5, 6)))
    assert text == dates
    assert text.start == dt.date(2001, 2, 3)


def test_symbols_become_a_tuple_in_their_order(section):
    assert data_config(section(symbols=["NA", "000001"])).symbols == ("NA", "000001")


def test_a_config_cannot_be_changed_and_has_no_defaults(configured):
    config = configured()
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.source = "csv"
    for part in (config, config.columns):
        assert all(field.default is dataclasses.MISSING for field in dataclasses.fields(part))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sorce": "csv"}, "data has no key 'sorce'.*'source'"),
        ({"columns": {"Close": "close"}}, "data.columns has no key 'Close'.*'close'"),
        ({"columns": {"close": None}}, "data.columns.close is None"),
        ({"columns": {"open": 3}}, "data.columns.open is 3"),
        ({"columns": {"open": "close"}}, r"data.columns gives \['open', 'close'\] the one column"),
        ({"text": {"dezimal": "."}}, "data.text has no key 'dezimal'.*'decimal'"),
        ({"quarantine": {"row": 1}}, "data.quarantine has no key 'row'.*'rows'"),
        ({"as_of": "soon"}, "data.as_of is 'soon'"),
        ({"source": None}, "data.source is None"),
        ({"path": 5}, "data.path is 5"),
        ({"symbols": []}, r"data.symbols is \[\]"),
        ({"symbols": "AAPL"}, "data.symbols is 'AAPL'"),
        ({"symbols": ["AAPL", False]}, r"data.symbols\[1\] is False.*quotes"),
        ({"symbols": ["A", "B", "A"]}, r"data.symbols\[2\] repeats 'A'"),
        ({"start": "01/02/2020"}, "data.start is '01/02/2020'.*YYYY-MM-DD"),
        ({"start": "20200102"}, "data.start"),
        ({"end": "2020-02-30"}, "data.end is '2020-02-30'"),
        ({"end": 2020}, "data.end is 2020"),
        ({"end": dt.datetime(2020, 1, 2)}, "data.end is datetime"),  # noqa: DTZ001
        ({"start": "2020-01-02", "end": "2020-01-01"}, "data.start 2020-01-02 is after data.end"),
    ],
)
def test_a_wrong_value_is_refused_with_its_key(section, changes, said):
    with pytest.raises(InputError, match=said):
        data_config(section(**changes))


@pytest.mark.parametrize("key", ["source", "path", "columns", "symbols", "start", "calendar"])
def test_a_missing_key_is_named(section, key):
    lacking = section()
    del lacking[key]
    with pytest.raises(InputError, match=f"data.{key} is missing"):
        data_config(lacking)


def test_a_missing_column_key_is_named(section):
    lacking = section()
    del lacking["columns"]["volume"]
    with pytest.raises(InputError, match=r"data.columns.volume is missing"):
        data_config(lacking)


def test_columns_must_be_a_mapping(section):
    with pytest.raises(InputError, match=r"data\.columns is None"):
        data_config(section() | {"columns": None})
