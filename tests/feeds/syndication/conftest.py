"""Ada's feeds, and how a program polls one."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import feedparser
import pytest
from django.test import Client

from accounts.models import User
from feeds.models import FeedKey
from feeds.syndication.keys import renew, secret_of

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
    """The answer to a poll, and what is in it, as `feedparser` reads it: `poll(path, **headers)`."""

    def ask(path: str, **headers: str) -> SimpleNamespace:
        answer = Client().get(path, headers=headers)
        found = feedparser.parse(answer.content) if answer.status_code == 200 else None
        ids = [entry.id for entry in found.entries] if found else []
        return SimpleNamespace(answer=answer, status=answer.status_code, found=found, ids=ids)

    return ask
