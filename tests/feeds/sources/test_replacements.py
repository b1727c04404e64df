"""Comments of replaced papers: the feed leaves them out, and a withdrawal may be stated there alone."""

import pytest

from recommender.models import Paper
from tests.feeds.outside import Reply

from .answers import feed, query, together
from .days import BEFORE, MONDAY, NEW, NOTHING, TUESDAY, run

COMMENT = b"<arxiv:comment>This paper has been withdrawn by the authors</arxiv:comment>"


def replaced(*ids, version=2):
    """Tuesday's feed: two new papers, and new versions of earlier ones."""
    again = feed(TUESDAY, *ids, event="replace").replace(b"v1", b"v%d" % version)
    return together(feed(TUESDAY, *NEW), again)


def records(*ids, version=2):
    """The query API's response: the papers' newest version, withdrawn."""
    entries = query(*ids).replace(b"v1</id>", b"v%d</id>" % version).replace(b"</summary>", b"</summary>" + COMMENT)
    return entries.replace(b"<feed ", b'<feed xmlns:arxiv="http://arxiv.org/schemas/atom" ')


def requested(outside):
    return [one.params["id_list"] for one in outside.asked if one.path.startswith("/api")]


def withdrawn():
    return set(Paper.objects.filter(withdrawn=True).values_list("public_id", flat=True))


@pytest.mark.parametrize("moment", ["21T05:00", "21T09:00"])
def test_a_withdrawal_stated_in_the_comment_alone_is_read_at_any_hour(monday, moment):
    """At 05:00 the feed has all and OAI-PMH is not read; at 09:00 the feed would be given up."""
    monday.answer("/rss", replaced(BEFORE[0]))
    monday.answer("/oai", NOTHING)
    monday.answer("/api", records(BEFORE[0]))
    run(moment)
    assert requested(monday) == [BEFORE[0]]
    assert withdrawn() == {BEFORE[0]}


def test_a_withdrawal_is_read_while_the_day_waits_for_a_category(monday):
    monday.answer("/rss", feed(TUESDAY, BEFORE[0], event="replace").replace(b"v1", b"v2"))
    monday.answer("/api", records(BEFORE[0]))
    run("21T05:00")
    assert withdrawn() == {BEFORE[0]}


def test_the_record_of_a_replacement_leaves_the_papers_day(monday):
    """The API's time of submission, noon of Monday, would make it Tuesday's; the feed announced it on Monday."""
    monday.answer("/rss", replaced(BEFORE[0]))
    monday.answer("/api", records(BEFORE[0]))
    run("21T05:00")
    assert Paper.objects.get(public_id=BEFORE[0]).day == MONDAY


def test_papers_whose_newest_version_has_a_record_are_not_requested_again(monday):
    monday.answer("/rss", replaced(*BEFORE), replaced(*BEFORE), replaced(BEFORE[1], version=3))
    monday.answer("/api", records(*BEFORE), records(BEFORE[1], version=3))
    for moment in ("21T05:00", "22T05:00", "22T06:00"):
        run(moment)
    assert requested(monday) == [",".join(BEFORE), BEFORE[1]]


def test_replacements_of_papers_that_are_not_here_are_not_requested(monday):
    monday.answer("/rss", replaced("2601.00009"))
    run("21T05:00")
    assert requested(monday) == []


def test_records_that_arxiv_did_not_give_are_requested_in_the_next_run(monday):
    monday.answer("/rss", replaced(BEFORE[0]))
    monday.answer("/api", Reply(status=404), records(BEFORE[0]))
    report = run("21T05:00")
    assert not report.failed
    assert withdrawn() == set()
    monday.answer("/rss", feed(TUESDAY, *NEW))
    run("22T05:00")
    assert withdrawn() == {BEFORE[0]}


def test_a_dry_run_requests_no_records(monday):
    monday.answer("/rss", replaced(BEFORE[0]))
    run("21T05:00", dry_run=True)
    assert requested(monday) == []
