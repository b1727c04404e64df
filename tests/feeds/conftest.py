"""The API as ada's software sees it, each answer held against the schema; and a world with a trained model."""

import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import feedparser
import pytest
from django.test import Client, override_settings

from accounts.models import User
from feeds.digest.mailer import DJANGOS_SMTP
from feeds.models import FeedKey, Webhook
from feeds.syndication.keys import renew, secret_of
from feeds.webhooks import subscriptions
from feeds.webhooks.events import EVENTS
from recommender.models import Paper
from tests.contract import CheckedClient

from .digest.sink import Sink
from .outside import Asked, Outside, Reply
from .planting import plant, train
from .sources.answers import query
from .webhooks.receiver import Receiver


@pytest.fixture
def checked(api_of: Callable[[User], CheckedClient]) -> Callable[[User], CheckedClient]:
    """A client with a write token; its answers are all checked, as everywhere."""
    return api_of


@pytest.fixture
def ada_api(ada: User, checked: Callable[[User], CheckedClient]) -> CheckedClient:
    return checked(ada)


@pytest.fixture
def planted(db: None) -> tuple[list[Paper], list[Paper]]:
    """Papers on graphs and on proteins, a crowd that likes one of them each, and a model that serves."""
    topics = plant()
    train()
    return topics


def papers_of_july(asked: Asked) -> Reply:
    """What arXiv says of ids: it knows those of July 2026, and of them those with a 9 at the end are withdrawn."""
    ids = [public_id for public_id in asked.params["id_list"].split(",") if public_id.startswith("2607.")]
    body = query(*ids)
    for gone in (public_id for public_id in ids if public_id.endswith("9")):
        body = body.replace(f"On {gone}.".encode(), b"This paper has been withdrawn by the authors.")
    return Reply(body)


@pytest.fixture
def arxiv(settings: Any) -> Iterator[Outside]:
    """The outside world is an arXiv that answers questions for papers by their ids."""
    settings.SOURCES = ["arxiv"]
    with Outside() as world:
        settings.SOURCE_SERVICES = world.services()
        world.answer("/api/query", papers_of_july)
        yield world


@pytest.fixture(autouse=True)
def _own_inbox(tmp_path: Any) -> Any:
    """No test finds the files of another one in the inbox."""
    with override_settings(INBOX_DIR=tmp_path / "inbox"):
        yield


@pytest.fixture
def loopback(settings: Any) -> None:
    settings.WEBHOOKS_TO_LOOPBACK = True


@pytest.fixture
def receiver(loopback: None) -> Iterator[Receiver]:
    with Receiver() as found:
        yield found


@pytest.fixture
def webhook(ada: User, receiver: Receiver) -> Webhook:
    return subscriptions.add(ada, receiver.url(), list(EVENTS))


@pytest.fixture
def tls(tmp_path: Path, settings: Any) -> ssl.SSLContext:
    """A server that can prove that it is `localhost`, to those who trust the certificate that the settings name."""
    if shutil.which("openssl") is None:
        pytest.skip("NOT TESTED OVER TLS: there is no openssl on this machine")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command.split(), *files], check=True, capture_output=True)
    settings.WEBHOOK_CERTIFICATES = str(certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@pytest.fixture
def sink(settings):
    with Sink() as server:
        settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = DJANGOS_SMTP, "127.0.0.1", server.port
        settings.EMAIL_TIMEOUT = 0.5
        settings.MAILS_PER_MINUTE = settings.MAILS_PER_MINUTE_AND_PROVIDER = 0
        yield server


Address = Callable[..., str]


@pytest.fixture
def address(ada: User) -> Address:
    """Where a private feed is, by default ada's."""

    def of(name: str = "mine", form: str = "atom", reader: User = ada) -> str:
        key = FeedKey.objects.filter(reader=reader).first()
        if key is None:
            renew(reader)
            key = FeedKey.objects.get(reader=reader)
        return f"/feeds/{secret_of(key, name)}/{name}.{form}"

    return of


@pytest.fixture
def poll(db: None) -> Callable[..., Any]:
    """Poll a feed with `poll(path, **headers)`; returns the response and its feed as `feedparser` reads it."""

    def get(path: str, **headers: str) -> SimpleNamespace:
        answer = Client().get(path, headers=headers)
        feed = feedparser.parse(answer.content) if answer.status_code == 200 else None
        ids = [entry.id for entry in feed.entries] if feed else []
        return SimpleNamespace(answer=answer, status=answer.status_code, feed=feed, ids=ids)

    return get
