"""Read the records of new versions that arXiv's feed announced.

The feed has no comments, and most withdrawals are stated in the comment alone. OAI-PMH has comments, but is read only
where the feed lacks something, so arXiv's query API is asked for the other papers.
"""

import logging
from dataclasses import replace
from datetime import timedelta

from django.db import transaction

from feeds.models import Telling
from recommender.models import PaperSource
from recommender.textfiles import Rejected

from .by_id import BATCH, papers_by_id
from .client.service import SourceFailed
from .formats.record import Event
from .ingest import Summary, store_records
from .merge import newest_version
from .source import Run

log = logging.getLogger(__name__)

WITHIN = timedelta(days=7)  # of the announcement; later the record is no longer asked for
MOST = 1000  # records in one run; on a busy day about 500 papers of the five usual categories are replaced
SECONDS = 60.0  # for arXiv's response to one request
_WITH_COMMENTS = (PaperSource.ARXIV_OAI, PaperSource.ARXIV_API)


def read_replacements(run: Run) -> None:
    """Fetch and store the records of papers whose newest version only the feed has announced.

    A record that arXiv does not give now is asked for again in the next run.
    """
    paper_ids = _announced_only(run)[:MOST]
    for first in range(0, len(paper_ids), BATCH):
        try:
            rows = papers_by_id(paper_ids[first : first + BATCH], SECONDS)
        except SourceFailed as failure:
            log.warning("the comments of %d replaced papers could not be read: %s", len(paper_ids) - first, failure)
            return
        # As a replacement, the record leaves the paper's day as the feed announced it.
        records = [replace(row, event=Event.REPLACE) for row in rows.values() if not isinstance(row, Rejected)]
        with transaction.atomic():
            store_records([*records], run.now.date(), Summary())
        run.renew()


def _announced_only(run: Run) -> list[str]:
    """Ids of papers with a second or later version that no source with comments has, the newest announcement first."""
    announced = Telling.objects.filter(source=PaperSource.ARXIV_FEED, changed_at__gte=run.now - WITHIN)
    rows = announced.order_by("-changed_at", "paper").values_list("paper", "paper__public_id", "fields__versions")
    versions = {paper: (public_id, newest_version({"versions": named or ()})) for paper, public_id, named in rows}
    replaced = {paper: row for paper, row in versions.items() if row[1] > 1}
    with_comments = Telling.objects.filter(paper__in=replaced, source__in=_WITH_COMMENTS).order_by()
    for paper, named in with_comments.values_list("paper", "fields__versions"):
        if paper in replaced and newest_version({"versions": named or ()}) >= replaced[paper][1]:
            del replaced[paper]
    return [public_id for public_id, _ in replaced.values()]
