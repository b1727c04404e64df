"""Why a paper is in a feed, in a line of plain text."""

from collections.abc import Sequence

from feeds.entries import Exploration
from feeds.latex.html import plain
from recommender.ranking.reasons import Reason

NAMED = 3  # reasons
TITLE_LENGTH = 60


def why_of(why: Sequence[Reason], chance: Exploration) -> str:
    """What raised the paper most; empty where nothing that the reader said did."""
    if chance.by_chance:
        return f"Chance put it here, with a probability of 1 in {chance.one_in}."
    words = [_in_words(reason) for reason in why if reason.effect > 0][:NAMED]
    return _sentence("; ".join(words)) if words else ""


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _in_words(reason: Reason) -> str:
    if reason.kind == "popular":
        votes = round(reason.effect)
        return f"{votes:,} public vote{'' if votes == 1 else 's'}"
    what = f"“{_short(plain(reason.paper.title))}”" if reason.paper else f"“{reason.text}”"
    if reason.kind == "interest":
        return f"you named {what}"
    if reason.paper is None:
        what = "a paper that has left"
    return f"you voted {'up' if reason.vote > 0 else 'down'} {what}"


def _short(title: str) -> str:
    return title if len(title) <= TITLE_LENGTH else f"{title[: TITLE_LENGTH - 1].rstrip()}…"
