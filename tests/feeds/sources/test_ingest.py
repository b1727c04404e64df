"""Storing records: new papers, what an update may change, and that repeating it changes nothing."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from feeds.models import Likeness, Telling
from feeds.sources.formats.record import Event, PaperRecord, Version
from feeds.sources.ingest import BATCH, Summary, ingest
from recommender.models import Paper
from recommender.textfiles import BrokenStream, Rejected
from tests.feeds.planting import DAY, paper
from tests.threads import all_at_once, commits

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
    paper = Paper.objects.get()
    assert (paper.public_id, paper.title, paper.day, paper.authors) == ("2607.21557", "Ties", DAY, ["Ada"])


def test_the_same_records_again_are_counted_as_unchanged(db):
    take(*many(3))
    before = table()
    assert counts(take(*many(3))) == (0, 0, 3, 0)
    assert table() == before


def test_a_new_version_updates_the_paper(db):
    take(TIES)
    assert counts(take(replace(TIES, title="Ties, revised", source_upvotes=9))) == (0, 1, 0, 0)
    paper = Paper.objects.get()
    assert (paper.title, paper.source_upvotes, paper.updated_at > paper.added_at) == ("Ties, revised", 9, True)


def test_an_empty_field_of_a_record_erases_nothing(db):
    take(TIES)
    assert counts(take(PaperRecord("2607.21557", "Ties", "huggingface"))) == (0, 0, 1, 0)
    paper = Paper.objects.get()
    assert (paper.abstract, paper.authors, paper.source, paper.source_upvotes) == ("We tie.", ["Ada"], "arxiv", 3)


@pytest.mark.parametrize(
    ("other_day", "first_day"), [(date(2026, 7, 25), DAY), (date(2026, 7, 1), date(2026, 7, 1)), (None, DAY)]
)
def test_a_paper_keeps_its_first_day(db, other_day, first_day):
    take(TIES)
    take(replace(TIES, day=other_day), undated=date(2026, 6, 1))
    assert Paper.objects.get().day == first_day


def test_a_record_without_a_day_gets_the_day_of_the_import_once(db):
    undated = replace(TIES, day=None)
    take(undated, undated=date(2026, 7, 1))
    assert counts(take(undated, undated=date(2026, 7, 2))) == (0, 0, 1, 0)
    assert Paper.objects.get().day == date(2026, 7, 1)


def test_upvotes_are_those_of_the_last_reading(db):
    take(TIES)
    assert counts(take(replace(TIES, source_upvotes=1))) == (0, 1, 0, 0)
    assert Paper.objects.get().source_upvotes == 1


def test_an_id_that_occurs_twice_is_one_paper_and_the_later_line_wins(db):
    assert counts(take(TIES, replace(TIES, title="Ties, again"), TIES)) == (1, 2, 0, 0)
    assert Paper.objects.get().title == "Ties"


def test_an_id_that_occurs_twice_with_the_same_words_is_unchanged(db):
    assert counts(take(TIES, TIES)) == (1, 0, 1, 0)


def test_rejections_are_counted_and_the_rest_is_stored(db):
    summary = take(Rejected(1, "bad"), TIES, Rejected(3, "worse"))
    assert (counts(summary), Paper.objects.count()) == ((1, 0, 0, 2), 1)
    assert str(summary) == "1 new, 0 updated, 0 unchanged, 0 passed over, 2 rejected"
    assert summary.as_dict() == {"new": 1, "updated": 0, "unchanged": 0, "passed_over": 0, "rejected": 2}


def test_no_records_store_no_papers(db):
    assert counts(take()) == (0, 0, 0, 0)


def test_batches_are_stored_as_they_come(db):
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


def test_rows_before_a_break_are_stored(db):
    def breaking():
        yield from many(3)
        raise BrokenStream("the file ends here")

    summary = Summary()
    with pytest.raises(BrokenStream):
        list(ingest(breaking(), DAY, summary))
    assert (summary.new, Paper.objects.count()) == (3, 3)


def test_every_kind_of_text_is_stored_as_it_is(db):
    text = "Müller’s 𝔸 \U0001f9ec \\ \" ' % _ {} $1 \x1f\x7f"
    moment = datetime(1, 1, 1, tzinfo=UTC)
    take(replace(TIES, title=text, authors=[text], comment=text, published_at=moment))
    paper = Paper.objects.get()
    assert (paper.title, paper.authors, paper.comment, paper.published_at) == (text, [text], text, moment)


def test_a_batch_takes_few_queries(db, django_assert_max_num_queries):
    with django_assert_max_num_queries(16):
        take(*many(100))
    with django_assert_max_num_queries(16):
        take(*[replace(record, title="New") for record in many(100)])
    with django_assert_max_num_queries(5):
        take(*[replace(record, title="New") for record in many(100)])


ANNOUNCED = replace(TIES, source="arxiv_feed", versions=[Version(1)], event=Event.NEW)


def test_a_new_paper_is_listed_on_the_day_of_its_announcement(db):
    assert counts(take(ANNOUNCED)) == (1, 0, 0, 0)
    assert Paper.objects.get().day == DAY


def test_a_cross_list_of_an_unknown_paper_is_new_here_on_that_day(db):
    assert counts(take(replace(ANNOUNCED, event=Event.CROSS, day=date(2026, 7, 25)))) == (1, 0, 0, 0)
    assert Paper.objects.get().day == date(2026, 7, 25)


def test_a_cross_list_of_a_known_paper_adds_categories_but_does_not_change_the_day(db):
    take(replace(ANNOUNCED, categories=["cs.LG"]))
    crossed = replace(ANNOUNCED, categories=["cs.LG", "cs.AI"], event=Event.CROSS, day=date(2026, 7, 25))
    assert counts(take(crossed)) == (0, 1, 0, 0)
    paper = Paper.objects.get()
    assert (paper.categories, paper.day) == (["cs.LG", "cs.AI"], DAY)


REPLACED = replace(ANNOUNCED, title="Knots", versions=[Version(2)], event=Event.REPLACE, day=date(2026, 8, 25))


def test_a_replacement_of_a_known_paper_updates_text_and_version_but_not_the_day(db):
    take(ANNOUNCED)
    assert counts(take(REPLACED)) == (0, 1, 0, 0)
    paper = Paper.objects.get()
    assert (paper.title, paper.day) == ("Knots", DAY)
    assert paper.versions == [{"number": 1, "at": None}, {"number": 2, "at": None}]


@pytest.mark.parametrize("event", [Event.REPLACE, Event.REPLACE_CROSS])
def test_a_replacement_of_an_unknown_paper_is_skipped_by_name(db, event):
    summary = take(replace(REPLACED, event=event))
    assert (counts(summary), summary.passed_over) == ((0, 0, 0, 0), ["2607.21557"])
    assert not Paper.objects.exists()


def test_a_replacement_before_its_announcement_in_one_batch_is_applied_after_it(db):
    assert counts(take(REPLACED, ANNOUNCED)) == (1, 1, 0, 0)
    assert Paper.objects.get().title == "Knots"


def test_each_source_has_one_telling_with_what_it_said(db):
    take(TIES, replace(TIES, source="huggingface", abstract="", source_upvotes=9))
    tellings = dict(Telling.objects.values_list("source", "fields"))
    assert tellings["huggingface"] == {"title": "Ties", "authors": ["Ada"], "day": "2026-07-21", "source_upvotes": 9}
    assert tellings["arxiv"]["abstract"] == "We tie."
    assert (Paper.objects.get().abstract, Paper.objects.get().source_upvotes) == ("We tie.", 9)


def test_a_telling_has_the_times_of_its_first_and_last_change(db):
    take(TIES)
    first = Telling.objects.get()
    take(TIES)
    assert Telling.objects.get().changed_at == first.changed_at
    take(replace(TIES, comment="12 pages"))
    last = Telling.objects.get()
    assert (last.first_seen_at, last.changed_at > first.changed_at) == (first.first_seen_at, True)


@pytest.mark.parametrize("source", ["arxiv", "huggingface", "arxiv_oai"])
def test_a_paper_without_tellings_loses_nothing(db, source):
    paper("2607.21557", title="Old", abstract="We tie.", categories=["cs.LG"], source_upvotes=3, comment="12 pages")
    take(PaperRecord("2607.21557", "Ties", source, day=date(2026, 7, 25)))
    row = Paper.objects.get()
    assert (row.abstract, row.categories, row.source_upvotes, row.comment, row.day) == (
        "We tie.", ["cs.LG"], 3, "12 pages", DAY,
    )  # fmt: skip
    assert row.title == ("Old" if source == "huggingface" else "Ties")


def test_a_paper_without_tellings_is_unchanged_by_its_own_record(db):
    take(TIES)
    Telling.objects.all().delete()
    before = table()
    assert counts(take(TIES)) == (0, 0, 1, 0)
    assert table() == before


def test_a_batch_and_single_records_have_the_same_result(db):
    records = [ANNOUNCED, TIES, REPLACED, replace(TIES, source="huggingface", source_upvotes=9), *many(3)]
    ends = []
    for arrivals in ([records], [[record] for record in records]):
        Paper.objects.all().delete()
        for arrival in arrivals:
            take(*arrival)
        ends.append((
            [row | {"updated_at": None} for row in table()],
            list(Telling.objects.order_by("paper__public_id", "source").values_list("source", "fields")),
        ))  # fmt: skip
    assert ends[0] == ends[1]


def test_the_keys_of_duplicates_follow_the_title(db):
    take(replace(TIES, title="A title with enough letters"))
    before = set(Likeness.objects.values_list("key", flat=True))
    take(replace(TIES, title="Another title with enough letters"))
    after = set(Likeness.objects.values_list("key", flat=True))
    assert (len(before), len(after), before & after) == (1, 1, set())


@commits
def test_two_writers_of_the_same_new_papers_do_not_collide():
    both = all_at_once(*[lambda: counts(take(*many(40)))] * 2)
    assert sorted(both) == [(0, 0, 40, 0), (40, 0, 0, 0)]
    assert (Paper.objects.count(), Telling.objects.count()) == (40, 40)
