"""Lists of papers as Markdown.

The papers of a day or a span of days, trending papers, search results.
"""

from collections.abc import Mapping
from typing import Any

from django.contrib.humanize.templatetags.humanize import naturaltime
from django.core.paginator import Page
from django.http import HttpRequest
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils.dateformat import format as in_words
from django.utils.http import urlencode

from feeds import wording
from feeds.entries import Entry
from feeds.latex.html import plain
from feeds.markdown import about_chance, about_place, card, escaped, joined, link, reasons, start_of_abstract
from feeds.trending import TrendingEntry
from recommender.models import Ranking

from .day_navigation import Link, ListPage

Context = Mapping[str, Any]
NO_PAPERS = "# No papers yet\n\nThe catalogue is empty.\n"


def day(request: HttpRequest, context: Context) -> str:
    """The papers of a day, a week, a month or since a visit."""
    if "sheet" not in context:
        return NO_PAPERS
    sheet, ranking = context["sheet"], context["ranking"]
    parts = [f"# {escaped(sheet.heading)}", *_notices(context), _navigation(request, context)]
    if ranking is None:
        return joined([*parts, "No papers have been announced since then."])
    parts += [_order(context), _counts(request, context), _cut(context)]
    parts += [_day_card(entry, request, context) for entry in context["entries"]] or ["No papers."]
    return joined([*parts, _pages(request, context["page"], ranking=ranking.public_id), _guide(request)])


def trending(request: HttpRequest, context: Context) -> str:
    """The trending papers of a window."""
    windows = [Link(f"Last {name}", f"{request.path}?window={name}") for name in context["windows"]]
    lead = f"**Most voted for in the last {context['hours']}**, whatever the age of the paper."
    cards = [_trend_card(one, request) for one in context["found"]]
    none = f"No paper got votes from {context['fewest']} eligible readers in the last {context['hours']}."
    parts = ["# Trending", _linked(request, windows), lead, *(cards or [none])]
    return joined([*parts, _guide(request)])


def search(request: HttpRequest, context: Context) -> str:
    """The results of a search in their order, with its errors and notices."""
    parts = ["# Search", _wrong_fields(context)]
    if "found" not in context:
        return joined([*parts, "Search with `?q=`; the HTML page has search tips.", _guide(request)])
    page = context["page"]
    parts += [f"Searched for: {escaped(request.GET.get('q', ''))}", _how_many(context)]
    parts += [escaped(notice) for notice in context["found"].notices]
    parts += [_hit_card(hit, request) for hit in context["hits"]] or ["No papers match."]
    return joined([*parts, _pages(request, page), _guide(request)])


def _notices(context: Context) -> list[str]:
    """Late sources, another day than the requested one, sample data."""
    sheet, requested = context["sheet"], context.get("wanted")
    notices = [escaped(source.message) for source in context.get("late_sources", ())]
    if requested and requested != sheet.span.last:
        yet = " yet" if context.get("is_today") else ""
        last = in_words(sheet.span.last, "j F")
        notices.append(
            f"There are no papers for {in_words(requested, 'l j F Y')}{yet}. "
            f"Showing {last}, the last day with papers before it."
        )
    return notices + (["Demo: sample papers, simulated votes."] if context.get("has_demo") else [])


def _navigation(request: HttpRequest, context: Context) -> str:
    """Links to other lists.

    The lists before and after this one, and the same days at another scale and in another order.
    """
    sheet: ListPage = context["sheet"]
    turns = [("Previous", sheet.back), ("Next", sheet.on)]
    near = [Link(f"{word}: {to.words}", f"{to.url}{context['carried']}") for word, to in turns if to]
    scales = [Link(scale.words, f"{scale.url}{context['carried']}") for scale in context["scales"]]
    sorts = {"mine": "For you"} if request.user.is_authenticated else {}
    sorts |= {"popular": "Popular", "recent": "Recent"} | ({} if sheet.span.is_day else {"daily": "Best of each day"})
    orders = [Link(words, _address(request, sort=sort, page=None, ranking=None)) for sort, words in sorts.items()]
    return _linked(request, [*near, *scales, *orders])


def _order(context: Context) -> str:
    """How the order was made."""
    ranking = context["ranking"]
    stressed, rest = wording.order(ranking)
    return f"**{stressed}**{rest} {escaped(ranking.mode_reason)}".strip()


def _counts(request: HttpRequest, context: Context) -> str:
    ranking, count = context["ranking"], context["page"].paginator.count
    hidden, left_out = ranking.taste.get("hidden"), context["left_out"]
    counts = [
        f"{count:,} paper{pluralize(count)}",
        f"{hidden:,} hidden by your mutes" if hidden else "",
        f"{left_out:,} hidden by your filter" if left_out else "",
        *(_basis(request, ranking) if context["is_personal"] else ()),
    ]
    return ", ".join(part for part in counts if part)


def _basis(request: HttpRequest, ranking: Ranking) -> list[str]:
    votes, interests = len(ranking.taste["votes"]), len(ranking.taste["interests"])
    basis = [f"your {votes} vote{pluralize(votes)} and {interests} interest{pluralize(interests)}"]
    if ranking.model:
        models = link("model", request.build_absolute_uri(reverse("models")))
        basis.append(f"{models} trained {naturaltime(ranking.model.trained_at)}")
    return basis


def _cut(context: Context) -> str:
    """How many papers were announced, if there are more than a ranking holds."""
    whole, most = context["whole"], context["most"]
    if whole is None or whole <= most or "per_day" in context["ranking"].taste:
        return ""
    return f"All {whole:,} papers announced were ranked; the first {most:,} are listed."


def _day_card(entry: Entry, request: HttpRequest, context: Context) -> str:
    if context["wishes"].show == "titles":
        return card(entry, request)
    why = reasons(entry.why, request, is_personal=context["is_personal"])
    both = "\n\n".join(part for part in (about_chance(entry, request), about_place(entry), why) if part)
    return card(entry, request, abstract=start_of_abstract(entry.paper, request), why=both)


def _trend_card(one: TrendingEntry, request: HttpRequest) -> str:
    why = f"**Why here:** {wording.trend(one.trend)}"
    return card(one.entry, request, abstract=start_of_abstract(one.entry.paper, request), why=why)


def _hit_card(hit: Any, request: HttpRequest) -> str:
    """A search result, with the matching part of its abstract.

    The matches are not marked.
    """
    snippet = escaped(plain("".join(piece.text for piece in hit.snippet)))
    return card(hit.entry, request, place=hit.place, abstract=snippet)


def _how_many(context: Context) -> str:
    count, reach = context["page"].paginator.count, context["reach"]
    if context["found"].more:
        return f"More than {reach:,} papers match; the first {reach:,} are listed."
    return f"{count:,} paper{pluralize(count)} found, by {context['found'].sort}."


def _wrong_fields(context: Context) -> str:
    errors = context["form"].errors.items()
    return "\n".join(f"- {name}: {escaped(' '.join(messages))}" for name, messages in errors)


def _pages(request: HttpRequest, page: Page[Any], **pinned: str) -> str:
    if page.paginator.num_pages == 1:
        return ""
    turns = (
        [Link("Previous", _address(request, page=page.previous_page_number(), **pinned))] if page.has_previous() else []
    )
    turns += [Link("Next", _address(request, page=page.next_page_number(), **pinned))] if page.has_next() else []
    return f"Places {page.start_index()} to {page.end_index()} of {page.paginator.count:,}. {_linked(request, turns)}"


def _address(request: HttpRequest, **changes: Any) -> str:
    """This address with some of its parameters changed, or removed if None."""
    parameters = {name: value for name, value in (request.GET.dict() | changes).items() if value is not None}
    return f"{request.path}?{urlencode(parameters)}" if parameters else request.path


def _linked(request: HttpRequest, links: list[Link]) -> str:
    return " · ".join(link(escaped(one.words), request.build_absolute_uri(one.url)) for one in links)


def _guide(request: HttpRequest) -> str:
    return f"---\n\n{link('API guide', request.build_absolute_uri(reverse('api-guide')))}"
