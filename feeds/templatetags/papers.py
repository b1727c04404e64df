"""Template filters and tags for papers, the reasons for their places, citations and profiles."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator

from feeds import citations, wording
from feeds.entries import Entry
from feeds.latex import html as texts
from feeds.sources.fetch import SOURCES
from recommender.search.highlight import TextPiece

register = template.Library()


@register.filter
def mathematics(text: str) -> SafeString:
    """An abstract with its formulas as MathML."""
    return texts.as_html(text)


@register.filter
def headline(text: str) -> SafeString:
    """A title with those formulas as MathML that fit in a line."""
    return texts.headline(text)


@register.filter
def plain(text: str) -> str:
    """A title or an abstract in plain characters, for places that hold no markup."""
    return texts.plain(text)


@register.filter
def titles(entries: Sequence[Entry], count: int) -> str:
    """The first titles of a list in plain characters."""
    return "; ".join(Truncator(texts.plain(entry.paper.title)).chars(90) for entry in entries[:count])


@register.filter
def goes_on(text: str) -> bool:
    """Whether a page shows only the start of the text."""
    return len(text) > texts.LONGEST


@register.filter
def marked(pieces: Iterable[TextPiece]) -> SafeString:
    """A title or an abstract with search matches marked."""
    return format_html_join(
        "",
        "{}",
        ((format_html("<mark>{}</mark>" if piece.is_match else "{}", texts.as_html(piece.text)),) for piece in pieces),
    )


@register.filter
def sentence(parts: Iterable[wording.Part], length: int) -> SafeString:
    """The parts as HTML.

    Papers are links with at most `length` characters of their title; effects are bold.
    """
    return format_html_join("", "{}", ((_part(part, length),) for part in parts))


@register.filter
def source_label(name: str) -> str:
    """The name of a source that readers know."""
    return SOURCES[name].label if name in SOURCES else name


@register.simple_tag
def takes_submissions() -> bool:
    """Whether readers can submit papers, which are looked up at arXiv."""
    return "arxiv" in settings.SOURCES


@register.simple_block_tag
def compact(content: str) -> SafeString:
    """Remove indentation and empty lines from the block.

    A list repeats those of its cards fifty times.
    """
    lines = (line.strip(" \t") for line in content.split("\n"))
    return mark_safe("\n".join(line for line in lines if line))  # noqa: S308 - a rendered block


@register.filter
def in_words(summary: Any) -> str:
    """A job's summary in words.

    `{"new": 2, "passed_over": 0}` becomes "new 2, passed over 0"; nested values are in brackets.
    """
    if isinstance(summary, list):
        return ", ".join(map(in_words, summary))
    if not isinstance(summary, dict):
        return str(summary)
    parts = ((name.replace("_", " "), in_words(part), isinstance(part, dict | list)) for name, part in summary.items())
    return ", ".join(f"{name} ({words})" if is_nested else f"{name} {words}" for name, words, is_nested in parts)


register.simple_tag(wording.why)
register.filter("named", wording.named)
register.filter("shortened", wording.shortened)
register.filter("opening", wording.opening)
register.filter("likeness", wording.likeness)
register.filter("source", wording.source)
register.filter("exploration", wording.exploration)
register.filter("placement", wording.placement)
register.filter("trend", wording.trend)
register.filter("moment", wording.moment)
register.filter("signed", wording.signed)
register.filter("web_address", wording.web_address)
register.filter("provenance", wording.provenance)
register.filter("on_hugging_face", wording.on_hugging_face)
register.filter("bibtex", citations.bibtex)
register.filter("citation", citations.line)
register.filter("open_url", citations.open_url)


@register.filter
def size(effect: float) -> str:
    """The size of an effect without its sign, for an HTML attribute."""
    return f"{abs(effect):.6g}"


@register.filter
def percent(share: float) -> str:
    """12 %, or under 1 %."""
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%" if share >= 0.01 else "under 1\N{NO-BREAK SPACE}%"


def _part(part: wording.Part, length: int) -> str:
    if part.kind == "words":
        return part.text
    name = Truncator(part.text).chars(length)
    if part.url:
        name = format_html('<a href="{}">{}</a>', part.url, name)
    elif part.kind == "interest":
        name = f"“{name}”"
    return name if part.effect is None else format_html("{} <b>{}</b>", name, wording.signed(part.effect))
