"""What each job's manifests say that it was made of; included after all rules with scripts."""

from walkforge.manifests import params_digest


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


for each in workflow.rules:
    each.set_params(made=told_of(each))
