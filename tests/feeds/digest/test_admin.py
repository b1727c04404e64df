"""Deliveries in the admin pages, which nobody may change, and their counts on the status page."""

import pytest
from django.utils import timezone

from feeds.models import Delivery, DeliveryState
from tests.feeds.planting import DAY

LIST = "/admin/feeds/delivery/"
State = DeliveryState


@pytest.fixture
def rows(ada, bob):
    now = timezone.now()
    Delivery.objects.create(reader=ada, day=DAY, state=State.SENT, claimed_at=now)
    Delivery.objects.create(reader=bob, day=DAY, state=State.UNCERTAIN, claimed_at=now, error="the answer never came")


@pytest.fixture
def staff(ada, client_of):
    ada.is_staff = ada.is_superuser = True
    ada.save()
    return client_of(ada)


def test_staff_see_the_outcome_of_each_digest_and_its_reason(rows, staff):
    page = staff.get(LIST).content.decode()
    assert "ada@example.org" in page
    assert "the answer never came" in page


def test_deliveries_are_found_by_state_and_day(rows, staff):
    page = staff.get(LIST, {"state__exact": "uncertain", "day__year": DAY.year}).content.decode()
    assert "bob@example.org" in page
    assert page.count("field-recipient") == 1


def test_nobody_changes_a_delivery(rows, staff):
    one = Delivery.objects.first()
    assert staff.post(f"{LIST}{one.pk}/change/", {"state": "sent"}).status_code == 403
    assert staff.post(f"{LIST}{one.pk}/delete/", {"post": "yes"}).status_code == 403
    assert staff.get(f"{LIST}add/").status_code == 403


def test_readers_and_strangers_do_not_see_them(rows, bob, client_of, anonymous):
    assert client_of(bob).get(LIST).status_code == 302
    assert anonymous.get(LIST).status_code == 302


def test_the_status_page_counts_the_digests_of_the_last_day_and_names_nobody(rows, anonymous):
    Delivery.objects.create(reader_id=Delivery.objects.first().reader_id, day=DAY, kind="asked", state=State.SENT)
    page = " ".join(anonymous.get("/status/").content.decode().split())
    assert "1 sent, 0 waiting, 1 uncertain, 0 refused" in page
    assert "example.org" not in page
