"""A receiver on this machine, which the settings allow here, and ada's webhook that points to it."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from feeds.models import Webhook
from feeds.webhooks import keeping
from feeds.webhooks.events import EVENTS

from .receiver import Receiver


@pytest.fixture
def loopback(settings: Any) -> None:
    settings.WEBHOOKS_TO_LOOPBACK = True


@pytest.fixture
def receiver(loopback: None) -> Iterator[Receiver]:
    with Receiver() as found:
        yield found


@pytest.fixture
def webhook(ada: User, receiver: Receiver) -> Webhook:
    return keeping.add(ada, receiver.url(), list(EVENTS))


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
