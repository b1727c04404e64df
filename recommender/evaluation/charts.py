"""A chart of NDCG@10 against the votes revealed, as one self-contained SVG file."""

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from .protocols import NEW_PAPERS, TIME
from .run import ResultRow
from .tasks import ALL, OURS, Reveal

WIDTH, HEIGHT = 900, 520
LEFT, TOP, RIGHT, BOTTOM = 70, 50, 240, 70  # margins around the plot
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)
COLOURS = ("#1b6ac9", "#b3500b", "#2a7d3f", "#8e3fb0", "#a8285e", "#00747c", "#7a5c00")
DARK = ("#7db4f5", "#f2a468", "#7fd196", "#d4a0ee", "#f291b8", "#6fd3da", "#e0c255")
DASHES = ("none", "7 4", "2 3")


def curves(rows: Sequence[ResultRow]) -> str:
    """Draw NDCG@10 of every system against the votes revealed.

    The chart is of one protocol; ours has its 95 % intervals. A line joins numbers of votes of the same readers;
    results for other readers are single points.
    """
    reveals = list(dict.fromkeys(row.reveal for row in rows))
    plot = _Plot(reveals, max((row.ndcg.high for row in rows), default=0.0) or 1.0)
    best = {name: max(row.ndcg.mean for row in rows if row.system == name) for name in {row.system for row in rows}}
    names = sorted(best, key=lambda name: (name != OURS, -best[name], name))
    parts = [*_head(rows), *_frame(plot, rows)]
    for place, name in reversed(list(enumerate(names))):  # ours is drawn last, on top
        parts += _curve(plot, [row for row in rows if row.system == name], place)
        x, y = WIDTH - RIGHT + 20, TOP + 10 + 22 * place
        parts.append(f'<polyline class="{_line_classes(place)}" points="{x},{y} {x + 34},{y}"/>')
        parts.append(f'<text x="{x + 42}" y="{y + 4}">{escape(name)}{"" if place else ", 95 % interval"}</text>')
    return "\n".join([*parts, "</svg>", ""])


class _Plot:
    """The scales of the chart: numbers of votes across, NDCG@10 up."""

    def __init__(self, reveals: Sequence[Reveal], highest: float) -> None:
        self.reveals = reveals
        self.step = next((step for step in STEPS if highest / step <= 8), STEPS[-1])
        self.top = self.step * -(-highest // self.step)

    def x(self, reveal: Reveal) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (self.reveals.index(reveal) + 0.5) / len(self.reveals), 1)

    def y(self, figure: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - figure / self.top), 1)


def _head(rows: Sequence[ResultRow]) -> Iterator[str]:
    """The start of the file with title and description.

    For screen readers, the description lists all results.
    """
    title = f"{rows[0].protocol}: NDCG@10 by votes revealed" if rows else "nothing was measured"
    description = "; ".join(f"{row.system}, {row.reveal}: {row.ndcg.mean:.3f}" for row in rows)
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="t d">'
    yield f'<title id="t">{escape(title)}</title><desc id="d">{escape(description)}</desc>'
    yield f"<style>{_style()}</style>"
    yield f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>'
    yield f'<text class="title" x="{LEFT}" y="28">{escape(title)}</text>'


def _style() -> str:
    """The style sheet, with colours for light and dark pages."""
    light, dark = (
        "".join(f".c{place} {{ stroke: {colour}; fill: {colour}; }}" for place, colour in enumerate(colours))
        for colours in (COLOURS, DARK)
    )
    dashes = "".join(f".d{place} {{ stroke-dasharray: {dash}; }}" for place, dash in enumerate(DASHES))
    return (
        "text { font: 13px system-ui, sans-serif; fill: #222; stroke: none; }"
        " .title { font-size: 16px; font-weight: 600; } .paper { fill: #fff; } .grid { stroke: #ddd; }"
        " polyline[class] { fill: none; stroke-width: 1.5; }"
        " polyline.ours { stroke-width: 3.5; } .interval { stroke-width: 1.5; } circle[class] { stroke: none; }"
        f"{light}{dashes}"
        " @media (prefers-color-scheme: dark) { text { fill: #eee; } .paper { fill: #16181d; }"
        " .grid { stroke: #3a3f4a; }"
        f"{dark} }}"
    )


def _frame(plot: _Plot, rows: Sequence[ResultRow]) -> Iterator[str]:
    """Grid lines, the labels of both axes and their titles."""
    for line in range(round(plot.top / plot.step) + 1):
        y = plot.y(line * plot.step)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{line * plot.step:.2f}</text>'
    for reveal in plot.reveals:
        yield f'<text x="{plot.x(reveal)}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{reveal}</text>'
    middle, half = (LEFT + WIDTH - RIGHT) / 2, (TOP + HEIGHT - BOTTOM) / 2
    readers = max((row.readers for row in rows), default=0)
    title = f"votes revealed (number; up to {readers:,} readers)"
    yield f'<text x="{middle}" y="{HEIGHT - 24}" text-anchor="middle">{title}</text>'
    yield f'<text transform="translate(18 {half}) rotate(-90)" text-anchor="middle">NDCG@10 (0 to 1)</text>'


def _curve(plot: _Plot, rows: Sequence[ResultRow], place: int) -> Iterator[str]:
    """The line and points of one system.

    Its place in the legend decides its colour.
    """
    joined = [
        row
        for row in rows
        if row.protocol != TIME and (isinstance(row.reveal, int) or (row.protocol, row.reveal) == (NEW_PAPERS, ALL))
    ]
    points = " ".join(f"{plot.x(row.reveal)},{plot.y(row.ndcg.mean)}" for row in joined)
    yield f'<polyline class="{_line_classes(place)}" points="{points}"/>'
    for row in rows:
        x = plot.x(row.reveal)
        if not place:
            ends = f'y1="{plot.y(row.ndcg.low)}" y2="{plot.y(row.ndcg.high)}"'
            yield f'<line class="c0 interval" x1="{x}" x2="{x}" {ends}/>'
        label = f"{row.system}, {row.reveal}: {row.ndcg.mean:.4f} ({row.ndcg.low:.4f} to {row.ndcg.high:.4f})"
        yield f'<circle class="{_colour(place)}" cx="{x}" cy="{plot.y(row.ndcg.mean)}" r="{3 if place else 4.5}">'
        yield f"<title>{escape(label)}</title></circle>"


def _line_classes(place: int) -> str:
    """The CSS classes of a line: its colour and dashes.

    Ours is solid and wide.
    """
    return f"{_colour(place)} d{(place - 1) // (len(COLOURS) - 1) % len(DASHES)}" if place else "c0 d0 ours"


def _colour(place: int) -> str:
    """The CSS class of a system's colour.

    Ours has the first alone; peers share the others and differ by dashes.
    """
    return f"c{1 + (place - 1) % (len(COLOURS) - 1)}" if place else "c0"
