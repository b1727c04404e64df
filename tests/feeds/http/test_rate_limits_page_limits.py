"""Rate limits of pages: a form over the limit changes nothing and gets a page that says when to go on."""

import secrets
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from recommender.models import Vote
from tests.feeds.planting import paper


@pytest.fixture(autouse=True)
def _few(settings):
    settings.RATE_WRITE = 2
    settings.SECRET_KEY = secrets.token_hex(32)  # no count of an earlier test continues


def rename(client, **headers):
    return client.post(reverse("settings-profile"), {"name": "Augusta"}, **headers)


def sign_up(client, email="eve@example.org"):
    password = "a long password for eve"
    return client.post(reverse("account_signup"), {"email": email, "password1": password, "password2": password})


def vote(client, row, value=1):
    return client.post(reverse("vote", args=[row.public_id]), {"value": value})


def is_refusal(answer, most_seconds):
    assert (answer.status_code, answer["Content-Type"]) == (429, "text/html; charset=utf-8")
    assert 1 <= int(answer["Retry-After"]) <= most_seconds
    return "<h1>Too many requests" in answer.content.decode()


def test_the_third_form_in_a_minute_is_refused_and_changes_nothing(ada, client_of):
    client = client_of(ada)
    assert [rename(client).status_code for _ in range(2)] == [302, 302]
    User.objects.update(name="Ada")
    assert is_refusal(rename(client), 60)
    assert User.objects.get().name == "Ada"


def test_page_and_api_share_the_limit_of_a_signed_in_reader(ada, client_of):
    client = client_of(ada)
    assert [rename(client).status_code for _ in range(2)] == [302, 302]
    patched = client.patch(reverse("me"), {"name": "Augusta"}, content_type="application/json")
    assert (patched.status_code, patched["Content-Type"]) == (429, "application/problem+json")


def test_readers_have_separate_limits_and_reading_is_free(ada, bob, client_of):
    first, second = client_of(ada), client_of(bob)
    assert [rename(first).status_code for _ in range(3)] == [302, 302, 429]
    assert rename(second).status_code == 302
    assert first.get(reverse("settings-profile")).status_code == 200


def test_anonymous_forms_are_counted_by_address_which_cannot_be_forged(anonymous, ada):
    def tried(number):
        sent = {"login": "ada@example.org", "password": "wrong"}
        forged = {"HTTP_X_FORWARDED_FOR": f"203.0.113.{number}", "REMOTE_ADDR": "192.0.2.1"}
        return anonymous.post(reverse("account_login"), sent, **forged).status_code

    assert [tried(number) for number in range(3)] == [200, 200, 429]


def test_log_ins_behind_a_proxy_are_counted_by_the_clients_address(anonymous, ada, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    settings.RATE_WRITE = 1000

    def tried(number, address):
        sent = {"login": f"reader{number}@example.org", "password": "wrong"}
        answer = anonymous.post(reverse("account_login"), sent, HTTP_X_FORWARDED_FOR=f"10.9.9.{number}, {address}")
        return "Too many failed" in answer.content.decode()

    assert [tried(number, "192.0.2.7") for number in range(11)] == [False] * 10 + [True]
    assert not tried(12, "192.0.2.8")


def test_sign_ups_have_a_daily_limit(anonymous, ada, bob, settings, client):
    """Two people joined today; simulated readers and those of yesterday do not count."""
    User.objects.create_user("crowd@example.org", is_simulated=True)
    settings.SIGN_UPS_PER_DAY = 3
    assert sign_up(anonymous).status_code == 302
    assert is_refusal(sign_up(client, "fay@example.org"), 3600)
    User.objects.update(joined_at=timezone.now() - timedelta(hours=25))
    settings.RATE_WRITE = 1000
    assert sign_up(client, "fay@example.org").status_code == 302


def test_allauths_sign_up_limit_shows_our_page(anonymous, settings):
    settings.RATE_WRITE = 1000
    answers = [anonymous.post(reverse("account_signup"), {"email": "eve"}) for _ in range(21)]
    assert is_refusal(answers[-1], 60)


def test_resets_of_one_password_send_five_mails_a_minute(ada, anonymous, mailoutbox, settings):
    settings.RATE_WRITE = 1000
    answers = [anonymous.post(reverse("account_reset_password"), {"email": ada.email}) for _ in range(6)]
    assert is_refusal(answers[-1], 60)
    assert len(mailoutbox) == 5


def test_page_and_api_share_the_daily_limit_of_votes(ada, client_of, api_of, settings):
    settings.VOTES_PER_DAY, settings.RATE_WRITE = 3, 1000
    catalogue = [paper(f"2607.0000{number}") for number in range(5)]
    client, software = client_of(ada), api_of(ada)
    assert vote(client, catalogue[0]).status_code == 302
    sent = [{"paper_id": one.public_id, "value": 1} for one in catalogue[1:3]]
    assert software.post("/api/v1/me/votes/batch/", sent, format="json").status_code == 207
    assert is_refusal(vote(client, catalogue[3]), 86_400)
    refused = software.put(f"/api/v1/papers/{catalogue[4].public_id}/vote/", {"value": 1}, format="json")
    assert (refused.status_code, refused["Content-Type"]) == (429, "application/problem+json")
    assert Vote.objects.count() == 3


def test_a_vote_can_be_removed_after_the_daily_limit(ada, client_of, settings):
    settings.VOTES_PER_DAY, settings.RATE_WRITE = 1, 1000
    row = paper("2607.00001")
    client = client_of(ada)
    assert [vote(client, row, value).status_code for value in (1, -1, 0)] == [302, 429, 302]
    assert not Vote.objects.exists()


def test_limits_hold_without_redis(ada, client_of, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    client = client_of(ada)
    assert [rename(client).status_code for _ in range(3)] == [302, 302, 429]
