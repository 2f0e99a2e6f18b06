"""The quality score: by hand, lower for every planted fault, and its gate."""

import pytest

from bar_files import as_lines, ingested, joined, sound_bars, with_cell
from walkforge.data.gate import check_quality
from walkforge.data.quality import quality_of
from walkforge.errors import InputError
from walkforge.provenance import canonical_json

LINES = as_lines(sound_bars())


def quality(tmp_path, lines, **changes):
    (tmp_path / "bars.csv").write_text(joined(lines))
    return quality_of(ingested("csv", tmp_path / "bars.csv", **changes))


def test_sound_bars_score_1(tmp_path):
    found = quality(tmp_path, LINES)
    assert found["score"] == 1.0
    assert (found["rows_in"], found["bars"], found["first"]) == (180, 180, "2020-01-02")
    assert [each["symbol"] for each in found["symbols"]] == ["AAA", "BBB"]
    assert found["issues"] == found["quarantine"] == found["dropped"] == []
    assert (found["late"], found["ended"]) == (0, 0)


def test_a_score_by_hand(tmp_path):
    lines = [*LINES, LINES[5]]  # one copy
    lines[20] = with_cell(lines[20], 6, "0")  # one halt: a flag
    lines[30] = with_cell(lines[30], 2, "abc")  # one quarantined, and so one session missed
    del lines[40]  # another missed
    found = quality(tmp_path, lines)
    own = next(each for each in found["symbols"] if each["symbol"] == "AAA")
    counts = ("rows_in", "bars", "quarantined", "copies", "missing", "flagged")
    assert [own[name] for name in counts] == [90, 88, 1, 1, 2, 1]
    assert own["score"] == pytest.approx((88 - 0.5) / (90 + 2), abs=1e-6)
    assert found["score"] == pytest.approx((178 - 0.5) / (180 + 2), abs=1e-6)


@pytest.mark.parametrize("fault", ["gap", "duplicate", "conflict", "halt", "text"])
def test_every_planted_fault_lowers_the_score_and_more_of_them_more(tmp_path, fault):
    scores = []
    for count in range(4):
        lines = list(LINES)
        for place in range(20, 20 + 3 * count, 3):
            if fault == "gap":
                lines[place] = ""
            elif fault == "duplicate":
                lines.append(lines[place])
            elif fault == "conflict":
                lines.append(with_cell(lines[place], 6, "7"))
            else:
                lines[place] = with_cell(lines[place], 6, "0" if fault == "halt" else "x")
        limits = {"rows": 50}
        scores.append(quality(tmp_path, [e for e in lines if e], quarantine=limits)["score"])
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 4


def test_the_order_of_rows_does_not_matter(tmp_path):
    lines = [*LINES[:30], "x", *LINES[30:]]
    found = quality(tmp_path, lines)
    turned = quality(tmp_path, [lines[0], *lines[:0:-1]])
    assert {**found, "issues": 0, "worst_rows": 0} == {**turned, "issues": 0, "worst_rows": 0}


def test_dropped_symbols_score_0_and_unread_files_weigh_as_the_median(tmp_path):
    for name in "ABCD":
        sound_bars([name]).drop("symbol").write_csv(tmp_path / f"{name}.csv")
    (tmp_path / "E.csv").touch()
    found = quality_of(ingested("csv", tmp_path, columns={"symbol": None}))
    assert found["score"] == 0.8
    assert [each["code"] for each in found["dropped"]] == ["EMPTY"]
    sound_bars(["E"], 5).drop("symbol").write_csv(tmp_path / "E.csv")
    found = quality_of(ingested("csv", tmp_path, columns={"symbol": None}))
    assert found["symbols"][0]["dropped"] == "TOO_SHORT"
    assert found["symbols"][0]["score"] == 0.0
    assert found["score"] == pytest.approx(360 / 365, abs=1e-6)


def test_survivors_late_and_ended_symbols_are_counted(tmp_path):
    late = [line for i, line in enumerate(LINES) if not 1 <= i < 30]
    assert quality(tmp_path, late)["late"] == 1
    ended = [line for i, line in enumerate(LINES) if not 79 <= i <= 90]
    assert quality(tmp_path, ended)["ended"] == 1
    assert quality(tmp_path, [*LINES[:81], *LINES[91:]])["ended"] == 0


def test_rare_faults_are_shown_first_with_place_and_text(tmp_path):
    lines = list(LINES)
    for place in range(50, 55):
        lines[place] = with_cell(lines[place], 2, "abc")
    lines[10] = "short"
    found = quality(tmp_path, lines)
    assert found["worst_rows"][0] == {
        "file": str(tmp_path / "bars.csv"), "line": 11, "symbol": None, "date": None,
        "code": "FIELDS", "text": "short",
    }  # fmt: skip
    assert [each["code"] for each in found["worst_rows"]] == ["FIELDS", *["NUMBER"] * 4]
    assert canonical_json(found)


def test_the_gate_lets_pass_from_the_score_on_and_says_what_to_look_at(tmp_path):
    found = quality(tmp_path, [*LINES[:20], *LINES[30:]])
    assert check_quality(found, gate=found["score"]) == {
        "score": found["score"],
        "gate": found["score"],
    }
    said = r"QUALITY: the data score 0\.9444, below .* GAP 1; worst symbols: 'AAA' 0\.889"
    with pytest.raises(InputError, match=said + r".*look at quality\.html"):
        check_quality(found, gate=0.99)
