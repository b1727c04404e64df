"""Options of a list: in the URL, remembered in cookies; filters keep places."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from feeds.web.list_options import ListOptions, filter_places, options_of, remember_habits
from recommender import votes
from recommender.ranking.rank import rank
from tests.feeds.planting import DAY, paper, papers


def asking(query="", **cookies):
    request = RequestFactory().get(f"/?{query}")
    request.COOKIES.update(cookies)
    return request


@pytest.mark.parametrize(
    ("query", "cookies", "wishes"),
    [
        ("", {}, ListOptions()),
        ("sort=recent&category=cs.lg", {}, ListOptions("recent", "cs.LG")),
        ("", {"show": "titles", "voted": "hidden"}, ListOptions(show="titles", voted="hidden")),
        ("show=abstracts&voted=shown", {"show": "titles", "voted": "hidden"}, ListOptions()),
        (
            "show=x&voted=%00&sort=best&category=cs.XX",
            {"show": "titles"},
            ListOptions(show="titles", unknown_category="cs.XX"),
        ),
        ("", {"show": "<script>", "voted": ""}, ListOptions()),
    ],
)
def test_the_url_overrides_habits_and_unknown_values_are_ignored(query, cookies, wishes):
    assert options_of(asking(query, **cookies)) == wishes


@pytest.mark.parametrize(("query", "values"), [("show=titles&voted=hidden", "titles hidden"), ("show=x&sort=mine", "")])
def test_only_known_habits_are_stored(query, values):
    response = HttpResponse()
    remember_habits(asking(query, show="titles"), response)
    assert " ".join(morsel.value for morsel in response.cookies.values()) == values


@pytest.fixture
def ranking(db):
    """In order of time: cs.CV alone, none, cs.LG and cs.CV."""
    for number, codes in enumerate((["cs.LG", "cs.CV"], [], ["cs.CV"])):
        paper(f"2607.0000{number}", categories=codes)
    return rank(None, DAY, "recent")


@pytest.mark.parametrize(("category", "places"), [("", [0, 1, 2]), ("cs.CV", [0, 2]), ("cs.LG", [2]), ("cs.AI", [])])
def test_filtering_by_category_keeps_places(ranking, category, places):
    assert filter_places(ranking, None, ListOptions(category=category)).places == places


def test_every_category_of_the_ranking_is_counted(ranking):
    assert filter_places(ranking, None, ListOptions(category="cs.LG")).categories == [("cs.CV", 2), ("cs.LG", 1)]


def test_voted_papers_are_hidden_from_the_voter_only(ada, bob):
    catalogue = papers(3)
    votes.cast(ada, catalogue[0], -1)
    order = rank(None, DAY, "recent")
    hiding = ListOptions(voted="hidden")
    assert [filter_places(order, reader, hiding).places for reader in (ada, bob, None)] == [
        [0, 1],
        [0, 1, 2],
        [0, 1, 2],
    ]


def test_filtering_takes_at_most_two_queries(ada, ranking, django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        filter_places(ranking, ada, ListOptions(category="cs.CV", voted="hidden"))
