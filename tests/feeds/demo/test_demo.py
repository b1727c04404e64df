"""The demo: papers of recent days, readers who vote by topic, a valid login and token."""

import re
import stat
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AuthToken, User
from feeds import night
from feeds.demo import demo
from recommender.models import Paper, Vote, VoteEvent


@pytest.fixture
def today(db):
    day = timezone.now().date()
    demo.load(day)
    return day


def test_the_104_papers_are_spread_over_the_last_days_and_marked_as_demo(today):
    days = Paper.objects.filter(source="demo").values_list("day", flat=True)
    assert (len(days), set(days)) == (104, {today - timedelta(days=back) for back in range(7)})
    assert demo.is_loaded()


def test_all_readers_and_votes_are_marked_as_simulated(today):
    assert User.objects.count() == User.objects.filter(is_simulated=True).count() == 44
    assert Vote.objects.count() == VoteEvent.objects.count() > 300
    assert not Vote.objects.filter(voted_at__gt=timezone.now()).exists()


def test_every_reader_has_votes_and_the_demo_readers_none_on_todays_papers(today):
    assert not User.objects.filter(votes=None).exists()
    emails = [login.email for login in demo.LOGINS]
    assert not Vote.objects.filter(reader__email__in=emails, paper__day=today).exists()


def test_loading_is_all_or_nothing(db, monkeypatch):
    monkeypatch.setattr(demo, "LOGINS", [*demo.LOGINS, demo.Login("broken@paperboy.example", "x", "no topic")])
    with pytest.raises(KeyError):
        demo.load(timezone.now().date())
    assert (Paper.objects.count(), User.objects.count()) == (0, 0)


def test_the_demo_reader_can_sign_in(today, anonymous):
    login = demo.LOGINS[0]
    response = anonymous.post("/accounts/login/", {"login": login.email, "password": login.password})
    assert (response.status_code, response["Location"]) == (302, "/")


def test_the_crowd_cannot_sign_in(today):
    assert not any(reader.has_usable_password() for reader in User.objects.filter(email__startswith="simulated-"))


def test_each_demo_reader_gets_their_topic_first(today):
    night.run(today, "train")
    night.run(today, "judge")
    assert night.run(today, "promote")["state"] == "promoted"
    shares = []
    for login in demo.LOGINS:
        client = APIClient()
        client.force_authenticate(User.objects.get(email=login.email))
        first = client.get("/api/v1/me/feed/", {"limit": 5}).json()
        assert first["mode"] == "hybrid"
        texts = [f"{row['paper']['title']} {row['paper']['abstract']}".lower() for row in first["results"]]
        shares.append(
            [sum(bool(re.search(demo.TOPICS[topic], text)) for text in texts) for topic in ("theory", "vision")]
        )
    (theory_of_first, vision_of_first), (theory_of_second, vision_of_second) = shares
    assert theory_of_first > theory_of_second
    assert vision_of_second > vision_of_first


def works(key):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client.get("/api/v1/me/").status_code == 200


def test_the_demo_token_is_valid_stored_and_readable_by_its_owner_only(today, tmp_path):
    file = tmp_path / "token"
    key = demo.demo_token(file)
    assert (works(key), demo.demo_token(file)) == (True, key)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert AuthToken.objects.count() == 1


@pytest.mark.parametrize("stored", ["pb_" + "0" * 64, "", "rubbish\n", "é"])
def test_an_unknown_stored_token_is_replaced(today, tmp_path, stored):
    file = tmp_path / "token"
    file.write_text(stored)
    assert works(demo.demo_token(file))


def test_an_expired_stored_token_is_replaced(today, tmp_path):
    file = tmp_path / "token"
    first = demo.demo_token(file)
    AuthToken.objects.update(expiry=timezone.now() - timedelta(days=1))
    assert (works(first), works(demo.demo_token(file))) == (False, True)
