"""The doctor: each thing is broken in turn, and named with what to do; what is well is not complained about."""

import json
import shutil
import signal
from datetime import timedelta
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from feeds import supervisor
from feeds.health import check_configuration, check_jobs, check_stores
from feeds.health.finding import Severity
from feeds.models import Fetch
from recommender.models import NightStep, TrainedModel
from recommender.serving.model_cache import clear, folder_of
from tests.feeds.instance import Instance, wait_for

OK, WARN, BAD = Severity.OK, Severity.WARN, Severity.BAD


def states(findings):
    return [one.state for one in findings]


def by_name(findings):
    return {one.name: one.state for one in findings}


def only(findings):
    [one] = findings
    return one


# --- the site


def test_space_is_enough_little_or_next_to_none(tmp_path):
    megabytes = {5000: OK, 1999: WARN, 199: BAD}
    assert {size: check_configuration.space(size * 1_000_000, tmp_path).state for size in megabytes} == megabytes
    assert "has 199 MB free" in check_configuration.space(199_000_000, tmp_path).words


def test_a_data_folder_that_is_none_is_named(settings, tmp_path):
    (tmp_path / "file").touch()
    settings.DATA_DIR = tmp_path / "file"
    found = only(check_configuration.folder())
    assert (found.state, str(settings.DATA_DIR) in found.words, "PAPERBOY_DATA_DIR" in found.remedy) == (
        BAD,
        True,
        True,
    )


def test_static_files_that_nobody_has_collected_are_named(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    found = only(check_configuration.static())
    assert (found.state, "are not collected" in found.words, "collectstatic" in found.remedy) == (BAD, True, True)
    call_command("collectstatic", interactive=False, verbosity=0)
    assert only(check_configuration.static()).state == OK


def test_djangos_checks_for_a_deployment_are_findings_with_our_remedy(settings):
    settings.SESSION_COOKIE_SECURE = False
    found = [one for one in check_configuration.checks(deploy=True) if "security.W012" in one.words]
    assert [(one.state, "PAPERBOY_SITE_URL=https://" in one.remedy) for one in found] == [(BAD, True)]
    assert "W012" not in " ".join(one.words for one in check_configuration.checks(deploy=False))


@pytest.mark.parametrize(
    ("name", "value", "finding"),
    [
        ("HTTPS", False, "https"),
        ("ALLOWED_HOSTS", ["*"], "hosts"),
        ("ALLOWED_HOSTS", ["elsewhere.example"], "hosts"),
        ("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend", "mail"),
    ],
)
def test_what_strangers_must_not_meet_is_bad_and_alone(settings, name, value, finding):
    settings.HTTPS, settings.SITE_URL = True, "https://paperboy.example"
    settings.ALLOWED_HOSTS, settings.CONTACT = ["paperboy.example"], "me@example.org"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert [one.name for one in check_configuration.public() if one.state == BAD and one.name != "broker"] == []
    setattr(settings, name, value)
    assert [one.name for one in check_configuration.public() if one.state == BAD and one.name != "broker"] == [finding]


def test_behind_a_proxy_without_a_secret_nobody_may_read_metrics(settings, tmp_path):
    settings.METRICS, settings.METRICS_DIR, settings.BEHIND_PROXY = True, tmp_path, True
    assert (only(check_configuration.metrics()).state, only(check_configuration.metrics()).remedy) == (
        WARN,
        "set PAPERBOY_METRICS_TOKEN",
    )


# --- database, cache, Redis


@pytest.mark.django_db(transaction=True)
def test_a_database_out_of_reach_is_named_and_the_rest_not_looked_at(unreachable):
    out = StringIO()
    with unreachable(), pytest.raises(CommandError):
        call_command("doctor", "--json", stdout=out)
    found = {one["name"]: one for one in json.loads(out.getvalue())}
    assert (found["database"]["state"], "DATABASE_URL" in found["database"]["remedy"]) == ("bad", True)
    assert not {"tables", "model", "sources"} & set(found)


def test_clocks_that_differ_are_watched_and_then_bad():
    seconds = {0.5: OK, -1.9: OK, 3: WARN, -31: BAD}
    assert {ahead: check_stores.skew(timedelta(seconds=ahead)).state for ahead in seconds} == seconds


@pytest.mark.django_db
def test_the_database_answers_and_its_clock_is_this_machines(db):
    assert set(states(check_stores.database())) == {OK}


@pytest.mark.django_db
def test_a_migration_that_is_not_applied_is_named():
    assert only(check_stores.migrations()).state == OK
    [(_, newest)] = MigrationLoader(connection).graph.leaf_nodes("feeds")
    MigrationRecorder(connection).record_unapplied("feeds", newest)
    found = only(check_stores.migrations())
    assert (found.state, f"feeds.{newest}" in found.words, found.remedy) == (
        BAD,
        True,
        "manage.py migrate",
    )


@pytest.mark.django_db
def test_tables_of_a_newer_version_are_named():
    MigrationRecorder(connection).record_applied("feeds", "9999_later")
    found = only(check_stores.migrations())
    assert (found.state, "feeds.9999_later" in found.words) == (WARN, True)


@pytest.mark.django_db
def test_a_cache_that_nobody_made_is_named(settings):
    assert only(check_stores.kept()).state == OK
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "no_table"}}
    settings.REDIS_URL = ""
    assert (only(check_stores.kept()).state, only(check_stores.kept()).remedy) == (BAD, "manage.py createcachetable")


def test_redis_out_of_reach_is_named(settings, nobody_listens):
    settings.REDIS_URL = f"redis://127.0.0.1:{nobody_listens}/0"
    assert (only(check_stores.redis()).state, "REDIS_URL" in only(check_stores.redis()).remedy) == (BAD, True)


def test_a_redis_that_drops_queues_and_keeps_nothing_is_named(settings, own_redis):
    settings.REDIS_URL, server = own_redis
    assert [(one.name, one.state) for one in check_stores.redis()] == [
        ("redis", OK),
        ("redis memory", OK),
        ("redis disk", WARN),
    ]
    server.config_set("maxmemory-policy", "allkeys-lru")
    server.config_set("save", "60 1")
    assert [(one.name, one.state) for one in check_stores.redis()] == [
        ("redis", OK),
        ("redis memory", BAD),
        ("redis disk", OK),
    ]


# --- what runs


def test_a_model_is_whole_old_damaged_or_missing(planted):
    row = TrainedModel.objects.get()
    assert only(check_jobs.model(row.trained_at)).state == OK
    old = only(check_jobs.model(row.trained_at + timedelta(hours=61)))
    assert (old.state, "61 h old" in old.words) == (WARN, True)


def test_a_damaged_model_is_named(planted):
    row = TrainedModel.objects.get()
    TrainedModel.objects.update(archive_digest="")  # with an archive it would mend itself
    shutil.rmtree(folder_of(row.version))
    clear()
    found = only(check_jobs.model(timezone.now()))
    clear()
    assert (found.state, row.version in found.words, "train" in found.remedy) == (BAD, True, True)


def test_without_a_model_it_says_so(db):
    assert only(check_jobs.model(timezone.now())).state == WARN


def test_the_clock_is_heard_slow_late_or_never(db):
    now = timezone.now()
    assert only(check_jobs.clock(now)).state == BAD
    for minutes, state in ((1, OK), (6, WARN), (31, BAD)):
        cache.set(check_jobs.KEY, now - timedelta(minutes=minutes), timeout=None)
        assert only(check_jobs.clock(now)).state == state


def test_work_that_waits_is_named_with_its_queue(settings, tmp_path, old_message):
    settings.REDIS_URL, settings.CELERY_BROKER_TRANSPORT_OPTIONS = "", {"data_folder_in": str(tmp_path)}
    assert set(states(check_jobs.waiting())) == {OK}
    old_message(tmp_path, "fetch", timedelta(hours=4))
    [found] = [one for one in check_jobs.waiting() if one.state == BAD]
    assert found.words == "fetch: 1 wait, the oldest for 4 h"


def test_a_step_that_failed_tonight_is_named(db, settings):
    now = timezone.now().replace(hour=12)
    assert only(check_jobs.night(now)).state == OK
    times = {"started_at": now, "lease_until": now}
    NightStep.objects.create(day=now.date(), step="train", state="failed", error="OSError: disk full\nmore", **times)
    found = only(check_jobs.night(now))
    assert (found.state, "train" in found.words, "disk full" in found.words) == (WARN, True, True)


def test_a_late_source_is_named_and_a_fresh_one_is_well(db, settings):
    settings.SOURCES, now = ["huggingface"], timezone.now()
    assert only(check_jobs.sources(now)).state == WARN
    Fetch.objects.create(source="huggingface", day=now.date(), state="done", finished_at=now)
    assert only(check_jobs.sources(now)).state == OK


def test_a_source_that_waits_for_a_category_is_not_called_fresh(db, settings):
    settings.SOURCES, now = ["huggingface"], timezone.now()
    columns = {"state": "partial", "finished_at": now, "next_at": now, "summary": {"waiting_for": ["cs.CL"]}}
    Fetch.objects.create(source="huggingface", day=now.date(), **columns)
    Fetch.objects.create(source="huggingface", day=now.date() - timedelta(days=2), state="done", finished_at=now)
    assert f"is waiting for the new papers of {now.date()} in cs.CL: " in only(check_jobs.sources(now)).words


def test_a_mail_server_that_is_not_there_is_named(settings, nobody_listens):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", nobody_listens
    found = only(check_jobs.mail())
    assert (found.state, f"127.0.0.1:{nobody_listens}" in found.words) == (BAD, True)


def test_a_mail_server_is_asked_and_sent_nothing(settings, mail_server):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = mail_server.hostname, mail_server.port
    assert only(check_jobs.mail()).state == OK
    assert mail_server.handler.box == []


@pytest.mark.processes
def test_a_worker_is_missed_and_found(tmp_path):
    instance = Instance(tmp_path)
    for command in (["migrate"], ["createcachetable"]):
        instance.manage(*command, "-v", "0")
    look = "from feeds.health import check_jobs as running; print([one.state.value for one in running.worker()])"
    assert instance.shell(look) == "['bad']"
    worker = instance.start(*supervisor.worker())
    wait_for(lambda: instance.shell(look) == "['ok']", 90, "the worker's answer")
    worker.send_signal(signal.SIGTERM)
    worker.wait(30)
