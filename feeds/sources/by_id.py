"""Fetch papers by arXiv id from arXiv's query API.

For submissions and for lists of ids.
"""

import time

from recommender.paper_ids import arxiv_id
from recommender.textfiles import Rejected

from .client.client import Client
from .client.service import SourceFailed, service
from .formats import arxiv_api
from .formats.record import PaperRecord
from .store import AGAIN, collect

NAME = "arxiv_api"
BATCH = 50
_NOT_AN_ID = "not an arXiv id such as 2607.21557 or hep-th/9901001"


def papers_by_id(ids: list[str], deadline_seconds: float) -> dict[str, PaperRecord | Rejected]:
    """Return arXiv's record or a rejection for each id.

    The keys are the ids as in `ids`; a rejection's line is the id's place.

    ids  arXiv ids in any of their forms

    Raises SourceFailed when arXiv has not answered for all of them within the time.
    """
    until = time.monotonic() + deadline_seconds
    canonical: dict[str, str] = {}
    for text in ids:
        paper_id = arxiv_id(text)
        # Over one id with an impossible month, arXiv would refuse the whole request.
        if paper_id and "01" <= paper_id.rpartition("/")[2][2:4] <= "12":
            canonical[text] = paper_id

    papers: dict[str, PaperRecord | str] = {}
    unique = sorted(set(canonical.values()))
    for first in range(0, len(unique), BATCH):
        papers |= _request(unique[first : first + BATCH], until - time.monotonic())

    rows: dict[str, PaperRecord | Rejected] = {}
    for place, text in enumerate(dict.fromkeys(ids), start=1):
        paper = papers[canonical[text]] if text in canonical else _NOT_AN_ID
        rows[text] = Rejected(place, f"{text[:80]}: {paper}") if isinstance(paper, str) else paper
    return rows


def _request(ids: list[str], seconds: float) -> dict[str, PaperRecord | str]:
    """Request ids from arXiv at once.

    Returns, by canonical id, the records, or the reason why there is none.
    """
    if seconds <= 0:
        raise SourceFailed(service(NAME).host, "the time ran out before all ids were requested", AGAIN)
    query = {"id_list": ",".join(ids), "max_results": str(BATCH)}
    with Client(patience_seconds=seconds).get(NAME, params=query) as response:
        assert response.body is not None, "without validators, a response has a body"
        parsed = collect(service(NAME).host, arxiv_api.read(response.body))
    if parsed.broken:
        raise SourceFailed(parsed.host, f"its response is incomplete: {parsed.broken}", AGAIN)
    reasons = [row.reason for row in parsed.rows if isinstance(row, Rejected)]
    reason = reasons[0] if reasons else "arXiv knows no such paper"
    return dict.fromkeys(ids, reason) | {record.public_id: record for record in parsed.records}
