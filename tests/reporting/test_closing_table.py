"""The table that a run ends with: each action beside the agreement on it."""

import polars as pl

from walkforge.reporting.closing_table import closing_table

RANKING = pl.DataFrame(
    {
        "rank": [1, 2],
        "symbol": ["A", "BRK-B.long"],
        "action": ["buy", "sell"],
        "agreement": [1.0, 2 / 3],
        "target_weight": [0.6, 0.123],
        "account_action": ["sell", "hold"],
        "account_agreement": [1 / 3, 0.5],
        "held_weight": [0.7, 0.1],
        "account_target_weight": [0.45, 0.11],
        "order_weight": [-0.025, 0.0],
    }
)


def test_each_action_stands_beside_its_own_agreement():
    heading, labels, first, second, note, end = closing_table(RANKING, 5).split("\n")
    assert " ".join(first.split()) == "1 A | buy 100 60.0 | sell 33 70.0 45.0 -2.5"
    assert " ".join(second.split()) == "2 BRK-B.long | sell 67 12.3 | hold 50 10.0 11.0 +0.0"
    assert " ".join(labels.split("|")[1].split()) == "action agreement % target %"
    assert " ".join(labels.split("|")[2].split()) == "action agreement % held % target % order %"
    assert [part.strip() for part in heading.split("|")[1:]] == [
        "a flat account (cash alone)",
        "the account carried on",
    ]
    assert "per cent of equity" in note
    assert end == ""


def test_columns_of_all_lines_are_aligned():
    lines = closing_table(RANKING, 5).split("\n")[:4]
    bars = [[place for place, sign in enumerate(line) if sign == "|"] for line in lines]
    assert bars == [bars[0]] * 4
    assert len(bars[0]) == 2
    assert lines[1].index("order %") + len("order %") == len(lines[2]) == len(lines[3])


def test_the_agreement_of_one_seed_is_undefined():
    alone = RANKING.with_columns(agreement=None, account_agreement=None)
    first = closing_table(alone, 1).split("\n")[2]
    assert " ".join(first.split()) == "1 A | buy – 60.0 | sell – 70.0 45.0 -2.5"


def test_as_many_rows_as_are_asked_for():
    assert len(closing_table(RANKING, 1).split("\n")) == 5
