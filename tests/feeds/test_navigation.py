"""Links to the page that is shown are marked."""

from types import SimpleNamespace

import pytest
from django.template import Context, Template


def rendered(source: str, url_name: str | None) -> str:
    match = SimpleNamespace(url_name=url_name) if url_name else None
    request = SimpleNamespace(resolver_match=match)
    return Template("{% load navigation %}" + source).render(Context({"request": request}))


@pytest.mark.parametrize(
    ("url_name", "attribute"), [("taste", ' aria-current="page"'), ("my-votes", ' aria-current="page"'), ("today", "")]
)
def test_a_link_is_current_on_its_page_and_the_pages_under_it(url_name: str, attribute: str) -> None:
    assert rendered("<a{% current 'taste' 'my-votes' %}>", url_name) == f"<a{attribute}>"


def test_on_an_unknown_address_no_link_is_current() -> None:
    assert rendered("<a{% current 'taste' %}>", None) == "<a>"


def test_on_an_error_page_without_a_request_no_link_is_current() -> None:
    assert Template("{% load navigation %}<a{% current 'taste' %}>").render(Context()) == "<a>"


def test_the_chosen_value_is_marked() -> None:
    assert rendered("<a{% chosen 'up' 'up' %}><a{% chosen 'up' 'down' %}>", "today") == '<a aria-current="page"><a>'
