"""A line of figures over time as coordinates for an inline SVG: no script, no library."""

from collections.abc import Iterable
from typing import Any

from django import template

from recommender.models import TrainedModel

register = template.Library()

WIDTH, HEIGHT = 600, 120


@register.inclusion_tag("feeds/_chart.html")
def ndcg_chart(models: Iterable[TrainedModel]) -> dict[str, Any]:
    """NDCG@10 of the recipe with its interval, oldest model left; models that were not judged are left out."""
    judged = [model for model in models if "recipe" in model.metrics][::-1]
    top = max((model.metrics["recipe"]["high"] for model in judged), default=0.0) or 1.0
    points = [_point(model, place, len(judged), top) for place, model in enumerate(judged)]
    line = " ".join(f"{point['x']},{point['y']}" for point in points)
    return {"points": points, "line": line, "top": top, "width": WIDTH, "height": HEIGHT}


def _point(model: TrainedModel, place: int, count: int, top: float) -> dict[str, Any]:
    figure = model.metrics["recipe"]
    heights = {name: round(HEIGHT * (1 - figure[key] / top), 1) for name, key in _ENDS.items()}
    return {"x": round(WIDTH * (place + 0.5) / count, 1), "model": model, "mean": figure["mean"], **heights}


_ENDS = {"y": "mean", "high": "high", "low": "low"}
