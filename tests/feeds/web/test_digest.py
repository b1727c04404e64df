"""The settings page, the preview, one to be sent now, and the page of what was sent."""

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from feeds.digest.tokens import Void, maker, read
from feeds.models import Delivery, DigestWish
from tests.feeds.digest.readers import wish
from tests.feeds.planting import DAY, paper, papers

PAGE = "/settings/digest/"
TODAY = timezone.now().date()
WISHES = {
    "is_on": "on",
    "rhythm": "daily",
    "weekdays": ["0", "4"],
    "hour": "6",
    "time_zone": "Asia/Kolkata",
    "length": "25",
    "least_score": "0.1",
    "when_empty": "say",
}


@pytest.fixture
def browser(ada, client_of):
    return client_of(ada)


def test_what_a_reader_wishes_is_kept(ada, browser):
    assert browser.post(PAGE, WISHES).status_code == 302
    kept = DigestWish.objects.get(reader=ada)
    assert (kept.is_wanted, kept.weekdays, kept.hour, kept.time_zone) == (True, [0, 4], 6, "Asia/Kolkata")
    assert (kept.length, kept.least_score, kept.when_empty) == (25, 0.1, "say")


@pytest.mark.parametrize(
    "said",
    [
        {"weekdays": []}, {"weekdays": ["7"]}, {"hour": "24"}, {"hour": ""}, {"time_zone": "Mars/Olympus"},
        {"length": "0"}, {"length": "51"}, {"least_score": "nan"}, {"least_score": "1e9"}, {"rhythm": "hourly"},
        {"when_empty": "perhaps"}, {"rhythm": "weekly", "weekdays": ["0", "1"]},
    ],
)  # fmt: skip
def test_what_will_not_do_is_named_and_nothing_changed(ada, browser, said):
    wish(ada, hour=3)
    page = browser.post(PAGE, WISHES | said)
    assert (page.status_code, b"errorlist" in page.content) == (422, True)
    assert (DigestWish.objects.get().hour, DigestWish.objects.get().length) == (3, 10)


def test_a_pause_is_shown_with_its_reason_and_lifted_by_turning_it_on(ada, browser):
    wish(ada, paused_at=ada.joined_at, paused_reason="Mails to ada@example.org are refused: 550 no such user")
    assert b"550 no such user" in browser.get(PAGE).content
    browser.post(PAGE, WISHES)
    assert DigestWish.objects.get().is_wanted


def test_the_preview_is_the_mail_and_sends_nothing(ada, browser):
    wish(ada)
    papers(2, TODAY)
    page, framed = browser.get(f"{PAGE}preview/"), browser.get(f"{PAGE}preview/mail/")
    assert "On 2607.00001" in page.content.decode()
    assert framed.content.decode().count("<h2") == 2
    assert (mail.outbox, Delivery.objects.count()) == ([], 0)


def test_the_framed_mail_may_load_and_run_nothing(ada, browser):
    papers(1, TODAY)
    framed = browser.get(f"{PAGE}preview/mail/")
    policy = dict(part.strip().split(" ", 1) for part in framed["Content-Security-Policy"].split(";"))
    assert (policy["default-src"], policy["script-src"], policy["form-action"]) == ("'none'",) * 3
    assert (policy["frame-ancestors"], framed["X-Frame-Options"]) == ("'self'", "SAMEORIGIN")


def test_one_can_be_sent_now_three_times_an_hour(ada, browser):
    papers(40, TODAY)
    for _ in range(5):
        page = browser.post(f"{PAGE}now/", follow=True)
    assert len(mail.outbox) == 3
    assert b"You can send at most 3 an hour" in page.content


def test_what_was_sent_has_a_page_of_the_same_papers(ada, browser):
    papers(12, TODAY)
    browser.post(f"{PAGE}now/")
    delivery = Delivery.objects.get()
    page = browser.get(f"/digest/{delivery.pk}/")
    assert [entry.paper.pk for entry in page.context["entries"]] == delivery.paper_pks
    assert f"/digest/{delivery.pk}/" in mail.outbox[0].body


def test_adas_digests_are_nothing_to_bob_or_to_anybody(ada, bob, browser, client_of):
    papers(1, TODAY)
    browser.post(f"{PAGE}now/")
    address = f"/digest/{Delivery.objects.get().pk}/"
    assert client_of(bob).get(address).status_code == 404
    assert Client().get(address)["Location"].startswith("/accounts/login/")


def test_earlier_links_are_made_void_by_their_owner_alone(ada, bob, browser, client_of):
    wish(ada)
    token = maker(ada)("up", paper("2607.00001", DAY))
    client_of(bob).post(f"{PAGE}new-links/")
    assert read("up", token)
    browser.post(f"{PAGE}new-links/")
    with pytest.raises(Void):
        read("up", token)


def test_every_page_of_the_settings_asks_to_sign_in(db):
    for path in ("", "now/", "new-links/", "preview/", "preview/mail/"):
        assert Client().post(PAGE + path)["Location"].startswith("/accounts/login/")


def test_sending_and_links_take_a_post(browser):
    assert [browser.get(PAGE + path).status_code for path in ("now/", "new-links/")] == [405, 405]
