"""The results of a search and their order, the same on both databases."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender.models import Paper
from recommender.search.query import Query, parse
from recommender.search.search import SORTS, search
from tests.recommender.planted import FIRST_DAY, a_paper


def ids_of(typed, sort="relevance", **narrowing):
    pks = search(parse(typed).narrowed(**narrowing), sort).pks
    ids = dict(Paper.objects.values_list("pk", "public_id"))
    return [ids[pk].removeprefix("2611.0000") for pk in pks]


@pytest.fixture
def shelf(db):
    a_paper("2611.00001", "Learning on graphs", authors=["Ada Lovelace", "Jean-Pierre Serre"], categories=["cs.LG"])
    a_paper("2611.00002", "Deep nets", abstract="We learn deep graphs by a state-of-the-art method.")
    a_paper("2611.00003", "Waves", authors=["Erwin Schrödinger", "Søren Łukasz"], categories=["math-ph", "hep-th"])
    a_paper("2611.00004", "Deep learning", abstract="A survey.", authors=["John Ada", "Lovelace Smith", "A. Stevens"])


WORDS = [
    ("graph", ["2", "1"]),
    ("GRAPHS learned", ["2", "1"]),
    ('"deep learning"', ["4"]),
    ('"learning deep"', ["2"]),
    ("state-of-the-art", ["2"]),
    ("state of the art", ["2"]),
    ('"state the of art"', []),
    ("deep -survey", ["2"]),
    ('deep -"deep nets"', ["4"]),
    ("-learning", ["3"]),
    ("title:learning", ["4", "1"]),
    ("title:survey", []),
    ("-title:learning", ["3", "2"]),
    ("nonsense", []),
    ("AND", []),
    ("learn*", ["4", "2", "1"]),
]
NAMES = [
    ("author:lovelace", ["4", "1"]),
    ('author:"Ada Lovelace"', ["1"]),
    ('author:"Lovelace, Ada"', ["1"]),
    ("author:jean-pierre", ["1"]),
    ('author:"Pierre Serre"', ["1"]),
    ("author:Schrodinger", ["3"]),
    ("author:SCHRÖDINGER", ["3"]),
    ("schrodinger waves", ["3"]),
    ("author:soren", ["3"]),
    ("author:łukasz", ["3"]),
    ("author:stevens", ["4"]),
    ("author:steven", []),
    ('author:"A. Stevens"', ["4"]),
    ("author:graph", []),
    ("author:lovelace -author:john", ["1"]),
]
ELSEWHERE = [
    ("cat:cs.LG", ["1"]),
    ("cat:CS.lg graph", ["1"]),
    ("cat:cs", []),
    ("cat:math", []),
    ("cat:hep-th", ["3"]),
    ("cat:ph", []),
    ("-cat:cs.LG deep", ["4", "2"]),
    ("2611.00003 graph", ["3", "2", "1"]),
    ("https://arxiv.org/abs/2611.00002v3", ["2"]),
    ("2611.00002 deep", ["2", "4"]),
]


@pytest.mark.parametrize(("typed", "ids"), WORDS + NAMES + ELSEWHERE, ids=lambda value: str(value)[:30])
def test_papers_are_found_by_words_names_categories_and_ids(shelf, typed, ids):
    assert ids_of(typed, "date") == ids


def test_the_title_counts_for_more_than_names_and_names_for_more_than_the_abstract(db):
    a_paper("2611.00001", "Waves", authors=["Jo Field"], abstract="Of water.")
    a_paper("2611.00002", "Waves", abstract="A field of water.")
    a_paper("2611.00003", "The field", abstract="Of water.")
    assert ids_of("field") == ["3", "1", "2"]


def test_ties_go_to_the_newer(db):
    for number, days in ((1, 1), (2, 2), (3, 0)):
        a_paper(f"2611.0000{number}", "Waves", day=FIRST_DAY + timedelta(days=days))
    assert ids_of("waves") == ["2", "1", "3"]


def test_the_order_by_date_is_of_days_whenever_the_papers_came(db):
    for number, days in ((1, 2), (2, 0), (3, 1)):
        a_paper(f"2611.0000{number}", "Waves", day=FIRST_DAY + timedelta(days=days))
    assert ids_of("waves", "date") == ["1", "3", "2"]


@pytest.mark.parametrize(
    ("bounds", "ids"), [("since:2026-11-03", ["3", "2"]), ("until:2026-11-03", ["2", "1"]), ("day:2026-11-03", ["2"])]
)
def test_days_bound_the_search_themselves_included(db, bounds, ids):
    for number in (1, 2, 3):
        a_paper(f"2611.0000{number}", "Waves", day=FIRST_DAY + timedelta(days=number - 1))
    assert ids_of(f"waves {bounds}") == ids_of(bounds) == ids


def test_the_start_of_a_word_finds_texts_and_names(shelf):
    for typed, ids in (("learnin", ["4", "1", "2"]), ("lovel", ["4", "1"]), ("graph schr", [])):
        pks = search(parse(typed, typing=True)).pks
        assert set(pks) == {Paper.objects.get(public_id=f"2611.0000{number}").pk for number in ids}


def test_of_many_papers_only_the_newest_are_ranked(db, monkeypatch):
    monkeypatch.setattr("recommender.search.search.REACH", 2)
    for number in range(1, 6):
        a_paper(f"2611.0000{number}", "Waves" if number == 1 else "Water", abstract="waves")
    assert ids_of("waves") == ["1", "5"]
    assert search(parse("waves")).more
    assert not search(parse("waves -title:water")).more


def test_an_empty_search_finds_nothing_and_has_a_notice(shelf):
    nothing = search(parse('" - *'))
    assert (list(nothing.pks), nothing.more) == ([], False)
    assert "to search for" in nothing.notices[0]


def test_an_unknown_id_has_a_notice(shelf):
    assert search(parse("2611.99999")).notices == ("2611.99999 is not in the catalogue.",)


def test_an_unknown_order_is_refused(db):
    with pytest.raises(ValueError, match="got 'best'"):
        search(Query(), "best")


LANGUAGE = [
    '"',
    "-",
    "author:",
    "title:",
    "cat:",
    "day:2026-11-02",
    "NEAR(",
    "*",
    "^",
    "'",
    "\\",
    ":",
    "&|!<->",
    "waves",
]


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.sampled_from(LANGUAGE) | st.text(max_size=6), max_size=12).map(" ".join), st.booleans())
def test_every_query_has_a_result(shelf, typed, typing):
    for sort in SORTS:
        assert len(search(parse(typed, typing=typing), sort).pks) <= 4
