"""`/livez` and `/readyz`: answered for any host name, with the true state of each dependency."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from feeds.health import check_jobs, queues
from recommender.models import TrainedModel


@pytest.fixture
def at_work(planted, settings, tmp_path):
    """A model serves, the last beat was a moment ago, and no work waits."""
    settings.REDIS_URL = ""
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"data_folder_in": str(tmp_path)}
    check_jobs.note_tick()
    return tmp_path


@pytest.fixture
def probe():
    """A load balancer, which uses the IP address and plain HTTP."""
    return Client(SERVER_NAME="10.1.2.3")


def checks(answer):
    return {name: check["ok"] for name, check in answer.json()["checks"].items()}


def test_livez_needs_no_database(probe):
    answer = probe.get("/livez")  # without the mark `django_db` any query would fail
    assert (answer.status_code, answer.json(), answer["Cache-Control"]) == (200, {"status": "ok"}, "no-store")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_a_probe_is_neither_redirected_to_https_nor_refused_for_its_host(path, probe, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert (probe.get(path).status_code, probe.get("/").status_code) == (200, 400)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_a_probe_only_reads(path, probe):
    assert (probe.post(path).status_code, probe.head(path).status_code) == (405, 200)


def test_it_is_ready_if_every_check_passes(at_work, probe):
    answer = probe.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert checks(answer) == dict.fromkeys(["database", "cache", "model", "queue", "clock"], True)


def test_without_a_model_it_is_degraded(at_work, probe):
    TrainedModel.objects.update(state="refused", promoted_at=None)
    answer = probe.get("/readyz")
    assert (answer.status_code, answer.json()["status"], checks(answer)["model"]) == (200, "degraded", False)
    assert answer.json()["checks"]["model"]["why"] == "No model has been trained yet."


def test_a_stopped_beat_is_named(at_work, probe):
    cache.set(check_jobs.LAST_TICK_KEY, timezone.now() - timedelta(minutes=37), timeout=None)
    assert probe.get("/readyz").json()["checks"]["clock"]["why"] == "the last beat of Celery was 37 minutes ago"


def test_work_that_waits_too_long_is_named(at_work, probe, old_message):
    old_message(at_work, "train", queues.LATE + timedelta(minutes=1))
    assert probe.get("/readyz").json()["checks"]["queue"]["why"] == "work has waited for 31 minutes"


def test_an_unreachable_broker_and_cache_make_it_degraded_not_down(at_work, probe, settings, nobody_listens):
    settings.REDIS_URL = f"redis://127.0.0.1:{nobody_listens}/0"
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": settings.REDIS_URL}
    }
    answer = probe.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert checks(answer) == {"database": True, "cache": False, "model": True, "queue": False, "clock": False}
    assert str(nobody_listens) not in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_without_a_database_it_is_down(probe, unreachable):
    with unreachable():
        answer = probe.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "down")
    assert answer.json()["checks"] == {"database": {"ok": False, "why": "the database does not answer"}}
    assert probe.get("/readyz").status_code == 200, "once it answers again"
    assert connection.is_usable()
