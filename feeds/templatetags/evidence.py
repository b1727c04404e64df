"""The figures of the evidence as lines and bars of an inline SVG, and as words."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma

from recommender.evidence.rates import FEWEST

from .charts import HEIGHT, LEFT, TOP, WIDTH

register = template.Library()
Row = Mapping[str, Any]
LINES = 5  # of the scale
FEW = f"fewer than {FEWEST} readers"
KINDS = {
    "clicks": ("candidate", "opened"),
    "up_votes": ("yesterday", "thumbs up"),
    "down_votes": ("content", "thumbs down"),
}
APART = 0.16  # of a place's width: intervals of one place stand beside each other


@register.inclusion_tag("feeds/_rates_chart.html")
def rates_chart(rows: Sequence[Row]) -> dict[str, Any]:
    """Rates by place with their intervals; a place that few readers saw is a gap."""
    top = max((row[kind]["high"] for row in rows for kind in KINDS if row[kind]), default=0.0) or 1.0
    return {
        "rows": rows,
        "series": [_series(rows, kind, place, top) for place, kind in enumerate(KINDS)],
        "ticks": [
            {"y": _y(top * line / LINES, top), "label": f"{top * line / LINES:.1%}"} for line in range(LINES + 1)
        ],
        "names": [{"x": _x(place, len(rows)), "label": place_name(row)} for place, row in enumerate(rows)],
        "left": LEFT,
        "right": LEFT + WIDTH,
        "bottom": TOP + HEIGHT,
    }


@register.inclusion_tag("feeds/_tenths_chart.html")
def tenths_chart(tenths: Sequence[Row]) -> dict[str, Any]:
    """The exposure of each tenth of the papers as a bar, beside the line of equal shares."""
    top = max(0.2, *(row["of_exposure"] for row in tenths))
    width = WIDTH / len(tenths)
    return {
        "bars": [
            {
                "x": round(LEFT + width * (place + 0.15), 1),
                "y": _y(row["of_exposure"], top),
                "width": round(width * 0.7, 1),
                "height": round(TOP + HEIGHT - _y(row["of_exposure"], top), 1),
                "middle": _x(place, len(tenths)),
                **row,
            }
            for place, row in enumerate(tenths)
        ],
        "equal": _y(1 / len(tenths), top),
        "ticks": [
            {"y": _y(top * line / LINES, top), "label": f"{top * line / LINES:.0%}"} for line in range(LINES + 1)
        ],
        "left": LEFT,
        "right": LEFT + WIDTH,
        "bottom": TOP + HEIGHT,
    }


@register.filter
def place_name(row: Row) -> str:
    """The band of places in figures: 7, 21–30."""
    return str(row["first"]) if row["first"] == row["last"] else f"{row['first']}–{row['last']}"


@register.filter
def people(found: int | None) -> str:
    """A number of readers, which is not told exactly where they are few."""
    return f"fewer than {FEWEST}" if found is None else str(intcomma(found))


@register.filter
def rate(found: Row | None) -> str:
    """A rate in per cent with its interval; what is of few readers is not told."""
    return f"{found['mean']:.2%} [{found['low']:.2%}, {found['high']:.2%}]" if found else FEW


@register.filter
def number(found: Row | None) -> str:
    """A number with its interval."""
    return f"{found['mean']:.3f} [{found['low']:.3f}, {found['high']:.3f}]" if found else FEW


@register.filter
def share(found: float | None) -> str:
    return FEW if found is None else f"{found:.1%}"


@register.filter
def rows(orders: Row) -> Sequence[Row]:
    """The list named `values`, which a template would take for the method of that name."""
    return list(orders["values"])


def _series(rows: Sequence[Row], kind: str, number: int, top: float) -> dict[str, Any]:
    """A line, broken where a figure is missing, and an upright bar for each interval."""
    line, bars, joined = [], [], False
    for place, row in enumerate(rows):
        if found := row[kind]:
            line.append(f"{'L' if joined else 'M'}{_x(place, len(rows))} {_y(found['mean'], top)}h0")
            bars.append(
                f"M{_x(place, len(rows), APART * (number - 1))} {_y(found['high'], top)}V{_y(found['low'], top)}"
            )
        joined = found is not None
    style, label = KINDS[kind]
    return {"name": style, "label": label, "line": "".join(line), "bars": "".join(bars)}


def _x(place: int, places: int, aside: float = 0.0) -> float:
    return round(LEFT + WIDTH * (place + 0.5 + aside) / places, 1)


def _y(figure: float, top: float) -> float:
    return round(TOP + HEIGHT * (1 - figure / top), 1)
