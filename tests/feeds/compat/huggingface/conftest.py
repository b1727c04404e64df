"""Tokens, and a running site with a trained model, for real clients."""

from collections.abc import Callable

import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import AuthToken, User
from tests.feeds.planting import plant, train

DATABASE = pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)


@pytest.fixture
def key_of(db: None) -> Callable[[User], str]:
    return lambda reader: AuthToken.issue(reader, "a client", AuthToken.Scope.READ, None)[1]


@pytest.fixture
def site(live_server: LiveServer) -> str:
    """The URL of a site whose model was trained on a crowd."""
    plant()
    train()
    return str(live_server.url)
