"""The guide of the site and the guide to its API, written in Markdown and served as pages; and llms.txt for agents."""

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from feeds.http.counters import WINDOW_SECONDS
from feeds.http.negotiation import also_markdown, render_page
from feeds.http.problems import KINDS
from recommender.models import Paper

TOKEN = "pb_your_token"  # noqa: S105 - what stands where a token goes
EXAMPLE = ("2607.21557", "2026-07-21")  # where the catalogue is empty
FOLDER = Path(__file__).parents[1] / "guide_pages"
PAGES = {  # the pages of the guide and their labels in its navigation; `index.md` lists them
    "reading": "Reading",
    "ranking": "Ranking",
    "papers": "Papers",
    "configuration": "Configuration",
    "operating": "Operating",
    "measuring": "Measuring",
    "api": "API",
}
_LINK = re.compile(r"\]\((?P<file>[\w./]+)\.md(?P<anchor>#[\w-]+)?\)")


@require_safe
@also_markdown
def guide_page(request: HttpRequest, name: str | None = None) -> HttpResponse:
    """One page of the guide, or without a name its table of contents."""
    if name is not None and name not in PAGES:
        raise Http404(f"The guide has no page {name!r}; its pages are {', '.join(PAGES)}.")
    source = (FOLDER / f"{name or 'index'}.md").read_text(encoding="utf-8")
    text = _LINK.sub(lambda link: f"]({_address(request, link['file'])}{link['anchor'] or ''})", source)
    context = {"guide": as_html(text), "name": name, "title": PAGES.get(name or "", "Guide"), "pages": PAGES}
    return render_page(request, "feeds/guide_page.html", context, lambda *_: text)


@require_safe
@also_markdown
def api_guide(request: HttpRequest) -> HttpResponse:
    """The quick start, the conventions and the changelog of the API."""
    text = api_guide_markdown(request)
    return render_page(request, "feeds/guide.html", {"guide": as_html(text)}, lambda *_: text)


@require_safe
def llms_txt(request: HttpRequest) -> HttpResponse:
    """What there is for agents, in the form of llmstxt.org."""
    text = render_to_string("feeds/llms.txt", _here(request))
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def api_guide_markdown(request: HttpRequest) -> str:
    """The guide in Markdown, its examples with the address of this site and a paper that it has."""
    more: dict[str, Any] = {
        "token": TOKEN,
        "kinds": [(status, name, title) for status, (name, title) in KINDS.items()],
        "rate_read": settings.RATE_READ,
        "rate_write": settings.RATE_WRITE,
        "votes_per_day": settings.VOTES_PER_DAY,
        "window": WINDOW_SECONDS,
    }
    return render_to_string("feeds/guide.md", _here(request) | more)


def as_html(text: str) -> SafeString:
    """Markdown of our own as HTML; headings have ids, wide things scroll and take the keyboard's focus."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    _name_headings(tokens)
    for token in tokens:
        if token.type == "th_open":
            token.attrSet("scope", "col")
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("table_open", lambda *_: '<div class="table-scroll" tabindex="0"><table>\n')
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return mark_safe(parser.renderer.render(tokens, parser.options, {}))  # noqa: S308 - HTML within it is escaped


def _address(request: HttpRequest, file: str) -> str:
    """The address on this site of a Markdown file that a guide page links to; such links also work in the checkout."""
    name = Path(file).name
    views = {"index": "guide", "guide": "api-guide"}  # guide.md is the template of the API guide
    path = reverse(views[name]) if name in views else reverse("guide-page", args=[name])
    return request.build_absolute_uri(path)


def _here(request: HttpRequest) -> dict[str, Any]:
    """The addresses of this site that a text names, and what it can show as an example."""
    names = {"docs": "api-docs", "schema": "schema", "tokens": "settings-tokens", "guide_url": "api-guide"}
    found: dict[str, Any] = {name: request.build_absolute_uri(reverse(view)) for name, view in names.items()}
    found |= {"site": request.build_absolute_uri("/").rstrip("/"), "hugging_face": settings.HF_COMPATIBLE}
    return found | _example()


def _example() -> dict[str, str]:
    """A paper that the site has, and its day; where it has none, what they look like."""
    newest = Paper.objects.offered().order_by("-day", "-pk").values_list("public_id", "day").first()
    public_id, day = newest or EXAMPLE
    return {"paper": public_id, "day": str(day)}


def _name_headings(tokens: Sequence[Token]) -> None:
    for opening, words in pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", "-".join("".join(c if c.isalnum() else " " for c in words.content.lower()).split()))


def _fence(renderer: object, tokens: Sequence[Token], place: int, *_: Any) -> str:
    token = tokens[place]
    return f'<pre tabindex="0"><code class="language-{escape(token.info)}">{escape(token.content)}</code></pre>\n'
