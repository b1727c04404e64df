"""The guide, the API guide and llms.txt, served as pages."""

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

TOKEN = "pb_your_token"  # noqa: S105 - the placeholder in the examples
EXAMPLE = ("2607.21557", "2026-07-21")  # paper id and day for an empty catalogue
FOLDER = Path(__file__).parents[1] / "guide_pages"
PAGES = {  # file names of the guide and their labels in its navigation; `index.md` lists them
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
    """One page of the guide; without a name its table of contents.

    Links to other Markdown files, which also work in a checkout, become links to their pages.
    """
    if name is not None and name not in PAGES:
        raise Http404(f"the guide has no page {name!r}; its pages are {', '.join(PAGES)}")

    def page_link(match: re.Match[str]) -> str:
        file = Path(match["file"]).name
        views = {"index": "guide", "guide": "api-guide"}  # guide.md is the template of the API guide
        path = reverse(views[file]) if file in views else reverse("guide-page", args=[file])
        return f"]({request.build_absolute_uri(path)}{match['anchor'] or ''})"

    text = _LINK.sub(page_link, (FOLDER / f"{name or 'index'}.md").read_text(encoding="utf-8"))
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
    """What the site offers to agents, in the format of llmstxt.org."""
    text = render_to_string("feeds/llms.txt", _site_context(request))
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def api_guide_markdown(request: HttpRequest) -> str:
    """The API guide in Markdown.

    Its examples have the URL of this site and one of its papers.
    """
    context: dict[str, Any] = {
        "token": TOKEN,
        "kinds": [(status, name, title) for status, (name, title) in KINDS.items()],
        "rate_read": settings.RATE_READ,
        "rate_write": settings.RATE_WRITE,
        "votes_per_day": settings.VOTES_PER_DAY,
        "window": WINDOW_SECONDS,
    }
    return render_to_string("feeds/guide.md", _site_context(request) | context)


def as_html(text: str) -> SafeString:
    """Convert our own Markdown to HTML.

    Headings get ids. Tables and code blocks scroll sideways, and can be focused with the keyboard to do so.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(text)
    for token, following in pairwise(tokens):
        if token.type == "heading_open":
            words = "".join(char if char.isalnum() else " " for char in following.content.lower()).split()
            token.attrSet("id", "-".join(words))
        elif token.type == "th_open":
            token.attrSet("scope", "col")

    def render_fence(renderer: object, tokens: Sequence[Token], index: int, *_: Any) -> str:
        language, code = escape(tokens[index].info), escape(tokens[index].content)
        return f'<pre tabindex="0"><code class="language-{language}">{code}</code></pre>\n'

    parser.add_render_rule("fence", render_fence)
    parser.add_render_rule("table_open", lambda *_: '<div class="table-scroll" tabindex="0"><table>\n')
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return mark_safe(parser.renderer.render(tokens, parser.options, {}))  # noqa: S308 - HTML in the text is escaped


def _site_context(request: HttpRequest) -> dict[str, Any]:
    """The template variables of the texts.

    The URLs of this site, and a paper and its day as an example.
    """
    names = {"docs": "api-docs", "schema": "schema", "tokens": "settings-tokens", "guide_url": "api-guide"}
    newest = Paper.objects.offered().order_by("-day", "-pk").values_list("public_id", "day").first()
    paper_id, day = newest or EXAMPLE
    return {name: request.build_absolute_uri(reverse(view)) for name, view in names.items()} | {
        "site": request.build_absolute_uri("/").rstrip("/"),
        "hugging_face": settings.HF_COMPATIBLE,
        "paper": paper_id,
        "day": str(day),
    }
