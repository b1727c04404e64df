"""How what was learned of a reader is put into figures on a page."""

from django import template

register = template.Library()


@register.filter
def size(effect: float) -> str:
    """How large an effect is, whichever way it goes, as an attribute of HTML takes it."""
    return f"{abs(effect):.6g}"


@register.filter
def percent(share: float) -> str:
    """12 %, or under 1 %."""
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%" if share >= 0.01 else "under 1\N{NO-BREAK SPACE}%"
