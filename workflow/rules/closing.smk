"""What stands in results, against Snakemake's memory of it; included after all rules of scripts."""

from snakemake.iocontainers import Wildcards
from snakemake.persistence import RECORD_FORMAT_VERSION, MetadataRecord
from snakemake.persistence.file import FilePersistence
from snakemake.settings.types import PersistenceBackend

from walkforge.errors import InputError
from walkforge.manifests import params_digest
from walkforge.provenance import sweep
from walkforge.recall import UNKNOWN, as_record, recall, standing


def settled_params(rule, wildcards):
    """Return what Snakemake compares of a rule's params: all but functions that take more."""
    settled = [each for each in rule.params if not rule._is_deriving_function(each)]
    return [each(wildcards) if callable(each) else each for each in settled]


def told_of(rule):
    """Return a function for params that tells a job what its manifests say it was made of."""
    kept = [each for each in rule.input if getattr(each, "is_ancient", False)]

    def told_made(wildcards, input):
        ignored = [str(each.apply_wildcards(wildcards)) for each in kept]
        return {"ignored": ignored, "params": params_digest(settled_params(rule, wildcards))}

    return told_made


def producer(path, said):
    """Return the rule that makes a file: the one that its manifest names, where one does."""
    named = [each for each in workflow.rules if said is None or each.name == said.rule]
    return next((each for each in named if any(o.match(path) for o in each.output)), None)


def standing_jobs(known):
    """Return the artifacts that stand in results, by rule and wildcards of the job."""
    jobs = {}
    for path, said in known.items():
        maker = producer(path, said)
        if maker is not None:
            wildcards = tuple(sorted(maker.get_wildcards(path).items()))
            jobs.setdefault((maker, wildcards), {})[path] = said
    return jobs


def planned_params(rule, wildcards):
    """Return the reprs of a job's params; none where this configuration cannot have it."""
    try:
        return sorted(map(repr, settled_params(rule, Wildcards(fromdict=wildcards))))
    except (InputError, LookupError):
        return [UNKNOWN]


def recall_results():
    """Let Snakemake's memory say what the manifests in results say."""
    memory, known = FilePersistence(nolock=True), standing(Path("results"), left_out=["trials"])
    for (rule, pairs), artifacts in standing_jobs(known).items():
        wildcards, (outputs, _) = dict(pairs), rule.expand_output(dict(pairs))
        records = {o: memory._read_record(str(o)) for o in outputs if Path(o).exists()}
        planned = partial(planned_params, rule, wildcards)
        for output, said in recall(artifacts, records, known=known, planned=planned):
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
