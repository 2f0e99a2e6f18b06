"""Records say what they were made of, and a policy, a fold or a figure in its place is found."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from walkforge.verify.claim import Claim
from walkforge.verify.folder import Folder
from walkforge.verify.lineage import check_lineage
from walkforge.verify.study import Study

AGENT = "agents/chooser_2"
DAILY = "evaluation/chooser_2/fold_2/seed_1/daily.parquet"


def faults(results: Path) -> set[str]:
    claim = Claim("lineage", "")
    check_lineage(Study(Folder(results)), claim)
    assert claim.compared > 100
    return {fault.at for fault in claim.faults}


def made(results: Path, path: str, change: Callable[[dict], None]) -> None:
    """Rewrite what an artifact says it was made of."""
    file = results / f"{path}.sha256"
    *lines, last = file.read_text().splitlines(keepends=True)
    said = json.loads(last.removeprefix("# made of "))
    change(said)
    file.write_text("".join([*lines, f"# made of {json.dumps(said)}\n"]))


def swap(results: Path, one: str, other: str) -> None:
    """Exchange two folders with all that lies in them."""
    kept = results / "kept"
    (results / one).rename(kept)
    (results / other).rename(results / one)
    kept.rename(results / other)


def test_policies_that_changed_folds_are_found_by_themselves_and_by_their_record(results) -> None:
    assert faults(results) == set()
    swap(results, f"{AGENT}/fold_1/seed_0/policy", f"{AGENT}/fold_2/seed_0/policy")
    found = faults(results)
    at = f"{AGENT}/fold_1/seed_0/policy/manifest.json"
    assert f"{at}.sha256, made of" in found
    assert not any("seed_1" in each for each in found)


def test_a_policy_trained_anew_is_not_the_one_of_the_record(results) -> None:
    place = f"{AGENT}/fold_1/seed_1/policy"
    shutil.copytree(results / f"{AGENT}/fold_1/seed_0/policy", results / place, dirs_exist_ok=True)
    found = faults(results)
    assert f"{DAILY}, made of {place}/policy.safetensors" in found
    assert not any(each.startswith("evaluation/baselines") for each in found)


def test_a_record_of_which_a_frame_was_exchanged_is_found_where_it_is_judged(results) -> None:
    shutil.copy(results / DAILY.replace("seed_1", "seed_0"), results / DAILY)
    assert f"evaluation/returns.parquet, made of {DAILY}" in faults(results)


@pytest.mark.parametrize(
    ("path", "change", "said"),
    [
        (DAILY, lambda made: made.update(params="others"), "code of evaluate_agent chooser_2"),
        (DAILY, lambda made: made["inputs"].clear(), f"{DAILY}.sha256, made of"),
        (DAILY, lambda made: made.pop("inputs"), f"{DAILY}.sha256"),
        (
            "evaluation/verdict.json",
            lambda made: made["inputs"].pop("results/evaluation/chain.parquet"),
            "evaluation/verdict.json.sha256, made of",
        ),
    ],
)
def test_what_is_made_of_something_else_or_does_not_say_is_found(results, path, change, said):
    made(results, path, change)
    (found,) = faults(results)
    assert found.endswith(said)


def test_another_rule_and_no_origin_at_all_are_found(results) -> None:
    file = results / f"{DAILY}.sha256"
    text = file.read_text()
    file.write_text(text.replace("rule evaluate_agent", "rule by_hand"))
    assert faults(results) == {f"{DAILY}.sha256, rule"}
    file.write_text("\n".join(text.splitlines()[:2]) + "\n")
    assert faults(results) == {f"{DAILY}.sha256"}
