"""The settings page of feeds, OPML, and the feed links of other pages."""

import re
from xml.etree import ElementTree

import pytest

from feeds.models import FeedKey
from recommender import collections
from tests.feeds.planting import papers

PAGE = "/settings/feeds/"


@pytest.fixture
def adas(ada, client_of):
    client = client_of(ada)
    client.post(PAGE, {"action": "make"})
    return client


def addresses(client):
    return re.findall(r'value="(http[^"]+/feeds/[^"]+)"', client.get(PAGE).content.decode())


def test_private_feeds_do_not_exist_before_they_are_created(ada, client_of):
    client = client_of(ada)
    assert {address for address in addresses(client) if len(address) > 60} == set()
    assert not FeedKey.objects.exists()


def test_every_interest_and_collection_has_a_feed_in_three_formats(ada, adas):
    ada.interests.create(kind="topic", text="graphs")
    collections.create(ada, "To read")
    private = [address for address in addresses(adas) if len(address) > 70]
    assert len(private) == 3 * 4  # my ranking, the interest, the reading list, the collection
    assert len({address.split("/")[4] for address in private}) == 4


def test_a_url_of_the_page_works(adas, anonymous):
    papers(2)
    for address in addresses(adas):
        assert anonymous.get(address.removeprefix("http://localhost:8000")).status_code == 200, address


def test_addresses_are_changed_and_removed_by_buttons(adas):
    before = addresses(adas)
    adas.post(PAGE, {"action": "change"})
    assert before != addresses(adas)
    adas.post(PAGE, {"action": "withdraw"})
    assert not FeedKey.objects.exists()


def test_an_unknown_action_changes_nothing(adas):
    before = addresses(adas)
    answer = adas.post(PAGE, {"action": "rotate"})
    assert (answer.status_code, answer.content) == (400, b"action must be make, change, withdraw")
    assert addresses(adas) == before


def test_a_get_request_changes_nothing_and_requires_signing_in(adas, anonymous):
    assert adas.get(PAGE, {"action": "withdraw"}).status_code == 200
    assert FeedKey.objects.count() == 1
    assert anonymous.get(PAGE).status_code == anonymous.post(PAGE, {"action": "make"}).status_code == 302


def test_the_page_sends_no_referrer(adas):
    answer = adas.get(PAGE)
    assert answer["Referrer-Policy"] == "same-origin"  # without it, a browser's POST to this site would have no origin
    assert "no-store" in answer["Cache-Control"]


def test_opml_lists_every_private_feed(ada, adas):
    collections.create(ada, "A & <B>")
    answer = adas.get("/settings/feeds/paperboy.opml")
    assert answer["Content-Disposition"] == 'attachment; filename="paperboy.opml"'
    opml = ElementTree.fromstring(answer.content)
    assert (opml.tag, opml.get("version"), len(opml.findall("head/title"))) == ("opml", "2.0", 1)
    outlines = opml.findall("body/outline/outline")
    assert [one.get("text") for one in outlines] == ["My ranking", "Collection “Saved”", "Collection “A & <B>”"]
    assert [one.get("xmlUrl") for one in outlines] == [one for one in addresses(adas) if "atom" in one][:3]


def test_opml_without_feeds_is_a_404(ada, client_of, anonymous):
    assert client_of(ada).get("/settings/feeds/paperboy.opml").status_code == 404
    assert anonymous.get("/settings/feeds/paperboy.opml").status_code == 302


@pytest.mark.parametrize("path", ["/", "/day/2026-07-21/", "/trending/", "/?category=cs.LG"])
def test_pages_link_to_public_feeds_and_contain_no_secret(adas, anonymous, path):
    papers(2)
    secret = FeedKey.objects.get().public_id
    for client in (adas, anonymous):
        page = client.get(path).content.decode()
        named = re.findall(r'<link rel="alternate" type="([^"]+)" title="[^"]+" href="([^"]+)"', page)
        assert {kind for kind, _ in named} == {"application/atom+xml", "application/rss+xml", "application/feed+json"}
        assert all(anonymous.get(href).status_code == 200 for _, href in named)
        assert secret not in page


def test_the_page_of_a_category_links_to_its_feed(anonymous):
    papers(1)
    assert 'href="/feeds/category/cs.LG.atom"' in anonymous.get("/?category=cs.LG").content.decode()
