"""A paper, or its place in a list, as Markdown.

What people typed is escaped, so that it stays text in its line.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from django.http import HttpRequest
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils.dateformat import format as in_words
from django.utils.text import Truncator

from recommender.models import Paper
from recommender.ranking.reasons import Reason
from recommender.ranking.similar import similar_papers

from . import wording
from .citations import line
from .entries import Entry, votes_of
from .latex.html import plain
from .paper_search import reader_or_none
from .sources.duplicates import nearly_the_same
from .wording import moment, named, opening, shortened

NO_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")  # breaks, controls, overrides
SPECIAL = re.compile(r"[\\`*_\[\]<>&~|@]|(?<!\S)#|^[+=-]|:(?=//)|(?<=\bwww)\.", re.IGNORECASE)
NUMBERED = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")
UNSAFE_IN_LINK = re.compile(r"[^!#$%&'*+,./:=?@\w~\-]", re.ASCII)
VOTES = {1: "up", -1: "down"}
REASON_LENGTH = 40  # characters of a title that is a reason


def escaped(text: str) -> str:
    """The text in one line, escaped for Markdown.

    Neither Markdown nor GitHub's form of it reads anything in it as markup.
    """
    line = " ".join(NO_TEXT.sub(" ", text).split())
    return NUMBERED.sub(r"\1\\\2", SPECIAL.sub(r"\\\g<0>", line))


def link(words: str, url: str) -> str:
    """A link.

    `words` are Markdown already, and only an address of the web is linked to.
    """
    address = UNSAFE_IN_LINK.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), url)
    return f"[{words}]({address})" if wording.web_address(address) else words


def link_to_paper(paper: Paper, request: HttpRequest, most: int | None = None) -> str:
    """A paper's title that leads to its page, of `most` characters at most."""
    title = plain(paper.title)
    words = escaped(Truncator(title).chars(most) if most else title)
    return link(words, request.build_absolute_uri(paper.get_absolute_url()))


def paper_as_markdown(paper: Paper, request: HttpRequest) -> str:
    """The page of a paper from `with_provenance(Paper.objects.with_public_votes())`; ends with a newline."""
    similar = similar_papers(paper)
    mine = votes_of(reader_or_none(request), [paper.pk]).get(paper.pk, 0)
    parts = [
        f"# {escaped(plain(paper.title))}",
        escaped(named(paper.authors)),
        tags(paper),
        f"**{wording.WITHDRAWN}** {wording.NOT_RANKED}" if paper.withdrawn else "",
        _alike(paper, request),
        links(paper),
        f"You voted {VOTES[mine]}." if mine else "",
        "## Abstract",
        escaped(plain(paper.abstract)) or "The source has no abstract.",
        "## Facts",
        "\n".join(f"- {name}: {value}" for name, value in facts(paper) if value),
        "## Similar papers",
        "\n".join(f"- {link_to_paper(other, request)}" for other in similar.papers) or escaped(similar.note),
        "## Cite",
        escaped(line(paper)),
    ]
    return joined(parts)


def card(entry: Entry, request: HttpRequest, *, place: int = 0, abstract: str = "", why: str = "") -> str:
    """One entry of a list.

    It has heading, authors, tags, the given part of the abstract, why here, votes and links.
    """
    paper = entry.paper
    number = f"{place or entry.position}. "
    counted = f"Public votes: {paper.up} up, {paper.down} down."  # type: ignore[attr-defined]
    mine = f" You voted {VOTES[entry.my_vote]}." if entry.my_vote else ""
    parts = [
        f"## {number}{link_to_paper(paper, request)}",
        escaped(shortened(paper.authors)) if paper.authors else "",
        tags(paper),
        abstract,
        why,
        f"{counted}{mine} {links(paper)}".rstrip(),
    ]
    return joined(parts).rstrip("\n")


def start_of_abstract(paper: Paper, request: HttpRequest) -> str:
    """The part of the abstract that a card shows.

    Where there is more, a link to all of it.
    """
    start = opening(paper.abstract)
    if start == paper.abstract:
        return escaped(plain(start))
    whole = request.build_absolute_uri(paper.get_absolute_url())
    return f"{escaped(plain(start))}… {link('Show full abstract', whole)}"


def reasons(why: Sequence[Reason], request: HttpRequest, *, is_personal: bool) -> str:
    """Why a paper has its place.

    Empty where there is no reason to name.
    """
    parts = wording.why(why, is_personal=is_personal)
    return f"**Why here:** {''.join(_part(part, request) for part in parts)}" if parts else ""


def about_chance(entry: Entry, request: HttpRequest) -> str:
    """That the paper was placed at random; empty where it was not."""
    words = wording.exploration(entry.exploration)
    change = request.build_absolute_uri(reverse("settings-profile"))
    return f"**Exploration:** {words}. {link('Change how often', change)}" if words else ""


def about_place(entry: Entry) -> str:
    """Why the place is not the one of the score; empty where it is."""
    return f"**Place:** {escaped(wording.placement(entry.placed_because))}." if entry.placed_because else ""


def tags(paper: Paper) -> str:
    """Categories, day, sources and the member who submitted the paper."""
    words = [*paper.categories[:4], in_words(paper.day, "j M Y"), *wording.provenance(paper)]
    return " · ".join(escaped(word) for word in words)


def links(paper: Paper) -> str:
    """Links to the paper elsewhere."""
    return " ".join(link(name, url) for name, url in wording.links(paper))


def facts(paper: Paper) -> list[tuple[str, str]]:
    """Other facts about a paper, by name; an unknown one is empty."""
    at_source = f"; {paper.source_upvotes:,} up at the source" if paper.source_upvotes else ""
    return [
        ("Id", escaped(f"arXiv:{paper.public_id}" if paper.has_arxiv_id else paper.public_id)),
        ("Comment", escaped(plain(paper.comment))),
        ("Tags", escaped(", ".join(paper.tags))),
        ("Published", in_words(paper.published_at, "j F Y") if paper.published_at else ""),
        ("Versions", "; ".join(_version(version["number"], version["at"]) for version in paper.versions)),
        ("Journal reference", escaped(paper.journal_ref)),
        ("DOI", link(escaped(paper.doi), f"https://doi.org/{paper.doi}") if paper.doi else ""),
        ("Licence", link(escaped(paper.license_url), paper.license_url)),
        ("On Hugging Face", escaped(wording.on_hugging_face(paper))),
        ("Code", f"{paper.code_stars:,} star{pluralize(paper.code_stars)}" if paper.code_stars else ""),
        ("Public votes", f"{paper.up} up, {paper.down} down{at_source}"),  # type: ignore[attr-defined]
    ]


def joined(parts: Sequence[str]) -> str:
    """The parts that are not empty as paragraphs."""
    return "\n\n".join(part for part in parts if part) + "\n"


def _alike(paper: Paper, request: HttpRequest) -> str:
    others = [f"- {link_to_paper(other, request)}" for other in nearly_the_same(paper)]
    heading = "Possible duplicate, judging by the title or the start of the abstract:"
    return "\n".join([heading, "", *others]) if others else ""


def _version(number: int, at: str | None) -> str:
    when: datetime | None = moment(at)
    return f"v{number}, {in_words(when, 'j F Y')}" if when else f"v{number}"


def _part(part: wording.Part, request: HttpRequest) -> str:
    if part.kind == "words":
        return part.text
    words = escaped(Truncator(part.text).chars(REASON_LENGTH))
    if part.url:
        words = link(words, request.build_absolute_uri(part.url))
    name = f"“{words}”" if part.kind == "interest" else words
    return name if part.effect is None else f"{name} {wording.signed(part.effect)}"
