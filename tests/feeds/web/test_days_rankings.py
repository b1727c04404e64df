"""The ranking on the page of a day: whose it is, its sort and its pages."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from recommender import votes
from recommender.models import Ranking
from tests.feeds.planting import DAY, paper, papers

from .pages import html, metadata, paper_ids


def test_a_day_has_a_canonical_address_and_says_what_it_is(anonymous):
    paper("2607.00001", title="On $x^2$")
    page = anonymous.get(f"/day/{DAY}/").content.decode()
    assert f'<link rel="canonical" href="http://testserver/day/{DAY}/">' in page
    assert metadata(page)["og:title"] == ["Research papers of Tuesday 21 July 2026"]
    assert metadata(page)["og:description"] == ["On x²"]


def test_a_day_without_papers_has_the_canonical_url_of_the_day_shown(anonymous):
    paper("2607.00001")
    assert f'href="http://testserver/day/{DAY}/">' in anonymous.get("/day/2026-07-25/").content.decode()


def test_an_empty_catalogue_explains_how_to_import_papers(anonymous):
    assert "import_papers" in html(anonymous.get("/"))


def test_anonymous_sees_the_popular_ranking_and_a_link_to_sign_up(ada, anonymous):
    catalogue = papers(3)
    votes.cast(ada, catalogue[1], 1)
    response = anonymous.get("/")
    assert (paper_ids(response)[0], response.context["ranking"].mode) == ("2607.00002", "popular")
    assert reverse("account_signup") in html(response)


def test_ada_sees_her_own_ranking_with_reasons(ada, client_of, planted):
    graphs, _ = planted
    votes.cast(ada, graphs[10], 1)
    response = client_of(ada).get("/")
    assert set(paper_ids(response)[:8]) == {p.public_id for p in graphs[:8]}
    assert f'href="/papers/{graphs[10].public_id}/"' in html(response)  # the paper of an earlier day, named as a reason


def test_a_place_out_of_the_order_of_scores_says_why_on_page_and_in_markdown(ada, client_of, planted):
    """Four votes on graphs and one on proteins, whose title needs escaping: the one has its share of the places."""
    graphs, proteins = planted
    proteins[10].title = "Folding <b>"
    proteins[10].save()
    for voted in [*graphs[10:14], proteins[10]]:
        votes.cast(ada, voted, 1)
    client = client_of(ada)
    assert "Placed here so that your interest in “Folding &lt;b&gt;” has its share." in html(client.get("/"))
    markdown = client.get("/", headers={"accept": "text/markdown"}).content.decode()
    assert "**Place:** placed here so that your interest in “Folding \\<b\\>” has its share." in markdown


def test_page_and_api_give_the_same_ranking(ada, client_of, ada_api, planted):
    votes.cast(ada, planted[1][10], 1)
    answer = ada_api.get("/api/v1/me/feed/").json()
    page = client_of(ada).get("/")
    assert paper_ids(page) == [row["paper"]["id"] for row in answer["results"]]
    assert page.context["ranking"].public_id == answer["ranking_id"]


@pytest.mark.parametrize(("sort", "mode"), [("popular", "popular"), ("recent", "recent"), ("mine", "hybrid")])
def test_ada_can_choose_another_sort(ada, client_of, planted, sort, mode):
    votes.cast(ada, planted[0][0], 1)
    assert client_of(ada).get("/", {"sort": sort}).context["ranking"].mode == mode


@pytest.mark.parametrize("sort", ["", "best", "mine", "\x00", "MINE"])
def test_a_sort_that_anonymous_cannot_use_redirects_to_the_plain_page(anonymous, sort):
    papers(1)
    response = anonymous.get("/", {"sort": sort})
    assert (response.status_code, response["Location"]) == (302, "/")


def test_the_other_parameters_stay_when_the_sort_is_not_possible(anonymous):
    papers(1)
    response = anonymous.get("/", {"sort": "mine", "category": "cs.CV", "show": "titles"})
    assert response["Location"] == "/?category=cs.CV&show=titles"


def test_a_day_without_papers_shows_the_last_day_before_it_with_a_note(anonymous):
    papers(2)
    response = anonymous.get("/day/2026-07-25/")
    assert len(paper_ids(response)) == 2
    assert "There are no papers for Saturday 25 July 2026" in html(response)


def test_a_day_before_all_papers_is_a_404(anonymous):
    papers(2)
    assert anonymous.get("/day/2026-07-20/").status_code == 404


NO_DAY = ["2026-13-01", "2026-02-30", "0000-01-01", "tomorrow", "20260721", "٢٠٢٦-٠٧-٢١", "%00", "%ff"]


@pytest.mark.parametrize("day", NO_DAY)
def test_an_invalid_day_is_a_404(anonymous, day):
    papers(1)
    assert anonymous.get(f"/day/{day}/").status_code == 404


def test_days_link_to_their_neighbours(anonymous):
    papers(1)
    paper("2606.00001", DAY - timedelta(days=9))
    assert reverse("day", args=[date(2026, 7, 12)]) in html(anonymous.get("/day/2026-07-21/"))
    assert reverse("day", args=[DAY]) in html(anonymous.get("/day/2026-07-12/"))


def test_the_front_page_shows_the_papers_of_today(anonymous):
    today = timezone.now().date()
    paper("2607.00001", today)
    papers(2, today - timedelta(days=1), "2606")
    assert paper_ids(anonymous.get("/")) == ["2607.00001"]


def test_later_pages_use_the_same_ranking_although_votes_arrive(ada, client_of):
    catalogue = papers(120)
    client = client_of(ada)
    ids, page = [], client.get("/")
    for number in (2, 3, 4):
        ids += paper_ids(page)
        votes.cast(ada, catalogue[number], 1)
        page = client.get("/", {"page": number, "ranking": page.context["ranking"].public_id})
    assert (len(ids), len(set(ids))) == (120, 120)


def test_the_link_to_the_next_page_pins_the_ranking(anonymous):
    papers(51)
    response = anonymous.get("/")
    assert f"page=2&amp;ranking={response.context['ranking'].public_id}" in html(response)


@pytest.mark.parametrize("name", ["rk_none", "\x00", "x" * 5000, "' OR 1=1", "é", "\ufffd"])
def test_an_unknown_ranking_is_replaced_by_a_new_one(anonymous, name):
    papers(1)
    assert paper_ids(anonymous.get("/", {"ranking": name})) == ["2607.00001"]


def test_bob_and_anonymous_cannot_see_adas_ranking(ada, bob, anonymous, client_of, planted):
    votes.cast(ada, planted[0][10], 1)
    hers = client_of(ada).get("/").context["ranking"].public_id
    for client in (client_of(bob), anonymous):
        assert client.get("/", {"ranking": hers}).context["ranking"].public_id != hers


@pytest.mark.parametrize("page", ["0", "-1", "abc", "99", "", "\x00", "9" * 5000, "٢"])
def test_an_invalid_page_number_shows_the_nearest_page(anonymous, page):
    papers(1)
    assert paper_ids(anonymous.get("/", {"page": page})) == ["2607.00001"]


def test_reloading_a_page_stores_no_second_ranking(anonymous):
    papers(1)
    for _ in range(3):
        anonymous.get("/")
    assert Ranking.objects.count() == 1


def test_queries_do_not_grow_with_the_papers_shown(ada, client_of, planted, django_assert_max_num_queries):
    client = client_of(ada)
    votes.cast(ada, planted[0][10], 1)
    counts = []
    for extra, month in ((2, "2609"), (30, "2610")):  # papers newer than the model take one query more
        papers(extra, month=month)
        client.get("/")
        with django_assert_max_num_queries(23) as counted:
            client.get("/")
        counts.append(len(counted.captured_queries))
    assert counts[0] == counts[1]
