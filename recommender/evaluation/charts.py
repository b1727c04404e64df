"""Curves of quality against revealed votes as one SVG file that can be read alone: plain strings, no library."""

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from .protocols import NEW_PAPERS
from .run import ResultRow
from .tasks import ALL, OURS, Reveal

WIDTH, HEIGHT = 900, 520
LEFT, TOP, RIGHT, BOTTOM = 70, 50, 240, 70  # margins around the plot
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)
COLOURS = ("#1b6ac9", "#b3500b", "#2a7d3f", "#8e3fb0", "#a8285e", "#00747c", "#7a5c00")
DARK = ("#7db4f5", "#f2a468", "#7fd196", "#d4a0ee", "#f291b8", "#6fd3da", "#e0c255")
DASHES = ("none", "7 4", "2 3")


def curves(rows: Sequence[ResultRow]) -> str:
    """NDCG@10 of every system of one protocol against the votes revealed, ours with its 95 % intervals.

    Numbers of votes of the same readers are joined by a line; other readers stand alone.
    """
    reveals = list(dict.fromkeys(row.reveal for row in rows))
    plot = _Plot(reveals, max((row.ndcg.high for row in rows), default=0.0) or 1.0)
    best = {name: max(row.ndcg.mean for row in rows if row.system == name) for name in {row.system for row in rows}}
    names = sorted(best, key=lambda name: (name != OURS, -best[name], name))
    parts = [*_frame(plot, rows)]
    for place, name in reversed(list(enumerate(names))):  # ours is drawn last, on top
        parts += _curve(plot, [row for row in rows if row.system == name], place)
        parts += _legend(name, place)
    return "\n".join([*_head(rows), *parts, "</svg>", ""])


class _Plot:
    """Where votes and figures are on the picture."""

    def __init__(self, reveals: Sequence[Reveal], highest: float) -> None:
        self.reveals = reveals
        self.step = next((step for step in STEPS if highest / step <= 8), STEPS[-1])
        self.top = self.step * -(-highest // self.step)

    def x(self, reveal: Reveal) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (self.reveals.index(reveal) + 0.5) / len(self.reveals), 1)

    def y(self, figure: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - figure / self.top), 1)


def _head(rows: Sequence[ResultRow]) -> Iterator[str]:
    title = f"{rows[0].protocol}: NDCG@10 by votes revealed" if rows else "nothing was measured"
    told = "; ".join(f"{row.system}, {row.reveal}: {row.ndcg.mean:.3f}" for row in rows)
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="t d">'
    yield f'<title id="t">{escape(title)}</title><desc id="d">{escape(told)}</desc>'
    yield f"<style>{_style()}</style>"
    yield f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>'
    yield f'<text class="title" x="{LEFT}" y="28">{escape(title)}</text>'


def _style() -> str:
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
    for line in range(round(plot.top / plot.step) + 1):
        y = plot.y(line * plot.step)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{line * plot.step:.2f}</text>'
    for reveal in plot.reveals:
        yield f'<text x="{plot.x(reveal)}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{reveal}</text>'
    middle, half = (LEFT + WIDTH - RIGHT) / 2, (TOP + HEIGHT - BOTTOM) / 2
    readers = max((row.readers for row in rows), default=0)
    told = f"votes revealed (number; up to {readers:,} readers)"
    yield f'<text x="{middle}" y="{HEIGHT - 24}" text-anchor="middle">{told}</text>'
    yield f'<text transform="translate(18 {half}) rotate(-90)" text-anchor="middle">NDCG@10 (0 to 1)</text>'


def _curve(plot: _Plot, rows: Sequence[ResultRow], place: int) -> Iterator[str]:
    joined = [row for row in rows if isinstance(row.reveal, int) or (row.protocol, row.reveal) == (NEW_PAPERS, ALL)]
    points = " ".join(f"{plot.x(row.reveal)},{plot.y(row.ndcg.mean)}" for row in joined)
    yield f'<polyline class="{_classes(place)}" points="{points}"/>'
    for row in rows:
        x = plot.x(row.reveal)
        if not place:
            ends = f'y1="{plot.y(row.ndcg.low)}" y2="{plot.y(row.ndcg.high)}"'
            yield f'<line class="c0 interval" x1="{x}" x2="{x}" {ends}/>'
        told = f"{row.system}, {row.reveal}: {row.ndcg.mean:.4f} ({row.ndcg.low:.4f} to {row.ndcg.high:.4f})"
        yield f'<circle class="{_colour(place)}" cx="{x}" cy="{plot.y(row.ndcg.mean)}" r="{3 if place else 4.5}">'
        yield f"<title>{escape(told)}</title></circle>"


def _legend(name: str, place: int) -> Iterator[str]:
    x, y = WIDTH - RIGHT + 20, TOP + 10 + 22 * place
    yield f'<polyline class="{_classes(place)}" points="{x},{y} {x + 34},{y}"/>'
    yield f'<text x="{x + 42}" y="{y + 4}">{escape(name)}{"" if place else ", 95 % interval"}</text>'


def _classes(place: int) -> str:
    return f"{_colour(place)} d{(place - 1) // (len(COLOURS) - 1) % len(DASHES)}" if place else "c0 d0 ours"


def _colour(place: int) -> str:
    """Ours has the first colour for itself; peers share the others, told apart by dashes."""
    return f"c{1 + (place - 1) % (len(COLOURS) - 1)}" if place else "c0"
