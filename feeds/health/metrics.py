"""What Prometheus reads: requests and rankings counted over all processes of this machine, and the state of the whole.

Labels are names of routes, modes, sources, steps and queues; never an id, an address or what somebody typed.
"""

import time
from collections.abc import Callable
from typing import Any

from celery import signals
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from recommender import timing

from .routes import route_of
from .state import State

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
RANKING_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
TASK_SECONDS = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14400.0)

requests_total = Counter("paperboy_requests", "Requests answered.", ["route", "method", "status"])
request_seconds = Histogram(
    "paperboy_request_seconds", "From the request to its answer.", ["route", "method"], buckets=REQUEST_SECONDS
)
ranking_seconds = Histogram(
    "paperboy_ranking_seconds",
    "To find or make a ranking, by the mode that was served; its count says how often that was.",
    ["mode"],
    buckets=RANKING_SECONDS,
)


task_seconds = Histogram(
    "paperboy_task_seconds", "To run a task, by what became of it.", ["task", "state"], buckets=TASK_SECONDS
)


def start() -> None:
    """Measure rankings and tasks from now on, in whatever process this is."""
    timing.listen(_note_ranking)
    signals.task_prerun.connect(_task_starts, weak=False, dispatch_uid="metrics")
    signals.task_postrun.connect(_task_ends, weak=False, dispatch_uid="metrics")


class Measured:
    """Measures each request that comes through."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        route, method = route_of(request), request.method if request.method in METHODS else "other"
        requests_total.labels(route, method, response.status_code).inc()
        request_seconds.labels(route, method).observe(time.perf_counter() - started)
        return response


def exposition() -> tuple[bytes, str]:
    """All of it as Prometheus reads it, and the content type."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(settings.METRICS_DIR))
    registry.register(State())
    return generate_latest(registry), CONTENT_TYPE_LATEST


def _note_ranking(mode: str, seconds: float) -> None:
    ranking_seconds.labels(str(mode)).observe(seconds)


def _task_starts(task: Any, **_: Any) -> None:
    task.request.metered_from = time.perf_counter()


def _task_ends(task: Any, state: str | None = None, **_: Any) -> None:
    task_seconds.labels(task.name, state or "unknown").observe(time.perf_counter() - task.request.metered_from)
