"""What can be broken: the database out of reach, a port where nobody listens, a message that waits."""

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
    """The database is asked for where it is not; a new connection is made before and after."""

    @contextmanager
    def moved() -> Iterator[None]:
        kept = dict(connection.settings_dict)
        away = {"HOST": "127.0.0.1", "PORT": nobody_listens} if connection.vendor == "postgresql" else {}
        connection.close()
        connection.settings_dict.update(away or {"NAME": "/nowhere/paperboy.sqlite3"})
        try:
            yield
        finally:
            connection.settings_dict.update(kept)
            connection.close()

    return moved


@pytest.fixture
def old_message() -> Callable[[Path, str, timedelta], None]:
    """A message as the broker's folder has it, sent so long ago."""

    def put(folder: Path, queue: str, age: timedelta) -> None:
        file = folder / f"12345_0f0f0f0f-0000-4000-8000-000000000000.{queue}.msg"
        file.write_text("{}")
        then = time.time() - age.total_seconds()
        os.utime(file, (then, then))

    return put


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[tuple[str, Redis]]:
    """A Redis that may be set as a test likes; it ends with the test."""
    url = start_redis(tmp_path)
    server = Redis.from_url(url)
    yield url, server
    server.shutdown(nosave=True)


class _Box:
    """Keeps the mails that it is handed."""

    def __init__(self) -> None:
        self.box: list[bytes] = []

    async def handle_DATA(self, server: object, session: object, envelope: Envelope) -> str:
        self.box.append(envelope.content or b"")
        return "250 kept"


@pytest.fixture
def mail_server() -> Iterator[Controller]:
    controller = Controller(_Box(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()
