"""Audits: each found no leak, and none of agents, folds and stages was left out."""

from walkforge.verify.claim import Claim
from walkforge.verify.study import Study

FEATURES = "features/audit.parquet"
CHAIN = "evaluation/chain.parquet"
# Of the live fold nothing is rolled, since it has no test window, and nothing may follow it.
OF_ALL = ("scaler",)
OF_SCORED = ("training", "observation", "order", "equity", "record")


def check_audits(study: Study, claim: Claim) -> None:
    """Look for leaks in what the audits found, and for what they did not look at."""
    for path in (FEATURES, CHAIN):
        found = study.folder.frame(path, "compared", "leaks")
        for row in found.filter((found["leaks"] != 0) | (found["compared"] < 0)).rows(named=True):
            claim.wrong(path, found=row, expected="no leak")
        claim.compared += int(found["compared"].sum())
    columns = ("agent", "fold", "stage")
    seen = set(study.folder.frame(CHAIN, *columns).select(columns).rows())
    for agent in study.agents:
        due = {(agent, fold, stage) for fold in [*study.folds, "live"] for stage in OF_ALL}
        due |= {(agent, fold, stage) for fold in study.folds for stage in OF_SCORED}
        missing = sorted(due - seen)
        claim.same(f"{CHAIN}, {agent}", found=missing, expected=[])
    wanted = set(study.folder.json("features/market.json")["features"])
    audited = set(study.folder.frame(FEATURES, "feature")["feature"].to_list())
    claim.same(f"{FEATURES}, features", found=sorted(wanted - audited), expected=[])
