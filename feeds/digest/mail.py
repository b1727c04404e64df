"""The mail of a digest: subject, text, HTML below the size at which mail programs cut it, headers.

Nothing in it is loaded from anywhere. Whatever a paper's source sent is one line of text, escaped in the HTML.
"""

from dataclasses import dataclass
from email.utils import parseaddr
from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.crypto import salted_hmac

from accounts.models import User
from feeds import wording
from feeds.entries import Entry
from feeds.models import Delivery
from feeds.templatetags.papers import shortened

from . import tokens
from .compose import Digest

MOST_BYTES = 100_000  # of HTML: what is beyond 102 kB is cut off by Gmail
TITLE_IN_SUBJECT = 90  # characters


@dataclass(frozen=True)
class Lengths:
    """Characters at most of a paper's parts, and whether it has links to vote and save."""

    title: int = 300
    authors: int = 160
    why: int = 400
    abstract: int = 350
    has_acts: bool = True


# The first that fits is taken. The last fits whatever the papers say and however long the site's name is: of 50 papers
# each has a title of 120 characters of five bytes, two links of 350 bytes, and 400 bytes of markup.
SIZES = [
    Lengths(),
    Lengths(abstract=220, why=250),
    Lengths(title=200, authors=100, why=200, abstract=120),
    Lengths(title=120, authors=60, why=100, abstract=0),
    Lengths(title=120, authors=0, why=0, abstract=0, has_acts=False),
]
IN_TEXT = Lengths()


@dataclass(frozen=True)
class Written:
    """One paper of the mail in words, with its links; `up`, `down` and `save` are empty where nobody can be meant."""

    title: str
    authors: str
    abstract: str
    why: str
    chance: str
    url: str
    arxiv_url: str
    up: str = ""
    down: str = ""
    save: str = ""


@dataclass(frozen=True)
class Links:
    """The addresses of one mail that are not about a paper."""

    same_papers: str
    unsubscribe: str
    settings: str


def subject(digest: Digest) -> str:
    """What is best, and how much more there is."""
    if not digest.papers:
        return "No new papers for you today"
    best = wording.plain_line(digest.papers[0].paper.title, TITLE_IN_SUBJECT)
    more = len(digest.papers) - 1
    return best if not more else f"{best} and {more} more"


def html_of(digest: Digest, links: Links, make: tokens.Maker) -> str:
    """The whole page, with its style on its elements; as long as it may be, and no longer."""
    for lengths in SIZES:
        page = _rendered(digest, links, _written(digest, lengths, make))
        if len(page.encode()) <= MOST_BYTES:
            return page
    raise AssertionError(f"{len(digest.papers)} papers at their shortest make {len(page.encode())} bytes of HTML")


def _rendered(digest: Digest, links: Links, papers: list[Written]) -> str:
    html = render_to_string("feeds/digest/mail.html", _context(digest, links, papers))
    return _inliner().inline(html)


def _context(digest: Digest, links: Links, papers: list[Written]) -> dict[str, Any]:
    is_to_reader = isinstance(digest.recipient, User)
    return {
        "is_to_reader": is_to_reader,
        "heading": "your papers, best first" if is_to_reader else "trending papers",
        "note": wording.line(digest.note, 300),
        "papers": papers,
        "links": links,
        "day": digest.day,
        "subject": subject(digest),
    }


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_style_tags=False, load_remote_stylesheets=False)


def text_of(digest: Digest, links: Links, make: tokens.Maker) -> str:
    """The same in plain text."""
    head = [_heading(digest), *filter(None, [wording.line(digest.note, 300)])]
    papers = [_paper_as_text(place, paper) for place, paper in enumerate(_written(digest, IN_TEXT, make), start=1)]
    return "\n\n".join([*head, *papers, _foot(digest, links)]) + "\n"


def _heading(digest: Digest) -> str:
    day = f"{digest.day:%A} {digest.day.day} {digest.day:%B %Y}"
    if digest.papers:
        return f"Paperboy, {day}: {'your papers' if isinstance(digest.recipient, User) else 'trending papers'}"
    return f"Paperboy, {day}"


def _paper_as_text(place: int, paper: Written) -> str:
    lines = [f"{place}. {paper.title}", paper.authors, paper.abstract]
    lines += [f"Exploration: {paper.chance}"] if paper.chance else []
    lines += [f"Why here: {paper.why}"] if paper.why else []
    acts = {"Thumbs up": paper.up, "Thumbs down": paper.down, "Save": paper.save}
    lines += [paper.url, *(f"{name}: {url}" for name, url in acts.items() if url)]
    return "\n   ".join(filter(None, lines))


def _foot(digest: Digest, links: Links) -> str:
    lines = [f"View these papers on the web: {links.same_papers}"] if digest.papers else []
    lines += [f"Digest settings: {links.settings}"] if isinstance(digest.recipient, User) else []
    return "\n".join(["-- ", *lines, f"Unsubscribe: {links.unsubscribe}"])


def absolute(address: str) -> str:
    """An address of this site as a mail needs it."""
    return f"{settings.SITE_URL}{address}"


def _written(digest: Digest, lengths: Lengths, make: tokens.Maker) -> list[Written]:
    return [_paper(digest, place, lengths, make) for place in range(len(digest.papers))]


def _paper(digest: Digest, place: int, lengths: Lengths, make: tokens.Maker) -> Written:
    entry = digest.papers[place]
    return Written(
        wording.plain_line(entry.paper.title, lengths.title) or entry.paper.public_id,
        wording.line(_authors_and_category(entry), lengths.authors),
        wording.plain_line(entry.paper.abstract, lengths.abstract),
        wording.line(_why(digest, place), lengths.why),
        wording.exploration(entry.exploration),
        absolute(entry.paper.get_absolute_url()),
        entry.paper.arxiv_url,
        **(_acts(entry, make) if isinstance(digest.recipient, User) and lengths.has_acts else {}),
    )


def _why(digest: Digest, place: int) -> str:
    if digest.trends:
        return wording.trend(digest.trends[place])
    return wording.as_text(wording.why(digest.papers[place].why, is_personal=digest.is_personal))


def _authors_and_category(entry: Entry) -> str:
    """Ada Lovelace, Charles Babbage · cs.LG"""
    return " · ".join(filter(None, (shortened(entry.paper.authors), *entry.paper.categories[:1])))


def _acts(entry: Entry, make: tokens.Maker) -> dict[str, str]:
    return {
        purpose: absolute(reverse("digest-link", args=[purpose, make(purpose, entry.paper)]))
        for purpose in tokens.ON_PAPERS
    }


SALT = "feeds.digest.message"


def mail(digest: Digest, delivery: Delivery) -> EmailMultiAlternatives:
    """The mail, not sent; `delivery`, which is not saved, is told what it carries.

    The same delivery always has the same Message-ID. One that is not stored, for a preview, has none.
    """
    make = tokens.maker(digest.recipient)
    links = _links(digest, delivery, make)
    delivery.address = digest.recipient.email if isinstance(digest.recipient, User) else digest.recipient.address
    delivery.message_id = message_id(delivery)
    delivery.paper_pks, delivery.ranking = digest.paper_pks, digest.ranking
    message = EmailMultiAlternatives(
        subject(digest), text_of(digest, links, make), to=[delivery.address], headers=_headers(delivery, links)
    )
    message.attach_alternative(html_of(digest, links, make), "text/html")
    return message


def message_id(delivery: Delivery) -> str:
    """The same for every attempt; says nothing about the recipient."""
    if delivery.pk is None:
        return ""
    mark = salted_hmac(SALT, str(delivery.pk), algorithm="sha256").hexdigest()[:24]
    return f"<digest.{delivery.pk}.{mark}@{_host()}>"


def _headers(delivery: Delivery, links: Links) -> dict[str, str]:
    token = links.unsubscribe.rstrip("/").rpartition("/")[2]
    by_mail = f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}?subject={quote(f'unsubscribe {token}')}"
    return {
        **({"Message-ID": delivery.message_id} if delivery.message_id else {}),
        "List-Id": f"Paperboy digest <digest.{_host()}>",
        "List-Unsubscribe": f"<{links.unsubscribe}>, <{by_mail}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }


def _host() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"


def _links(digest: Digest, delivery: Delivery, make: tokens.Maker) -> Links:
    """Pages of readers ask to sign in, and the others store nothing: a scanner that opens them all changes nothing."""
    if not isinstance(digest.recipient, User):
        same_papers = reverse("trending")
    else:
        same_papers = (
            reverse("digest-sent", args=[delivery.pk]) if delivery.pk and digest.papers else reverse("catch-up")
        )
    return Links(
        absolute(same_papers),
        absolute(reverse("digest-unsubscribe", args=[make("unsubscribe")])),
        absolute(reverse("settings-digest")),
    )
