"""Entity tags of rankings, and the pages made last in this process."""

from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from threading import Lock
from typing import Any

from django.db import connection
from rest_framework.request import Request

from accounts.models import User
from feeds.models import Submission
from recommender.serving.arms import served_to
from recommender.serving.model_cache import Unavailable
from recommender.spans import Span

from .ranking_query import RankingQuery

MOST = 200  # pages, of some 50 kB each

_pages: OrderedDict[str, dict[str, Any]] = OrderedDict()
_lock = Lock()


def cached_page(tag: str, make: Callable[[], dict[str, Any]], tag_now: Callable[[], str | None]) -> dict[str, Any]:
    """The page that this tag names, made if it is not known; nobody may change it.

    A page is kept only if its tag is the same after it was made: what changed meanwhile could change back, and the
    page would be found under a tag that it does not deserve.
    """
    with _lock:
        if tag in _pages:
            _pages.move_to_end(tag)
            return _pages[tag]
    page = make()
    if tag_now() == tag:
        with _lock:
            _pages[tag] = page
            while len(_pages) > MOST:
                _pages.popitem(last=False)
    return page


FORM = 2  # of the JSON; counted up whenever the same state gives other bytes

# The papers of the days, the texts that reasons can name, mutes (none is ever changed), public votes, who tells of a
# paper. One statement, since every one of these as a query of its own costs as much as all of them.
STATE = """
    SELECT
        (SELECT count(*) FROM recommender_vote WHERE reader_id = %(reader)s),
        (SELECT max(updated_at) FROM recommender_paper JOIN recommender_vote ON paper_id = recommender_paper.id
         WHERE reader_id = %(reader)s),
        (SELECT max(id) FROM accounts_mute WHERE reader_id = %(reader)s),
        (SELECT count(*) FROM accounts_mute WHERE reader_id = %(reader)s),
        (SELECT count(*) FROM feeds_submission JOIN recommender_paper ON recommender_paper.id = paper_id
         WHERE recommender_paper.day BETWEEN %(first)s AND %(last)s) AS listed,
        offered.count, offered.last, offered.changed, seeds.count, seeds.changed,
        given.up, given.count, given.last, given.newest, told.count, told.last
    FROM
        (SELECT count(*) AS count, max(id) AS last, max(updated_at) AS changed
         FROM recommender_paper WHERE day BETWEEN %(first)s AND %(last)s AND NOT withdrawn) AS offered,
        (SELECT count(*) AS count, max(updated_at) AS changed FROM recommender_paper WHERE public_id IN
            (SELECT text FROM accounts_interest WHERE reader_id = %(reader)s AND kind = 'paper')) AS seeds,
        (SELECT sum(value) AS up, count(*) AS count, max(recommender_vote.id) AS last, max(voted_at) AS newest
         FROM recommender_vote JOIN recommender_paper ON recommender_paper.id = paper_id
         WHERE day BETWEEN %(first)s AND %(last)s) AS given,
        (SELECT count(*) AS count, max(feeds_telling.id) AS last
         FROM feeds_telling JOIN recommender_paper ON recommender_paper.id = paper_id
         WHERE day BETWEEN %(first)s AND %(last)s) AS told
"""


def etag_of(request: Request, reader: User, wish: RankingQuery) -> str | None:
    """Names the state of a first page; None where that is not cheaper than making the page.

    Without votes, papers that arrive anywhere can be by an author whom the reader named. What a reader has seen, and
    what was stored of the past, is looked up as the page is made.
    """
    if wish.as_of is not None or wish.kept.exclude_seen:
        return None
    votes, changed, mute, mutes, listed, *state = _state(reader, wish.span)
    if not votes:
        return None
    asked = [FORM, request.build_absolute_uri(), wish.span, changed, mute, mutes]
    who = [votes, *state, *_wishes(reader), _model(reader), _listed(wish.span) if listed else []]
    return blake2b(repr([*asked, *who]).encode(), digest_size=16).hexdigest()


def _state(reader: User, span: Span) -> list[Any]:
    days = {"first": str(span.first), "last": str(span.last)}
    with connection.cursor() as cursor:
        cursor.execute(STATE, {"reader": reader.pk, **days})
        return list(cursor.fetchone())


def _wishes(reader: User) -> list[Any]:
    settings = [reader.exploration, reader.freshness, reader.is_paused, reader.own_names, reader.hides_own_papers]
    return [reader.pk, reader.taste_version, *settings]


def _model(reader: User) -> str:
    served = served_to(reader)
    return served.reason if isinstance(served, Unavailable) else served.state


def _listed(span: Span) -> list[Any]:
    """The members who put papers on the list, by the names that they have now."""
    listed = Submission.objects.filter(paper__day__range=(span.first, span.last)).order_by("pk")
    return list(listed.values_list("pk", "state", "submitter__name"))
