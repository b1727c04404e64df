"""A paper, or its place in a list, as Markdown; what people typed is escaped, so that it stays in its line as text."""

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

from .citations import line
from .entries import Entry, votes_of
from .latex.html import plain
from .paper_search import reader_or_none
from .sources.duplicates import nearly_the_same
from .templatetags.papers import moment, named, opening, shortened, signed, submitter, telling, told_by, web_address

NO_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")  # breaks, controls, overrides
SPECIAL = re.compile(r"[\\`*_\[\]<>&~|@]|(?<!\S)#|^[+=-]|:(?=//)|(?<=\bwww)\.", re.IGNORECASE)
NUMBERED = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")
UNSAFE_IN_LINK = re.compile(r"[^!#$%&'*+,./:=?@\w~\-]", re.ASCII)
VOTES = {1: "up", -1: "down"}


def escaped(text: str) -> str:
    """The text in one line, without anything that Markdown, or GitHub's form of it, would read as markup."""
    line = " ".join(NO_TEXT.sub(" ", text).split())
    return NUMBERED.sub(r"\1\\\2", SPECIAL.sub(r"\\\g<0>", line))


def link(words: str, url: str) -> str:
    """A link; `words` are Markdown already, and only an address of the web is linked to."""
    address = UNSAFE_IN_LINK.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), url)
    return f"[{words}]({address})" if web_address(address) else words


def link_to_paper(paper: Paper, request: HttpRequest, most: int | None = None) -> str:
    """A paper's title that leads to its page, of `most` characters at most."""
    title = plain(paper.title)
    words = escaped(Truncator(title).chars(most) if most else title)
    return link(words, request.build_absolute_uri(paper.get_absolute_url()))


def paper_as_markdown(paper: Paper, request: HttpRequest) -> str:
    """The page of one paper, which `with_provenance(Paper.objects.with_public_votes())` gave; ends with a newline."""
    similar = similar_papers(paper)
    mine = votes_of(reader_or_none(request), [paper.pk]).get(paper.pk, 0)
    parts = [
        f"# {escaped(plain(paper.title))}",
        escaped(named(paper.authors)),
        tags(paper),
        "**Its authors have withdrawn this paper.** It can be found, and is in no ranking." if paper.withdrawn else "",
        _alike(paper, request),
        links(paper),
        f"You voted {VOTES[mine]}." if mine else "",
        "## Abstract",
        escaped(plain(paper.abstract)) or "The source gave no abstract.",
        "## Facts",
        "\n".join(f"- {name}: {value}" for name, value in facts(paper) if value),
        "## Similar papers",
        "\n".join(f"- {link_to_paper(other, request)}" for other in similar.papers) or escaped(similar.note),
        "## Cite",
        escaped(line(paper)),
    ]
    return joined(parts)


def card(entry: Entry, request: HttpRequest, *, place: int = 0, abstract: str = "", why: str = "") -> str:
    """One place of a list: heading, authors, tags, the part of the abstract that is given, why here, votes, links."""
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
    """What a card shows of the abstract, and a link to the whole of it where there is more."""
    start = opening(paper.abstract)
    if start == paper.abstract:
        return escaped(plain(start))
    whole = request.build_absolute_uri(paper.get_absolute_url())
    return f"{escaped(plain(start))}… {link('the whole abstract', whole)}"


def reasons(why: Sequence[Reason], request: HttpRequest) -> str:
    """Why a paper stands where it stands, as the page says it; nothing where there is no reason to name."""
    found = [_reason(reason, request) for reason in telling(why)]
    return f"**Why here:** {'; '.join(found)}" if found else ""


def about_chance(entry: Entry, request: HttpRequest) -> str:
    """Where chance put the paper in its place: with which probability, and where it would stand."""
    chance = entry.exploration
    if not chance.by_chance:
        return ""
    change = request.build_absolute_uri(reverse("settings-profile"))
    return (
        f"**Exploring:** shown by chance, 1 in {chance.one_in:,}; place {chance.own_place} of your own order. "
        f"{link('Change how much', change)}"
    )


def tags(paper: Paper) -> str:
    """Categories, day, sources and the member who put it there."""
    sources = [f"{name}, {upvotes} up there" if upvotes else name for name, upvotes in told_by(paper)]
    member = submitter(paper)
    told = [*paper.categories[:4], in_words(paper.day, "j M Y"), *sources]
    told += [f"submitted by {member}"] if member else []
    return " · ".join(escaped(word) for word in told)


def links(paper: Paper) -> str:
    """Where else the paper is to be found."""
    known = {"arXiv": paper.arxiv_url, "PDF": paper.pdf_url, "Code": paper.code_url, "Project": paper.project_url}
    return " ".join(link(name, url) for name, url in known.items() if web_address(url))


def facts(paper: Paper) -> list[tuple[str, str]]:
    """What else is known of a paper, by name; empty where nothing is."""
    at_source = f", {paper.source_upvotes:,} up at the source" if paper.source_upvotes else ""
    return [
        ("Id", escaped(f"arXiv:{paper.public_id}" if paper.has_arxiv_id else paper.public_id)),
        ("Comment", escaped(plain(paper.comment))),
        ("Tags", escaped(", ".join(paper.tags))),
        ("Published", in_words(paper.published_at, "j F Y") if paper.published_at else ""),
        ("Versions", "; ".join(_version(version["number"], version["at"]) for version in paper.versions)),
        ("Journal reference", escaped(paper.journal_ref)),
        ("DOI", link(escaped(paper.doi), f"https://doi.org/{paper.doi}") if paper.doi else ""),
        ("Licence", link(escaped(paper.license_url), paper.license_url)),
        ("On Hugging Face", _on_hugging_face(paper)),
        ("Code", f"{paper.code_stars:,} star{pluralize(paper.code_stars)}" if paper.code_stars else ""),
        ("Public votes", f"{paper.up} up and {paper.down} down here{at_source}"),  # type: ignore[attr-defined]
    ]


def joined(parts: Sequence[str]) -> str:
    """The parts that say something, each a paragraph of its own."""
    return "\n\n".join(part for part in parts if part) + "\n"


def _alike(paper: Paper, request: HttpRequest) -> str:
    others = [f"- {link_to_paper(other, request)}" for other in nearly_the_same(paper)]
    said = "Nearly the same paper, going by the title or the opening of the abstract:"
    return "\n".join([said, "", *others]) if others else ""


def _version(number: int, at: str | None) -> str:
    when: datetime | None = moment(at)
    return f"v{number}, {in_words(when, 'j F Y')}" if when else f"v{number}"


def _reason(reason: Reason, request: HttpRequest) -> str:
    if reason.kind == "popular":
        return f"popular, {reason.effect:.0f} public vote{pluralize(round(reason.effect))}"
    if reason.paper:
        about = link_to_paper(reason.paper, request, 40)
    else:
        about = f"“{escaped(reason.text)}”" if reason.kind == "interest" else "a paper that has left"
    did = "you named" if reason.kind == "interest" else f"you voted {VOTES[1 if reason.vote > 0 else -1]}"
    return f"{did} {about} {signed(reason.effect)}"


def _on_hugging_face(paper: Paper) -> str:
    said = [
        f"put there by {paper.submitted_by}" if paper.submitted_by else "",
        f"of {paper.organization}" if paper.organization else "",
        f"{paper.source_comments:,} comment{pluralize(paper.source_comments)}" if paper.source_comments else "",
    ]
    return escaped("; ".join(part for part in said if part))
