"""How a paper's fields are put into words on a page."""

from datetime import datetime
from typing import Any

from django import template

from feeds.fetching.running import SOURCES
from feeds.provenance import names_of_sources, submitter_of
from recommender.models import Paper

register = template.Library()

NAMED = 5


@register.filter
def shortened(authors: list[str]) -> str:
    """The first `NAMED` authors and how many more there are; one more is named instead of counted."""
    if len(authors) <= NAMED + 1:
        return ", ".join(authors)
    return f"{', '.join(authors[:NAMED])} and {len(authors) - NAMED} more"


@register.filter
def web_address(url: str) -> str:
    """The URL if a browser should follow it; nothing for `javascript:` and the like, which a source may have sent."""
    return url if url.lower().startswith(("http://", "https://")) else ""


@register.filter
def told_by(paper: Paper) -> list[tuple[str, int]]:
    """The names of the paper's sources, each with the up-votes there: Hugging Face's, where it is among them."""
    names = names_of_sources(paper)
    voting = Paper.Source.HUGGING_FACE.label if Paper.Source.HUGGING_FACE.label in names else names[0]
    return [(name, paper.source_upvotes if name == voting else 0) for name in names]


@register.filter
def submitter(paper: Paper) -> str | None:
    """The member who put it on the list."""
    return submitter_of(paper)


@register.filter
def source_label(name: str) -> str:
    """The name of a source that is asked, as readers know it."""
    return SOURCES[name].label if name in SOURCES else name


@register.filter
def in_words(summary: Any) -> str:
    """What came of a job: `{"new": 2, "passed_over": 0}` -> "new 2, passed over 0"; one inside another in brackets."""
    if not isinstance(summary, dict):
        return str(summary)
    parts = ((name.replace("_", " "), in_words(part), isinstance(part, dict)) for name, part in summary.items())
    return ", ".join(f"{name} ({words})" if is_nested else f"{name} {words}" for name, words, is_nested in parts)


@register.filter
def moment(iso: str | None) -> datetime | None:
    """A time that JSON holds as text."""
    return datetime.fromisoformat(iso) if iso else None


@register.filter
def signed(effect: float) -> str:
    """+0.12 or −0.0098: two digits that count, with a true minus sign."""
    return f"{effect:+.2g}".replace("-", "−")
