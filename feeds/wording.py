"""Sentences about a paper's place, as plain parts.

Pages, Markdown, mails and feeds only add their markup.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.utils.text import Truncator

from accounts.models import InterestKind
from recommender.models import Paper, PaperSource, Ranking
from recommender.ranking.reasons import Placement, Reason
from recommender.ranking.relations import Relation
from recommender.ranking.taste import Statement

from .entries import Exploration, names_of_sources, submitter_of
from .latex.html import plain
from .trending import Trend

NAMED = 3  # authors
OPENING = 350  # characters of an abstract in a list: four or five lines of the column
STUMP = 60  # a remainder of at most this many characters is shown too
RAISING = 3  # reasons named that raise a paper
TITLE_LENGTH = 45  # characters of a title within a sentence of plain text
JOINERS = "\u200c\u200d"  # within words of some scripts, and within some emoji
LAST_WORD = 20  # characters that a cut may give up so as not to divide a word
UNRELATED = "not related to your votes or interests"
PLACED = {
    "variety": "moved up for variety: a near-duplicate was moved down",
    "near_duplicate": "moved down for variety: almost the same as a paper above",
    "newer": "placed here because newer papers are boosted",
}
WITHDRAWN = "Withdrawn by its authors."
NOT_RANKED = "It is not ranked."
_CLOSENESS = {
    Relation.LIKENESS: "close to ",
    Relation.CATEGORY: "close to ",
    Relation.AUTHOR: "shares an author with ",
    Relation.ITSELF: "",
}
ORDERS = {
    Ranking.Mode.HYBRID: ("Ranked by your votes{interests}", ", and by what the model learned from all votes."),
    Ranking.Mode.CONTENT: ("Ranked by your votes{interests}", " and the content of the papers."),
    Ranking.Mode.POPULAR: ("Most popular first.", ""),
    Ranking.Mode.RECENT: ("Newest first.", ""),
}
FROM_ONE_READER = ", and by what the model learned from one reader’s votes."  # the others have not voted


@dataclass(frozen=True)
class Part:
    """A part of a sentence.

    kind    "words", or what the part names: "paper", "interest", "itself" (the paper that the sentence is about),
            "removed" (a paper that is no longer here)
    paper   the paper itself; None for everything else
    effect  what a vote or interest adds to the score; None for words
    """

    kind: str
    text: str
    paper: Paper | None = None
    effect: float | None = None

    @property
    def url(self) -> str:
        """The page of the paper, within the site; empty for everything else. Plain text does without it."""
        return self.paper.get_absolute_url() if self.paper else ""


def why(reasons: Sequence[Reason], *, is_personal: bool = False, popular_when: str = "") -> list[Part]:
    """Why a paper has its place.

    Empty where the order is by time.
    """
    sentences = [_sentence(opening, list(group), popular_when) for opening, group in groupby(main(reasons), _around)]
    if not sentences and is_personal:
        return [Part("words", UNRELATED)]
    return _joined(sentences, "; ")


def main(reasons: Sequence[Reason]) -> list[Reason]:
    """The `RAISING` strongest positive reasons, and the strongest negative one."""
    raised = [reason for reason in reasons if reason.effect >= 0][:RAISING]
    return raised + [reason for reason in reasons[-1:] if reason.effect < 0]


def source(saying: Statement) -> list[Part]:
    """A vote or an interest that a profile was learned from."""
    if saying.interest:
        opening = "your seed paper " if saying.paper else "your interest "
    else:
        opening = "you liked " if saying.vote > 0 else "you disliked "
    return [Part("words", opening), _named(saying.paper, str(saying.interest or ""))]


def why_in_feed(reasons: Sequence[Reason], drawn: Exploration, placed: Placement | None = None) -> str:
    """Why a paper has its place, as a sentence without effects.

    Empty if no vote or interest raised the paper.
    """
    raising = [reason for reason in reasons if reason.effect > 0]
    words = exploration(drawn) or as_text(why(raising), has_effects=False)
    if words and placed and not drawn.by_chance:
        words += f"; {placement(placed)}"
    return f"{words[0].upper()}{words[1:]}." if words else ""


def likeness(reasons: Sequence[Reason]) -> list[Part]:
    """Which papers of a collection raise a paper; empty if none does."""
    raising = [reason for reason in main(reasons) if reason.effect > 0]
    grouped = groupby(raising, lambda reason: reason.relation)
    return _joined([_sentence((_CLOSENESS[relation], ""), list(group), "") for relation, group in grouped], "; ")


def exploration(drawn: Exploration) -> str:
    """What chance had to do with a paper's place; empty if nothing."""
    if not drawn.by_chance:
        return ""
    return f"placed at random (1 in {drawn.one_in:,} chance); number {drawn.own_place} in your own ranking"


def placement(placed: Placement) -> str:
    """Why a paper's place is not the one of its score, as a sentence without its full stop."""
    if placed.kind != "interest":
        return PLACED[placed.kind]
    names = [plain(name.title) if isinstance(name, Paper) else name for name in placed.names]
    quoted = " and ".join(f"“{Truncator(name).chars(TITLE_LENGTH)}”" for name in names)
    subject = f"your interest in {quoted}" if quoted else "one of your interests"
    return f"placed here so that {subject} has its share"


def trend(counted: Trend) -> str:
    """Whose votes made a paper trend: "3 readers voted for it, 1 against"."""
    against = f", {counted.readers_against:,} against" if counted.readers_against else ""
    return f"{counted.readers_for:,} reader{_s(counted.readers_for)} voted for it{against}"


def order(ranking: Ranking) -> tuple[str, str]:
    """How a ranking was made.

    The words to stress, and the rest of the sentence.
    """
    if ranking.mode == Ranking.Mode.CONTENT and not ranking.taste.get("votes"):
        return "Ranked by your interests.", ""
    stressed, rest = ORDERS[Ranking.Mode(ranking.mode)]
    if ranking.mode == Ranking.Mode.HYBRID and ranking.model and ranking.model.readers_seen == 1:
        rest = FROM_ONE_READER
    return stressed.format(interests=" and interests" if ranking.taste.get("interests") else ""), rest


def provenance(paper: Paper) -> list[str]:
    """The paper's sources with the upvotes there, and the member who submitted it."""
    names, voting = names_of_sources(paper), PaperSource.HUGGING_FACE.label
    if voting not in names:
        voting = names[0]
    upvotes = f"{paper.source_upvotes:,} upvote{_s(paper.source_upvotes)} on {voting}"
    member = submitter_of(paper)
    sources = [upvotes if name == voting and paper.source_upvotes else name for name in names]
    return [*sources, *([f"submitted by {member}"] if member else [])]


def on_hugging_face(paper: Paper) -> str:
    """Who submitted the paper at Hugging Face, and its comments.

    Includes the organization. Empty if nothing is known.
    """
    submitter, organization = plain(paper.submitted_by), plain(paper.organization)
    if submitter:
        by = f"submitted by {submitter} ({organization})" if organization else f"submitted by {submitter}"
    else:
        by = organization
    comments = f"{paper.source_comments:,} comment{_s(paper.source_comments)}" if paper.source_comments else ""
    return "; ".join(filter(None, [by, comments]))


def links(paper: Paper) -> list[tuple[str, str]]:
    """Where else the paper is, by name."""
    known = {"arXiv": paper.arxiv_url, "PDF": paper.pdf_url, "Code": paper.code_url, "Project": paper.project_url}
    return [(name, url) for name, url in known.items() if web_address(url)]


def web_address(url: str) -> str:
    """The URL if a browser should follow it.

    Empty for `javascript:` and the like, which a source may have sent.
    """
    return url if url.lower().startswith(("http://", "https://")) else ""


def as_text(parts: Iterable[Part], *, has_effects: bool = True) -> str:
    """The sentence as plain text, names in quotation marks and long titles cut."""
    sentence = ""
    for part in parts:
        name = Truncator(part.text).chars(TITLE_LENGTH) if part.kind != "words" else part.text
        sentence += f"“{name}”" if part.kind in ("paper", "interest") else name
        sentence += f" {signed(part.effect)}" if has_effects and part.effect is not None else ""
    return sentence


def signed(effect: float) -> str:
    """+0.12 or −0.0098: two significant digits, with a true minus sign."""
    return f"{effect:+.2g}".replace("-", "−")


def line(text: str, length: int) -> str:
    """The text in one line of at most `length` characters, without control characters."""
    visible = "".join(char if char.isprintable() or char in JOINERS else " " for char in text)
    return _cut(" ".join(visible.split()), length)


def plain_line(text: str, length: int) -> str:
    """The same for a title or an abstract, its formulas as plain text."""
    return line(plain(text), length)


def _around(reason: Reason) -> tuple[str, str]:
    """The words before and after the names of reasons.

    Reasons that share them are named together.
    """
    if reason.kind == "popular":
        return "popular", ""
    is_like = reason.effect >= 0
    if reason.kind == "interest":
        return _around_interest(reason, is_like=is_like)
    voted = "liked" if reason.vote > 0 else "disliked"
    if reason.relation == Relation.ITSELF:
        return f"you {voted} ", ""
    return (_CLOSENESS[reason.relation] if is_like == (reason.vote > 0) else "unlike "), f", which you {voted}"


def _around_interest(reason: Reason, *, is_like: bool) -> tuple[str, str]:
    """The same for interests; `is_like` says whether the interest raised the paper."""
    if reason.paper:
        opening = _CLOSENESS[reason.relation] if is_like else "unlike "
        return ("" if reason.relation == Relation.ITSELF else opening) + "your seed paper ", ""
    if reason.interest == InterestKind.AUTHOR:
        if reason.relation == Relation.AUTHOR:
            return ("by ", ", whom you follow") if is_like else ("unlike other papers by ", "")
        return ("close to papers by " if is_like else "unlike papers by "), ""
    if reason.interest == InterestKind.CATEGORY and not (is_like and reason.relation == Relation.CATEGORY):
        others = "other papers in " if reason.relation == Relation.CATEGORY else "papers in "
        return ("close to " if is_like else "unlike ") + others, ""
    return ("matches your interest " if is_like else "unlike your interest "), ""


def _sentence(around: tuple[str, str], reasons: list[Reason], popular_when: str) -> list[Part]:
    before, after = around
    if before == "popular":
        votes = round(reasons[0].effect)
        when = f" {popular_when}" if popular_when else ""
        return [Part("words", f"popular{when}, {votes:,} public vote{_s(votes)}")]
    names = [[_name_in_reason(reason)] for reason in reasons]
    return [Part("words", before), *_joined(names, ", "), *([Part("words", after)] if after else [])]


def _name_in_reason(reason: Reason) -> Part:
    """What a reason names; the paper itself needs no title."""
    if reason.kind == "your_vote" and reason.relation == Relation.ITSELF:
        return Part("itself", "this paper", None, reason.effect)
    return _named(reason.paper, reason.text, reason.effect)


def _named(paper: Paper | None, text: str, effect: float | None = None) -> Part:
    """The paper, or the interest with this text.

    Names neither if the paper was removed from the catalogue.
    """
    if paper:
        return Part("paper", plain(paper.title), paper, effect)
    return Part("interest", text, None, effect) if text else Part("removed", "a removed paper", None, effect)


def _joined(sentences: Sequence[Sequence[Part]], between: str) -> list[Part]:
    parts: list[Part] = []
    for sentence in sentences:
        parts += [*([Part("words", between)] if parts else []), *sentence]
    return parts


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _cut(text: str, length: int) -> str:
    """Cut the text to at most so many characters.

    An ellipsis replaces the rest; the cut is between words, if one ends nearby.
    """
    if len(text) <= length:
        return text
    start = text[: max(length - 1, 0)]
    whole = start.rpartition(" ")[0]
    return f"{(whole if len(start) - len(whole) <= LAST_WORD else start).rstrip(' ,;:')}…" if length else ""


def shortened(authors: list[str]) -> str:
    """The first `NAMED` authors and how many others there are.

    One other is named instead of counted.
    """
    if len(authors) <= NAMED + 1:
        return named(authors)
    return f"{named(authors[:NAMED])} and {len(authors) - NAMED:,} others"


def named(authors: list[str]) -> str:
    """All authors.

    The `:` that arXiv puts between a collaboration and its members is left out.
    """
    return ", ".join(plain(author) for author in authors if author.strip(" :"))


def opening(text: str) -> str:
    """The first words, at most `OPENING` characters.

    A formula between dollar signs is not divided.
    """
    if len(text) <= OPENING + STUMP:
        return text
    cut = text[:OPENING].rpartition(" ")[0] or text[:OPENING]
    inside_formula = (cut.count("$") - cut.count(r"\$")) % 2
    return cut.rpartition("$")[0] if inside_formula and len(cut.rpartition("$")[0]) > STUMP else cut


def moment(iso: str | None) -> datetime | None:
    """A time from its ISO 8601 text."""
    return datetime.fromisoformat(iso) if iso else None
