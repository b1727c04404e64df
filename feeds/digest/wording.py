"""A paper's fields and reasons in words for a mail: one plain line each, whatever their sources sent."""

from itertools import groupby

from feeds.entries import Entry
from feeds.latex.html import plain
from feeds.templatetags.papers import shortened, signed, telling
from recommender.ranking.reasons import Reason

JOINERS = "\u200c\u200d"  # within words of some scripts, and within some emoji
REASON_TITLE = 45  # characters of a paper that is a reason
LAST_WORD = 20  # characters that a cut may give up so as not to divide a word


def line(text: str, length: int) -> str:
    """The text in one line of at most `length` characters, without those that steer how others are shown."""
    seen = "".join(char if char.isprintable() or char in JOINERS else " " for char in text)
    return _cut(" ".join(seen.split()), length)


def mathless(text: str, length: int) -> str:
    """The same with formulas as plain text."""
    return line(plain(text), length)


def authors_and_categories(entry: Entry, length: int) -> str:
    """Who wrote it and where it belongs: "Ada Lovelace, Charles Babbage · cs.LG"."""
    return line(" · ".join(filter(None, (shortened(entry.paper.authors), *entry.paper.categories[:1]))), length)


def why(entry: Entry, is_personal: bool) -> str:
    """Why it stands here; empty where the order is by time."""
    if entry.why:
        return "; ".join(_reasons(said, list(found)) for said, found in groupby(telling(entry.why), _said))
    return "none of your votes speaks of it; readers in general would have it here" if is_personal else ""


def for_and_against(readers_for: int, readers_against: int) -> str:
    """Whose votes made a paper trend: "3 readers for it, 1 against"."""
    found = f"{readers_for} reader{'s' if readers_for > 1 else ''} for it"
    return f"{found}, {readers_against} against" if readers_against else found


def chance(entry: Entry) -> str:
    """What chance had to do with its place; empty where it had nothing to."""
    explored = entry.exploration
    if not explored.by_chance:
        return ""
    return f"shown by chance, 1 in {explored.one_in:,}; place {explored.own_place} of your own order"


def _said(reason: Reason) -> str:
    """What the reader did that speaks; the reasons that begin with it go together."""
    if reason.kind == "popular":
        return "popular"
    return "you named" if reason.kind == "interest" else f"you voted {'up' if reason.vote > 0 else 'down'}"


def _reasons(said: str, found: list[Reason]) -> str:
    if said == "popular":
        votes = round(found[0].effect)
        return f"popular, {votes} public vote{'' if votes == 1 else 's'}"
    return f"{said} {', '.join(f'{_of_what(reason)} {signed(reason.effect)}' for reason in found)}"


def _of_what(reason: Reason) -> str:
    if reason.paper:
        return f"“{mathless(reason.paper.title, REASON_TITLE)}”"
    return f"“{line(reason.text, REASON_TITLE)}”" if reason.kind == "interest" else "a paper that has left"


def _cut(text: str, length: int) -> str:
    """At most so many characters, an ellipsis in the place of what is left out; between words, if one ends nearby."""
    if len(text) <= length:
        return text
    kept = text[: max(length - 1, 0)]
    whole = kept.rpartition(" ")[0]
    return f"{(whole if len(kept) - len(whole) <= LAST_WORD else kept).rstrip(' ,;:')}…" if length else ""
