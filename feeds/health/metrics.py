"""Metrics for Prometheus: counters over all processes of this machine, and the state of the site.

Labels are names of routes, modes, sources, steps and queues; never an id, an address or what somebody typed.
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
    timing.on_ranking(_note_ranking)
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
    registry.register(StateCollector())
    return generate_latest(registry), CONTENT_TYPE_LATEST


def _note_ranking(mode: str, seconds: float) -> None:
    ranking_seconds.labels(str(mode)).observe(seconds)


def _task_starts(task: Any, **_: Any) -> None:
    task.request.metered_from = time.perf_counter()


def _task_ends(task: Any, state: str | None = None, **_: Any) -> None:
    task_seconds.labels(task.name, state or "unknown").observe(time.perf_counter() - task.request.metered_from)


_STATE = DeliveryState
_OPEN_ENDED = (_STATE.WAITING, _STATE.CLAIMED, _STATE.UNCERTAIN, _STATE.REFUSED, _STATE.FAILED)
log = logging.getLogger(__name__)
RECENT = timedelta(days=7)  # the nights whose steps a night should have


class StateCollector(Collector):
    """Gauges; a part that cannot be looked up is left out, and `paperboy_up` says which."""

    def collect(self) -> Iterator[Metric]:
        up = _gauge("paperboy_up", "1 where this part could be looked up.", "part")
        for part, look in PARTS.items():
            try:
                found = list(look(timezone.now()))
            except (Error, RedisError, queues.BrokerUnavailable) as error:
                log.error("no metrics of the %s: %s", part, error)
                up.add_metric([part], 0.0)
            else:
                up.add_metric([part], 1.0)
                yield from found
        yield up


def _sources(now: datetime) -> Iterator[Metric]:
    age = _gauge("paperboy_source_age_seconds", "Since a source last gave a good answer.", "source")
    late = _gauge("paperboy_source_late", "1 where a source has broken its promise.", "source")
    for source in freshness(now):
        late.add_metric([source.source], float(source.is_late))
        if source.age is not None:
            age.add_metric([source.source], source.age.total_seconds())
    yield from (age, late)


def _model(now: datetime) -> Iterator[Metric]:
    served = model_cache.current()
    yield _value("paperboy_model_serves", "1 where a trained model serves.", not isinstance(served, Unavailable))
    waiting = Vote.objects.order_by()
    if not isinstance(served, Unavailable):
        trained = now - served.row.trained_at
        yield _value("paperboy_model_age_seconds", "Since the serving model was trained.", trained.total_seconds())
        if served.row.votes_until:
            waiting = waiting.filter(voted_at__gt=served.row.votes_until)
    oldest = waiting.aggregate(at=Min("voted_at"))["at"]
    words = "Since the oldest vote was cast that no serving model has learned from; 0 where there is none."
    yield _value("paperboy_vote_lag_seconds", words, (now - oldest).total_seconds() if oldest else 0)


def _night(now: datetime) -> Iterator[Metric]:
    done = _gauge("paperboy_night_step_done", "1 where the step of the night that is due is done.", "step")
    attempts = _gauge("paperboy_night_step_attempts", "Attempts at the step in that night.", "step")
    seconds = _gauge("paperboy_night_step_seconds", "What the last attempt that ended took.", "step")
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


def _queues(now: datetime) -> Iterator[Metric]:
    length = _gauge("paperboy_queue_messages", "Messages that wait for a worker.", "queue")
    age = _gauge("paperboy_queue_age_seconds", "Since the oldest of them was sent; 0 where there is none.", "queue")
    for found in queues.queue_states():
        length.add_metric([found.queue], found.messages)
        age.add_metric([found.queue], found.oldest.total_seconds() if found.oldest else 0)
    yield from (length, age)


def _clock(now: datetime) -> Iterator[Metric]:
    heard = check_jobs.last_tick()
    if heard:
        age = (now - heard).total_seconds()
        yield _value("paperboy_clock_age_seconds", "Since Celery's clock was last heard.", age)


def _mails(now: datetime) -> Iterator[Metric]:
    """Only those that may need somebody: the ones that were sent, or had no papers, are too many to count each time."""
    count = _gauge("paperboy_digests", "Digests that are under way, or did not arrive for all we know.", "state")
    open_ended = dict.fromkeys(_OPEN_ENDED, 0)
    rows = Delivery.objects.filter(state__in=_OPEN_ENDED).order_by().values_list("state").annotate(Count("pk"))
    for state, digests in (open_ended | dict(rows)).items():
        count.add_metric([state], digests)
    yield count


Collect = Callable[[datetime], Iterator[Metric]]
PARTS: dict[str, Collect] = {
    "sources": _sources,
    "model": _model,
    "night": _night,
    "queues": _queues,
    "clock": _clock,
    "mails": _mails,
}


def _gauge(name: str, words: str, label: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, labels=[label])


def _value(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=float(value))
