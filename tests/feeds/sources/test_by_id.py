"""Papers by id: whatever form the ids have, in batches, within a deadline."""

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


def test_each_id_gets_its_paper_under_the_form_in_which_it_was_given(outside):
    outside.answer("/api/query", query("2607.00001", "hep-th/9901001"))
    found = papers_by_id(["arXiv:2607.00001v3", "hep-th/9901001"], 5)
    assert {given: record.public_id for given, record in found.items()} == {
        "arXiv:2607.00001v3": "2607.00001",
        "hep-th/9901001": "hep-th/9901001",
    }
    assert outside.asked[0].params == {"id_list": "2607.00001,hep-th/9901001", "max_results": "50"}


def test_what_arxiv_does_not_know_is_a_rejection_with_the_place_of_the_id(outside):
    outside.answer("/api/query", query("2607.00001"))
    found = papers_by_id(["2607.00001", "2607.99999"], 5)
    assert isinstance(found["2607.00001"], PaperRecord)
    assert found["2607.99999"] == Rejected(2, "2607.99999: arXiv knows no such paper")


@pytest.mark.parametrize("text", ["hello", "2613.00001", "pb.abcdefghijkl", "", "hep-th/9913001"])
def test_what_can_be_no_id_is_refused_without_asking(outside, text):
    """There is no thirteenth month, and over one such id arXiv refuses the whole question."""
    assert "not an arXiv id such as" in papers_by_id([text], 5)[text].reason
    assert outside.asked == []


def test_arxivs_own_error_is_the_reason(outside):
    outside.answer("/api/query", ERROR)
    assert "incorrect id format" in papers_by_id(["2607.00001"], 5)["2607.00001"].reason


def test_many_ids_are_asked_for_fifty_at_a_time_and_each_once(outside):
    def answering(asked):
        return Reply(query(*asked.params["id_list"].split(",")))

    outside.answer("/api/query", answering)
    ids = [f"2607.{number:05}" for number in range(1, 121)]
    found = papers_by_id([*ids, "2607.00001v2"], 20)
    assert [asked.params["id_list"].count(",") + 1 for asked in outside.asked] == [50, 50, 20]
    assert all(isinstance(record, PaperRecord) for record in found.values())
    assert len(found) == 121


def test_arxiv_that_does_not_answer_in_time_is_a_failure_in_time(outside, settings):
    settings.SOURCE_SERVICES = outside.services(answer=30.0, whole=30.0)
    outside.answer("/api/query", stall(3))
    began = time.monotonic()
    with pytest.raises(SourceFailed):
        papers_by_id(["2607.00001"], 0.4)
    assert time.monotonic() - began < 3


def test_an_answer_that_breaks_off_is_a_failure(outside):
    outside.answer("/api/query", query("2607.00001", "2607.00002")[:-100])
    with pytest.raises(SourceFailed, match="broke off"):
        papers_by_id(["2607.00001", "2607.00002"], 5)
