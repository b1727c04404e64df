"""Prometheus metrics of this machine's processes and the site's state.

Labels are names of routes, modes, sources, steps and queues; never an id, an address or user input.
"""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from celery import signals
from django.conf import settings
from django.db import Error
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from feeds.models import Delivery, DeliveryState
from feeds.sources.freshness import freshness
from recommender import timing
from recommender.models import NightStep, StepState, Vote
from recommender.night.ledger import due
from recommender.serving import model_cache
from recommender.serving.model_cache import Unavailable

from . import check_jobs, queues
from .routes import route_of

log = logging.getLogger(__name__)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
RANKING_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
TASK_SECONDS = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14400.0)
RECENT = timedelta(days=7)  # the nights whose steps are expected in the current night
UNSETTLED = (
    DeliveryState.WAITING,
    DeliveryState.CLAIMED,
    DeliveryState.UNCERTAIN,
    DeliveryState.REFUSED,
    DeliveryState.FAILED,
)

requests_total = Counter("paperboy_requests", "Requests answered.", ["route", "method", "status"])
request_seconds = Histogram(
    "paperboy_request_seconds", "From the request to its response.", ["route", "method"], buckets=REQUEST_SECONDS
)
ranking_seconds = Histogram(
    "paperboy_ranking_seconds",
    "To find or make a ranking, by the mode that was served; the count is the number of rankings.",
    ["mode"],
    buckets=RANKING_SECONDS,
)
task_seconds = Histogram(
    "paperboy_task_seconds", "To run a task, by its final state.", ["task", "state"], buckets=TASK_SECONDS
)


def start() -> None:
    """Measure rankings and tasks of this process from now on."""
    timing.on_ranking(observe_ranking)
    signals.task_prerun.connect(note_task_start, weak=False, dispatch_uid="metrics")
    signals.task_postrun.connect(observe_task, weak=False, dispatch_uid="metrics")


def observe_ranking(mode: str, seconds: float) -> None:
    ranking_seconds.labels(str(mode)).observe(seconds)


def note_task_start(task: Any, **_: Any) -> None:
    task.request.metered_from = time.perf_counter()


def observe_task(task: Any, state: str | None = None, **_: Any) -> None:
    task_seconds.labels(task.name, state or "unknown").observe(time.perf_counter() - task.request.metered_from)


class Measured:
    """Middleware that measures each request."""

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
    """Return all metrics in Prometheus' text format, and its content type."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(settings.METRICS_DIR))
    registry.register(StateCollector())
    return generate_latest(registry), CONTENT_TYPE_LATEST


class StateCollector(Collector):
    """Gauges of the site's state.

    A part that fails is left out, and `paperboy_up` names it.
    """

    def collect(self) -> Iterator[Metric]:
        up = _gauge("paperboy_up", "1 if this part could be read.", "part")
        for part, collect in PARTS.items():
            try:
                metrics = list(collect(timezone.now()))
            except (Error, RedisError, queues.BrokerUnavailable) as error:
                log.error("no metrics of the %s: %s", part, error)
                up.add_metric([part], 0.0)
            else:
                up.add_metric([part], 1.0)
                yield from metrics
        yield up


def source_metrics(now: datetime) -> Iterator[Metric]:
    age = _gauge("paperboy_source_age_seconds", "Since the last successful fetch of a source.", "source")
    late = _gauge("paperboy_source_late", "1 if a source is late.", "source")
    for source in freshness(now):
        late.add_metric([source.source], float(source.is_late))
        if source.age is not None:
            age.add_metric([source.source], source.age.total_seconds())
    yield from (age, late)


def model_metrics(now: datetime) -> Iterator[Metric]:
    served = model_cache.current()
    yield _value("paperboy_model_serves", "1 if a trained model serves.", not isinstance(served, Unavailable))
    new_votes = Vote.objects.order_by()
    if not isinstance(served, Unavailable):
        age = now - served.row.trained_at
        yield _value("paperboy_model_age_seconds", "Since the serving model was trained.", age.total_seconds())
        if served.row.votes_until:
            new_votes = new_votes.filter(voted_at__gt=served.row.votes_until)
    oldest = new_votes.aggregate(at=Min("voted_at"))["at"]
    help_text = "Since the oldest vote that no serving model has learned from; 0 if there is none."
    yield _value("paperboy_vote_lag_seconds", help_text, (now - oldest).total_seconds() if oldest else 0)


def night_metrics(now: datetime) -> Iterator[Metric]:
    done = _gauge("paperboy_night_step_done", "1 if the step of the current night is done.", "step")
    attempts = _gauge("paperboy_night_step_attempts", "Attempts at the step in that night.", "step")
    seconds = _gauge("paperboy_night_step_seconds", "Duration of the last finished attempt.", "step")
    day = due(now, settings.NIGHT_HOUR)
    rows = {row.step: row for row in NightStep.objects.filter(day=day)}
    recent = NightStep.objects.filter(day__gt=day - RECENT, day__lte=day).order_by("step")
    for step in recent.values_list("step", flat=True).distinct():
        row = rows.get(step)
        done.add_metric([step], float(row is not None and row.state == StepState.DONE))
        attempts.add_metric([step], row.attempts if row else 0)
        if row and row.finished_at:
            seconds.add_metric([step], (row.finished_at - row.started_at).total_seconds())
    yield from (done, attempts, seconds)


def queue_metrics(now: datetime) -> Iterator[Metric]:
    length = _gauge("paperboy_queue_messages", "Messages that wait for a worker.", "queue")
    age = _gauge("paperboy_queue_age_seconds", "Age of the oldest message; 0 if there is none.", "queue")
    for state in queues.queue_states():
        length.add_metric([state.queue], state.messages)
        age.add_metric([state.queue], state.oldest.total_seconds() if state.oldest else 0)
    yield from (length, age)


def beat_metrics(now: datetime) -> Iterator[Metric]:
    if tick := check_jobs.last_tick():
        yield _value("paperboy_clock_age_seconds", "Since the last beat of Celery.", (now - tick).total_seconds())


def mail_metrics(now: datetime) -> Iterator[Metric]:
    """Count unsettled digests only.

    Those that were sent or had no papers are too many to count each time.
    """
    gauge = _gauge("paperboy_digests", "Digests in progress, or not known to have arrived.", "state")
    counts = dict.fromkeys(UNSETTLED, 0)
    rows = Delivery.objects.filter(state__in=UNSETTLED).order_by().values_list("state").annotate(Count("pk"))
    for state, digests in (counts | dict(rows)).items():
        gauge.add_metric([state], digests)
    yield gauge


PARTS: dict[str, Callable[[datetime], Iterator[Metric]]] = {
    "sources": source_metrics,
    "model": model_metrics,
    "night": night_metrics,
    "queues": queue_metrics,
    "clock": beat_metrics,
    "mails": mail_metrics,
}


def _gauge(name: str, help_text: str, label: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, help_text, labels=[label])


def _value(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, help_text, value=float(value))
