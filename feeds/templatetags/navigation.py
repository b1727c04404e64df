"""Template tags that mark the current link.

It is the link to the page, or to the choice, that is shown.
"""

from django import template
from django.template import Context
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
CURRENT = mark_safe(' aria-current="page"')
NOT_CURRENT = mark_safe("")


@register.simple_tag(takes_context=True)
def current(context: Context, *names: str) -> SafeString:
    """An attribute for a link to the page that is shown.

    `names` are those of its URL and of pages under it.
    """
    match = getattr(context.get("request"), "resolver_match", None)  # an error page may have no request
    return CURRENT if match and match.url_name in names else NOT_CURRENT


@register.simple_tag
def chosen(value: object, choice: object) -> SafeString:
    """An attribute for a link to the current choice.

    It is set if the value that is shown is this one.
    """
    return CURRENT if value == choice else NOT_CURRENT
