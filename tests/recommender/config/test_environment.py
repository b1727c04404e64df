"""The environment: every variable is typed, and a bad value stops the start with the variable's name."""

import os
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from recommender.categories import known_code
from recommender.config import environment

BAD = [
    ("PAPERBOY_DEBUG", "maybe"),
    ("PAPERBOY_ENCODER", "some-model"),
    ("PAPERBOY_ENCODER", ""),
    ("PAPERBOY_NIGHT_HOUR", "25"),
    ("PAPERBOY_NIGHT_HOUR", "two"),
    ("PAPERBOY_LEASE_SECONDS", "0"),
    ("PAPERBOY_SECRET_KEY", "short"),
    ("PAPERBOY_SECRET_KEY", "abcd" * 20),
    ("PAPERBOY_SECRET_KEY", "django-insecure-n2^9k&1x@e4v7q3z8p5m0w6y"),
    ("PAPERBOY_SITE_URL", "paperboy.example"),
    ("PAPERBOY_LOG_LEVEL", "LOUD"),
    ("DATABASE_URL", "mysql://somewhere/db"),
    ("DATABASE_URL", "nonsense"),
    ("REDIS_URL", "http://localhost"),
    ("EMAIL_URL", "carrier-pigeon://coop"),
    ("PAPERBOY_SOURCES", "arxiv,elsewhere"),
    ("PAPERBOY_ARXIV_CATEGORIES", "cs.XX"),
    ("PAPERBOY_ARXIV_CATEGORIES", ""),
    ("PAPERBOY_CONTACT", "somebody"),
    ("PAPERBOY_CONTACT", "me@example.org) Mozilla/5.0 (x"),
    ("PAPERBOY_SUBMISSIONS_PER_DAY", "-1"),
    ("PAPERBOY_ARXIV_API_URL", "http://export.arxiv.org/api/query"),
    ("PAPERBOY_ARXIV_RSS_URL", "rss.arxiv.org"),
    ("PAPERBOY_ARXIV_OAI_URL", "https://ada:secret@oaipmh.arxiv.org/oai"),
    ("PAPERBOY_HF_URL", ""),
    ("PAPERBOY_MAILS_PER_MINUTE", "-1"),
    ("PAPERBOY_MAILS_PER_MINUTE_AND_PROVIDER", "many"),
    ("PAPERBOY_EMAIL_TIMEOUT", "0"),
    ("PAPERBOY_MAIL_PROVIDER", "carrier_pigeon"),
    ("PAPERBOY_MAIL_PROVIDER", "os.path"),
    ("PAPERBOY_LOG_FORMAT", "xml"),
    ("PAPERBOY_MODEL_STORAGE", "somewhere"),
    ("PAPERBOY_MODEL_STORAGE", "no_such_package.Storage"),
    ("PAPERBOY_MODEL_STORAGE_OPTIONS", "bucket=models"),
    ("PAPERBOY_MODEL_STORAGE_OPTIONS", "[1]"),
    ("PAPERBOY_METRICS", "perhaps"),
    ("PAPERBOY_METRICS_TOKEN", "short"),
    ("PAPERBOY_METRICS_TOKEN", "a token with spaces in it"),
    ("SENTRY_DSN", "sentry.example"),
]


def start(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    command = [sys.executable, "-c", "import recommender.config.settings as s; print(s.NIGHT_HOUR, s.REDIS_URL)"]
    environ |= {"PAPERBOY_DATA_DIR": str(folder)} | variables
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_value_stops_the_start_and_names_the_variable(name: str, value: str, tmp_path: Path) -> None:
    ended = start(tmp_path, **{name: value})
    assert ended.returncode != 0
    assert name in ended.stderr.splitlines()[-1]


def test_without_any_variable_it_starts(tmp_path: Path) -> None:
    assert start(tmp_path).stdout.split() == ["6"]


@pytest.mark.parametrize(
    ("value", "folder"),
    [("off", None), ("all-MiniLM-L6-v2", "encoders/all-MiniLM-L6-v2-0.1.2"), ("/models/bge", "/models/bge")],
)
def test_an_encoder_is_off_a_known_name_or_a_folder(
    monkeypatch: pytest.MonkeyPatch, value: str, folder: str | None
) -> None:
    monkeypatch.setenv("PAPERBOY_TEST_ENCODER_CHOICE", value)
    chosen = environment.encoder("PAPERBOY_TEST_ENCODER_CHOICE", Path("encoders"))
    assert chosen == (Path(folder) if folder else None)


def test_a_list_of_known_words_has_each_once_in_the_known_spelling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERBOY_TEST_CODES", "cs.lg, hep-th,,CS.LG")
    assert environment.known_words("PAPERBOY_TEST_CODES", [], known_code, "cs.LG") == ["cs.LG", "hep-th"]


@pytest.mark.parametrize(
    "value", ["http://127.0.0.1:8080/oai", "http://localhost:1", "http://[::1]:1/x", "https://a.org/b"]
)
def test_a_service_is_encrypted_or_on_this_machine(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PAPERBOY_TEST_SERVICE", f"{value}/")
    assert environment.service("PAPERBOY_TEST_SERVICE", "https://unused.example") == value


@pytest.mark.parametrize(
    "value", ["http://127.0.0.1.evil.example", "http://10.0.0.1/", "ftp://localhost/", "https://a.org/?b=1"]
)
def test_an_unencrypted_service_elsewhere_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PAPERBOY_TEST_SERVICE", value)
    with pytest.raises(ImproperlyConfigured, match="PAPERBOY_TEST_SERVICE"):
        environment.service("PAPERBOY_TEST_SERVICE", "https://unused.example")


def test_the_version_that_sources_see_is_the_projects(settings: Any) -> None:
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]
    assert f"Paperboy/{project['version']} (" in settings.USER_AGENT


def test_a_password_in_a_bad_url_is_not_shown(tmp_path: Path) -> None:
    ended = start(tmp_path, DATABASE_URL="mysql://reader:hunter2secret@host/db")
    assert ended.returncode != 0
    assert "hunter2secret" not in ended.stderr


def test_an_https_address_makes_cookies_secure(tmp_path: Path) -> None:
    script = "import recommender.config.settings as s; print(s.SESSION_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0)"
    environ = os.environ | {"PAPERBOY_DATA_DIR": str(tmp_path), "PAPERBOY_SITE_URL": "https://paperboy.example"}
    ended = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["True", "True"]


def test_a_secret_is_created_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "var" / "secret_key"
    secret = environment.secret("PAPERBOY_TEST_SECRET", file)
    assert len(secret) >= 32
    assert environment.secret("PAPERBOY_TEST_SECRET", file) == secret
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [entry.name for entry in file.parent.iterdir()] == ["secret_key"]


def test_a_postgres_url_becomes_djangos_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://ada:pw@db.example:5433/papers")
    settings = environment.database("DATABASE_URL", tmp_path / "unused")
    settings_of_url = {name: settings[name] for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME")}
    assert settings_of_url == {"USER": "ada", "PASSWORD": "pw", "HOST": "db.example", "PORT": 5433, "NAME": "papers"}
    assert settings["ENGINE"] == "django.db.backends.postgresql"


def test_a_mail_url_becomes_djangos_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EMAIL_URL", "smtp://ada:pw@mail.example:587/?tls=true")
    settings = environment.email("EMAIL_URL", tmp_path)
    assert settings["EMAIL_HOST"] == "mail.example"
    assert (settings["EMAIL_PORT"], settings["EMAIL_USE_TLS"]) == (587, True)
    assert settings["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"


def test_a_missing_package_of_an_enabled_feature_stops_the_start() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"X needs no_such_package; .* 'paperboy\[some\]'"):
        environment.require_package("X", "no_such_package", "some")
    environment.require_package("X", "json", "some")


def test_words_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERBOY_TEST_WORDS", " one, two ,,three ")
    assert environment.words("PAPERBOY_TEST_WORDS", []) == ["one", "two", "three"]


def test_a_number_out_of_range_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERBOY_TEST_NUMBER", "11")
    with pytest.raises(ImproperlyConfigured, match="PAPERBOY_TEST_NUMBER"):
        environment.integer("PAPERBOY_TEST_NUMBER", 5, 0, 10)
