"""Merging sources: which one wins for each column, whatever the order of their records."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.sources.formats.record import Event, PaperRecord, Version
from feeds.sources.ingest import MERGED_COLUMNS, Summary, store_records
from feeds.sources.merge import TRUSTED, best_columns, combine, fields_of_paper, fields_of_record
from recommender.models import Paper, PaperSource
from tests.feeds.planting import DAY

JUNE, JULY, AUGUST = date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)
UNDATED = date(2026, 12, 31)


def record_of(source, version=0, **fields):
    versions = [Version(version)] if version else []
    return PaperRecord("2607.21557", **{"title": "Ties", "source": source, "versions": versions} | fields)


def columns_of(*records):
    """The columns after these records of one paper, in this order."""
    tellings = {}
    for record in records:
        tellings[record.source] = combine(record.source, tellings.get(record.source, {}), fields_of_record(record))
    return best_columns(tellings, UNDATED)


def test_every_source_has_its_place_in_the_order():
    assert set(TRUSTED) == set(PaperSource)


def test_every_merged_column_is_computed():
    assert set(columns_of(record_of("arxiv"))) == set(MERGED_COLUMNS)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("arxiv_oai", "arxiv_api"),
        ("arxiv_api", "arxiv_feed"),
        ("arxiv_feed", "arxiv"),
        ("arxiv", "huggingface"),
        ("huggingface", "bibtex"),
        ("bibtex", "ris"),
        ("ris", "saved_page"),
    ],
)
def test_the_better_source_wins(better, worse):
    for order in permutations(
        [record_of(better, abstract="So."), record_of(worse, abstract="Or so.", comment="12 pages")]
    ):
        columns = columns_of(*order)
        assert (columns["abstract"], columns["comment"], columns["source"]) == ("So.", "12 pages", better)


def test_a_newer_version_in_the_feed_wins_over_an_older_one_in_the_archive():
    columns = columns_of(
        record_of("arxiv_oai", 1, abstract="First.", comment="12 pages"), record_of("arxiv_feed", 3, abstract="Third.")
    )
    assert (columns["abstract"], columns["comment"], columns["source"]) == ("Third.", "12 pages", "arxiv_feed")


def test_versions_count_only_among_arxivs_channels():
    assert (
        columns_of(record_of("huggingface", 9, abstract="Ninth."), record_of("arxiv", abstract="So."))["abstract"]
        == "So."
    )


def test_an_old_version_that_arrives_late_only_fills_gaps():
    columns = columns_of(
        record_of("arxiv_api", 3, abstract="Third."), record_of("arxiv_api", 1, abstract="First.", comment="12 pages")
    )
    assert (columns["abstract"], columns["comment"]) == ("Third.", "12 pages")


def test_hugging_face_is_trusted_about_fields_that_originate_there():
    columns = columns_of(
        record_of("arxiv", source_upvotes=3, tags=["a"]), record_of("huggingface", source_upvotes=2, tags=["b"])
    )
    assert (columns["source_upvotes"], columns["tags"], columns["source"]) == (2, ["b"], "arxiv")


def test_a_count_is_the_last_one_read_and_may_fall():
    columns = columns_of(
        record_of("huggingface", source_upvotes=9, source_comments=2), record_of("huggingface", source_upvotes=7)
    )
    assert (columns["source_upvotes"], columns["source_comments"]) == (7, 2)


def test_a_paper_has_its_earliest_day():
    assert columns_of(record_of("arxiv_oai", day=JULY), record_of("huggingface", day=JUNE))["day"] == JUNE
    assert columns_of(record_of("arxiv", day=JULY), record_of("arxiv", day=AUGUST))["day"] == JULY


def test_a_paper_that_a_member_submitted_stays_on_that_day():
    assert columns_of(record_of("member", day=AUGUST), record_of("arxiv_oai", day=JUNE))["day"] == AUGUST


@pytest.mark.parametrize("event", [Event.REPLACE, Event.REPLACE_CROSS])
def test_the_day_of_a_replacement_does_not_count(event):
    assert (
        columns_of(record_of("arxiv_feed", 2, day=JUNE, event=event), record_of("arxiv_oai", day=JULY))["day"] == JULY
    )


def test_a_paper_whose_day_no_source_knows_has_that_of_the_import():
    assert columns_of(record_of("bibtex"))["day"] == UNDATED


def test_versions_are_joined_by_their_numbers_the_oldest_first():
    first, third = datetime(2026, 6, 1, 8, tzinfo=UTC), datetime(2026, 8, 1, 8, tzinfo=UTC)
    columns = columns_of(
        record_of("arxiv_feed", 3), record_of("arxiv_oai", versions=[Version(1, first)]), record_of("arxiv_feed", 2)
    )
    assert columns["versions"] == [
        {"number": 1, "at": "2026-06-01T08:00:00Z"}, {"number": 2, "at": None}, {"number": 3, "at": None},
    ]  # fmt: skip
    timed = columns_of(record_of("arxiv_oai", versions=[Version(3, third)]), record_of("arxiv_feed", 3))
    assert timed["versions"] == [{"number": 3, "at": "2026-08-01T08:00:00Z"}]


def test_a_cross_list_adds_its_category_and_the_archive_keeps_the_first_place():
    records = [
        record_of("arxiv_oai", 1, categories=["cs.LG", "stat.ML"]),
        record_of("arxiv_feed", 1, categories=["cs.LG"], event=Event.NEW),
        record_of("arxiv_feed", 1, categories=["cs.LG", "cs.AI"], event=Event.CROSS),
    ]
    for order in permutations(records):
        assert columns_of(*order)["categories"] == ["cs.LG", "stat.ML", "cs.AI"]


def test_a_paper_is_withdrawn_by_its_newest_version_and_may_come_back():
    gone = record_of("arxiv_api", 2, withdrawn=True)
    assert columns_of(record_of("arxiv_feed", 1), gone)["withdrawn"]
    assert columns_of(record_of("arxiv_feed", 2), gone)["withdrawn"]
    assert not columns_of(gone, record_of("arxiv_feed", 3))["withdrawn"]
    assert not columns_of(gone, record_of("arxiv_api", 3))["withdrawn"]
    assert columns_of(record_of("arxiv_feed", 3), record_of("arxiv_oai", withdrawn=True))["withdrawn"]


def test_the_columns_of_a_paper_without_tellings_are_its_sources():
    columns = columns_of(
        record_of("arxiv", 2, abstract="So.", day=JULY, authors=["Ada"], withdrawn=True, source_upvotes=4)
    )
    paper = Paper(public_id="2607.21557", **columns | {"published_at": datetime(2026, 6, 30, 8, tzinfo=UTC)})
    assert best_columns({"arxiv": fields_of_paper(paper)}, UNDATED) == columns | {"published_at": paper.published_at}


SOURCES = st.sampled_from(["arxiv_oai", "arxiv_api", "arxiv_feed", "arxiv"])


@st.composite
def records(draw):
    """Records of one paper: each version of each source has fixed fields, of which a record gives any part."""
    source, version = draw(SOURCES), draw(st.integers(1, 4))
    name = f"{source} v{version}"
    fields = {"abstract": name, "comment": name, "authors": [name], "doi": name, "withdrawn": version == 2}
    chosen = draw(st.sets(st.sampled_from(sorted(fields))))
    day = draw(st.sampled_from([None, JUNE, JULY, AUGUST]))
    event = draw(st.sampled_from([Event.NEW, Event.CROSS, Event.REPLACE]))
    withdrawn = {"withdrawn": fields["withdrawn"]}
    return record_of(
        source, version, title=name, day=day, event=event, **{name: fields[name] for name in chosen} | withdrawn
    )


others = st.lists(
    st.builds(record_of, st.sampled_from(["huggingface", "bibtex", "saved_page", "member"]),
              abstract=st.just("A copy."), day=st.sampled_from([None, JULY])),
    max_size=3,
)  # fmt: skip


@given(st.data(), st.lists(records(), min_size=1, max_size=6), others)
def test_the_order_of_records_does_not_matter(data, of_arxiv, of_others):
    said_of_it = [*of_arxiv, *of_others]
    assert columns_of(*data.draw(st.permutations(said_of_it))) == columns_of(*said_of_it)


@given(st.lists(records(), min_size=1, max_size=6))
def test_repeating_all_records_changes_nothing(said_of_it):
    assert columns_of(*said_of_it, *said_of_it) == columns_of(*said_of_it)


def test_every_order_of_arrival_leaves_the_same_row_in_the_table(db):
    arrivals = [
        record_of("arxiv_feed", 1, abstract="So.", categories=["cs.LG"], day=JULY, event=Event.NEW),
        record_of("huggingface", abstract="A copy.", day=AUGUST, source_upvotes=3, code_url="https://example.org/code"),
        record_of("arxiv_oai", 2, abstract="Sic.", comment="12 pages", day=JULY),
        record_of("bibtex", doi="10.1000/1"),
    ]
    rows = []
    for order in permutations(arrivals):
        Paper.objects.all().delete()
        for record in order:
            store_records([record], DAY, Summary())
        rows += Paper.objects.values(*MERGED_COLUMNS)
    assert all(row == rows[0] for row in rows)
    assert (rows[0]["abstract"], rows[0]["day"], rows[0]["doi"]) == ("Sic.", JULY, "10.1000/1")


def test_combining_a_record_does_not_change_it():
    record = record_of("arxiv_feed", 1, categories=["cs.LG"])
    columns_of(record, replace(record, categories=["cs.LG", "cs.AI"]))
    assert record.categories == ["cs.LG"]
