"""Papers by id: ids in any form, in batches, within a deadline."""

import time

import pytest

from feeds.sources.by_id import papers_by_id
from feeds.sources.client.service import SourceFailed
from feeds.sources.formats.record import PaperRecord
from recommender.textfiles import Rejected
from tests.feeds.outside import Reply, stall

from .answers import query

pytestmark = pytest.mark.django_db
ERROR = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http://arxiv.org/api/errors#incorrect</id>
<title>Error</title><summary>incorrect id format</summary></entry></feed>"""


def test_each_paper_is_returned_under_its_id_as_requested(outside):
    outside.answer("/api/query", query("2607.00001", "hep-th/9901001"))
    papers = papers_by_id(["arXiv:2607.00001v3", "hep-th/9901001"], 5)
    assert {text: record.public_id for text, record in papers.items()} == {
        "arXiv:2607.00001v3": "2607.00001",
        "hep-th/9901001": "hep-th/9901001",
    }
    assert outside.asked[0].params == {"id_list": "2607.00001,hep-th/9901001", "max_results": "50"}


def test_an_id_that_arxiv_does_not_know_is_a_rejection_with_its_place(outside):
    outside.answer("/api/query", query("2607.00001"))
    papers = papers_by_id(["2607.00001", "2607.99999"], 5)
    assert isinstance(papers["2607.00001"], PaperRecord)
    assert papers["2607.99999"] == Rejected(2, "2607.99999: arXiv knows no such paper")


@pytest.mark.parametrize("text", ["hello", "2613.00001", "pb.abcdefghijkl", "", "hep-th/9913001"])
def test_an_impossible_id_is_rejected_without_a_request(outside, text):
    """There is no thirteenth month, and arXiv refuses the whole request over one such id."""
    assert "not an arXiv id such as" in papers_by_id([text], 5)[text].reason
    assert outside.asked == []


def test_arxivs_error_is_the_reason_of_a_rejection(outside):
    outside.answer("/api/query", ERROR)
    assert "incorrect id format" in papers_by_id(["2607.00001"], 5)["2607.00001"].reason


def test_ids_are_requested_fifty_at_a_time_and_each_once(outside):
    def answering(request):
        return Reply(query(*request.params["id_list"].split(",")))

    outside.answer("/api/query", answering)
    ids = [f"2607.{number:05}" for number in range(1, 121)]
    papers = papers_by_id([*ids, "2607.00001v2"], 20)
    assert [request.params["id_list"].count(",") + 1 for request in outside.asked] == [50, 50, 20]
    assert all(isinstance(record, PaperRecord) for record in papers.values())
    assert len(papers) == 121


def test_a_request_fails_at_its_deadline(outside, settings):
    settings.SOURCE_SERVICES = outside.services(answer=30.0, whole=30.0)
    outside.answer("/api/query", stall(3))
    began = time.monotonic()
    with pytest.raises(SourceFailed):
        papers_by_id(["2607.00001"], 0.4)
    assert time.monotonic() - began < 3


def test_a_response_that_breaks_off_is_a_failure(outside):
    outside.answer("/api/query", query("2607.00001", "2607.00002")[:-100])
    with pytest.raises(SourceFailed, match="response is incomplete"):
        papers_by_id(["2607.00001", "2607.00002"], 5)
