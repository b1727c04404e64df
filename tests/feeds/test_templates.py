"""Templates are readable, and their layout leaves no trace in the text of a page."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.apps import apps
from django.conf import settings

from recommender import collections, votes

from .planting import plant, train

MOST_COLUMNS = 120
FOLDERS = [Path(apps.get_app_config("feeds").path) / "templates", settings.BASE_DIR / "recommender/config/templates"]
ONE_LINE_AN_ENTRY = {"llms.txt"}  # a list whose format has no continuation lines
TEMPLATES = [
    path
    for folder in FOLDERS
    for path in sorted(folder.rglob("*"))
    if path.suffix in (".html", ".txt") and path.name not in ONE_LINE_AN_ENTRY
]
PAGES = [
    "/", "/?show=titles", "/week/2026-W30/", "/month/2026-07/", "/trending/", "/search/?q=knot", "/models/", "/status/",
    "/models/evidence/", "/taste/", "/taste/?mute=word:knot", "/taste/votes/", "/taste/what-if/", "/taste/forget/",
    "/saved/", "/saved/saved/more/", "/saved/saved/share/", "/welcome/", "/welcome/papers/", "/welcome/library/",
    "/submit/", "/settings/", "/settings/delete/", "/settings/interests/", "/settings/tokens/", "/settings/digest/",
    "/settings/feeds/", "/settings/webhooks/", "/digest/subscribe/", "/nothing/",
]  # fmt: skip


def too_long(text: str) -> list[int]:
    return [number for number, line in enumerate(text.splitlines(), start=1) if len(line) > MOST_COLUMNS]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: "/".join(path.parts[-3:]))
def test_no_line_of_a_template_is_longer_than_120_characters(path):
    assert too_long(path.read_text()) == []


def test_a_long_line_is_found_by_its_number():
    assert too_long(f"short\n{'x' * 121}\n{'x' * 120}") == [2]


def test_every_folder_of_templates_is_looked_at():
    assert {"day.html", "mail.html", "confirm.txt", "base.html"} <= {path.name for path in TEMPLATES}


def stray_spaces(html: str) -> list[str]:
    """Places of a page's text that have a space before a punctuation mark or after an opening bracket."""
    soup = BeautifulSoup(html, "html.parser")
    for element in soup.select("pre, code, svg, .search-help dt"):
        element.replace_with("…")  # what is quoted has rules of its own
    text = " ".join(soup.get_text().split())
    return [match[0] for match in re.finditer(r".{0,30}(?: [.,;:?!)](?=\s|$)|[(“] ).{0,15}", text)]


def test_a_space_before_a_full_stop_is_found():
    assert stray_spaces("<p>See <a>the guide</a>\n.</p>") == ["See the guide ."]


def test_line_breaks_of_a_template_separate_no_word_from_its_punctuation(ada, client_of):
    papers = plant()[0]
    for liked, disliked in zip(papers[:3], papers[3:6], strict=True):
        votes.cast(ada, liked, 1)
        votes.cast(ada, disliked, -1)
    collections.save(collections.reading_list(ada), papers[8:10])
    train()
    client = client_of(ada)
    pages = {address: client.get(address).text for address in [*PAGES, papers[0].get_absolute_url()]}
    assert {address: stray_spaces(html) for address, html in pages.items() if stray_spaces(html)} == {}
