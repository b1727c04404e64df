"""A deleted account leaves no trace in tables, files, cache, log or the next model."""

import logging
import struct
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from allauth.account.models import EmailAddress
from django.conf import settings as site
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.mail import get_connection
from django.db import connection
from django.utils import timezone

from accounts.deletion import delete_account
from accounts.models import AuthToken, User
from feeds.models import Delivery, DigestWish, FeedKey, Mailed, Submission, Subscriber, Webhook, WebhookEvent
from recommender import collections, interests, mutes
from recommender.models import TrainedModel
from recommender.models.training import newest_version
from tests.feeds.planting import CROWD, DAY, train
from tests.threads import commits

PK = 918273645  # found nowhere by chance
EMAIL, PASSWORD = "eva.lundqvist@example.org", "a long password for eva"
DATABASES = (".sqlite3", ".sqlite3-wal", ".sqlite3-shm", ".sqlite3-journal")


@pytest.fixture
def eva(db):
    reader = User.objects.create_user(EMAIL, PASSWORD, pk=PK, name="Eva Lundqvist")
    EmailAddress.objects.create(user=reader, email=EMAIL, verified=True, primary=True)
    return reader


@pytest.fixture
def lived(eva, client, api_of, planted, bob):
    """Eva has used pages, API and mail, and is known to administrators and the model."""
    graphs, _ = planted
    assert client.post("/accounts/login/", {"login": EMAIL, "password": PASSWORD}).status_code == 302
    client.post("/accounts/password/reset/", {"email": EMAIL})
    client.get("/")
    software = api_of(eva)
    sent = [{"paper_id": one.public_id, "value": 1} for one in graphs[8:14]]
    assert software.post("/api/v1/me/votes/batch/", sent, HTTP_IDEMPOTENCY_KEY="k").json()["changed"] == 6
    feed = software.get("/api/v1/me/feed/").json()
    impressions = [{"paper_id": feed["results"][0]["paper"]["id"], "position": 1, "surface": "api"}]
    software.post("/api/v1/impressions/batch/", {"ranking_id": feed["ranking_id"], "items": impressions}, format="json")
    interests.add(eva, "topic", "spectra")
    mutes.add(eva, "word", "quantum")
    collections.save(collections.create(eva, "Knots"), graphs[:2])
    Submission.objects.create(submitter=eva, public_id="2607.77777", day=DAY)
    gets_papers(eva, graphs[0])
    ContentType.objects.clear_cache()  # a test that commits has emptied the table
    about = ContentType.objects.get_for_model(User)
    LogEntry.objects.create(user=bob, content_type=about, object_id=str(PK), object_repr=str(eva), action_flag=CHANGE)
    train(DAY + timedelta(days=1))
    return client


def gets_papers(eva, paper):
    """By mail with and without an account, by a feed, and by a webhook."""
    DigestWish.objects.create(reader=eva, is_on=True)
    delivery = Delivery.objects.create(reader=eva, day=DAY, address=EMAIL, paper_pks=[paper.pk], state="sent")
    Mailed.objects.create(reader=eva, paper=paper, delivery=delivery)
    subscriber = Subscriber.objects.create(address=EMAIL.upper(), confirmed_at=timezone.now())
    Delivery.objects.create(subscriber=subscriber, day=DAY, address=EMAIL, state="sent")
    FeedKey.objects.create(reader=eva)
    Webhook.objects.create(reader=eva, url="https://example.org/hook")
    WebhookEvent.objects.create(reader=eva, name="digest.ready", payload={"day": str(DAY)})


def traces(text):
    """The reader's marks in these bytes: address, name, and id as digits and as a number in an array."""
    marks = [EMAIL.encode(), b"Lundqvist", str(PK).encode(), struct.pack("<q", PK)[:4]]
    return [mark for mark in marks if mark.lower() in text.lower()]


def as_bytes(value):
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def in_tables():
    tables = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            tables += [table for row in cursor.fetchall() if traces(b"|".join(map(as_bytes, row)))]
    sessions = [session.get_decoded().get("_auth_user_id") for session in Session.objects.all()]
    return sorted({*tables, *("a session" for owner in sessions if owner == str(PK))})


def in_files():
    files = [file for file in Path(site.DATA_DIR).rglob("*") if file.is_file() and not file.name.endswith(DATABASES)]
    assert any("models" in file.parts for file in files)
    return [file.name for file in files if traces(file.read_bytes())]


def in_redis():
    if not site.REDIS_URL:
        return []
    return [key for key in redis.Redis.from_url(site.REDIS_URL).scan_iter() if traces(key)]


def test_before_the_deletion_the_search_finds_traces(lived):
    tables = {"accounts_user", "account_emailaddress", "django_admin_log", "recommender_vote", "feeds_subscriber"}
    assert {*tables, "a session", "feeds_delivery", "feeds_webhook", "feeds_feedkey"} <= {*in_tables()}


@pytest.mark.parametrize("way", ["page", "api"])
def test_no_row_file_cache_key_or_log_line_remains(lived, eva, api_of, caplog, way):
    caplog.set_level(logging.DEBUG)
    if way == "page":
        assert lived.post("/settings/delete/", {"password": PASSWORD}).status_code == 302
    else:
        assert api_of(eva).delete("/api/v1/me/", {"email": EMAIL}).status_code == 202
    assert (in_tables(), in_files(), in_redis()) == ([], [], [])
    assert [line for line in caplog.messages if traces(line.encode())] == []
    assert (Submission.objects.get().submitter, Subscriber.objects.count()) == (None, 0)


def test_the_next_model_learns_nothing_from_a_deleted_reader(lived, eva):
    before = TrainedModel.objects.first()
    delete_account(eva, timezone.now(), newest_version())
    train(DAY + timedelta(days=2))
    after = TrainedModel.objects.first()
    assert (before.readers_seen, after.readers_seen) == (CROWD + 1, CROWD)
    assert after.votes_seen == before.votes_seen - 6
    assert in_files() == []


def test_the_receipt_counts_deleted_objects_and_names_the_last_model_with_the_votes(lived, eva):
    receipt = delete_account(eva, timezone.now(), newest_version())
    removed = {row["what"]: row["count"] for row in receipt.removed}
    assert receipt.last_model_with_your_votes == TrainedModel.objects.first().version
    expected = {
        "votes": 6, "vote events": 6, "impressions": 1, "interests": 1, "mutes": 1, "collections": 1, "saveds": 2,
        "kept answers": 1, "sessions": 1, "admin log entries": 1, "users": 1,
    }  # fmt: skip
    assert {what: removed.get(what) for what in expected} == expected


def test_mails_to_the_reader_are_deleted_from_the_outbox_and_others_stay(eva, settings, tmp_path):
    settings.EMAIL_FILE_PATH = str(tmp_path)
    for addresses in (["bob@example.org", EMAIL.upper()], [EMAIL], ["bob@example.org"]):
        with get_connection("django.core.mail.backends.filebased.EmailBackend", file_path=str(tmp_path)) as outbox:
            for address in addresses:
                mail.EmailMessage("Your papers", f"For {address}", to=[address], connection=outbox).send()
    receipt = delete_account(eva, timezone.now(), newest_version())
    left = [file.read_bytes() for file in tmp_path.iterdir()]
    assert {"what": "mails in the outbox", "count": 2} in receipt.removed
    assert not any(map(traces, left))
    assert sum(text.count(b"For bob@example.org") for text in left) == 2


@pytest.mark.parametrize("other", ["b{}", "b.{}", "b+{}", "{}.test", "{}-test.example"])
def test_mails_to_an_address_that_contains_the_readers_stay(eva, settings, tmp_path, other):
    settings.EMAIL_FILE_PATH = str(tmp_path)
    with get_connection("django.core.mail.backends.filebased.EmailBackend", file_path=str(tmp_path)) as outbox:
        for address in (EMAIL, other.format(EMAIL)):
            mail.EmailMessage("Your papers", "Papers", to=[address], connection=outbox).send()
    receipt = delete_account(eva, timezone.now(), newest_version())
    assert {"what": "mails in the outbox", "count": 1} in receipt.removed
    assert other.format(EMAIL) in "".join(file.read_text() for file in tmp_path.iterdir())


def test_the_data_of_other_readers_stays(lived, eva, bob):
    key = AuthToken.issue(bob, "mine", "read", None)[0]
    interests.add(bob, "topic", "spectra")
    votes = sum(reader.votes.count() for reader in User.objects.exclude(pk=PK))
    delete_account(eva, timezone.now(), newest_version())
    assert (bob.interests.count(), list(bob.auth_token_set.all())) == (1, [key])
    assert sum(reader.votes.count() for reader in User.objects.all()) == votes


@commits
@pytest.mark.skipif("postgres" in site.DATABASES["default"]["ENGINE"], reason="PostgreSQL's vacuum reuses the space")
def test_the_database_file_contains_no_traces(client):
    reader = User.objects.create_user(EMAIL, PASSWORD, pk=PK, name="Eva Lundqvist")
    for number in range(50):
        interests.add(reader, "topic", f"Lundqvist {number} " + "x" * 150)
    client.post("/accounts/login/", {"login": EMAIL, "password": PASSWORD})
    assert traces(database_file())
    delete_account(reader, timezone.now(), newest_version())
    assert traces(database_file()) == []


def database_file():
    """Its bytes after a checkpoint of the write-ahead log."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(connection.settings_dict["NAME"]).read_bytes()
