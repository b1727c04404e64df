"""The entity tag of a feed: everything that its bytes are made from, looked up without ranking anything."""

from hashlib import blake2b
from typing import Any

from django.db import connection
from rest_framework.request import Request

from accounts.models import User
from feeds.models import Submission
from recommender import serving
from recommender.mutes import muted_by
from recommender.serving import Unavailable
from recommender.spans import Offer, look_at

from .asking import Wish

FORM = 1  # of the JSON; counted up whenever the same state gives other bytes

# What is no column of the papers shown: the texts that reasons can name, public votes, who tells of a paper. One
# statement, since every one of these as a query of its own costs as much as all of them.
STATE = """
    SELECT
        (SELECT count(*) FROM recommender_vote WHERE reader_id = %(reader)s),
        (SELECT max(updated_at) FROM recommender_paper JOIN recommender_vote ON paper_id = recommender_paper.id
         WHERE reader_id = %(reader)s),
        seeds.count, seeds.changed, given.up, given.count, given.last, given.newest, told.count, told.last
    FROM
        (SELECT count(*) AS count, max(updated_at) AS changed FROM recommender_paper WHERE public_id IN
            (SELECT text FROM accounts_interest WHERE reader_id = %(reader)s AND kind = 'paper')) AS seeds,
        (SELECT sum(value) AS up, count(*) AS count, max(recommender_vote.id) AS last, max(voted_at) AS newest
         FROM recommender_vote JOIN recommender_paper ON recommender_paper.id = paper_id
         WHERE day BETWEEN %(first)s AND %(last)s) AS given,
        (SELECT count(*) AS count, max(feeds_telling.id) AS last
         FROM feeds_telling JOIN recommender_paper ON recommender_paper.id = paper_id
         WHERE day BETWEEN %(first)s AND %(last)s) AS told
"""


def tag_of(request: Request, reader: User, wish: Wish) -> str | None:
    """Names the state of a first page; None where that is not cheaper than making the page.

    Without votes, papers that arrive anywhere can be by an author whom the reader named. What a reader has seen, and
    what was stored of the past, is looked up as the page is made.
    """
    if wish.as_of is not None or wish.kept.exclude_seen:
        return None
    papers = look_at(wish.span, by_time=wish.sort == "recent")
    votes, *state = _state(reader, papers)
    if not votes:
        return None
    asked = [FORM, request.build_absolute_uri(), papers.span, papers.state]
    who = [votes, *state, *_wishes(reader), muted_by(reader).state, _model(), _listed(papers)]
    return blake2b(repr([*asked, *who]).encode(), digest_size=16).hexdigest()


def _state(reader: User, papers: Offer) -> list[Any]:
    days = {"first": str(papers.span.first), "last": str(papers.span.last)}
    with connection.cursor() as cursor:
        cursor.execute(STATE, {"reader": reader.pk, **days})
        return list(cursor.fetchone())


def _wishes(reader: User) -> list[Any]:
    settings = [reader.exploration, reader.freshness, reader.is_paused, reader.own_names, reader.hides_own_papers]
    return [reader.pk, reader.taste_version, *settings]


def _model() -> str:
    served = serving.current()
    return served.reason if isinstance(served, Unavailable) else served.row.version


def _listed(papers: Offer) -> list[Any]:
    """The members who put papers on the list, by the names that they have now."""
    listed = Submission.objects.filter(paper__day__range=(papers.span.first, papers.span.last)).order_by("pk")
    return list(listed.values_list("pk", "state", "submitter__name"))
