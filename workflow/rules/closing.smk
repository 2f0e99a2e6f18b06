"""What stands in results, against Snakemake's memory of it; included after all rules of scripts."""

from platform import python_version

from snakemake.iocontainers import Wildcards
from snakemake.persistence import RECORD_FORMAT_VERSION, MetadataRecord
from snakemake.persistence.file import FilePersistence
from snakemake.settings.types import PersistenceBackend

from walkforge.closing import CLOSED, behind_text, close, outdated
from walkforge.digests import keep_digests
from walkforge.errors import InputError
from walkforge.manifests import Made, manifest_of, params_digest, read_manifest
from walkforge.provenance import sha256_bytes, sweep, write_artifacts
from walkforge.recall import (
    UNKNOWN,
    Recalled,
    altered,
    anew_text,
    as_record,
    recall,
    standing,
)

CONFIG = Path("results/config.yaml")
# What nothing else is made of, and what may be asked for by a setting of its own.
_OWN = (
    "backtest/",
    "holdout/",
    "ablation/",
    "robustness/",
    "figures/ablation.",
    "figures/robustness.",
    "logs/",  # the trainings of splits write a profile there
)
APART = tuple(f"results/{name}" for name in _OWN)


def settled_params(rule, wildcards):
    """What Snakemake compares of a rule's params: all but functions that take more."""
    settled = [each for each in rule.params if not rule._is_deriving_function(each)]
    return [each(wildcards) if callable(each) else each for each in settled]


def told_of(rule):
    """A function for params that tells a job what its manifests say it was made of."""
    kept = [each for each in rule.input if getattr(each, "is_ancient", False)]

    def told_made(wildcards, input):
        ignored = [str(each.apply_wildcards(wildcards)) for each in kept]
        return {"ignored": ignored, "params": params_digest(settled_params(rule, wildcards))}

    return told_made


def producer(path, said, plain):
    """What makes a file, by its manifest where that names a rule that does."""
    named = [each for each in plain if said is None or each.name == said.rule]
    return next((each for each in named if path in plain[each] or matches(path, each)), None)


def matches(path, rule):
    """Whether a file is of an output that has wildcards."""
    return any(each.contains_wildcard() and each.match(path) for each in rule.output)


def standing_jobs(known):
    """The artifacts that stand in results, by rule and wildcards of the job."""
    jobs, plain = {}, {}  # plain: outputs without wildcards, for which no pattern is compiled
    for each in workflow.rules:
        plain[each] = {str(file) for file in each.output if not file.contains_wildcard()}
    for path, said in known.items():
        maker = producer(path, said, plain)
        if maker is not None:
            found = {} if path in plain[maker] else maker.get_wildcards(path)
            wildcards = tuple(sorted(found.items()))
            jobs.setdefault((maker, wildcards), {})[path] = said
    return jobs


def planned_params(rule, wildcards):
    """The reprs of a job's params; none where this configuration cannot have it."""
    try:
        return sorted(map(repr, settled_params(rule, Wildcards(fromdict=wildcards))))
    except (InputError, LookupError):
        return [UNKNOWN]


def anew(name, page, inputs, content):
    """Write what a rule without wildcards writes, of inputs as they are now."""
    digest = params_digest(settled_params(workflow.get_rule(name), Wildcards()))
    write_artifacts(Made(rule=name, params=digest, inputs=inputs), {page: content})


def record_config_anew(ran):
    """Let results/config.yaml say what a targeted run went by, but for what stands apart."""
    page, text, said = CONFIG, PLAN.text(), read_manifest(CONFIG)
    shared = [path for path in ran if not path.startswith(APART)]
    if shared and (said is None or said.sha256 != sha256_bytes(text.encode())):
        folds = "results/folds/latest.json"
        anew("record_config", page, {folds: None} if Path(folds).exists() else {}, text)


def tell_provenance_anew():
    """Let the page of provenance tell the artifacts that stand there after a targeted run."""
    from walkforge.reporting.provenance_page import Provenance, provenance_html

    page = Path("results/provenance.html")
    made = (said := read_manifest(page)) and said.made
    now = {path: read_manifest(Path(path)) for path in (made.inputs if made else {})}
    shas = {path: said.sha256 for path, said in now.items() if said is not None}
    if made is None or shas == made.inputs:
        return
    known = Provenance(
        text=CONFIG.read_text(encoding="utf-8"),
        code=PLAN.all_code(),
        python=python_version(),
        manifests={path: manifest_of(Path(path)).read_text(encoding="utf-8") for path in shas},
    )
    anew("write_provenance", page, shas, provenance_html(known))


def close_results(*, whole):
    """Close a run: its configuration, provenance and manifest of manifests are of what stands.

    What cannot be written is told, and written by the next run.
    """
    try:
        _close_results(whole=whole)
    except InputError as error:
        print(f"walkforge: {error}", file=sys.stderr)


def write_report():
    """Write results/report.html; where it cannot be, its words are the last, and the run failed."""
    asked = [sys.executable, ROOT / "workflow/write_report.py", *rules.all.input]
    done = subprocess.run(asked, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def _close_results(*, whole):
    ran = {str(path) for job in workflow.dag.finished_jobs for path in job.output}
    if whole and ran:
        record_config_anew(ran)
        tell_provenance_anew()
    if ran or Path("results/manifest.json").exists():  # a failed first job leaves nothing
        close(Path("results"))
    asked = set(map(str, rules.all.input))
    behind = [path for path in outdated(Path("results")) if path in asked] if whole else []
    if behind:
        print(behind_text(behind), file=sys.stderr)


def recall_results():
    """Let Snakemake's memory say what the manifests in results say."""
    memory, known = FilePersistence(nolock=True), standing(Path("results"), left_out=["trials"])
    changed = altered(known, closed=Path("results") / CLOSED)
    if changed:
        print(anew_text(changed), file=sys.stderr)
    for (rule, pairs), artifacts in standing_jobs(known).items():
        wildcards, (outputs, _) = dict(pairs), rule.expand_output(dict(pairs))
        records = {o: memory._read_record(str(o)) for o in outputs if Path(o).exists()}
        planned = partial(planned_params, rule, wildcards)
        anew = Recalled(params=[UNKNOWN], inputs=[], checksums={})
        recalled = recall(artifacts, records, known=known, planned=planned)
        wanted = recalled if artifacts.keys().isdisjoint(changed) else ((o, anew) for o in records)
        for output, said in wanted:
            at = Path(output).stat().st_mtime
            facts = {"rule": rule.name, "log": list(map(str, rule.expand_log(wildcards)))}
            facts |= {"starttime": at, "endtime": at}
            facts |= {"record_format_version": RECORD_FORMAT_VERSION}
            memory._write_record(str(output), MetadataRecord(**as_record(said, **facts)))


for each in workflow.rules:
    each.set_params(made=told_of(each))

for each in filter(
    Path.is_dir, map(Path, ["results", ".work"] if workflow.is_main_process else [])
):
    sweep(each)

by_files = workflow.workflow_settings.persistence_backend == PersistenceBackend.FILE
locked = any(Path(".snakemake/locks").glob("*")) or not Path("results").is_dir()
if workflow.is_main_process and by_files and not locked:
    recall_results()

if workflow.is_main_process:
    keep_digests(DIGESTS)
