"""The doctor: each fault is named with its remedy, and what works is reported as ok."""

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
from recommender.encoder.bert_onnx import convert
from recommender.models import NightStep, TrainedModel
from recommender.serving.model_cache import clear, folder_of
from tests.feeds.instance import Instance, wait_for
from tests.recommender.encoder import tiny

OK, WARN, BAD = Severity.OK, Severity.WARN, Severity.BAD


def states(findings):
    return [finding.state for finding in findings]


def only(findings):
    [finding] = findings
    return finding


# --- check_configuration


def test_free_disk_space_is_ok_low_or_very_low(tmp_path):
    megabytes = {5000: OK, 1999: WARN, 199: BAD}
    assert {size: check_configuration.disk_space(size * 1_000_000, tmp_path).state for size in megabytes} == megabytes
    assert "has 199 MB free" in check_configuration.disk_space(199_000_000, tmp_path).words


def test_an_unwritable_data_folder_is_named(settings, tmp_path):
    (tmp_path / "file").touch()
    settings.DATA_DIR = tmp_path / "file"
    finding = only(check_configuration.data_folder())
    assert finding.state == BAD
    assert str(settings.DATA_DIR) in finding.words
    assert "PAPERBOY_DATA_DIR" in finding.remedy


def test_a_data_folder_that_others_can_read_is_named(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    tmp_path.chmod(0o755)
    finding = list(check_configuration.data_folder())[-1]
    assert finding.state == WARN
    assert "other users of this machine can read" in finding.words
    tmp_path.chmod(0o700)
    assert "other users" not in list(check_configuration.data_folder())[-1].words


def test_an_encoder_is_intact_missing_damaged_or_off(settings, tmp_path):
    settings.ENCODER = None
    assert only(check_configuration.encoder()).state == OK
    settings.ENCODER = tmp_path / "tiny"
    finding = only(check_configuration.encoder())
    assert finding.state == WARN
    assert finding.remedy == "manage.py encoder fetch"
    convert(tiny.write_originals(tmp_path / "tiny"), tmp_path / "tiny" / "model.onnx")
    assert only(check_configuration.encoder()).words == "tiny is intact and has 8 dimensions"
    (tmp_path / "tiny" / "model.onnx").write_bytes(b"")
    finding = only(check_configuration.encoder())
    assert finding.state == BAD
    assert "model.onnx" in finding.words


def test_uncollected_static_files_are_named(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    finding = only(check_configuration.static_files())
    assert finding.state == BAD
    assert "are not collected" in finding.words
    assert "collectstatic" in finding.remedy
    call_command("collectstatic", interactive=False, verbosity=0)
    assert only(check_configuration.static_files()).state == OK


def test_djangos_deployment_checks_are_findings_with_our_remedy(settings):
    settings.SESSION_COOKIE_SECURE = False
    finding = only(one for one in check_configuration.django_checks(deploy=True) if "security.W012" in one.words)
    assert finding.state == BAD
    assert "PAPERBOY_SITE_URL=https://" in finding.remedy
    assert "W012" not in " ".join(one.words for one in check_configuration.django_checks(deploy=False))


@pytest.mark.parametrize(
    ("name", "value", "finding"),
    [
        ("HTTPS", False, "https"),
        ("ALLOWED_HOSTS", ["*"], "hosts"),
        ("ALLOWED_HOSTS", ["elsewhere.example"], "hosts"),
        ("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend", "mail"),
    ],
)
def test_each_fault_of_a_public_site_is_the_only_bad_finding(settings, name, value, finding):
    settings.HTTPS, settings.SITE_URL = True, "https://paperboy.example"
    settings.ALLOWED_HOSTS, settings.CONTACT = ["paperboy.example"], "me@example.org"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert [one.name for one in check_configuration.public_site() if one.state == BAD and one.name != "broker"] == []
    setattr(settings, name, value)
    assert [one.name for one in check_configuration.public_site() if one.state == BAD and one.name != "broker"] == [
        finding
    ]


def test_behind_a_proxy_without_a_token_nobody_may_read_metrics(settings, tmp_path):
    settings.METRICS, settings.METRICS_DIR, settings.BEHIND_PROXY = True, tmp_path, True
    finding = only(check_configuration.metrics())
    assert finding.state == WARN
    assert finding.remedy == "set PAPERBOY_METRICS_TOKEN"


# --- check_stores


@pytest.mark.django_db(transaction=True)
def test_an_unreachable_database_is_named_and_the_rest_is_not_checked(unreachable):
    out = StringIO()
    with unreachable(), pytest.raises(CommandError):
        call_command("doctor", "--json", stdout=out)
    findings = {finding["name"]: finding for finding in json.loads(out.getvalue())}
    assert findings["database"]["state"] == "bad"
    assert "DATABASE_URL" in findings["database"]["remedy"]
    assert not {"tables", "model", "sources"} & set(findings)


def test_clock_skew_is_a_warning_and_a_large_one_is_bad():
    seconds = {0.5: OK, -1.9: OK, 3: WARN, -31: BAD}
    assert {ahead: check_stores.clock_skew(timedelta(seconds=ahead)).state for ahead in seconds} == seconds


@pytest.mark.django_db
def test_a_reachable_database_with_the_same_time_is_ok(db):
    assert set(states(check_stores.database())) == {OK}


@pytest.mark.django_db
def test_an_unapplied_migration_is_named():
    assert only(check_stores.migrations()).state == OK
    [(_, newest)] = MigrationLoader(connection).graph.leaf_nodes("feeds")
    MigrationRecorder(connection).record_unapplied("feeds", newest)
    finding = only(check_stores.migrations())
    assert finding.state == BAD
    assert f"feeds.{newest}" in finding.words
    assert finding.remedy == "manage.py migrate"


@pytest.mark.django_db
def test_tables_of_a_newer_version_are_named():
    MigrationRecorder(connection).record_applied("feeds", "9999_later")
    finding = only(check_stores.migrations())
    assert finding.state == WARN
    assert "feeds.9999_later" in finding.words


@pytest.mark.django_db
def test_a_missing_cache_table_is_named(settings):
    assert only(check_stores.cache_works()).state == OK
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "no_table"}}
    settings.REDIS_URL = ""
    finding = only(check_stores.cache_works())
    assert finding.state == BAD
    assert finding.remedy == "manage.py migrate"


def test_an_unreachable_redis_is_named(settings, nobody_listens):
    settings.REDIS_URL = f"redis://127.0.0.1:{nobody_listens}/0"
    finding = only(check_stores.redis())
    assert finding.state == BAD
    assert "REDIS_URL" in finding.remedy


def test_a_redis_that_drops_queues_or_stores_nothing_is_named(settings, own_redis):
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


# --- check_jobs


def test_a_recent_model_is_ok_and_an_old_one_a_warning(planted):
    row = TrainedModel.objects.get()
    assert only(check_jobs.model(row.trained_at)).state == OK
    old = only(check_jobs.model(row.trained_at + timedelta(hours=61)))
    assert old.state == WARN
    assert "61 h old" in old.words


def test_a_damaged_model_is_named(planted):
    row = TrainedModel.objects.get()
    TrainedModel.objects.update(archive_digest="")  # with an archive it would be repaired
    shutil.rmtree(folder_of(row.version))
    clear()
    finding = only(check_jobs.model(timezone.now()))
    clear()
    assert finding.state == BAD
    assert row.version in finding.words
    assert "train" in finding.remedy


def test_a_missing_model_is_a_warning(db):
    assert only(check_jobs.model(timezone.now())).state == WARN


def test_beat_is_on_time_slow_late_or_missing(db):
    now = timezone.now()
    assert only(check_jobs.beat(now)).state == BAD
    for minutes, state in ((1, OK), (6, WARN), (31, BAD)):
        cache.set(check_jobs.LAST_TICK_KEY, now - timedelta(minutes=minutes), timeout=None)
        assert only(check_jobs.beat(now)).state == state


def test_waiting_work_is_named_with_its_queue(settings, tmp_path, old_message):
    settings.REDIS_URL, settings.CELERY_BROKER_TRANSPORT_OPTIONS = "", {"data_folder_in": str(tmp_path)}
    assert set(states(check_jobs.queue_ages())) == {OK}
    old_message(tmp_path, "fetch", timedelta(hours=4))
    finding = only(one for one in check_jobs.queue_ages() if one.state == BAD)
    assert finding.words == "fetch: 1 wait, the oldest for 4 h"


def test_a_failed_step_of_the_current_night_is_named(db, settings):
    now = timezone.now().replace(hour=12)
    assert only(check_jobs.night(now)).state == OK
    times = {"started_at": now, "lease_until": now}
    NightStep.objects.create(day=now.date(), step="train", state="failed", error="OSError: disk full\nmore", **times)
    finding = only(check_jobs.night(now))
    assert finding.state == WARN
    assert "train" in finding.words
    assert "disk full" in finding.words


def test_a_late_source_is_a_warning_and_a_fresh_one_ok(db, settings):
    settings.SOURCES, now = ["huggingface"], timezone.now()
    assert only(check_jobs.sources(now)).state == WARN
    Fetch.objects.create(source="huggingface", day=now.date(), state="done", finished_at=now)
    assert only(check_jobs.sources(now)).state == OK


def test_a_source_that_waits_for_a_category_says_so(db, settings):
    settings.SOURCES, now = ["huggingface"], timezone.now()
    columns = {"state": "partial", "finished_at": now, "next_at": now, "summary": {"waiting_for": ["cs.CL"]}}
    Fetch.objects.create(source="huggingface", day=now.date(), **columns)
    Fetch.objects.create(source="huggingface", day=now.date() - timedelta(days=2), state="done", finished_at=now)
    assert f"is waiting for the new papers of {now.date()} in cs.CL: " in only(check_jobs.sources(now)).words


def test_an_unreachable_mail_server_is_named(settings, nobody_listens):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", nobody_listens
    finding = only(check_jobs.mail())
    assert finding.state == BAD
    assert f"127.0.0.1:{nobody_listens}" in finding.words


def test_checking_the_mail_server_sends_nothing(settings, mail_server):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = mail_server.hostname, mail_server.port
    assert only(check_jobs.mail()).state == OK
    assert mail_server.handler.box == []


@pytest.mark.processes
def test_a_missing_worker_is_bad_and_a_running_one_ok(tmp_path):
    instance = Instance(tmp_path)
    for command in (["migrate"], ["createcachetable"]):
        instance.manage(*command, "-v", "0")
    look = "from feeds.health.check_jobs import worker; print([one.state.value for one in worker()])"
    assert instance.shell(look) == "['bad']"
    worker = instance.start(*supervisor.worker())
    wait_for(lambda: instance.shell(look) == "['ok']", 90, "the worker's answer")
    worker.send_signal(signal.SIGTERM)
    worker.wait(30)
