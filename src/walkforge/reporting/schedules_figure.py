"""The picture of schedules: `python -m walkforge.reporting.schedules_figure docs/schedules.png`."""

import sys
from pathlib import Path

from matplotlib.figure import Figure

from walkforge.agents.training.rates import Rate
from walkforge.configuration.schedule import PLATEAU
from walkforge.reporting.colours import OKABE_ITO
from walkforge.reporting.encoding import encode_figure
from walkforge.reporting.style import figure_style

SHOWN = (
    "constant(1)",
    "linear(1, 0)",
    "exponential(1, 0.01)",
    "exponential(1, 0.01, by=0.5)",
    "cosine(1, 0, warm_up=0.1)",
    "exponential(1, 0.01, warm_up=0.1)",
    "cosine(1, 0, cycles=4)",
    "plateau(1, patience=3)",
)
_COLUMNS = 2
_POINTS = 1_001
_ROLLOUTS = 20


def plot_schedules() -> Figure:
    """Each schedule over the share of a training's steps, in a panel of its own."""
    rows = -(-len(SHOWN) // _COLUMNS)
    with figure_style():
        figure = Figure(figsize=(9.0, 2.2 * rows), layout="constrained")
        panels = figure.subplots(rows, _COLUMNS, sharex=True, sharey=True)
        for axes, text in zip(panels.flat, SHOWN, strict=False):
            shares, numbers = _points(text)
            axes.plot(shares, numbers, color=OKABE_ITO["blue"])
            axes.set_title(text, fontsize=13.0, fontfamily="monospace")
            axes.set_ylim(-0.03, 1.08)
        figure.supxlabel("share of the training's steps that are done", fontsize=16.0)
        figure.supylabel("number, of the first given", fontsize=16.0)
    return figure


def _points(text: str) -> tuple[list[float], list[float]]:
    """Shares of the steps, and the number at each; a plateau's reward rises for half of them."""
    rate = Rate(text)
    if rate.schedule.kind != PLATEAU:
        shares = [k / (_POINTS - 1) for k in range(_POINTS)]
        return shares, [rate.at(each) for each in shares]
    numbers = []
    for rollout in range(_ROLLOUTS):
        rate.look(min(rollout, _ROLLOUTS // 2))
        numbers += [rate.at(1.0)] * 2
    edges = [each / _ROLLOUTS for k in range(_ROLLOUTS) for each in (k, k + 1)]
    return edges, numbers


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(encode_figure(plot_schedules(), kind="png"))
