"""The database builds the index and keeps it up to date through every change of the papers."""

from datetime import date, timedelta
from importlib import import_module

import pytest
from django.db import connection

from recommender.models import Paper
from recommender.search import schema
from recommender.search.query import parse
from recommender.search.search import search
from recommender.search.words import UNACCENTED
from tests.recommender.planted import FIRST_DAY, a_paper
from tests.threads import commits

migration = import_module("recommender.migrations.0004_search")
with_periods = import_module("recommender.migrations.0013_search_by_time")


def ids_of(typed):
    return [Paper.objects.get(pk=pk).public_id for pk in search(parse(typed), "date").pks]


def rows(*titles):
    return [
        Paper(public_id=f"2611.0000{number}", title=title, day=FIRST_DAY, source="arxiv")
        for number, title in enumerate(titles, start=1)
    ]


def test_a_saved_change_is_found_and_what_it_replaced_is_not(db):
    paper = a_paper("2611.00001", "Waves")
    paper.title = "Snakes"
    paper.save()
    assert (ids_of("waves"), ids_of("snakes")) == ([], ["2611.00001"])


@pytest.mark.parametrize(
    ("change", "typed"),
    [
        ({"title": "Snakes"}, "title:snakes"),
        ({"abstract": "On snakes."}, "snakes"),
        ({"authors": ["Jo Snakes"]}, "author:snakes"),
        ({"categories": ["cs.SN"]}, "cat:cs.sn"),
        ({"day": date(2026, 12, 24)}, "day:2026-12-24"),
    ],
    ids=str,
)
def test_every_part_that_is_searched_is_indexed(db, change, typed):
    a_paper("2611.00001", "Waves")
    assert ids_of(typed) == []
    Paper.objects.update(**change)
    assert ids_of(typed) == ["2611.00001"]


def test_papers_created_and_changed_in_bulk_are_indexed(db):
    papers = Paper.objects.bulk_create(rows("Waves", "Waves"))
    assert ids_of("waves") == ["2611.00002", "2611.00001"]
    papers[0].title = "Snakes"
    Paper.objects.bulk_update(papers, ["title"])
    assert (ids_of("waves"), ids_of("snakes")) == (["2611.00002"], ["2611.00001"])


def test_papers_that_replace_others_in_bulk_are_indexed(db):
    Paper.objects.bulk_create(rows("Waves", "Waves"))
    Paper.objects.bulk_create(
        rows("Snakes", "Waves", "Waves"),
        update_conflicts=True,
        unique_fields=["public_id"],
        update_fields=["title"],
    )
    assert ids_of("waves") == ["2611.00003", "2611.00002"]
    Paper.objects.bulk_create(rows("Cats"), ignore_conflicts=True)
    assert (ids_of("snakes"), ids_of("cats")) == (["2611.00001"], [])


def test_removed_papers_are_not_found(db):
    Paper.objects.bulk_create(rows("Waves", "Waves", "Waves"))
    Paper.objects.get(public_id="2611.00001").delete()
    Paper.objects.filter(public_id="2611.00003").delete()
    assert ids_of("waves") == ["2611.00002"]


def test_a_change_of_the_day_moves_the_paper_in_the_order(db):
    Paper.objects.bulk_create(rows("Waves", "Waves"))
    Paper.objects.filter(public_id="2611.00001").update(day=FIRST_DAY + timedelta(days=1))
    assert ids_of("waves") == ["2611.00001", "2611.00002"]


@commits
def test_the_index_can_be_dropped_and_is_made_again_from_the_papers_that_are_there():
    a_paper("2611.00001", "Waves")
    with connection.schema_editor() as editor:
        migration.drop(None, editor)
    a_paper("2611.00002", "Waves")
    with connection.schema_editor() as editor:
        migration.make(None, editor)
    with connection.schema_editor(atomic=False) as editor:
        with_periods.add_periods(None, editor)
    a_paper("2611.00003", "Waves")
    assert ids_of("waves") == ["2611.00003", "2611.00002", "2611.00001"]


def test_the_indexes_that_migrations_made_are_those_that_queries_expect():
    assert (migration.TABLE, migration.INDEX, migration.DAY_SHIFT) == (schema.TABLE, schema.INDEX, schema.DAY_SHIFT)
    assert with_periods.PERIODS == schema.PERIODS
    assert migration.UNACCENTED == UNACCENTED


NAMES = [
    ["Ada Lovelace"],
    [],
    ["J. R. R. O'Brien-Smith, Jr.", 'Ann "Nan" Doe', "Back\\slash", "Li"],
    ["X" * 90_000, "Jo | Doe", "[Team] 0 00", "木村", "Ö\u0308", "\n\t", ""],
]


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite checks its index against the papers")
def test_sqlite_agrees_that_the_index_is_that_of_the_papers(db):
    Paper.objects.bulk_create(
        Paper(public_id=f"2611.0000{n}", title=f"T{n}", abstract="ø" * n, authors=names, day=FIRST_DAY, source="arxiv")
        for n, names in enumerate(NAMES)
    )
    Paper.objects.filter(public_id="2611.00002").update(authors=["New Name"], day=date(1991, 8, 14))
    Paper.objects.filter(public_id="2611.00001").delete()
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {schema.INDEX} ({schema.INDEX}, rank) VALUES ('integrity-check', 1)")
        cursor.execute(f"SELECT count(*) FROM {schema.INDEX}")
        assert cursor.fetchone() == (3,)


@pytest.mark.parametrize("letter", ["x", "é", "😀", "\ufdfa", "木"])
def test_an_endless_text_is_indexed_by_its_beginning(db, letter):
    words = " ".join(f"{letter}{number}" for number in range(300_000))
    paper = a_paper("2611.00001", "Waves " + words, abstract="Snakes " + words, authors=["Jo Doe", words])
    assert ids_of("title:waves snakes author:doe") == [paper.public_id]


def test_an_endless_word_is_accepted(db):
    a_paper("2611.00001", "Waves", abstract="x" * 3_000_000)
    assert ids_of("waves") == ["2611.00001"]
