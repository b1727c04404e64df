"""URLs of servers with passwords, mail over TLS, and one rule for the secret key."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection

from recommender.config import environment
from tests.feeds.instance import Instance

PASSWORD = "p@s#s/w?o:r%d"
ENCODED = "p%40s%23s%2Fw%3Fo%3Ar%25d"


@pytest.fixture
def mail(monkeypatch, tmp_path):
    def read(url):
        monkeypatch.setenv("EMAIL_URL", url)
        return environment.email("EMAIL_URL", tmp_path)

    return read


@pytest.mark.parametrize(("port", "expected"), [("", 465), (":2465", 2465)])
def test_smtps_is_tls_from_the_first_byte(mail, port, expected):
    settings = mail(f"smtps://ada:pw@mail.example{port}")
    assert settings["EMAIL_USE_SSL"] is True
    assert settings["EMAIL_USE_TLS"] is False
    assert settings["EMAIL_PORT"] == expected


def test_smtps_wins_over_a_parameter_that_asks_for_starttls(mail, settings):
    for name, value in mail("smtps://mail.example/?tls=true").items():
        setattr(settings, name, value)
    assert get_connection(settings.EMAIL_BACKEND).connection_class.__name__ == "SMTP_SSL"


def test_submission_is_starttls_on_its_port(mail):
    settings = mail("submission://ada:pw@mail.example")
    assert settings["EMAIL_USE_TLS"] is True
    assert settings["EMAIL_PORT"] == 587


@pytest.mark.parametrize("scheme", ["smtp", "smtps", "submission"])
def test_a_percent_encoded_password_works(mail, scheme):
    settings = mail(f"{scheme}://ada%40example.org:{ENCODED}@mail.example:2525")
    assert settings["EMAIL_HOST_USER"] == "ada@example.org"
    assert settings["EMAIL_HOST_PASSWORD"] == PASSWORD
    assert settings["EMAIL_HOST"] == "mail.example"


def test_an_address_as_user_name_is_unambiguous(mail):
    assert mail("smtp://ada@example.org:pw@mail.example")["EMAIL_HOST_USER"] == "ada@example.org"


@pytest.mark.parametrize("character", list("@#/?["))
@pytest.mark.parametrize(
    ("name", "scheme", "schemes"),
    [
        ("EMAIL_URL", "smtp", ("smtp",)),
        ("DATABASE_URL", "postgresql", ("postgresql",)),
        ("REDIS_URL", "redis", ("redis",)),
    ],
)
def test_a_password_that_is_not_encoded_is_refused_with_advice(monkeypatch, name, scheme, schemes, character):
    monkeypatch.setenv(name, f"{scheme}://ada:hun{character}ter2@server.example/0")
    with pytest.raises(ImproperlyConfigured, match=rf"^{name} .*percent-encoded.*%40.*%23.*%2F.*%3F") as refused:
        environment.url(name, "", schemes)
    assert "hun" not in str(refused.value)
    assert "ter2" not in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ada:pw@db.example/papers?application_name=x@y",
        "smtp://mail.example/?_default_from_email=a@b.example",
        "smtp://mail.example:2525/?_default_from_email=a@b.example",
        "https://example.org/@me",
        "postgresql://[::1]:5432/papers",
    ],
)
def test_an_at_sign_after_the_server_is_no_password(monkeypatch, url):
    monkeypatch.setenv("SOME_URL", url)
    assert environment.url("SOME_URL", "", (url.partition(":")[0],)) == url


def test_a_percent_encoded_database_password_works(monkeypatch, tmp_path):
    monkeypatch.setenv("DATABASE_URL", f"postgresql://ada:{ENCODED}@db.example/papers")
    assert environment.database("DATABASE_URL", tmp_path / "unused")["PASSWORD"] == PASSWORD


def test_a_key_that_the_settings_accept_passes_the_deployment_check(tmp_path):
    instance = Instance(tmp_path)
    instance.env |= {"PAPERBOY_SITE_URL": "https://paperboy.example", "PAPERBOY_SECRET_KEY": "0123456789abcdef" * 2}
    assert "no issues" in instance.manage("check", "--deploy", "--fail-level", "WARNING")


def test_a_truncated_key_file_is_refused(tmp_path):
    file = tmp_path / "secret_key"
    file.write_text("")
    with pytest.raises(ImproperlyConfigured, match="secret_key has 0 characters"):
        environment.secret("PAPERBOY_TEST_SECRET", file)
