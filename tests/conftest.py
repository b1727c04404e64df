"""The cast: ada votes, bob is somebody else, anonymous has no account; and how each of them knocks."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as effort

from accounts.models import AuthToken, User
from recommender.engine.encoder import Encoder, load_encoder

from .contract import CheckedClient

# How long an example takes depends on what else the machine does.
effort.register_profile("paperboy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
effort.load_profile("paperboy")


def pytest_configure() -> None:
    """Static files as they lie in the tree (nobody has collected them), and a password hash that takes no time.

    SQLite gets a file: in memory, threads would share one database without its locks. Rates are out of the way, since
    counts outlive a test.
    """
    settings.RATE_READ = settings.RATE_WRITE = 1_000_000
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if "sqlite3" in settings.DATABASES["default"]["ENGINE"]:
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(settings.DATA_DIR / "tests.sqlite3")


@pytest.fixture(autouse=True)
def _empty_redis() -> None:
    """A cache in the database is rolled back with each test; one in Redis is not."""
    if settings.REDIS_URL:
        cache.clear()


@pytest.fixture(scope="session")
def encoder_folder() -> Path:
    """The default encoder with its real weights."""
    folder = Path(os.environ["PAPERBOY_TEST_ENCODER"])
    if not folder.is_dir():
        pytest.skip(f"NOT TESTED WITH REAL WEIGHTS: {folder} does not exist; run manage.py encoder fetch")
    return folder


@pytest.fixture(scope="session")
def encoder(encoder_folder: Path) -> Encoder:
    return load_encoder(encoder_folder)


def make_reader(name: str) -> User:
    reader = User.objects.create_user(f"{name}@example.org", f"a long password for {name}", name=name.title())
    EmailAddress.objects.create(user=reader, email=reader.email, verified=True, primary=True)
    return reader


@pytest.fixture
def ada(db: None) -> User:
    return make_reader("ada")


@pytest.fixture
def bob(db: None) -> User:
    return make_reader("bob")


@pytest.fixture
def anonymous(db: None) -> Client:
    return Client()


@pytest.fixture
def api(db: None) -> CheckedClient:
    return CheckedClient()


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    def sign_in(reader: User) -> Client:
        client = Client()
        client.force_login(reader, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


@pytest.fixture
def api_of() -> Callable[[User], CheckedClient]:
    def with_write_token(reader: User) -> CheckedClient:
        key = AuthToken.issue(reader, "test", AuthToken.Scope.WRITE, None)[1]
        client = CheckedClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
        return client

    return with_write_token
