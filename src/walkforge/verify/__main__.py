"""Check a folder of results: `python -m walkforge.verify FOLDER`, a line for each claim.

Exits with 0 when all hold, 1 when one does not, 2 where there are no results to check.
"""

import argparse
import sys
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import polars as pl

from walkforge.verify import (
    accounts,
    audits,
    closed,
    closing,
    copies,
    evidence,
    fields,
    hashes,
    lineage,
    policies,
    summary,
    tensor,
    training,
    verdict,
    wording,
)
from walkforge.verify.accounts import Accounts
from walkforge.verify.claim import Claim, Unreadable, plain
from walkforge.verify.folder import Folder
from walkforge.verify.study import Study

NEEDED = ("config.yaml", "bars", "evaluation")
# What is claimed, what is compared for it, and by what.
OF_STUDY: Sequence[tuple[str, str, Callable[[Study, Claim], None]]] = (
    ("hashes", "every artifact and the hash beside it", hashes.check_hashes),
    ("files", "the files that there are and those that a run left", closed.check_closed),
    ("policies", "every policy, its manifest, copy and configuration", policies.check_policies),
    ("lineage", "what records were made of with what is there", lineage.check_lineage),
    ("curves", "every training's roll-outs and steps", training.check_training),
    ("trials", "records of trials and openings", hashes.check_trials),
    ("audits", "what the audits compared, and no leak", audits.check_audits),
    ("folds", "test windows and the configured dates", summary.check_folds),
    ("tensor", "what policies saw of prices with the bars", tensor.check_tensor),
    ("features", "features with the tensor, ranges with the bars", tensor.check_features),
    ("rows", "hashes of the rows that folds read with the tensor", tensor.check_rows),
)
OF_ACCOUNTS: Sequence[tuple[str, str, Callable[[Accounts, Claim], None]]] = (
    ("fills", "prices, values and costs with bars and rates", accounts.check_fills),
    ("cash", "cash and holdings replayed from the ledgers", accounts.check_cash),
    ("equity", "daily figures with cash + holdings x close", accounts.check_equity),
    ("weights", "weights with holdings x close", accounts.check_weights),
    ("closing", "the agents' accounts at the end", closing.check_closing),
    ("returns", "the record with the replayed accounts", accounts.check_returns),
    ("metrics", "figures recomputed from the replayed record", evidence.check_metrics),
    ("strategies", "what each record is worth", evidence.check_strategies),
    ("against", "agents less baselines", evidence.check_against),
    ("verdict", "the figures of the verdict", verdict.check_verdict),
    ("sentences", "figures of the summary page and their sources", summary.check_sentences),
    ("tables", "cells of the summary page and their sources", summary.check_tables),
    ("pages", "figures of evidence and metrics and their sources", summary.check_pages),
)
OF_PAGE: Sequence[tuple[str, str, Callable[[Study, Claim], None]]] = (
    ("fields", "fields of the verdict, its reasons, columns of tables", fields.check_fields),
    ("rankings", "tables and pages of rankings with their source", copies.check_copies),
    ("wording", "texts of the summary page and what its source can say", wording.check_wording),
    ("word", "the verdict's word and its figures", verdict.check_word),
    ("pictures", "pictures of the summary page and the files", summary.check_pictures),
)


def verify(folder: Path) -> list[Claim]:
    """Every claim on a folder of results, checked."""
    study = Study(Folder(folder))
    replayed = Accounts(study)
    return [
        *(checked(name, what, partial(run, study)) for name, what, run in OF_STUDY),
        *(checked(name, what, partial(run, replayed)) for name, what, run in OF_ACCOUNTS),
        *(checked(name, what, partial(run, study)) for name, what, run in OF_PAGE),
    ]


def checked(name: str, what: str, run: Callable[[Claim], None]) -> Claim:
    """A claim once it is checked; whatever is in the files, a failure of it and no more."""
    claim = Claim(name, what)
    try:
        run(claim)
    except Unreadable as error:
        claim.wrong(str(error), found="nothing to compare", expected="a file as it was written")
    except (Exception, pl.exceptions.PanicException) as error:
        fault = f"{type(error).__name__}: {error}"
        claim.wrong("a file", found=fault, expected="what the pipeline writes")
    if not claim.compared and not claim.faults:
        claim.wrong("all files", found="nothing to compare", expected="something")
    return claim


def lacking(folder: Path) -> str | None:
    """Why a folder holds no results; None where it does."""
    missing = [name for name in NEEDED if not (folder / name).exists()]
    if not missing:
        return None
    what = f"holds no {', '.join(missing)}" if folder.is_dir() else "is no folder"
    return f"{plain(str(folder))} {what}: name the folder of results that `make run` wrote"


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the folder that is named, print a line for each claim, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m walkforge.verify", description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder of results")
    folder = parser.parse_args(arguments).folder
    try:
        reason = lacking(folder)
    except (OSError, ValueError) as error:
        reason = f"{plain(str(folder))} cannot be read: {error}"
    if reason:
        sys.stderr.write(f"walkforge.verify: {reason}\n")
        return 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy's, of numbers that a claim then finds wrong
        claims = verify(folder)
    failed = sum(bool(claim.faults) for claim in claims)
    for claim in claims:
        sys.stdout.write(f"{claim.line()}\n")
    sys.stdout.write(f"{len(claims) - failed} of {len(claims)} claims hold\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
