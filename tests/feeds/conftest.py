"""The API as ada's software sees it, each answer held against the schema; and a world with a trained model."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import override_settings

from accounts.models import User
from recommender.models import Paper
from tests.contract import CheckedClient

from .outside import Asked, Outside, Reply
from .planting import plant, train
from .sources.answers import query


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
