"""Entity tags of the feed, and a cache of its recent pages.

Each process has its own cache.
"""

from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from threading import Lock
from typing import Any

from django.db import connection
from rest_framework.request import Request

from accounts.models import User
from feeds.models import Submission
from recommender.serving.first_model import served_or_first
from recommender.serving.model_cache import Unavailable
from recommender.vectors import encoder_identity

from .ranking_query import RankingQuery

MOST = 200  # cached pages, of some 50 kB each
FORM = 2  # version of the JSON; increase it whenever the same state results in other bytes

# The papers of the days and their vectors, the texts that reasons can name, mutes (which never change), public votes,
# and the sources of the papers: in one statement, because each of these queries by itself costs as much as all of them
# together.
STATE = """
    SELECT
        (SELECT count(*) FROM recommender_vote WHERE reader_id = %(reader)s),
        (SELECT max(updated_at) FROM recommender_paper JOIN recommender_vote ON paper_id = recommender_paper.id
         WHERE reader_id = %(reader)s),
        (SELECT max(id) FROM accounts_mute WHERE reader_id = %(reader)s),
        (SELECT count(*) FROM accounts_mute WHERE reader_id = %(reader)s),
        (SELECT count(*) FROM feeds_submission JOIN recommender_paper ON recommender_paper.id = paper_id
         WHERE recommender_paper.day BETWEEN %(first)s AND %(last)s),
        (SELECT count(*) FROM recommender_papervector JOIN recommender_paper ON recommender_paper.id = paper_id
         WHERE day BETWEEN %(first)s AND %(last)s AND encoder = %(encoder)s AND paper_updated_at = updated_at),
        offered.count, offered.last, offered.changed, seeds.count, seeds.changed,
        votes.up, votes.count, votes.last, votes.newest, tellings.count, tellings.last
    FROM
        (SELECT count(*) AS count, max(id) AS last, max(updated_at) AS changed
         FROM recommender_paper WHERE day BETWEEN %(first)s AND %(last)s AND NOT withdrawn) AS offered,
        (SELECT count(*) AS count, max(updated_at) AS changed FROM recommender_paper WHERE public_id IN
            (SELECT text FROM accounts_interest WHERE reader_id = %(reader)s AND kind = 'paper')) AS seeds,
        (SELECT sum(value) AS up, count(*) AS count, max(recommender_vote.id) AS last, max(voted_at) AS newest
         FROM recommender_vote JOIN recommender_paper ON recommender_paper.id = paper_id
         WHERE day BETWEEN %(first)s AND %(last)s) AS votes,
        (SELECT count(*) AS count, max(feeds_telling.id) AS last
         FROM feeds_telling JOIN recommender_paper ON recommender_paper.id = paper_id
         WHERE day BETWEEN %(first)s AND %(last)s) AS tellings
"""


_pages: OrderedDict[str, dict[str, Any]] = OrderedDict()
_lock = Lock()


def cached_page(etag: str, make: Callable[[], dict[str, Any]], etag_now: Callable[[], str | None]) -> dict[str, Any]:
    """Return the page with this entity tag, cached or newly made.

    Callers must not change it. A new page is cached only if the tag is still the same afterwards. What changed in
    between could change back, and the cache would return the page for a state that it was not made from.
    """
    with _lock:
        if etag in _pages:
            _pages.move_to_end(etag)
            return _pages[etag]
    page = make()
    if etag_now() == etag:
        with _lock:
            _pages[etag] = page
            while len(_pages) > MOST:
                _pages.popitem(last=False)
    return page


def etag_of(request: Request, reader: User, query: RankingQuery) -> str | None:
    """The entity tag for the state of a first page.

    Returns None if computing it costs as much as making the page. It is None for a reader without votes, whose ranking
    may change with any new paper by an author they named, and for queries that depend on what the reader has seen or on
    stored rankings.
    """
    if query.as_of is not None or query.filter.exclude_seen:
        return None
    first, last = query.span.first, query.span.last
    with connection.cursor() as cursor:
        encoder = encoder_identity()
        cursor.execute(STATE, {"reader": reader.pk, "first": str(first), "last": str(last), "encoder": encoder})
        votes, changed, last_mute, mutes, submissions, *counts = cursor.fetchone()
    if not votes:
        return None
    served = served_or_first(reader)
    model = served.reason if isinstance(served, Unavailable) else served.state
    submitters: list[Any] = []
    if submissions:  # members may change their names
        submitted = Submission.objects.filter(paper__day__range=(first, last)).order_by("pk")
        submitters = list(submitted.values_list("pk", "state", "submitter__name"))
    settings = [reader.exploration, reader.freshness, reader.is_paused, reader.own_names, reader.hides_own_papers]
    state = [FORM, request.build_absolute_uri(), query.span, reader.pk, reader.taste_version, *settings]
    state += [votes, changed, last_mute, mutes, *counts, encoder, model, submitters]
    return blake2b(repr(state).encode(), digest_size=16).hexdigest()
