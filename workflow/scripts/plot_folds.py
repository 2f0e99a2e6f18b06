"""Draw which dates each fold trains, validates and is tested on."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.provenance import read_json, write_artifacts
from walkforge.reporting.encoding import encode_figure
from walkforge.reporting.facts import fold_windows
from walkforge.reporting.folds_figure import plot_folds
from walkforge.splits.windows import sealed_window

redirect_to(snakemake.log[0])
files, made = snakemake.input, snakemake.output
folds = fold_windows([read_json(Path(path)) for path in [*files.manifests, *files.tests]])
figure = plot_folds(folds, holdout=sealed_window(snakemake.params.config["holdout"]))
contents = {Path(made[kind]): encode_figure(figure, kind=kind) for kind in ("png", "svg")}
write_artifacts(snakemake, contents)
