"""The daily announcement: both formats field by field, a truncated feed, unusual feeds, and other files."""

import io
import re
from datetime import date
from xml.etree import ElementTree

import pytest

from feeds.sources.formats import arxiv_rss
from feeds.sources.formats.record import Event, PaperRecord, Version
from recommender.textfiles import Rejected, WrongFile

from .samples import RAW, needs_samples, until_it_breaks, words

ARXIV, DUBLIN_CORE = "http://arxiv.org/schemas/atom", "http://purl.org/dc/elements/1.1/"
SPACES = {"a": "http://www.w3.org/2005/Atom", "x": ARXIV, "d": DUBLIN_CORE}
HEAD = f'<rss version="2.0" xmlns:arxiv="{ARXIV}" xmlns:dc="{DUBLIN_CORE}"><channel>'
ITEM = """<item><title>Ties</title><link>https://arxiv.org/abs/2607.21557</link>
<description>arXiv:2607.21557v2 Announce Type: replace \nAbstract: We tie.</description>
<guid isPermaLink="false">oai:arXiv.org:2607.21557v2</guid><category>cs.LG</category>
<pubDate>Tue, 21 Jul 2026 00:00:00 -0400</pubDate><arxiv:announce_type>replace</arxiv:announce_type>
<dc:creator>Ada Lovelace, Charles Babbage</dc:creator></item>"""


def rss(*items):
    return io.BytesIO(f"{HEAD}{''.join(items)}</channel></rss>".encode())


def one(good="", other=""):
    [record] = arxiv_rss.read(rss(ITEM.replace(good, other) if good else ITEM))
    return record


def prefixed(text):
    """Version, event and abstract of `arXiv:2508.13426v1 Announce Type: cross \\nAbstract: ...`."""
    return re.fullmatch(r"arXiv:\S+v(\d+) Announce Type: (\S+)\s+Abstract: (.*)", text, re.DOTALL).groups()


def expected_of_rss(item):
    number, event, abstract = prefixed(item.findtext("description"))
    return {
        "public_id": item.findtext("link").removeprefix("https://arxiv.org/abs/"),
        "title": words(item.findtext("title")),
        "abstract": words(abstract),
        "authors": words(item.findtext("d:creator", "", SPACES)).split(", "),
        "categories": [category.text for category in item.iterfind("category")],
        "event": event,
        "versions": [Version(int(number))],
        "license_url": item.findtext("d:rights", "", SPACES),
        "doi": item.findtext("x:DOI", "", SPACES),
        "day": date(2026, 9, 24),
    }


def expected_of_atom(entry):
    number, event, abstract = prefixed(entry.findtext("a:summary", "", SPACES))
    return {
        "public_id": entry.find("a:link", SPACES).get("href").removeprefix("https://arxiv.org/abs/"),
        "title": words(entry.findtext("a:title", "", SPACES)),
        "abstract": words(abstract),
        "categories": [category.get("term") for category in entry.iterfind("a:category", SPACES)],
        "event": event,
        "versions": [Version(int(number))],
        "license_url": entry.findtext("d:rights", "", SPACES),
        "day": date(2025, 8, 20),
    }


def assert_same(records, expected):
    for record, fields in zip(records, expected, strict=True):
        assert {name: getattr(record, name) for name in fields} == fields


@needs_samples
def test_every_field_of_every_real_rss_item_is_read():
    name = RAW / "arxiv_daily_rss2_feed_2026-09.xml"
    items = ElementTree.parse(name).getroot().findall("channel/item")
    with name.open("rb") as stream:
        rows = list(arxiv_rss.read(stream))
    assert [record.event for record in rows] == ["new", "new", "cross", "replace"]
    assert_same(rows, map(expected_of_rss, items))


@needs_samples
def test_every_field_of_every_real_atom_entry_is_read():
    name = RAW / "arxiv_daily_atom_feed_2025-08-20.xml"
    entries = ElementTree.parse(name).getroot().findall("a:entry", SPACES)
    with name.open("rb") as stream:
        rows = list(arxiv_rss.read(stream))
    assert len(rows) == 7
    assert_same(rows, map(expected_of_atom, entries))
    assert rows[2].authors == ["Paulo André Lima de Castro"]  # the feed writes Andr\\'e


@needs_samples
def test_the_truncated_feed_yields_its_86_entries_and_one_error():
    content = (RAW / "arxiv_daily_atom_feed_2025-08-20_truncated.xml").read_bytes()
    rows, error = until_it_breaks(arxiv_rss.read(io.BytesIO(content)))
    whole = content[: content.rindex(b"</entry>") + len(b"</entry>")] + b"</feed>"
    entries = ElementTree.fromstring(whole).findall("a:entry", SPACES)
    assert len(rows) == len(entries) == 86
    assert_same(rows, map(expected_of_atom, entries))
    assert "ends or breaks here" in str(error)


@pytest.mark.parametrize("event_name", ["new", "cross", "replace", "replace-cross"])
def test_each_kind_of_announcement_is_recognized(event_name):
    assert one("replace</arxiv", f"{event_name}</arxiv").event is Event(event_name)


def test_the_event_is_read_from_the_description_if_it_is_nowhere_else():
    record = one("<arxiv:announce_type>replace</arxiv:announce_type>", "")
    assert (record.event, record.abstract) == (Event.REPLACE, "We tie.")


def test_a_description_without_its_first_line_is_the_abstract():
    record = one("arXiv:2607.21557v2 Announce Type: replace \nAbstract: ", "&lt;p&gt;")
    assert record.abstract == "We tie."


def test_the_day_is_the_date_as_the_feed_writes_it():
    late = one("Tue, 21 Jul 2026 00:00:00 -0400", "Tue, 21 Jul 2026 23:30:00 -0400")
    assert one().day == late.day == date(2026, 7, 21)


def test_an_item_without_a_date_has_that_of_the_feed():
    item = ITEM.replace("<pubDate>Tue, 21 Jul 2026 00:00:00 -0400</pubDate>", "")
    [record] = arxiv_rss.read(rss("<pubDate>Wed, 22 Jul 2026 00:00:00 -0400</pubDate>", item))
    [without] = arxiv_rss.read(rss(item))
    assert (record.day, without.day) == (date(2026, 7, 22), None)


def test_an_item_without_a_guid_is_identified_by_its_link():
    record = one('<guid isPermaLink="false">oai:arXiv.org:2607.21557v2</guid>', "")
    assert (record.public_id, record.versions) == ("2607.21557", [])


@pytest.mark.parametrize(
    "creators",
    [
        "Ada Lovelace and Charles Babbage",
        "Ada Lovelace\n, Charles Babbage",
        "Ada Lovelace (Analytical Society (London)), Charles Babbage",
        "&lt;a href=&quot;x&quot;&gt;Ada Lovelace&lt;/a&gt;, &lt;a&gt;Charles Babbage&lt;/a&gt;",
        "Ada Lovelace</dc:creator><dc:creator>Charles Babbage",
    ],
)
def test_author_names_are_split_however_they_are_joined(creators):
    assert one("Ada Lovelace, Charles Babbage", creators).authors == ["Ada Lovelace", "Charles Babbage"]


def test_the_feed_of_a_day_without_announcement_yields_nothing():
    assert list(arxiv_rss.read(rss())) == []


@pytest.mark.parametrize(
    ("good", "bad", "mentioned"),
    [
        ("replace</arxiv", "vanished</arxiv", "vanished"),
        ("<title>Ties</title>", "", "title"),
        ("oai:arXiv.org:2607.21557v2", "oai:arXiv.org:none", "not an arXiv id"),
        ("Tue, 21 Jul 2026 00:00:00 -0400", "Tue, 99 Jul 2026", "pubDate"),
    ],
)
def test_an_item_with_a_bad_field_is_rejected_by_name_and_the_next_is_read(good, bad, mentioned):
    rejected, accepted = arxiv_rss.read(rss(ITEM.replace(good, bad), ITEM))
    assert isinstance(rejected, Rejected)
    assert mentioned in rejected.reason
    assert isinstance(accepted, PaperRecord)


@pytest.mark.parametrize("content", [b"", b"<html><body>Bad Gateway</body></html>", b"{}", b"<opml/>", b"\x1f\x8b\x08"])
def test_a_file_that_is_not_a_feed_is_refused(content):
    with pytest.raises(WrongFile):
        list(arxiv_rss.read(io.BytesIO(content)))


def test_a_tag_in_a_name_ends_before_the_next_bracket():
    """So each bracket is looked at once: otherwise each would be searched for its end up to the end of the text."""
    assert one("Ada Lovelace, Charles Babbage", "&lt;i&gt;Ada&lt;/i&gt; Lovelace").authors == ["Ada Lovelace"]
    assert one("Ada Lovelace, Charles Babbage", "&lt;&lt;i&gt;Ada").authors == ["<Ada"]
