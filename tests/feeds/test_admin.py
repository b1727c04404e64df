"""The staff's view of the sources: for staff alone, and to look at, not to change."""

from datetime import timedelta

import pytest
from django.utils import timezone

from feeds.ingest import Summary, store
from feeds.models import Cursor, Fetch, Host, Submission, Telling
from feeds.sources.records import PaperRecord

from .planting import DAY

MODELS = ["fetch", "cursor", "host", "telling", "submission"]


@pytest.fixture
def rows(ada):
    """One of everything."""
    long_ago = timezone.now() - timedelta(days=9)
    store([PaperRecord("2607.00001", "Ties", "arxiv", abstract="We tie.")], DAY, Summary())
    return {
        "fetch": Fetch.objects.create(source="arxiv", day=DAY, state="done", finished_at=long_ago),
        "cursor": Cursor.objects.create(source="arxiv", scope="cs 2026-07"),
        "host": Host.objects.create(name="export.arxiv.org"),
        "telling": Telling.objects.get(),
        "submission": Submission.objects.create(submitter=ada, public_id="2607.00002", day=DAY),
    }


@pytest.fixture
def staff(bob, client_of):
    bob.is_staff = bob.is_superuser = True
    bob.save()
    return client_of(bob)


def test_anonymous_is_sent_to_sign_in_and_a_reader_is_refused(rows, ada, anonymous, client_of):
    for address in ("/admin/", *(f"/admin/feeds/{model}/" for model in MODELS)):
        assert "/accounts/login/" in anonymous.get(address, follow=True).redirect_chain[-1][0]
        assert client_of(ada).get(address, follow=True).status_code == 403


@pytest.mark.parametrize("model", MODELS)
def test_staff_look_at_everything_and_change_nothing(rows, staff, model):
    assert staff.get(f"/admin/feeds/{model}/").status_code == 200
    one = f"/admin/feeds/{model}/{rows[model].pk}/"
    assert staff.get(f"{one}change/").status_code == 200
    for address in (f"{one}change/", f"{one}delete/", f"/admin/feeds/{model}/add/"):
        assert staff.post(address, {"post": "yes"}).status_code == 403


def test_the_age_of_a_source_stands_beside_its_promise(rows, staff, settings):
    settings.SOURCES = ["arxiv"]
    page = staff.get("/admin/feeds/fetch/").content.decode()
    assert ("<strong>late</strong>" in page, "1\xa0week, 2\xa0days" in page, "within 12 hours" in page) == (True,) * 3


def test_a_telling_shows_what_its_source_said(rows, staff):
    assert "We tie." in staff.get(f"/admin/feeds/telling/{rows['telling'].pk}/change/").content.decode()
