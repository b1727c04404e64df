"""The mail of a digest: its headers, its size, and that hostile papers cannot do harm in it."""

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from itertools import count

import pytest
from bs4 import BeautifulSoup
from django.core import signing

from feeds.digest.compose import Digest, compose
from feeds.digest.mail import MAX_HTML_BYTES, SIZES, write_mail
from feeds.entries import Entry
from feeds.models import Delivery
from recommender import votes
from recommender.models import Paper
from recommender.ranking.reasons import Reason
from tests.conftest import make_reader
from tests.feeds.planting import DAY, paper, papers
from tests.feeds.test_hostile_text import HOSTILE

from .readers import make_trend, subscriber, wish

NOW = datetime(2026, 7, 21, 12, tzinfo=UTC)


@pytest.fixture
def site(settings):
    settings.SITE_URL = "https://papers.example.org"


@pytest.fixture
def message(ada, site):
    """Ada's digest of three papers, as a mail server receives it."""
    wish(ada)
    papers(3)
    return received(ada)


def received(recipient, now=NOW):
    whose = {"reader": recipient} if hasattr(recipient, "email") else {"subscriber": recipient}
    delivery = Delivery.objects.create(**whose, day=DAY)
    return message_from_bytes(
        write_mail(compose(recipient, DAY, now), delivery).message().as_bytes(), policy=policy.default
    )


def html_of(message):
    return message.get_body(("html",)).get_content()


def text_of(message):
    return message.get_body(("plain",)).get_content()


def entry(text, number=1, why=()):
    """A place with a paper whose fields repeat this text many times."""
    long = text * 200
    columns = {"title": long, "abstract": long, "authors": [long] * 5, "categories": ["cs.LG"]}
    return Entry(number, Paper(pk=number, public_id=f"2607.{number:05d}", day=DAY, **columns), 0.1, why, 0)


def test_a_mail_says_why_a_place_is_not_that_of_its_score(ada, site, planted):
    """Four votes on graphs and one on proteins: the one has its share of the first places."""
    graphs, proteins = planted
    for voted in [*graphs[10:14], proteins[10]]:
        votes.cast(ada, voted, 1)
    wish(ada)
    message = received(ada)
    words = "Place: placed here so that your interest in"
    assert words in " ".join(text_of(message).split())
    assert words in " ".join(BeautifulSoup(html_of(message), "html.parser").get_text().split())


def test_the_reader_is_the_only_recipient(message):
    assert (message["To"], message["Cc"], message["Bcc"]) == ("ada@example.org", None, None)


def test_unsubscribing_takes_one_click_or_one_mail(message):
    by_page, by_mail = message["List-Unsubscribe"].strip().split(", ")
    assert re.fullmatch(r"<https://papers\.example\.org/digest/unsubscribe/[\w.-]+/>", by_page)
    assert re.fullmatch(r"<mailto:[^?]+\?subject=unsubscribe%20[\w.-]+>", by_mail)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_headers_name_the_list_and_say_that_a_program_sent_it(message):
    assert message["List-Id"] == "Paperboy digest <digest.papers.example.org>"
    assert message["Auto-Submitted"] == "auto-generated"


def test_each_delivery_has_its_own_constant_message_id(ada, site):
    wish(ada)
    papers(1)
    digest = compose(ada, DAY, NOW)
    one, other = (Delivery.objects.create(reader=ada, day=DAY, kind=kind) for kind in ("due", "asked"))
    first, again, third = (write_mail(digest, delivery).message()["Message-ID"] for delivery in (one, one, other))
    assert first == again != third
    assert re.fullmatch(r"<digest\.\d+\.[0-9a-f]{24}@papers\.example\.org>", first)


def test_no_header_but_the_recipient_reveals_the_reader(db, site):
    """With a name and an address that no random identifier spells by chance, as "ada" is spelled in hexadecimal."""
    reader = make_reader("wilhelmina-quillwright")
    wish(reader)
    papers(3)
    name = "quillwright"
    assert [header for header, value in received(reader).items() if name in value.lower()] == ["To"]


def test_the_delivery_records_the_contents_of_the_mail(ada, site):
    wish(ada)
    papers(2)
    digest, delivery = compose(ada, DAY, NOW), Delivery.objects.create(reader=ada, day=DAY)
    write_mail(digest, delivery)
    assert delivery.paper_pks == digest.paper_pks
    assert (delivery.address, delivery.ranking) == ("ada@example.org", digest.ranking)


def test_the_subject_is_the_best_title_and_the_number_of_others(message):
    assert message["Subject"].endswith(" and 2 more")
    assert message["Subject"].startswith("On 2607.0000")


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\x00"])
def test_a_title_cannot_add_a_header(ada, break_):
    paper = Paper(pk=1, public_id="2607.00001", title=f"Graphs{break_}Bcc: eve@example.org", day=DAY)
    message = write_mail(Digest(ada, DAY, (Entry(1, paper, 0, (), 0),)), Delivery(pk=1, reader=ada, day=DAY)).message()
    read = message_from_bytes(message.as_bytes(), policy=policy.default)
    assert (read["Bcc"], len(read["Subject"].splitlines())) == (None, 1)
    assert read["Subject"].replace(" ", "") == "GraphsBcc:eve@example.org"


def test_text_and_html_hold_the_same_papers_and_links(message):
    links = set(re.findall(r"https?://\S+", text_of(message)))
    hrefs = {link["href"] for link in BeautifulSoup(html_of(message), "html.parser").find_all("a")}
    assert links == {href for href in hrefs if "arxiv.org" not in href}
    assert len([link for link in links if "/digest/link/" in link]) == 9


def test_text_and_html_have_the_same_links_in_whatever_second_each_is_written(ada, site, monkeypatch):
    wish(ada)
    papers(3)
    seconds = count(1_800_000_000)
    monkeypatch.setattr(signing.time, "time", lambda: next(seconds))
    message = received(ada)
    in_text, in_html = (set(re.findall(r'/digest/[^\s"]+', part(message))) for part in (text_of, html_of))
    assert len(in_text) == 11  # three for each paper, one for the digest, one to unsubscribe
    assert in_text == in_html


def test_the_html_loads_and_runs_nothing(message):
    soup = BeautifulSoup(html_of(message), "html.parser")
    assert not soup.find_all(["img", "script", "link", "iframe", "object", "form", "svg", "base"])
    assert not re.search(r"url\(|@import|@font-face", html_of(message))


def test_styles_are_inline_except_those_for_dark_mode(message):
    soup = BeautifulSoup(html_of(message), "html.parser")
    assert soup.find("h2").get("style")
    assert "prefers-color-scheme:dark" in soup.find("style").string
    assert soup.find("meta", {"name": "color-scheme"})["content"] == "light dark"


@pytest.mark.parametrize("text", [*HOSTILE.values(), "&'\"<>", "𝔤", "word ", "x"])
@pytest.mark.parametrize("site_length", [10, 200])
def test_fifty_long_papers_stay_below_the_clipping_size(ada, settings, text, site_length):
    settings.SITE_URL = f"https://{'x' * site_length}.example.org"
    why = [Reason("interest", 0.1, None, 0, text * 50)] * 4
    digest = Digest(ada, DAY, tuple(entry(text, number, why) for number in range(1, 51)))
    html = str(write_mail(digest, Delivery(pk=1, reader=ada, day=DAY)).alternatives[0][0])
    assert len(html.encode()) <= MAX_HTML_BYTES
    assert html.count("<h2") == 50
    assert html.rstrip().endswith("</html>")


def test_each_size_is_shorter_than_the_one_before():
    """The sum of the maximum lengths never grows."""
    sums = [size.title + size.authors + size.why + size.abstract for size in SIZES]
    assert sums == sorted(sums, reverse=True)


@pytest.mark.parametrize("text", HOSTILE.values())
def test_hostile_text_is_text(ada, site, text):
    digest = Digest(ada, DAY, (entry(text, 1, [Reason("interest", 0.1, None, 0, text)]),), note=text)
    message = write_mail(digest, Delivery(pk=1, reader=ada, day=DAY))
    soup = BeautifulSoup(str(message.alternatives[0][0]), "html.parser")
    assert not soup.find_all(["script", "img", "svg", "textarea"])
    assert not [tag for tag in soup.find_all(True) if any(name.startswith("on") for name in tag.attrs)]
    assert all(link["href"].startswith("https://") for link in soup.find_all("a"))
    assert "\n" not in message.subject


def test_a_subscribers_mail_has_no_links_to_vote(db, site):
    make_trend(paper("2607.00001", DAY), NOW)
    message = received(subscriber("eve@example.org"))
    assert "4 readers voted for it" in text_of(message)
    assert "/digest/link/" not in text_of(message) + html_of(message)
    assert "/trending/" in text_of(message)


def test_an_empty_digest_says_so(ada, site):
    wish(ada, when_empty="say")
    message = received(ada)
    assert message["Subject"] == "No new papers for you today"
    assert "There have been no new papers for you" in text_of(message)


def test_reasons_are_worded_as_on_the_page(ada, site, planted):
    for one in planted[0][8:12]:
        votes.cast(ada, one, 1)
    wish(ada)
    message = received(ada)
    assert re.search(r"Why here: close to “The \w+” \+0\.\d+", text_of(message))
    assert "Why here:" in html_of(message)
