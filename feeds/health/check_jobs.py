"""Doctor's checks of what runs: model, beat, worker, queues, nights, sources and mail."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from smtplib import SMTPException

from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.core.mail import get_connection
from django.utils import timezone
from kombu.exceptions import OperationalError

from feeds.sources.freshness import freshness
from recommender.models import NightStep, StepState, TrainedModel
from recommender.night.ledger import due
from recommender.serving import model_cache
from recommender.serving.model_cache import Unavailable

from . import queues
from .finding import Finding, bad, ok, warn

LAST_TICK_KEY = "health:last-tick"
BEAT_SLOW = timedelta(minutes=5)
BEAT_LATE = timedelta(minutes=30)  # a worker with one slot runs the tick only between two steps of the night
PING_SECONDS = 3.0
OLD_MODEL = timedelta(hours=60)  # two nights without a new one, and a morning to notice
QUEUE_STUCK = timedelta(hours=3)
START_WORKER = "start it: celery -A recommender.config worker -B"


def note_tick() -> None:
    """Record that Celery beat runs and a worker executes its tasks."""
    cache.set(LAST_TICK_KEY, timezone.now(), timeout=None)


def last_tick() -> datetime | None:
    """Return the time of the last tick.

    Returns None if there was none or the cache lost it.
    """
    tick = cache.get(LAST_TICK_KEY)
    return tick if isinstance(tick, datetime) else None


def model(now: datetime) -> Iterator[Finding]:
    """Whether there is a recent model with intact files."""
    newest = TrainedModel.objects.serving_order().first()
    if newest is None:
        words = "none has been promoted yet: papers are ordered by popularity"
        yield warn("model", words, "manage.py night, after some votes")
        return
    served = model_cache.current(wait=True)
    retrain = "manage.py night --step train --again, then judge and promote"
    if isinstance(served, Unavailable):
        yield bad("model", f"the files of {newest.version} and of earlier models are damaged", retrain)
    elif served.row.pk != newest.pk:
        words = f"the files of {newest.version} are damaged; {served.row.version} serves instead"
        yield bad("model", words, retrain)
    elif now - newest.trained_at > OLD_MODEL:
        words = f"{newest.version} is {_duration(now - newest.trained_at)} old"
        yield warn("model", words, "see /models/ and /status/ for why newer ones were refused or failed")
    else:
        yield ok("model", f"{newest.version}, {_duration(now - newest.trained_at)} old, is intact")


def beat(now: datetime) -> Iterator[Finding]:
    """Whether Celery beat runs and a worker executes its task in time."""
    tick = last_tick()
    if tick is None:
        yield bad("clock", "Celery beat has not run yet", START_WORKER)
    elif now - tick > BEAT_SLOW:
        finding = bad if now - tick > BEAT_LATE else warn
        remedy = "start one worker with -B; if one runs, see at /status/ what delays it"
        yield finding("clock", f"last beat {_duration(now - tick)} ago", remedy)
    else:
        yield ok("clock", f"last beat {max(0.0, (now - tick).total_seconds()):.0f} s ago")


def worker() -> Iterator[Finding]:
    """Whether any worker answers."""
    try:
        replies = current_app.control.ping(timeout=PING_SECONDS)
    except (OperationalError, OSError) as error:
        yield bad("worker", f"the broker does not answer: {error}", "start Redis, or correct REDIS_URL")
        return
    names = sorted(name for reply in replies or [] for name in reply)
    if names:
        yield ok("worker", f"{len(names)} answer: {', '.join(names)}")
    else:
        yield bad("worker", f"none answers within {PING_SECONDS:.0f} s", START_WORKER)


def queue_ages() -> Iterator[Finding]:
    """How long messages have waited in each queue."""
    try:
        states = queues.queue_states()
    except queues.BrokerUnavailable as error:
        yield bad("queues", str(error), "start Redis, or correct REDIS_URL")
        return
    for state in states:
        words = f"{state.queue}: {state.messages} wait"
        if not state.messages or state.oldest is None:
            yield ok("queues", words)
            continue
        words += f", the oldest for {_duration(state.oldest)}"
        remedy = f"start a worker for it: celery -A recommender.config worker -Q {state.queue}"
        if state.oldest > QUEUE_STUCK:
            yield bad("queues", words, remedy)
        else:
            yield warn("queues", words, remedy) if state.oldest > queues.LATE else ok("queues", words)


def night(now: datetime) -> Iterator[Finding]:
    """Which steps of the current night failed."""
    day = due(now, settings.NIGHT_HOUR)
    failed = list(NightStep.objects.filter(day=day, state=StepState.FAILED))
    for step in failed:
        words = f"{step.step} of {day} failed {step.attempts} times: {step.error.splitlines()[0][:200]}"
        remedy = f"fix the cause; it is retried, or run: manage.py night --day {day} --step {step.step}"
        yield warn("night", words, remedy)
    if not failed:
        yield ok("night", f"no step of the night of {day} has failed")


def sources(now: datetime) -> Iterator[Finding]:
    """Whether each source is up to date."""
    states = freshness(now)
    for source in states:
        if source.is_late or source.last_success_at is None:
            yield warn("sources", source.message, f"manage.py fetch --source {source.source} shows what is wrong")
        else:
            yield ok("sources", source.message)
    if not states:
        yield warn("sources", "no source is switched on", "set PAPERBOY_SOURCES=arxiv,huggingface, or remove it")


def mail() -> Iterator[Finding]:
    """Whether the mail server accepts our login; nothing is sent."""
    if not settings.EMAIL_BACKEND.endswith(".smtp.EmailBackend"):
        yield ok("mail", f"mails are not sent; {settings.EMAIL_BACKEND} stores them")
        return
    server = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    connection = get_connection(timeout=10)
    try:
        connection.open()
        connection.close()
    except (OSError, SMTPException) as error:
        yield bad("mail", f"{server} refuses the connection: {error}", "correct EMAIL_URL, or start the mail server")
    else:
        yield ok("mail", f"{server} accepts the login")


def _duration(age: timedelta) -> str:
    hours = age.total_seconds() / 3600
    return f"{hours:.0f} h" if hours >= 2 else f"{60 * hours:.0f} min"
