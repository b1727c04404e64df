"""The admin: for staff only, and read-only except for models and who may sign in."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from feeds.models import Cursor, Delivery, DeliveryState, Fetch, Host, Submission, Telling
from feeds.sources.formats.record import PaperRecord
from feeds.sources.ingest import Summary, store_records
from recommender import votes
from recommender.models import NightStep, Paper, TrainedModel

from .planting import DAY

MODELS = ["fetch", "cursor", "host", "telling", "submission"]


@pytest.fixture
def rows(ada):
    """One row of each model."""
    long_ago = timezone.now() - timedelta(days=9)
    store_records([PaperRecord("2607.00001", "Ties", "arxiv", abstract="We tie.")], DAY, Summary())
    return {
        "fetch": Fetch.objects.create(source="arxiv", day=DAY, state="done", finished_at=long_ago),
        "cursor": Cursor.objects.create(source="arxiv", scope="cs 2026-07"),
        "host": Host.objects.create(name="export.arxiv.org"),
        "telling": Telling.objects.get(),
        "submission": Submission.objects.create(submitter=ada, public_id="2607.00002", day=DAY),
    }


@pytest.fixture
def staff(bob, client_of):
    ContentType.objects.clear_cache()  # a test that commits has emptied the table
    bob.is_staff = bob.is_superuser = True
    bob.save()
    return client_of(bob)


def test_anonymous_is_sent_to_sign_in_and_a_reader_is_refused(rows, ada, anonymous, client_of):
    for address in ("/admin/", *(f"/admin/feeds/{model}/" for model in MODELS)):
        assert "/accounts/login/" in anonymous.get(address, follow=True).redirect_chain[-1][0]
        assert client_of(ada).get(address, follow=True).status_code == 403


@pytest.mark.parametrize("model", MODELS)
def test_staff_can_view_everything_and_change_nothing(rows, staff, model):
    assert staff.get(f"/admin/feeds/{model}/").status_code == 200
    one = f"/admin/feeds/{model}/{rows[model].pk}/"
    assert staff.get(f"{one}change/").status_code == 200
    for address in (f"{one}change/", f"{one}delete/", f"/admin/feeds/{model}/add/"):
        assert staff.post(address, {"post": "yes"}).status_code == 403


def test_the_age_of_a_source_is_shown_with_its_promise(rows, staff, settings):
    settings.SOURCES = ["arxiv"]
    page = staff.get("/admin/feeds/fetch/").content.decode()
    assert ("<strong>late</strong>" in page, "1\xa0week, 2\xa0days" in page, "within 12 hours" in page) == (True,) * 3


def test_a_telling_shows_the_record_of_its_source(rows, staff):
    assert "We tie." in staff.get(f"/admin/feeds/telling/{rows['telling'].pk}/change/").content.decode()


def decide(staff, row, action, **answers):
    return staff.post(
        "/admin/recommender/trainedmodel/", {"action": action, "_selected_action": [row.pk]} | answers, follow=True
    )


def test_models_and_nights_can_be_viewed_and_not_changed(planted, staff):
    rows = {"trainedmodel": TrainedModel.objects.get(), "nightstep": NightStep.objects.first()}
    for name, row in rows.items():
        one = f"/admin/recommender/{name}/{row.pk}/"
        assert staff.get(f"/admin/recommender/{name}/").status_code == 200
        assert staff.get(f"{one}change/").status_code == 200
        assert (staff.post(f"{one}change/", {}).status_code, staff.post(f"{one}delete/").status_code) == (403, 403)


def test_refusing_a_model_needs_a_reason_which_is_recorded(planted, staff):
    row = TrainedModel.objects.get()
    assert "Reason, shown publicly" in decide(staff, row, "refuse").content.decode()
    row.refresh_from_db()
    assert row.state == "promoted"
    decide(staff, row, "refuse", because="it hides proteins.")
    row.refresh_from_db()
    assert (row.state, row.verdict.split(" The judge:")[0]) == ("refused", "refused by hand: it hides proteins.")
    assert "refuse by hand: it hides proteins" in LogEntry.objects.get().change_message


def test_a_refused_model_is_promoted_and_serves_again(planted, staff, ada_api):
    row = TrainedModel.objects.get()
    decide(staff, row, "refuse", because="a mistake")
    decide(staff, row, "promote", because="no mistake after all")
    assert TrainedModel.objects.serving_order().get() == row
    assert "promoted already" in decide(staff, row, "promote", because="again").content.decode()


def test_staff_without_the_permission_cannot_decide(planted, bob, client_of):
    bob.is_staff = True
    bob.save()
    assert decide(client_of(bob), TrainedModel.objects.get(), "refuse", because="I can").status_code == 403
    assert TrainedModel.objects.get().state == "promoted"


def switch(staff, reader, action):
    return staff.post("/admin/accounts/user/", {"action": action, "_selected_action": [reader.pk]}, follow=True)


def test_a_reader_is_deactivated_at_once_and_activated_with_all_data(rows, ada, staff, client_of, api_of):
    page, api = client_of(ada), api_of(ada)
    votes.cast(ada, Paper.objects.get(), 1)
    switch(staff, ada, "deactivate")
    assert (page.get("/settings/").status_code, api.get("/api/v1/me/").status_code) == (302, 401)
    switch(staff, ada, "activate")
    assert (client_of(ada).get("/settings/").status_code, api.get("/api/v1/me/").status_code) == (200, 200)
    assert [entry.change_message for entry in LogEntry.objects.order_by("pk")] == ["deactivated", "activated"]
    assert ada.votes.count() == 1


def test_staff_accounts_cannot_be_deactivated(rows, bob, staff):
    assert "0 deactivated" in switch(staff, bob, "deactivate").content.decode()
    bob.refresh_from_db()
    assert bob.is_active


def test_votes_and_interests_are_nowhere_in_the_admin(rows, ada, staff):
    votes.cast(ada, Paper.objects.get(), -1)
    ada.interests.create(kind="topic", text="adas secret topic")
    for address in ("/admin/", "/admin/accounts/user/", f"/admin/accounts/user/{ada.pk}/change/"):
        page = staff.get(address).content.decode()
        assert ("adas secret" in page, "Ties" in page, "password" in page.split("<main")[-1].lower()) == (False,) * 3
    assert staff.get("/admin/recommender/vote/").status_code == 404


DELIVERIES = "/admin/feeds/delivery/"


@pytest.fixture
def deliveries(ada, bob):
    now = timezone.now()
    Delivery.objects.create(reader=ada, day=DAY, state=DeliveryState.SENT, claimed_at=now)
    Delivery.objects.create(
        reader=bob, day=DAY, state=DeliveryState.UNCERTAIN, claimed_at=now, error="the answer never came"
    )


def test_staff_see_the_state_and_the_error_of_each_digest(deliveries, staff):
    page = staff.get(DELIVERIES).content.decode()
    assert "ada@example.org" in page
    assert "the answer never came" in page


def test_deliveries_are_filtered_by_state_and_day(deliveries, staff):
    page = staff.get(DELIVERIES, {"state__exact": "uncertain", "day__year": DAY.year}).content.decode()
    assert "bob@example.org" in page
    assert page.count("field-recipient") == 1


def test_nobody_changes_a_delivery(deliveries, staff):
    delivery = Delivery.objects.first()
    assert staff.post(f"{DELIVERIES}{delivery.pk}/change/", {"state": "sent"}).status_code == 403
    assert staff.post(f"{DELIVERIES}{delivery.pk}/delete/", {"post": "yes"}).status_code == 403
    assert staff.get(f"{DELIVERIES}add/").status_code == 403


def test_readers_and_anonymous_do_not_see_deliveries(deliveries, ada, client_of, anonymous):
    assert client_of(ada).get(DELIVERIES).status_code == 302
    assert anonymous.get(DELIVERIES).status_code == 302
