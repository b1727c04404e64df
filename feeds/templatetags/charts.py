"""The figures of the nights as lines of an inline SVG: no script, no library."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from django import template

from recommender.models import ModelState, TrainedModel

register = template.Library()

LEFT, TOP, WIDTH, HEIGHT = 50, 10, 580, 270  # of the plot within the picture
STEPS = (0.02, 0.05, 0.1, 0.2)  # between the lines of the scale
MOST_STEPS = 6
SERIES = {
    "candidate": "candidate",
    "yesterday": "yesterday’s model",
    "content": "content alone",
    "popularity": "popularity",
    "recency": "recency",
}
HOW_ASKED = {"seen": "saw the votes", "again": "trained anew"}
APART = 0.14  # of a night's width: intervals of one night stand beside each other


@dataclass(frozen=True)
class Plot:
    """Where a night and a figure lie in the picture."""

    nights: int
    top: float

    def x(self, night: int, aside: float = 0.0) -> float:
        return round(LEFT + WIDTH * (night + 0.5 + aside) / self.nights, 1)

    def y(self, figure: float) -> float:
        return round(TOP + HEIGHT * (1 - figure / self.top), 1)


@register.inclusion_tag("feeds/_chart.html")
def ndcg_chart(models: Iterable[TrainedModel]) -> dict[str, Any]:
    """NDCG@10 of every system with its interval, oldest night left; a night that was not judged is a gap."""
    nights = [model for model in models if model.state != ModelState.CANDIDATE][::-1]
    figures = {name: [figure_of(model, name) for model in nights] for name in SERIES}
    step, top = _scale([figure["high"] for found in figures.values() for figure in found if figure])
    plot = Plot(len(nights), top)
    return {
        "nights": nights,
        "judged": sum(figure is not None for figure in figures["candidate"]),
        "series": [_series(plot, name, figures[name]) for name in SERIES],
        "points": _points(plot, nights),
        "refused": [plot.x(place) for place, model in enumerate(nights) if _is_refused(model)],
        "ticks": [{"y": plot.y(value), "label": f"{value:.2f}"} for value in _ticks(step, top)],
        "left": LEFT,
        "right": LEFT + WIDTH,
        "bottom": TOP + HEIGHT,
    }


@register.filter
def how_asked(model: TrainedModel) -> str:
    """What to bear in mind when reading the figure of yesterday's model."""
    return HOW_ASKED.get(model.metrics.get("yesterday_is", ""), "")


def figure_of(model: TrainedModel, name: str) -> dict[str, float] | None:
    """The figure of a system on the votes that the candidate had not seen; None where it saw them or took no part."""
    if name == "yesterday" and model.metrics.get("yesterday_is") == "seen":
        return None
    figure = model.metrics.get(name)
    return figure if isinstance(figure, dict) and "candidate" in model.metrics else None


def _series(plot: Plot, name: str, figures: Sequence[dict[str, float] | None]) -> dict[str, Any]:
    """A line, broken where a figure is missing, and an upright bar for each interval."""
    aside = APART * (list(SERIES).index(name) - (len(SERIES) - 1) / 2)
    line, bars, joined = [], [], False
    for place, figure in enumerate(figures):
        if figure:
            line.append(f"{'L' if joined else 'M'}{plot.x(place)} {plot.y(figure['mean'])}h0")
            bars.append(f"M{plot.x(place, aside)} {plot.y(figure['high'])}V{plot.y(figure['low'])}")
        joined = figure is not None
    return {"name": name, "label": SERIES[name], "line": "".join(line), "bars": "".join(bars)}


def _points(plot: Plot, nights: Sequence[TrainedModel]) -> list[dict[str, Any]]:
    found = [(place, model, figure_of(model, "candidate")) for place, model in enumerate(nights)]
    return [
        {"x": plot.x(place), "y": plot.y(figure["mean"]), "model": model, "mean": figure["mean"]}
        for place, model, figure in found
        if figure
    ]


def _scale(highs: Sequence[float]) -> tuple[float, float]:
    """The distance of the lines of the scale, and the uppermost of them, which no interval exceeds."""
    highest = max(highs, default=0.0)
    step = next(step for step in STEPS if highest <= step * MOST_STEPS)
    return step, step * max(ceil(highest / step), 1)


def _ticks(step: float, top: float) -> list[float]:
    return [number * step for number in range(round(top / step) + 1)]


def _is_refused(model: TrainedModel) -> bool:
    return model.state == ModelState.REFUSED
