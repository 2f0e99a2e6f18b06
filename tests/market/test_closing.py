"""The account at the end of a record comes back to the bit, and no other file is taken for one."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load, save

from walkforge.errors import InputError
from walkforge.evaluation.baselines.naive import equal_weight
from walkforge.market.closing import SAID, Closing, closing_content, read_closing
from walkforge.market.rollout import Stretch, roll_record
from walkforge.provenance import canonical_json, write_artifacts
from walkforge.splits.windows import Window
from worlds import money, random_walks

MARKET = random_walks(2, days=40)
CLOSING = Closing(
    MARKET.dates[29],
    roll_record(
        [Stretch(Window(MARKET.dates[20], MARKET.dates[30]), equal_weight, MARKET)],
        config=money(commission_bps=10.0),
        warm_in_days=5,
    ).closing,
)
CONTENT = closing_content(CLOSING, MARKET)
TENSORS = {name: tensor.contiguous() for name, tensor in CLOSING.accounts._asdict().items()}
SYMBOLS = {"date": "2010-02-12", "schema_version": 1, "symbols": list(MARKET.symbols)}


def write(path: Path, content: bytes) -> Path:
    write_artifacts("evaluate_agent", {path: content})
    return path


def content(tensors=TENSORS, **said: object) -> bytes:
    return save(tensors, metadata={SAID: canonical_json(SYMBOLS | said)})


def test_an_account_comes_back_to_the_bit_and_its_bytes_are_the_same_twice(tmp_path: Path) -> None:
    read = read_closing(write(tmp_path / "closing", CONTENT), MARKET.symbols, single_symbol=False)
    assert read.day == CLOSING.day
    assert all(map(torch.equal, read.accounts, CLOSING.accounts))
    assert closing_content(read, MARKET) == CONTENT
    assert load(content())["cash"] == CLOSING.accounts.cash


NAN = TENSORS | {"cash": torch.full((1,), torch.nan, dtype=torch.float64)}
UNFIT = {
    "no safetensors": (b"nothing of the kind", "no date and symbols"),
    "nothing said": (save(TENSORS), "no date and symbols"),
    "no date": (content(date="yesterday"), "no date and symbols"),
    "a list for what is said": (save(TENSORS, metadata={SAID: "[]"}), "no date and symbols"),
    "other symbols": (content(symbols=["S00"]), "other symbols"),
    "another format": (content(schema_version=2), "another format"),
    "a tensor less": (content({"cash": TENSORS["cash"]}), "other names, shapes"),
    "another shape": (content(TENSORS | {"cash": torch.zeros(2).double()}), "other names, shapes"),
    "another type": (content(TENSORS | {"cash": torch.zeros(1)}), "other names, shapes"),
    "no number": (content(NAN), "not finite"),
    "too large": (content(TENSORS | {"cash": torch.zeros(1 << 18).double()}), "larger than"),
}


@pytest.mark.parametrize("name", UNFIT)
def test_what_is_no_account_of_the_market_is_refused(tmp_path: Path, name: str) -> None:
    unfit, reason = UNFIT[name]
    path = write(tmp_path / "closing", unfit)
    with pytest.raises(
        InputError, match=f"closing: does not hold accounts of this market: .*{reason}"
    ):
        read_closing(path, MARKET.symbols, single_symbol=False)


def test_accounts_of_sleeves_are_not_those_of_a_universe(tmp_path: Path) -> None:
    path = write(tmp_path / "closing", CONTENT)
    with pytest.raises(InputError, match="other names, shapes"):
        read_closing(path, MARKET.symbols, single_symbol=True)
