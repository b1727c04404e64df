"""The three formats against their specifications, with papers that are hard to encode."""

import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree

import orjson
import pytest
from django.test import Client

from tests.feeds.planting import paper

ATOM = "{http://www.w3.org/2005/Atom}"
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)")
TAG_URI = re.compile(r"tag:[a-z0-9.-]+,\d{4}(?:-\d\d(?:-\d\d)?)?:\S+", re.IGNORECASE)
TYPES = {"atom": "application/atom+xml", "rss": "application/rss+xml", "json": "application/feed+json"}
FORMS = list(TYPES)


@pytest.fixture
def hard(db):
    """Papers with markup, control characters, mathematics, or nothing at all."""
    paper("2607.00001", title='<script>alert("1")</script> & ]]> \x0b\ufffe', abstract="a < b \x1b[0m &amp; c")
    paper("2607.00002", title="Bounds of $O(n^2)$", abstract="We show $x_1 < y$.", authors=["Ada", " : ", "Bób 🦉"])
    paper("hep-th/9901001", title="שלום", authors=[], categories=["hep-th"], code_url="javascript:alert(1)")


def body(form, path="/feeds/popular"):
    answer = Client().get(f"{path}.{form}")
    assert answer["Content-Type"] == f"{TYPES[form]}; charset=utf-8"
    return answer.content


def is_absolute(url):
    return urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).netloc)


@pytest.mark.parametrize("form", ["atom", "rss"])
def test_feedparser_reads_them_without_an_error(hard, poll, form):
    feed = poll(f"/feeds/popular.{form}").feed
    assert (feed.bozo, feed.version, len(feed.entries)) == (False, {"atom": "atom10", "rss": "rss20"}[form], 3)


@pytest.mark.parametrize("form", FORMS)
def test_a_title_with_markup_is_plain_text(hard, poll, form):
    titles = (
        [item["title"] for item in orjson.loads(body(form))["items"]]
        if form == "json"
        else [one.text for one in ElementTree.fromstring(body(form)).iter() if one.tag in ("title", f"{ATOM}title")]
    )
    assert '<script>alert("1")</script> & ]]>' in titles
    assert "Bounds of O(n²)" in titles


@pytest.mark.parametrize("form", FORMS)
def test_texts_of_sources_are_escaped_in_the_content(hard, form):
    whole = body(form).decode()
    assert (
        "<script" not in orjson.loads(whole)["items"][0]["content_html"] if form == "json" else "<script" not in whole
    )
    assert "javascript:" not in whole


def test_atom_has_what_rfc_4287_requires(hard):
    feed = ElementTree.fromstring(body("atom"))
    for name in ("id", "title", "updated"):
        assert len(feed.findall(ATOM + name)) == 1, name
    assert feed.find(f"{ATOM}author/{ATOM}name").text == "Paperboy"
    for entry in feed.findall(f"{ATOM}entry"):
        for name in ("id", "title", "updated", "published", "content"):
            assert len(entry.findall(ATOM + name)) == 1, name
        assert entry.find(f"{ATOM}content").get("type") == "html"


def test_atom_has_absolute_addresses_and_links_to_itself(hard):
    feed = ElementTree.fromstring(body("atom"))
    own = [link.get("href") for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert own == ["http://localhost:8000/feeds/popular.atom"]
    assert all(is_absolute(link.get("href")) for link in feed.iter(f"{ATOM}link"))


def test_atom_has_rfc_3339_dates_and_unique_tag_uris(hard):
    feed = ElementTree.fromstring(body("atom"))
    dates = [one.text for name in ("updated", "published") for one in feed.iter(ATOM + name)]
    assert all(RFC_3339.fullmatch(date) for date in dates)
    ids = [one.text for one in feed.iter(f"{ATOM}id")]
    assert all(TAG_URI.fullmatch(one) for one in ids)
    assert len(set(ids)) == len(ids) == 4
    assert "tag:localhost,2026-07-21:paper/hep-th/9901001" in ids


def test_atom_names_every_author_and_no_empty_name(hard):
    entries = ElementTree.fromstring(body("atom")).findall(f"{ATOM}entry")
    names = [[one.text for one in entry.findall(f"{ATOM}author/{ATOM}name")] for entry in entries]
    assert sorted(names) == [[], [], ["Ada", "Bób 🦉"]]


def test_rss_has_what_its_specification_requires(hard):
    channel = ElementTree.fromstring(body("rss")).find("channel")
    for name in ("title", "link", "description"):
        assert len(channel.findall(name)) == 1, name
    assert is_absolute(channel.find("link").text)
    assert channel.find(f"{ATOM}link").get("rel") == "self"
    for item in channel.findall("item"):
        assert is_absolute(item.find("link").text)
        assert item.find("guid").get("isPermaLink") == "false"
        assert item.find("title").text


def test_rss_has_rfc_822_dates_and_unique_ids(hard):
    channel = ElementTree.fromstring(body("rss")).find("channel")
    dates = [one.text for name in ("pubDate", "lastBuildDate") for one in channel.iter(name)]
    assert all(parsedate_to_datetime(date).tzinfo for date in dates)
    assert len({one.text for one in channel.iter("guid")}) == 3


def test_json_has_what_version_1_1_requires(hard):
    feed = orjson.loads(body("json"))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"]
    assert feed["feed_url"] == "http://localhost:8000/feeds/popular.json"
    assert len({item["id"] for item in feed["items"]}) == 3
    for item in feed["items"]:
        assert item["content_html"]
        assert is_absolute(item["url"])
        assert all(RFC_3339.fullmatch(item[name]) for name in ("date_published", "date_modified"))
        assert all(author["name"] for author in item["authors"])


def test_no_entry_is_modified_before_it_is_published(hard):
    for item in orjson.loads(body("json"))["items"]:
        assert datetime.fromisoformat(item["date_modified"]) >= datetime.fromisoformat(item["date_published"])


def test_the_three_formats_have_the_same_ids(hard, poll):
    of_json = [item["id"] for item in orjson.loads(body("json"))["items"]]
    assert poll("/feeds/popular.atom").ids == poll("/feeds/popular.rss").ids == of_json


def test_a_feed_of_another_length_has_its_own_address(hard):
    feed = orjson.loads(Client().get("/feeds/popular.json?n=5").content)
    assert feed["feed_url"] == "http://localhost:8000/feeds/popular.json?n=5"
