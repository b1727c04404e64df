"""Nearly the same paper under two ids: what counts as a duplicate, and what does not."""

import gzip
import json
from importlib import import_module
from itertools import combinations
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection

from feeds.sources.duplicates import MOST, keys, nearly_the_same
from feeds.sources.formats.record import PaperRecord
from feeds.sources.ingest import Summary, store_records
from recommender.models import Paper
from recommender.paper_ids import own_id
from tests.feeds.planting import DAY, paper

note_keys = import_module("feeds.migrations.0002_keys_of_earlier_papers").note_keys
DATA = Path(__file__).parents[4] / "shared" / "data"
OPENING = (
    "We study how knots are tied by people who were never told how to tie one, and what they tie instead of them. Our "
    "data are the laces of four hundred and twelve left shoes, which we photographed at noon on every day of one year; "
    "the right ones were left to their owners, with our thanks for their patience during all of the twelve months."
)


def alike(first, second):
    return bool(set(keys(*first)) & set(keys(*second)))


ALIKE = [
    (("A Survey of Tying Shoe Laces", ""), ("a survey of tying shoe-laces", "")),
    (("The Théorie of Knots and Laces", ""), ("Theorie of the knots, laces", "")),
    (("Towards Tying Old Shoe Laces", ""), ("Tying Old Shoe Laces", "")),
    (("On Knots", OPENING), ("Of Laces", f"{OPENING} In this version we also look at sandals.")),
    (("On Knots", OPENING), ("Of Laces", OPENING.upper().replace(" ", "\n"))),
]
STRANGERS = [
    (("Knots", ""), ("Knots", "")),
    (("Editorial", ""), ("Editorial", "")),
    (("", ""), ("", "")),
    (("Reading Between the Lines: Laces", ""), ("Reading Between the Lines: Shoes", "")),
    (("Tying Shoe Laces in the Dark", ""), ("Tying Shoe Laces in the Rain", "")),
    (("On Knots", OPENING), ("Of Laces", OPENING.replace("left", "odd"))),
    (("On Knots", "This paper has been withdrawn."), ("Of Laces", "This paper has been withdrawn.")),
]


@pytest.mark.parametrize(("first", "second"), ALIKE, ids=lambda paper: paper[0])
def test_nearly_the_same_texts_share_a_key(first, second):
    assert alike(first, second)


@pytest.mark.parametrize(("first", "second"), STRANGERS, ids=lambda paper: paper[0])
def test_different_papers_share_no_key(first, second):
    assert not alike(first, second)


def test_titles_in_other_scripts_have_keys_too():
    assert alike(("关于用于鞋带的结的理论与实践的综合研究报告", ""), ("关于用于鞋带的结的理论与实践的综合研究报告", ""))
    assert not alike(
        ("关于用于鞋带的结的理论与实践的综合研究报告", ""), ("关于用于鞋带的结的理论与实践的综合研究导论", "")
    )


def bring(*records):
    store_records(list(records), DAY, Summary())


def test_a_paper_from_a_saved_page_and_its_arxiv_twin_show_each_other(db):
    title = "A Survey of Tying Shoe Laces"
    bring(PaperRecord(own_id(title), title, "saved_page"), PaperRecord("2607.21557", title, "arxiv"))
    saved, listed = Paper.objects.get(source="saved_page"), Paper.objects.get(source="arxiv")
    assert (nearly_the_same(saved), nearly_the_same(listed)) == ([listed], [saved])


def test_papers_with_two_keys_in_common_are_shown_once_and_no_more_than_a_few_of_them(db):
    bring(*(PaperRecord(f"2607.{n:05d}", "Tying Old Shoe Laces", "arxiv", abstract=OPENING) for n in range(MOST + 2)))
    others = nearly_the_same(Paper.objects.get(public_id="2607.00000"))
    assert [paper.public_id for paper in others] == [f"2607.{n:05d}" for n in range(MOST + 1, 1, -1)]


def test_a_paper_with_a_new_title_is_no_longer_a_duplicate(db):
    bring(*(PaperRecord(public_id, "Tying Old Shoe Laces", "arxiv") for public_id in ("2607.00001", "2607.00002")))
    bring(PaperRecord("2607.00002", "Tying Sailors’ Knots", "arxiv"))
    assert nearly_the_same(Paper.objects.get(public_id="2607.00001")) == []


@pytest.mark.skipif(not DATA.exists(), reason=f"{DATA} is not on this machine")
def test_exactly_the_known_duplicates_are_found_among_the_real_papers():
    """By its README two titles occur twice and 11 pairs share the first 300 characters of the abstract."""
    with gzip.open(DATA / "papers.jsonl.gz") as lines:
        papers = [(row["title"], row["abstract"]) for row in map(json.loads, lines)]
    holders: dict[str, list[int]] = {}
    for number, texts in enumerate(papers):
        for key in keys(*texts):
            holders.setdefault(key, []).append(number)
    pairs = [(papers[one], papers[two]) for some in holders.values() for one, two in combinations(some, 2)]
    equal_titles = [one for one, two in pairs if one[0] == two[0]]
    equal_openings = [one for one, two in pairs if one[1][:300] == two[1][:300]]
    assert (len(pairs), len(equal_titles), len(equal_openings)) == (13, 2, 11)


def test_the_migration_adds_keys_to_existing_papers(db):
    old = paper("2607.00001", title="Tying Old Shoe Laces", abstract=OPENING)
    bring(PaperRecord("2607.00002", "Tying Old Shoe Laces", "arxiv"))
    for _ in range(2):
        note_keys(apps, connection.schema_editor())
    assert sorted(old.likenesses.values_list("key", flat=True)) == sorted(keys(old.title, old.abstract))
    assert nearly_the_same(Paper.objects.get(public_id="2607.00002")) == [old]
