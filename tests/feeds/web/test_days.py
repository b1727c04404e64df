"""Pages of days, weeks, months and since a visit: sorts, filters, habits and page size."""

import gzip
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db.models import Value
from django.db.models.functions import Concat
from django.utils import timezone

from feeds.models import Visit
from recommender import interests, votes
from recommender.models import Paper, Ranking
from tests.feeds.planting import DAY, GRAPHS, PROTEINS, paper, papers

from .pages import html, paper_ids

WEEK, MONTH = "/week/2026-W30/", "/month/2026-07/"


@pytest.mark.parametrize("address", [WEEK, MONTH])
def test_a_week_and_a_month_show_the_papers_of_all_their_days(anonymous, address):
    paper("2607.00001", date(2026, 7, 20))
    paper("2607.00002", date(2026, 7, 26))
    paper("2608.00001", date(2026, 8, 1))
    assert set(paper_ids(anonymous.get(address))) == {"2607.00001", "2607.00002"}


@pytest.mark.parametrize("address", [WEEK, MONTH])
def test_ada_sees_a_week_and_a_month_in_her_own_order_with_reasons(ada, client_of, planted, address):
    _, proteins = planted
    votes.cast(ada, proteins[10], 1)
    response = client_of(ada).get(address)
    assert response.context["ranking"].mode == "hybrid"
    assert {entry.paper.pk for entry in response.context["entries"][:8]} <= {row.pk for row in proteins}
    assert ", which you liked" in html(response)


NO_SPAN = [
    "/week/2026-W54/",
    "/week/2026-W00/",
    "/week/2026-30/",
    "/week/0000-W01/",
    "/month/2026-13/",
    "/month/2026-7/",
]


@pytest.mark.parametrize("address", [*NO_SPAN, "/month/2026-06/", "/week/2026-W29/"])
def test_an_invalid_or_empty_week_or_month_is_a_404(anonymous, address):
    papers(1)
    assert anonymous.get(address).status_code == 404


@pytest.mark.parametrize(
    ("text", "leads_to"),
    [("2026-07-21", "/day/2026-07-21/"), ("", "/"), ("x", "/"), ("2026-02-30", "/"), ("\x00", "/")],
)
def test_the_date_field_redirects_to_its_day(anonymous, text, leads_to):
    assert anonymous.get("/day/", {"date": text})["Location"] == leads_to


@pytest.mark.parametrize("address", ["/", WEEK])
def test_a_category_can_be_chosen_everywhere(anonymous, address):
    paper("2607.00001", categories=["cs.LG"])
    paper("2607.00002", categories=["cs.CV", "cs.LG"])
    response = anonymous.get(address, {"category": "cs.CV"})
    assert paper_ids(response) == ["2607.00002"]
    assert '<option value="cs.CV" selected>cs.CV (1)</option>' in html(response)


def test_a_category_without_papers_can_be_left(anonymous):
    papers(1)
    text = " ".join(html(anonymous.get("/", {"category": "cs.CV"})).split())
    assert "No papers in cs.CV." in text


@pytest.mark.parametrize("address", ["/day/2026-07-21/", WEEK])
def test_an_unknown_category_is_named_instead_of_ignored(anonymous, address):
    """Anything may be in an address; it is shown as text, and cut."""
    papers(3)
    page = html(anonymous.get(address, {"category": f"<b>cs.QQ{'x' * 99}"}))
    assert "“&lt;b&gt;cs.QQ" in page
    assert "is not an arXiv category. Papers of all categories are shown." in page
    assert "x" * 50 not in page.partition("is not an arXiv category")[0].rpartition("“")[2]
    assert "is not an arXiv category" not in html(anonymous.get(address))


def test_a_category_without_papers_is_not_called_unknown(anonymous):
    papers(3)
    page = html(anonymous.get("/day/2026-07-21/", {"category": "cs.lg"}))
    assert "is not an arXiv category" not in page


def test_a_reader_without_votes_is_told_what_is_missing(ada, client_of, planted):
    """Interests make an own order even where the popular one was chosen."""
    client = client_of(ada)
    assert "To get your own ranking, <a href=" in html(client.get("/day/2026-07-21/"))
    interests.add(ada, "topic", "protein")
    for sort in ("mine", "popular"):
        page = html(client.get("/day/2026-07-21/", {"sort": sort}))
        assert "To refine your own ranking," in page
        assert "add your interests" not in page
    votes.cast(ada, planted[1][0], 1)
    assert "own ranking," not in html(client.get("/day/2026-07-21/"))


def test_links_to_other_days_keep_sort_and_category(anonymous):
    papers(1)
    paper("2606.00001", DAY - timedelta(days=9), categories=["cs.CV"])
    page = html(anonymous.get("/", {"sort": "recent", "category": "cs.CV"}))
    assert 'href="/day/2026-07-12/?sort=recent&amp;category=cs.CV"' in page


def test_titles_only_is_remembered_until_abstracts_are_chosen(anonymous):
    paper("2607.00001", abstract="Knots untied.")
    assert "Knots untied" in html(anonymous.get("/"))
    assert "Knots untied" not in html(anonymous.get("/", {"show": "titles"}))
    assert "Knots untied" not in html(anonymous.get("/"))
    assert "Knots untied" in html(anonymous.get("/", {"show": "abstracts"}))


def test_voted_papers_can_be_hidden_and_places_stay(ada, client_of):
    catalogue = papers(3)
    votes.cast(ada, catalogue[1], 1)
    response = client_of(ada).get("/", {"sort": "recent", "voted": "hidden"})
    places = [(entry.position, entry.paper) for entry in response.context["entries"]]
    assert places == [(1, catalogue[2]), (3, catalogue[0])]
    assert "1 hidden by your filter" in html(response)


def test_later_pages_of_a_week_use_the_same_ranking(ada, client_of):
    catalogue = papers(60)
    client = client_of(ada)
    first = client.get(WEEK)
    votes.cast(ada, catalogue[0], 1)
    second = client.get(WEEK, {"page": 2, "ranking": first.context["ranking"].public_id})
    assert set(paper_ids(first)).isdisjoint(paper_ids(second))


def test_every_place_of_a_long_week_can_be_paged_to(anonymous):
    """1,010 papers: 20 pages of 50, and the page says how many there are."""
    new = [Paper(public_id=f"2607.{n:05d}", day=DAY, title="Knots", source="dataset") for n in range(1010)]
    Paper.objects.bulk_create(new)
    first, last = (anonymous.get(WEEK, {"sort": "recent", "page": page}) for page in (1, 20))
    assert first.context["page"].paginator.num_pages == 20
    assert [entry.position for entry in last.context["entries"]] == list(range(951, 1001))
    assert "All 1,010 papers announced were ranked; the first 1,000 are listed." in html(last)
    assert "papers announced were ranked" not in html(anonymous.get(WEEK, {"sort": "daily"}))


def test_a_week_offers_the_best_of_each_day_and_a_day_does_not(anonymous):
    monday, tuesday = date(2026, 7, 20), date(2026, 7, 21)
    for n in range(12):
        paper(f"2607.000{n:02d}", monday)
    paper("2607.00099", tuesday)
    response = anonymous.get(WEEK, {"sort": "daily"})
    assert [entry.paper.day for entry in response.context["entries"]] == [tuesday, *[monday] * 10]
    assert "Best of each day" in html(response)
    assert "Best of each day" not in html(anonymous.get("/day/2026-07-21/"))
    assert anonymous.get("/day/2026-07-21/", {"sort": "daily"})["Location"] == "/day/2026-07-21/"


def test_a_ranking_of_other_days_is_not_used(anonymous):
    papers(2)
    of_day = anonymous.get("/").context["ranking"]
    assert anonymous.get(WEEK, {"ranking": of_day.public_id}).context["ranking"] != of_day


def test_catching_up_starts_on_the_day_of_the_last_visit(ada, client_of):
    now = timezone.now()
    Visit.objects.create(reader=ada, seen_at=now - timedelta(days=3))
    for back in (1, 3, 4):
        paper(f"2607.0000{back}", now.date() - timedelta(days=back))
    address = client_of(ada).get("/catch-up/")["Location"]
    assert address == f"/catch-up/?since={now.date() - timedelta(days=3)}"
    assert set(paper_ids(client_of(ada).get(address))) == {"2607.00001", "2607.00003"}


def test_opening_the_page_again_keeps_the_day(ada, client_of):
    now = timezone.now()
    Visit.objects.create(reader=ada, seen_at=now - timedelta(days=3))
    client = client_of(ada)
    assert client.get("/catch-up/")["Location"] == client.get("/catch-up/")["Location"]


@pytest.mark.parametrize("since", ["1900-01-01", "9999-12-31"])
def test_odd_days_to_catch_up_from_cause_no_error(ada, client_of, since):
    assert client_of(ada).get("/catch-up/", {"since": since}).status_code == 200


def test_catching_up_without_new_papers_says_so(ada, client_of):
    papers(1)
    assert "No papers have been announced since then" in html(
        client_of(ada).get(f"/catch-up/?since={timezone.now().date()}")
    )


def test_catching_up_is_for_members(anonymous):
    assert anonymous.get("/catch-up/")["Location"].startswith("/accounts/login/")


def test_reloading_a_week_stores_no_second_ranking(anonymous):
    papers(1)
    for _ in range(3):
        anonymous.get(WEEK)
    assert Ranking.objects.count() == 1


def test_popular_today_is_written_on_todays_page_only(anonymous):
    today = timezone.now().date()
    paper("2607.00001", today, source_upvotes=4)
    paper("2607.00002", today - timedelta(days=1), source_upvotes=4)
    assert "popular today, 4 public votes" in html(anonymous.get("/"))
    assert "popular, 4 public votes" in html(anonymous.get(f"/day/{today - timedelta(days=1)}/"))


ABSTRACT = " ".join([*GRAPHS, *PROTEINS, "plain and elaborate methods"]) * 9  # 1,341 characters
AUTHORS = [f"Firstname{n} Lastname{n}" for n in range(8)]


def full_day():
    """Fifty papers of real lengths: titles of 76 characters, abstracts of 1,341, eight authors, three categories."""
    Paper.objects.update(title=Concat("title", Value(" in problems of practice that have a title of two lines")))
    for row in papers(50, month="2609"):
        row.title = f"{row.public_id} On plain methods and elaborate ones for problems of practice"[:76].ljust(76, "x")
        row.abstract, row.authors, row.categories = ABSTRACT, AUTHORS, ["cs.LG", "cs.CV", "stat.ML"]
        row.code_url = f"https://github.com/example/{row.public_id}"
        row.save()


def test_fifty_papers_with_reasons_take_less_than_120_kilobytes(ada, client_of, planted):
    full_day()
    for liked, disliked in zip(planted[0][8:14], planted[1][8:14], strict=True):
        votes.cast(ada, liked, 1)
        votes.cast(ada, disliked, -1)
    page = html(client_of(ada).get("/"))
    assert page.count('class="paper"') == page.count(", which you liked") == 50
    assert len(page.encode()) < 120_000


def test_stylesheet_and_scripts_take_less_than_60_kilobytes_compressed(anonymous):
    addresses = re.findall(r'(?:href|src)="/static/([^"]+\.(?:css|js))"', html(anonymous.get("/")))
    assert len(addresses) == 3
    assert sum(len(gzip.compress(Path(finders.find(name)).read_bytes())) for name in addresses) < 60_000
