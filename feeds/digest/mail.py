"""The mail of a digest: subject, headers, text and HTML.

The HTML is small enough that mail programs do not clip it. The mail loads nothing. Every text of a paper becomes one
line, escaped in the HTML.
"""

from dataclasses import dataclass
from email.utils import parseaddr
from functools import cache
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

from . import tokens
from .compose import Digest

MAX_HTML_BYTES = 100_000  # Gmail clips HTML beyond 102 kB
SUBJECT_TITLE_LENGTH = 90  # characters
NOTE_LENGTH = 300  # characters
SALT = "feeds.digest.message"


@dataclass(frozen=True)
class Lengths:
    """Maximum lengths of a paper's parts, and whether it has vote links."""

    title: int = 300
    authors: int = 160
    why: int = 400
    abstract: int = 350
    has_acts: bool = True


# The first size that fits is used. The last one always fits, whatever the papers contain and however long the site's
# name is: 50 papers each have a title of 120 characters of five bytes, two links of 350 bytes, and 400 bytes of markup.
SIZES = [
    Lengths(),
    Lengths(abstract=220, why=250),
    Lengths(title=200, authors=100, why=200, abstract=120),
    Lengths(title=120, authors=60, why=100, abstract=0),
    Lengths(title=120, authors=0, why=0, abstract=0, has_acts=False),
]
TEXT_SIZE = Lengths()


@dataclass(frozen=True)
class PaperLines:
    """One paper of the mail as text, with its links.

    `up`, `down` and `save` are empty in a subscriber's mail.
    """

    title: str
    authors: str
    abstract: str
    why: str
    chance: str
    placed: str
    url: str
    arxiv_url: str
    up: str = ""
    down: str = ""
    save: str = ""


@dataclass(frozen=True)
class Links:
    """The addresses in a mail that are not about one paper."""

    same_papers: str
    unsubscribe: str
    settings: str


def write_mail(digest: Digest, delivery: Delivery) -> EmailMultiAlternatives:
    """Write the mail without sending it, and note its contents on `delivery` without saving.

    The same delivery always has the same Message-ID. A delivery that is not stored, as for a preview, has none.
    """
    make_token = cache(tokens.token_maker(digest.recipient))  # tokens have a time; text and HTML share each link
    links = _links(digest, delivery, make_token)
    delivery.address = digest.recipient.email if isinstance(digest.recipient, User) else digest.recipient.address
    delivery.message_id = message_id(delivery)
    delivery.paper_pks, delivery.ranking = digest.paper_pks, digest.ranking
    unsubscribe_token = links.unsubscribe.rstrip("/").rpartition("/")[2]
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    by_mail = f"mailto:{sender}?subject={quote(f'unsubscribe {unsubscribe_token}')}"
    headers = {
        **({"Message-ID": delivery.message_id} if delivery.message_id else {}),
        "List-Id": f"Paperboy digest <digest.{_host()}>",
        "List-Unsubscribe": f"<{links.unsubscribe}>, <{by_mail}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    text = text_of(digest, links, make_token)
    message = EmailMultiAlternatives(subject(digest), text, to=[delivery.address], headers=headers)
    message.attach_alternative(html_of(digest, links, make_token), "text/html")
    return message


def subject(digest: Digest) -> str:
    """Return the title of the best paper and the number of the others."""
    if not digest.papers:
        return "No new papers for you today"
    best = wording.plain_line(digest.papers[0].paper.title, SUBJECT_TITLE_LENGTH)
    more = len(digest.papers) - 1
    return best if not more else f"{best} and {more} more"


def html_of(digest: Digest, links: Links, make_token: tokens.MakeToken) -> str:
    """Render the HTML, with inline styles, in the largest size that stays within `MAX_HTML_BYTES`."""
    is_to_reader = isinstance(digest.recipient, User)
    context = {
        "is_to_reader": is_to_reader,
        "heading": "your papers, best first" if is_to_reader else "trending papers",
        "note": wording.line(digest.note, NOTE_LENGTH),
        "links": links,
        "day": digest.day,
        "subject": subject(digest),
    }
    for lengths in SIZES:
        papers = _paper_lines(digest, lengths, make_token)
        html = _css_inliner().inline(render_to_string("feeds/digest/mail.html", context | {"papers": papers}))
        if len(html.encode()) <= MAX_HTML_BYTES:
            return html
    raise AssertionError(f"{len(digest.papers)} papers at their shortest make {len(html.encode())} bytes of HTML")


def text_of(digest: Digest, links: Links, make_token: tokens.MakeToken) -> str:
    """Render the same as plain text."""
    is_to_reader = isinstance(digest.recipient, User)
    heading = f"Paperboy, {digest.day:%A} {digest.day.day} {digest.day:%B %Y}"
    if digest.papers:
        heading += ": your papers" if is_to_reader else ": trending papers"
    blocks = [heading, *filter(None, [wording.line(digest.note, NOTE_LENGTH)])]
    for place, paper in enumerate(_paper_lines(digest, TEXT_SIZE, make_token), start=1):
        actions = {"Thumbs up": paper.up, "Thumbs down": paper.down, "Save": paper.save}
        lines = [
            f"{place}. {paper.title}",
            paper.authors,
            paper.abstract,
            f"Exploration: {paper.chance}" if paper.chance else "",
            f"Place: {paper.placed}" if paper.placed else "",
            f"Why here: {paper.why}" if paper.why else "",
            paper.url,
            *(f"{name}: {url}" for name, url in actions.items() if url),
        ]
        blocks.append("\n   ".join(filter(None, lines)))
    footer = ["-- "]
    footer += [f"View these papers on the web: {links.same_papers}"] if digest.papers else []
    footer += [f"Digest settings: {links.settings}"] if is_to_reader else []
    footer += [f"Unsubscribe: {links.unsubscribe}"]
    return "\n\n".join([*blocks, "\n".join(footer)]) + "\n"


def message_id(delivery: Delivery) -> str:
    """Return an id that is the same for every attempt.

    It reveals nothing about the recipient.
    """
    if delivery.pk is None:
        return ""
    mark = salted_hmac(SALT, str(delivery.pk), algorithm="sha256").hexdigest()[:24]
    return f"<digest.{delivery.pk}.{mark}@{_host()}>"


def absolute(path: str) -> str:
    """Return the full address of a page of this site, as mails need it."""
    return f"{settings.SITE_URL}{path}"


@cache
def _css_inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_style_tags=False, load_remote_stylesheets=False)


def _paper_lines(digest: Digest, lengths: Lengths, make_token: tokens.MakeToken) -> list[PaperLines]:
    """The papers as text within these lengths.

    Only readers get links to vote and save.
    """
    has_acts = isinstance(digest.recipient, User) and lengths.has_acts
    papers = []
    for place, entry in enumerate(digest.papers):
        if digest.trends:
            why = wording.trend(digest.trends[place])
        else:
            why = wording.as_text(wording.why(entry.why, is_personal=digest.is_personal))
        acts = {
            purpose: absolute(reverse("digest-link", args=[purpose, make_token(purpose, entry.paper)]))
            for purpose in (tokens.ON_PAPERS if has_acts else ())
        }
        papers.append(
            PaperLines(
                title=wording.plain_line(entry.paper.title, lengths.title) or entry.paper.public_id,
                authors=wording.line(_authors_and_category(entry), lengths.authors),
                abstract=wording.plain_line(entry.paper.abstract, lengths.abstract),
                why=wording.line(why, lengths.why),
                chance=wording.exploration(entry.exploration),
                placed=wording.line(wording.placement(entry.placed_because), lengths.why)
                if entry.placed_because
                else "",
                url=absolute(entry.paper.get_absolute_url()),
                arxiv_url=entry.paper.arxiv_url,
                **acts,
            )
        )
    return papers


def _authors_and_category(entry: Entry) -> str:
    """Ada Lovelace, Charles Babbage · cs.LG"""
    return " · ".join(filter(None, (wording.shortened(entry.paper.authors), *entry.paper.categories[:1])))


def _host() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"


def _links(digest: Digest, delivery: Delivery, make_token: tokens.MakeToken) -> Links:
    """The links of this mail.

    A scanner may open all of them: readers' pages require sign-in, and the others store nothing.
    """
    if not isinstance(digest.recipient, User):
        same_papers = reverse("trending")
    elif delivery.pk and digest.papers:
        same_papers = reverse("digest-sent", args=[delivery.pk])
    else:
        same_papers = reverse("catch-up")
    return Links(
        absolute(same_papers),
        absolute(reverse("digest-unsubscribe", args=[make_token("unsubscribe")])),
        absolute(reverse("settings-digest")),
    )
