"""Records -> rows: what is new, what an update may change, and that doing it twice changes nothing."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from feeds.ingest import BATCH, Summary, ingest
from feeds.sources.records import PaperRecord
from recommender.models import Paper
from recommender.textfiles import BrokenStream, Rejected

from .planting import DAY

TIES = PaperRecord("2607.21557", "Ties", "arxiv", abstract="We tie.", authors=["Ada"], day=DAY, source_upvotes=3)
COLUMNS = [field.attname for field in Paper._meta.fields if field.attname not in ("id", "added_at")]


def take(*rows, undated=DAY):
    summary = Summary()
    for _ in ingest(rows, undated, summary):
        pass
    return summary


def counts(summary):
    return summary.new, summary.updated, summary.unchanged, len(summary.rejected)


def table():
    return list(Paper.objects.order_by("public_id").values(*COLUMNS))


def many(count):
    return [PaperRecord(f"2607.{number:05d}", f"Paper {number}", "arxiv", day=DAY) for number in range(count)]


def test_a_new_record_is_a_new_paper(db):
    assert counts(take(TIES)) == (1, 0, 0, 0)
    found = Paper.objects.get()
    assert (found.public_id, found.title, found.day, found.authors) == ("2607.21557", "Ties", DAY, ["Ada"])


def test_the_same_records_again_change_nothing_and_say_so(db):
    take(*many(3))
    before = table()
    assert counts(take(*many(3))) == (0, 0, 3, 0)
    assert table() == before


def test_a_new_version_updates_the_paper(db):
    take(TIES)
    assert counts(take(replace(TIES, title="Ties, revised", source_upvotes=9))) == (0, 1, 0, 0)
    found = Paper.objects.get()
    assert (found.title, found.source_upvotes, found.updated_at > found.added_at) == ("Ties, revised", 9, True)


def test_what_a_record_leaves_empty_stays(db):
    take(TIES)
    assert counts(take(PaperRecord("2607.21557", "Ties", "huggingface"))) == (0, 0, 1, 0)
    found = Paper.objects.get()
    assert (found.abstract, found.authors, found.source, found.source_upvotes) == ("We tie.", ["Ada"], "arxiv", 3)


@pytest.mark.parametrize(
    ("said", "kept"), [(date(2026, 7, 25), DAY), (date(2026, 7, 1), date(2026, 7, 1)), (None, DAY)]
)
def test_a_paper_keeps_its_first_day(db, said, kept):
    take(TIES)
    take(replace(TIES, day=said), undated=date(2026, 6, 1))
    assert Paper.objects.get().day == kept


def test_a_record_without_a_day_gets_the_day_of_the_import_once(db):
    undated = replace(TIES, day=None)
    take(undated, undated=date(2026, 7, 1))
    assert counts(take(undated, undated=date(2026, 7, 2))) == (0, 0, 1, 0)
    assert Paper.objects.get().day == date(2026, 7, 1)


def test_upvotes_at_the_source_never_fall(db):
    take(TIES)
    take(replace(TIES, source_upvotes=1))
    assert Paper.objects.get().source_upvotes == 3


def test_an_id_that_comes_twice_is_one_paper_and_the_later_line_wins(db):
    assert counts(take(TIES, replace(TIES, title="Ties, again"), TIES)) == (1, 2, 0, 0)
    assert Paper.objects.get().title == "Ties"


def test_an_id_that_comes_twice_with_the_same_words_is_unchanged(db):
    assert counts(take(TIES, TIES)) == (1, 0, 1, 0)


def test_rejections_are_counted_and_the_rest_goes_in(db):
    summary = take(Rejected(1, "bad"), TIES, Rejected(3, "worse"))
    assert (counts(summary), Paper.objects.count()) == ((1, 0, 0, 2), 1)
    assert str(summary) == "1 new, 0 updated, 0 unchanged, 2 rejected"
    assert summary.as_dict() == {"new": 1, "updated": 0, "unchanged": 0, "rejected": 2}


def test_no_records_are_no_papers(db):
    assert counts(take()) == (0, 0, 0, 0)


def test_batches_go_in_as_they_come(db):
    summary = Summary()
    stored = [Paper.objects.count() for _ in ingest(iter(many(BATCH + 1)), DAY, summary)]
    assert (stored, summary.new) == ([BATCH, BATCH + 1], BATCH + 1)


def test_an_import_that_was_interrupted_and_run_again_ends_like_one_that_was_not(db):
    next(ingest(iter(many(BATCH + 9)), DAY, Summary()))  # the first batch is in, then the process is killed
    assert Paper.objects.count() == BATCH
    assert counts(take(*many(BATCH + 9))) == (9, 0, BATCH, 0)
    interrupted = [row | {"updated_at": None} for row in table()]
    Paper.objects.all().delete()
    take(*many(BATCH + 9))
    assert [row | {"updated_at": None} for row in table()] == interrupted


def test_what_came_before_a_break_goes_in(db):
    def breaking():
        yield from many(3)
        raise BrokenStream("the file ends here")

    summary = Summary()
    with pytest.raises(BrokenStream):
        list(ingest(breaking(), DAY, summary))
    assert (summary.new, Paper.objects.count()) == (3, 3)


def test_every_kind_of_text_arrives_as_it_is(db):
    text = "Müller’s 𝔸 \U0001f9ec \\ \" ' % _ {} $1 \x1f\x7f"
    moment = datetime(1, 1, 1, tzinfo=UTC)
    take(replace(TIES, title=text, authors=[text], comment=text, published_at=moment))
    found = Paper.objects.get()
    assert (found.title, found.authors, found.comment, found.published_at) == (text, [text], text, moment)


def test_a_batch_takes_few_queries(db, django_assert_max_num_queries):
    with django_assert_max_num_queries(10):
        take(*many(100))
    with django_assert_max_num_queries(10):
        take(*[replace(record, title="New") for record in many(100)])
