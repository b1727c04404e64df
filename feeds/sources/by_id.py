"""Papers by their arXiv ids, from arXiv's query API: for submissions and lists of ids."""

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


def papers_by_id(ids: list[str], deadline_seconds: float) -> dict[str, PaperRecord | Rejected]:
    """What arXiv says of each id, under the id as it was given; a rejection, with the id's place, says why not.

    ids  arXiv ids in any of their forms

    Raises SourceFailed when arXiv has not answered for all of them within the time.
    """
    until = time.monotonic() + deadline_seconds
    wanted = {given: _plausible(given) for given in ids}
    asked = sorted({found for found in wanted.values() if found})
    told: dict[str, PaperRecord | str] = {}
    for first in range(0, len(asked), BATCH):
        told |= _ask(asked[first : first + BATCH], until - time.monotonic())
    return {
        given: _outcome(given, place, told.get(found or "")) for place, (given, found) in enumerate(wanted.items(), 1)
    }


def _plausible(given: str) -> str | None:
    """The canonical id; None for what cannot be one, over which arXiv would refuse the whole question."""
    found = arxiv_id(given)
    month = (found or "").rpartition("/")[2][2:4]
    return found if "01" <= month <= "12" else None


def _ask(ids: list[str], seconds: float) -> dict[str, PaperRecord | str]:
    """Records, or why there is none, by canonical id."""
    if seconds <= 0:
        raise SourceFailed(service(NAME).host, "the time was over before all was asked", AGAIN)
    question = {"id_list": ",".join(ids), "max_results": str(BATCH)}
    with Client(patience_seconds=seconds).get(NAME, params=question) as response:
        assert response.body is not None, "nothing was asked that could be unchanged"
        found = collect(service(NAME).host, arxiv_api.read(response.body))
    if found.broken:
        raise SourceFailed(found.host, f"its answer broke off: {found.broken}", AGAIN)
    reasons = [row.reason for row in found.rows if isinstance(row, Rejected)]
    reason = reasons[0] if reasons else "arXiv knows no such paper"
    return dict.fromkeys(ids, reason) | {record.public_id: record for record in found.records}


def _outcome(given: str, place: int, told: PaperRecord | str | None) -> PaperRecord | Rejected:
    if isinstance(told, PaperRecord):
        return told
    return Rejected(place, f"{given[:80]}: {told or 'no arXiv id such as 2607.21557 or hep-th/9901001'}")
