"""Checks of what runs: beat, worker, queues, nights, sources and mail."""

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


def note_tick() -> None:
    cache.set(LAST_TICK_KEY, timezone.now(), timeout=None)


def last_tick() -> datetime | None:
    """None if it was never heard, or the cache has lost it."""
    found = cache.get(LAST_TICK_KEY)
    return found if isinstance(found, datetime) else None


PING_SECONDS = 3.0
OLD_MODEL = timedelta(hours=60)  # two nights without a new one, and a morning to notice
QUEUE_STUCK = timedelta(hours=3)
START_WORKER = "start it: celery -A recommender.config worker -B"


def model(now: datetime) -> Iterator[Finding]:
    """There is one, of a recent night, and its files are whole."""
    newest = TrainedModel.objects.serving_order().first()
    if newest is None:
        yield warn("model", "none has been promoted yet: order is by popularity", "manage.py night, after some votes")
        return
    served = model_cache.current(wait=True)
    retrain = "manage.py night --step train --again, then judge and promote"
    if isinstance(served, Unavailable):
        yield bad("model", f"the files of {newest.version} are not whole, nor are those before it", retrain)
    elif served.row.pk != newest.pk:
        words = f"the files of {newest.version} are not whole; {served.row.version} serves in its place"
        yield bad("model", words, retrain)
    elif now - newest.trained_at > OLD_MODEL:
        words = f"{newest.version} is {_hours(now - newest.trained_at)} old"
        yield warn("model", words, "look at /models/ and /status/ for what refused or hindered the newer ones")
    else:
        yield ok("model", f"{newest.version}, {_hours(now - newest.trained_at)} old, is whole")


def beat(now: datetime) -> Iterator[Finding]:
    """Whether Celery's clock goes, and its task gets its turn."""
    heard = last_tick()
    if heard is None:
        yield bad("beat", "it has not been heard yet", START_WORKER)
    elif now - heard > BEAT_SLOW:
        tell = bad if now - heard > BEAT_LATE else warn
        words = f"it was last heard {_hours(now - heard)} ago"
        yield tell("beat", words, "start one worker with -B; if it runs, see what holds it up at /status/")
    else:
        yield ok("beat", f"heard {max(0.0, (now - heard).total_seconds()):.0f} s ago")


def worker() -> Iterator[Finding]:
    """Whether any worker answers."""
    try:
        answers = current_app.control.ping(timeout=PING_SECONDS)
    except (OperationalError, OSError) as error:
        yield bad("worker", f"the broker does not answer: {error}", "start Redis, or mend REDIS_URL")
        return
    names = sorted(name for answer in answers or [] for name in answer)
    if names:
        yield ok("worker", f"{len(names)} answer: {', '.join(names)}")
    else:
        yield bad("worker", f"none answers within {PING_SECONDS:.0f} s", START_WORKER)


def queue_ages() -> Iterator[Finding]:
    """How long work has waited in the queues."""
    try:
        found = queues.queue_states()
    except queues.BrokerUnavailable as silent:
        yield bad("queues", str(silent), "start Redis, or mend REDIS_URL")
        return
    yield from (_queue(queue) for queue in found)


def _queue(queue: queues.QueueState) -> Finding:
    if not queue.messages or queue.oldest is None:
        return ok("queues", f"{queue.queue}: {queue.messages} wait")
    words = f"{queue.queue}: {queue.messages} wait, the oldest for {_hours(queue.oldest)}"
    remedy = f"start a worker for it: celery -A recommender.config worker -Q {queue.queue}"
    if queue.oldest > QUEUE_STUCK:
        return bad("queues", words, remedy)
    return warn("queues", words, remedy) if queue.oldest > queues.LATE else ok("queues", words)


def night(now: datetime) -> Iterator[Finding]:
    """What failed in the night that is due."""
    day = due(now, settings.NIGHT_HOUR)
    failed = list(NightStep.objects.filter(day=day, state=StepState.FAILED))
    for step in failed:
        words = f"{step.step} of {day} failed {step.attempts} times: {step.error.splitlines()[0][:200]}"
        yield warn("night", words, f"mend that; it is tried again, or: manage.py night --day {day} --step {step.step}")
    if not failed:
        yield ok("night", f"nothing of the night of {day} has failed")


def sources(now: datetime) -> Iterator[Finding]:
    """Whether each source keeps its promise."""
    found = freshness(now)
    for source in found:
        if source.is_late or source.last_success_at is None:
            remedy = f"manage.py fetch --source {source.source} says what is wrong"
            yield warn("sources", source.message, remedy)
        else:
            yield ok("sources", source.message)
    if not found:
        yield warn("sources", "nobody is asked for papers", "set PAPERBOY_SOURCES=arxiv,huggingface, or leave it out")


def mail() -> Iterator[Finding]:
    """Whether the mail server lets us in; nothing is sent."""
    if not settings.EMAIL_BACKEND.endswith(".smtp.EmailBackend"):
        yield ok("mail", f"mails are not sent, but kept by {settings.EMAIL_BACKEND}")
        return
    server = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    connection = get_connection(timeout=10)
    try:
        connection.open()
        connection.close()
    except (OSError, SMTPException) as error:
        yield bad("mail", f"{server} does not let us in: {error}", "mend EMAIL_URL, or start the mail server")
    else:
        yield ok("mail", f"{server} lets us in")


def _hours(age: timedelta) -> str:
    hours = age.total_seconds() / 3600
    return f"{hours:.0f} h" if hours >= 2 else f"{60 * hours:.0f} min"
