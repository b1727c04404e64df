"""Figures of nights and evidence as inline SVG and as words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma

from recommender.evidence.rates import FEWEST
from recommender.models import ModelState, TrainedModel

register = template.Library()
Row = Mapping[str, Any]
Figure = Mapping[str, float]  # mean, low, high

LEFT, TOP, WIDTH, HEIGHT = 50, 10, 580, 270  # of the plot within the picture
FRAME = {"left": LEFT, "right": LEFT + WIDTH, "bottom": TOP + HEIGHT}
STEPS = (0.02, 0.05, 0.1, 0.2)  # between the lines of the NDCG scale
MOST_STEPS = 6
LINES = 5  # of the other scales
SYSTEMS = {
    "candidate": "candidate",
    "yesterday": "yesterday’s model",
    "content": "content alone",
    "popularity": "popularity",
    "recency": "recency",
}
RATES = {
    "clicks": ("candidate", "opened"),
    "up_votes": ("yesterday", "thumbs up"),
    "down_votes": ("content", "thumbs down"),
}
YESTERDAY = {"seen": "saw the votes", "again": "retrained"}
FEW = f"fewer than {FEWEST} readers"


@dataclass(frozen=True)
class Plot:
    """Scales of a picture: `columns` beside each other, figures from 0 to `top`.

    apart  distance of the intervals within a column, of the column's width
    """

    columns: int
    top: float
    apart: float = 0.0

    def x(self, column: int, aside: float = 0.0) -> float:
        return round(LEFT + WIDTH * (column + 0.5 + aside) / self.columns, 1)

    def y(self, figure: float) -> float:
        return round(TOP + HEIGHT * (1 - figure / self.top), 1)

    def ticks(self, lines: int, form: str) -> list[dict[str, Any]]:
        values = [self.top * line / lines for line in range(lines + 1)]
        return [{"y": self.y(value), "label": format(value, form)} for value in values]

    def series(self, figures: Sequence[Figure | None], offset: float) -> dict[str, str]:
        """The path of a line with a bar for each interval.

        The line is broken where a figure is missing.
        """
        line, bars, is_joined = [], [], False
        for column, figure in enumerate(figures):
            if figure:
                line.append(f"{'L' if is_joined else 'M'}{self.x(column)} {self.y(figure['mean'])}h0")
                x = self.x(column, self.apart * offset)
                bars.append(f"M{x} {self.y(figure['high'])}V{self.y(figure['low'])}")
            is_joined = figure is not None
        return {"line": "".join(line), "bars": "".join(bars)}


@register.inclusion_tag("feeds/_chart.html")
def ndcg_chart(models: Iterable[TrainedModel]) -> dict[str, Any]:
    """NDCG@10 of every system with its interval, oldest night left.

    A night that was not judged is a gap.
    """
    nights = [model for model in models if model.state != ModelState.CANDIDATE][::-1]
    figures = {name: [figure_of(model, name) for model in nights] for name in SYSTEMS}
    highest = max((figure["high"] for row in figures.values() for figure in row if figure), default=0.0)
    step = next(step for step in STEPS if highest <= step * MOST_STEPS)
    lines = max(ceil(highest / step), 1)
    plot = Plot(len(nights), step * lines, apart=0.14)
    return FRAME | {
        "nights": nights,
        "judged": sum(figure is not None for figure in figures["candidate"]),
        "series": [
            {"name": name, "label": label, **plot.series(figures[name], number - (len(SYSTEMS) - 1) / 2)}
            for number, (name, label) in enumerate(SYSTEMS.items())
        ],
        "points": _points(plot, nights, figures["candidate"]),
        "refused": [plot.x(column) for column, model in enumerate(nights) if model.state == ModelState.REFUSED],
        "ticks": plot.ticks(lines, ".2f"),
    }


@register.inclusion_tag("feeds/_rates_chart.html")
def rates_chart(rows: Sequence[Row]) -> dict[str, Any]:
    """Rates by place with their intervals.

    A place that few readers saw is a gap.
    """
    top = max((row[kind]["high"] for row in rows for kind in RATES if row[kind]), default=0.0) or 1.0
    plot = Plot(len(rows), top, apart=0.16)
    return FRAME | {
        "rows": rows,
        "series": [
            {"name": name, "label": label, **plot.series([row[kind] for row in rows], number - 1)}
            for number, (kind, (name, label)) in enumerate(RATES.items())
        ],
        "ticks": plot.ticks(LINES, ".1%"),
        "names": [
            {"x": plot.x(column), "label": place_name(row)}
            for column, row in enumerate(rows)
            if column in (0, len(rows) - 1) or (column + 1) % 5 == 0
        ],
    }


@register.inclusion_tag("feeds/_tenths_chart.html")
def tenths_chart(tenths: Sequence[Row]) -> dict[str, Any]:
    """A bar of exposure for each tenth of the papers.

    A line shows equal shares.
    """
    plot = Plot(len(tenths), max(0.2, *(row["of_exposure"] for row in tenths)))
    bottom, width = TOP + HEIGHT, round(0.7 * WIDTH / len(tenths), 1)
    return FRAME | {
        "bars": [
            {
                "x": plot.x(column, -0.35),
                "y": plot.y(row["of_exposure"]),
                "width": width,
                "height": round(bottom - plot.y(row["of_exposure"]), 1),
                "middle": plot.x(column),
                **row,
            }
            for column, row in enumerate(tenths)
        ],
        "equal": plot.y(1 / len(tenths)),
        "ticks": plot.ticks(LINES, ".0%"),
    }


@register.filter
def yesterday_note(model: TrainedModel) -> str:
    """What to bear in mind when reading the figure of yesterday's model."""
    return YESTERDAY.get(model.metrics.get("yesterday_is", ""), "")


@register.filter
def place_name(row: Row) -> str:
    """The band of places in figures: 7, 21–30."""
    return str(row["first"]) if row["first"] == row["last"] else f"{row['first']}–{row['last']}"


@register.filter
def people(count: int | None) -> str:
    """A number of readers; small numbers are not exact."""
    return f"fewer than {FEWEST}" if count is None else str(intcomma(count))


@register.filter
def rate(figure: Figure | None) -> str:
    """A rate in per cent with its interval, unless it is of few readers."""
    return f"{figure['mean']:.2%} [{figure['low']:.2%}, {figure['high']:.2%}]" if figure else FEW


@register.filter
def number(figure: Figure | None) -> str:
    """A number with its interval."""
    return f"{figure['mean']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]" if figure else FEW


@register.filter
def share(part: float | None) -> str:
    return FEW if part is None else f"{part:.1%}"


@register.filter
def rows(orders: Row) -> Sequence[Row]:
    """The list named `values`.

    A template would take the name for a method.
    """
    return list(orders["values"])


def figure_of(model: TrainedModel, name: str) -> Figure | None:
    """A system's figure on votes that the candidate had not seen.

    Returns None if the system saw them or was not judged.
    """
    if name == "yesterday" and model.metrics.get("yesterday_is") == "seen":
        return None
    figure = model.metrics.get(name)
    return figure if isinstance(figure, dict) and "candidate" in model.metrics else None


def _points(plot: Plot, nights: Sequence[TrainedModel], figures: Sequence[Figure | None]) -> list[dict[str, Any]]:
    return [
        {"x": plot.x(column), "y": plot.y(figure["mean"]), "model": model, "mean": figure["mean"]}
        for column, (model, figure) in enumerate(zip(nights, figures, strict=True))
        if figure
    ]
