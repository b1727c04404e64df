"""A mail server on loopback, to which Django's SMTP backend sends."""

import pytest

from feeds.digest.delivering import DJANGOS_SMTP

from .sink import Sink


@pytest.fixture
def sink(settings):
    with Sink() as server:
        settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = DJANGOS_SMTP, "127.0.0.1", server.port
        settings.EMAIL_TIMEOUT = 0.5
        settings.MAILS_PER_MINUTE = settings.MAILS_PER_MINUTE_AND_PROVIDER = 0
        yield server
