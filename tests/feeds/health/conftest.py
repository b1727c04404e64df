"""Faults for health checks: an unreachable database, a port where nobody listens, an old message."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from django.db import connection
from redis import Redis

from tests.servers import free_port, start_redis


@pytest.fixture
def nobody_listens() -> int:
    return free_port()


@pytest.fixture
def unreachable(nobody_listens: int) -> Callable[[], AbstractContextManager[None]]:
    """Move the database settings to an unreachable place; connections are reopened before and after."""

    @contextmanager
    def moved() -> Iterator[None]:
        original = dict(connection.settings_dict)
        away = {"HOST": "127.0.0.1", "PORT": nobody_listens} if connection.vendor == "postgresql" else {}
        connection.close()
        connection.settings_dict.update(away or {"NAME": "/nowhere/paperboy.sqlite3"})
        try:
            yield
        finally:
            connection.settings_dict.update(original)
            connection.close()

    return moved


@pytest.fixture
def old_message() -> Callable[[Path, str, timedelta], None]:
    """Put a message of this age into the broker's folder."""

    def put(folder: Path, queue: str, age: timedelta) -> None:
        file = folder / f"12345_0f0f0f0f-0000-4000-8000-000000000000.{queue}.msg"
        file.write_text("{}")
        then = time.time() - age.total_seconds()
        os.utime(file, (then, then))

    return put


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[tuple[str, Redis]]:
    """A Redis that a test may reconfigure; it ends with the test."""
    url = start_redis(tmp_path)
    server = Redis.from_url(url)
    yield url, server
    server.shutdown(nosave=True)


class _Box:
    """Stores the mails that it receives."""

    def __init__(self) -> None:
        self.box: list[bytes] = []

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:
        self.box.append(envelope.content or b"")
        return "250 OK"


@pytest.fixture
def mail_server() -> Iterator[Controller]:
    controller = Controller(_Box(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()
