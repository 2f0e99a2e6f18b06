"""Picture of training: how each figure moved from update to update, a line for each seed."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import (
    EngFormatter,
    FuncFormatter,
    MaxNLocator,
    NullLocator,
    SymmetricalLogLocator,
)

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.colours import OKABE_ITO
from walkforge.reporting.encoding import Drawn
from walkforge.reporting.material import Material
from walkforge.reporting.panels import LEGEND_ROW_INCHES, WIDTH_INCHES
from walkforge.reporting.style import figure_style

ENTRY = Entry(
    place="training_{agent}",
    inputs={
        "curves": "agents/{agent}/{trained}/seed_{seed}/training.parquet",
    },
    category="7. Training",
    caption=(
        "How training went, update by update: a line for each fold and seed, the live fold in "
        "vermillion."
    ),
)


def draw(material: Material) -> Drawn:
    """The figure, of what it is made of."""
    curves = curves_of([
        (path.parts[-3], path.parts[-2], frame) for path, frame in material.files["curves"].items()
    ])  # fmt: skip
    return Drawn(plot_training(curves, agent=material.agent))


STEPS = "timesteps"
# The first of these that a training has are drawn, under what they are called here.
NAMES: Mapping[str, str] = {
    "reward": "reward of a step",
    "explained_variance": "explained variance",
    "policy_loss": "policy loss",
    "value_loss": "value loss",
    "approx_kl": "KL divergence",
    "entropy_loss": "entropy loss",
}
PANELS = 6
_LIVE = "live"
_PANEL_INCHES = 2.6
_FRAME_INCHES = 1.1
_LEGEND_COLUMNS = 4
_LEGEND_FOLDS = 12
_TICK_SIZE = 12.0
_PANEL_TITLE_SIZE = 15.0
# The end of the scale is too pale on white.
_SCALE = (0.0, 0.85)


def curves_of(parts: Sequence[tuple[str, str, pl.DataFrame]]) -> pl.DataFrame:
    """The curves of several trainings as one frame, each given with its fold and seed."""
    named = [
        curve.with_columns(fold=pl.lit(fold), seed=pl.lit(seed)) for fold, seed, curve in parts
    ]
    return pl.concat(named, how="diagonal")


def plot_training(curves: pl.DataFrame, *, agent: str) -> Figure:
    """Small pictures of up to six figures over environment steps, a line for each training.

    Colours tell folds apart, from dark (the earliest) to light; the live fold is vermillion.
    Explained variance is drawn to scale from -1 to 1 and compressed below: it starts anywhere.

    Args:
        curves: fold, seed, timesteps, and a column for each figure, a row for each update.
        agent: its name.
    """
    figures = _chosen(curves.columns)
    colours = _colours(curves["fold"].unique(maintain_order=True).to_list())
    rows = max(-(-len(figures) // 2), 1)
    legend_rows = -(-(min(len(colours), _LEGEND_FOLDS) + 1) // _LEGEND_COLUMNS)
    with figure_style():
        height = _FRAME_INCHES + _PANEL_INCHES * rows + LEGEND_ROW_INCHES * legend_rows
        figure = Figure(figsize=(WIDTH_INCHES, height), layout="constrained")
        grid = list(figure.subplots(rows, 2, squeeze=False, sharex=True).flat)
        for axes, name in zip(grid, figures, strict=False):
            _draw(axes, curves, name, colours=colours)
        for axes in grid[len(figures) :]:
            axes.set_visible(False)
        figure.suptitle(
            f"Training of {agent}, a line for each fold and seed",
            x=0.02, ha="left", fontsize=mpl.rcParams["axes.titlesize"],
        )  # fmt: skip
        for axes in grid[max(len(figures) - 2, 0) : len(figures)]:
            axes.set_xlabel("environment steps", fontsize=_TICK_SIZE + 1.0)
            axes.tick_params(labelbottom=True)
        figure.legend(
            handles=_handles(colours), loc="outside lower left", ncols=_LEGEND_COLUMNS,
            columnspacing=1.2, handlelength=1.4,
        )  # fmt: skip
    return figure


def _chosen(columns: Sequence[str]) -> list[str]:
    """The columns to draw: those with a name here first, then others in their order."""
    others = [name for name in columns if name not in {*NAMES, STEPS, "fold", "seed"}]
    return [*(name for name in NAMES if name in columns), *others][:PANELS]


def _colours(folds: Sequence[str]) -> dict[str, str]:
    scored = [fold for fold in folds if fold != _LIVE]
    places = np.linspace(*_SCALE, num=max(len(scored), 1))
    scale = mpl.colormaps["cividis"](places)
    found = {fold: mpl.colors.to_hex(colour) for fold, colour in zip(scored, scale, strict=False)}
    return found | ({_LIVE: OKABE_ITO["vermillion"]} if _LIVE in folds else {})


def _draw(axes: Axes, curves: pl.DataFrame, name: str, *, colours: Mapping[str, str]) -> None:
    for (fold, _), part in curves.group_by("fold", "seed", maintain_order=True):
        known = part.filter(pl.col(name).is_finite())
        axes.plot(
            known[STEPS].to_numpy(),
            known[name].to_numpy(),
            color=colours[str(fold)],
            linewidth=1.2,
            # A training of one update would leave nothing to see.
            marker="o" if len(known) == 1 else "",
        )
    if name == "explained_variance":
        axes.set_yscale("symlog", linthresh=1.0)
        axes.yaxis.set_major_locator(
            SymmetricalLogLocator(base=10.0, linthresh=1.0, subs=(1.0, 2.0, 5.0))
        )
        axes.yaxis.set_major_formatter(
            FuncFormatter(lambda share, _: f"{share:z,g}".replace("-", "−"))
        )
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    axes.tick_params(labelsize=_TICK_SIZE)
    axes.yaxis.get_offset_text().set_fontsize(_TICK_SIZE)
    axes.set_title(NAMES.get(name, name.replace("_", " ")), fontsize=_PANEL_TITLE_SIZE)


def _handles(colours: Mapping[str, str]) -> list[Line2D]:
    folds = list(colours)
    if len(folds) > _LEGEND_FOLDS:
        folds = [folds[0], *folds[-2:]]
    return [Line2D([], [], color=colours[fold], linewidth=2.4, label=fold) for fold in folds]
