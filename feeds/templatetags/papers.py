"""How a paper's fields are put into words on a page."""

from django import template

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
def signed(effect: float) -> str:
    """+0.12 or −0.0098: two digits that count, with a true minus sign."""
    return f"{effect:+.2g}".replace("-", "−")
