"""Citations to download, and what the paper's page says to reference managers."""

import json
import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from recommender import votes
from recommender.models import Ranking, Vote, VoteEvent
from recommender.paper_ids import own_id
from tests.feeds.planting import DAY, paper, papers


@pytest.mark.parametrize(
    ("form", "media_type", "start"),
    [
        ("bib", "application/x-bibtex", "@misc{"),
        ("ris", "application/x-research-info-systems", "TY  - "),
        ("json", "application/vnd.citationstyles.csl+json", "["),
    ],
)
@pytest.mark.parametrize("public_id", ["2607.00001", "hep-th/9901001"])
def test_each_format_is_a_file(anonymous, public_id, form, media_type, start):
    paper(public_id)
    answer = anonymous.get(f"/papers/{public_id}/cite.{form}")
    assert answer["Content-Type"] == f"{media_type}; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="{public_id.replace("/", "-")}.{form}"'
    assert answer.content.decode().startswith(start)


@pytest.mark.parametrize("address", ["2607.00001/cite.txt", "2607.00002/cite.bib", "2607.00001/cite."])
def test_another_format_or_an_unknown_paper_is_not_found(anonymous, address):
    paper("2607.00001")
    assert anonymous.get(f"/papers/{address}").status_code == 404


def test_a_citation_is_only_read(anonymous):
    paper("2607.00001")
    assert anonymous.post("/papers/2607.00001/cite.bib").status_code == 405


def metadata(page):
    """The content of every `<meta>` by its name, in order."""
    tags = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)"', page)
    return {name: [unescape(content) for other, content in tags if other == name] for name, _ in tags}


def test_the_page_carries_citation_tags(anonymous):
    paper("2607.00001", title="On $x^2$", authors=["Ada Lovelace", "Bob"], doi="10.1/x", abstract="Short.")
    page = anonymous.get("/papers/2607.00001/").content.decode()
    found = metadata(page)
    assert found["citation_title"] == found["og:title"] == ["On x²"]
    assert found["citation_author"] == ["Ada Lovelace", "Bob"]
    assert found["citation_publication_date"] == ["2026/07/21"]
    assert (found["citation_arxiv_id"], found["citation_doi"]) == (["2607.00001"], ["10.1/x"])
    assert found["citation_pdf_url"] == ["https://arxiv.org/pdf/2607.00001"]
    assert found["og:url"] == found["citation_abstract_html_url"] == ["http://testserver/papers/2607.00001/"]
    assert '<link rel="canonical" href="http://testserver/papers/2607.00001/">' in page


def test_the_page_has_the_citation_to_copy(anonymous):
    paper("2607.00001", title="On <b>", authors=["Ada Lovelace"])
    page = anonymous.get("/papers/2607.00001/").content.decode()
    assert "Ada Lovelace (2026). On &lt;b&gt;. arXiv:2607.00001." in page
    assert "data-copy>@misc{lovelace2026b," in page
    assert 'class="Z3988" title="ctx_ver=Z39.88-2004&amp;' in page


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)> $\\text{</math><script>}$ \\textbf{<svg onload=x>}'


@pytest.mark.parametrize("address", ["/papers/2607.00001/", f"/day/{DAY}/"])
def test_hostile_text_is_words(anonymous, address):
    paper(
        "2607.00001", title=HOSTILE, abstract=HOSTILE, authors=[HOSTILE, '"onload="x'], journal_ref=HOSTILE, doi='"><x'
    )
    page = anonymous.get(address).content.decode()
    assert not re.search(r"<script>|<img|<svg onload|<x\b", page)
    assert not re.search(r'<meta[^>]*">[^\n<]', page)


def test_a_day_has_a_canonical_address_and_says_what_it_is(anonymous):
    paper("2607.00001", title="On $x^2$")
    page = anonymous.get(f"/day/{DAY}/").content.decode()
    assert f'<link rel="canonical" href="http://testserver/day/{DAY}/">' in page
    assert metadata(page)["og:title"] == ["Research papers of Tuesday 21 July 2026"]
    assert metadata(page)["og:description"] == ["On x²"]


def test_a_day_without_papers_points_to_the_one_that_it_shows(anonymous):
    paper("2607.00001")
    assert f'href="http://testserver/day/{DAY}/">' in anonymous.get("/day/2026-07-25/").content.decode()


def test_thousands_of_authors_fold_away(anonymous):
    paper("2607.00001", authors=[f"Author {number}" for number in range(3000)])
    page = anonymous.get("/papers/2607.00001/").content.decode()
    assert "<summary>All 3,000 authors</summary>" in page
    assert page.count("Author 2999") == 2  # a `citation_author` tag, and the list


def test_json_is_json_whatever_the_title_holds(anonymous):
    paper("2607.00001", title='"C:\\q </script>\x01 é')
    [item] = json.loads(anonymous.get("/papers/2607.00001/cite.json").content)
    assert item["title"] == '"C:\\q </script> é'


HTMX = {"HTTP_HX_REQUEST": "true"}


def ids(response):
    assert response.status_code == 200
    return [entry.paper.public_id for entry in response.context["entries"]]


def html(response):
    assert response.status_code == 200
    return response.content.decode()


def test_an_empty_catalogue_says_how_to_fill_it(anonymous):
    assert "import_papers" in html(anonymous.get("/"))


def test_anonymous_sees_the_popular_order_and_how_to_get_an_own_one(ada, anonymous):
    found = papers(3)
    votes.cast(ada, found[1], 1)
    response = anonymous.get("/")
    assert (ids(response)[0], response.context["ranking"].mode) == ("2607.00002", "popular")
    assert reverse("account_signup") in html(response)


def test_ada_sees_her_own_order_with_reasons(ada, client_of, planted):
    graphs, _ = planted
    votes.cast(ada, graphs[10], 1)
    response = client_of(ada).get("/")
    assert set(ids(response)[:8]) == {p.public_id for p in graphs[:8]}
    assert f'href="/papers/{graphs[10].public_id}/"' in html(response)  # of an earlier day: it is there as a reason


def test_page_and_api_give_the_same_order(ada, client_of, ada_api, planted):
    votes.cast(ada, planted[1][10], 1)
    answer = ada_api.get("/api/v1/me/feed/").json()
    page = client_of(ada).get("/")
    assert ids(page) == [row["paper"]["id"] for row in answer["results"]]
    assert page.context["ranking"].public_id == answer["ranking_id"]


@pytest.mark.parametrize(("sort", "mode"), [("popular", "popular"), ("recent", "recent"), ("mine", "hybrid")])
def test_ada_may_choose_another_order(ada, client_of, planted, sort, mode):
    votes.cast(ada, planted[0][0], 1)
    assert client_of(ada).get("/", {"sort": sort}).context["ranking"].mode == mode


@pytest.mark.parametrize("sort", ["", "best", "mine", "\x00", "MINE"])
def test_an_order_that_anonymous_cannot_have_leads_to_the_plain_page(anonymous, sort):
    papers(1)
    response = anonymous.get("/", {"sort": sort})
    assert (response.status_code, response["Location"]) == (302, "/")


def test_a_day_without_papers_shows_the_last_one_before_it_and_says_so(anonymous):
    papers(2)
    response = anonymous.get("/day/2026-07-25/")
    assert len(ids(response)) == 2
    assert "There are no papers for Saturday 25 July 2026" in html(response)


def test_a_day_before_all_papers_is_a_404(anonymous):
    papers(2)
    assert anonymous.get("/day/2026-07-20/").status_code == 404


NO_DAY = ["2026-13-01", "2026-02-30", "0000-01-01", "tomorrow", "20260721", "٢٠٢٦-٠٧-٢١", "%00", "%ff"]


@pytest.mark.parametrize("day", NO_DAY)
def test_an_address_that_is_no_day_is_a_404(anonymous, day):
    papers(1)
    assert anonymous.get(f"/day/{day}/").status_code == 404


def test_days_lead_to_their_neighbours(anonymous):
    papers(1)
    paper("2606.00001", DAY - timedelta(days=9))
    assert reverse("day", args=[date(2026, 7, 12)]) in html(anonymous.get("/day/2026-07-21/"))
    assert reverse("day", args=[DAY]) in html(anonymous.get("/day/2026-07-12/"))


def test_papers_of_today_are_the_first_page(anonymous):
    today = timezone.now().date()
    paper("2607.00001", today)
    papers(2, today - timedelta(days=1), "2606")
    assert ids(anonymous.get("/")) == ["2607.00001"]


def test_later_pages_stay_with_the_ranking_although_votes_arrive(ada, client_of):
    found = papers(120)
    client = client_of(ada)
    shown, page = [], client.get("/")
    for number in (2, 3, 4):
        shown += ids(page)
        votes.cast(ada, found[number], 1)
        page = client.get("/", {"page": number, "ranking": page.context["ranking"].public_id})
    assert (len(shown), len(set(shown))) == (120, 120)


def test_the_link_to_the_next_page_pins_the_ranking(anonymous):
    papers(51)
    response = anonymous.get("/")
    assert f"page=2&amp;ranking={response.context['ranking'].public_id}" in html(response)


@pytest.mark.parametrize("name", ["rk_none", "\x00", "x" * 5000, "' OR 1=1", "é", "\ufffd"])
def test_a_ranking_that_is_not_there_is_made_anew(anonymous, name):
    papers(1)
    assert ids(anonymous.get("/", {"ranking": name})) == ["2607.00001"]


def test_bob_and_anonymous_cannot_see_adas_ranking(ada, bob, anonymous, client_of, planted):
    votes.cast(ada, planted[0][10], 1)
    hers = client_of(ada).get("/").context["ranking"].public_id
    for client in (client_of(bob), anonymous):
        assert client.get("/", {"ranking": hers}).context["ranking"].public_id != hers


@pytest.mark.parametrize("page", ["0", "-1", "abc", "99", "", "\x00", "9" * 5000, "٢"])
def test_a_wrong_page_is_the_nearest_one(anonymous, page):
    papers(1)
    assert ids(anonymous.get("/", {"page": page})) == ["2607.00001"]


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("2607.21557", "2607.21557v2"),
        ("2607.21557", "arXiv:2607.21557"),
        ("hep-th/9901001", "hep-th/9901001"),
        ("hep-th/9901001", "hep-th%2F9901001v1"),
        (own_id("Ties"), own_id("Ties")),
    ],
)
def test_any_form_of_an_id_leads_to_its_paper(anonymous, stored, asked):
    paper(stored, title="Ties that bind")
    page = html(anonymous.get(f"/papers/{asked}/"))
    assert "Ties that bind" in page
    assert f'<link rel="canonical" href="http://testserver/papers/{stored}/">' in page


@pytest.mark.parametrize("public_id", ["2607.99999", "hep-th/0000000", "%00", "%ff", "x" * 65, "a/b/c"])
def test_a_paper_that_is_not_there_is_a_404(anonymous, public_id):
    assert anonymous.get(f"/papers/{public_id}/").status_code == 404


def test_what_a_source_sends_is_escaped(anonymous):
    paper(
        "2607.00001", title="<script>alert(1)</script>", abstract="<b>", authors=["<i>"], project_url="javascript:x()"
    )
    for address in ("/", "/papers/2607.00001/"):
        page = html(anonymous.get(address))
        assert "<script>alert" not in page
        assert "javascript:" not in page


def vote(client, value, public_id="2607.00001", **sent):
    headers = {name: sent.pop(name) for name in list(sent) if name.startswith("HTTP_")}
    return client.post(f"/papers/{public_id}/vote/", {"value": value, **sent}, **headers)


@pytest.mark.parametrize("public_id", ["2607.00001", "2607.00001v3", "hep-th/9901001", own_id("Ties")])
def test_a_form_votes_and_returns_to_where_it_was(ada, client_of, public_id):
    for stored in ("2607.00001", "hep-th/9901001", own_id("Ties")):
        paper(stored)
    response = vote(client_of(ada), "1", public_id, next="/day/2026-07-21/?sort=recent#paper-1")
    assert (response.status_code, response["Location"]) == (302, "/day/2026-07-21/?sort=recent#paper-1")
    assert ada.votes.get().paper.public_id == public_id.removesuffix("v3")


def test_votes_change_and_are_taken_back_and_stay_in_history(ada, client_of):
    papers(1)
    client = client_of(ada)
    for value in ("1", "-1", "-1", "0", "0"):
        assert vote(client, value).status_code == 302
    assert not ada.votes.exists()
    assert list(VoteEvent.objects.values_list("value", "previous")) == [(1, 0), (-1, 1), (0, -1)]


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "\x00//evil.example",
    "",
    "http://[",
    "\thttps://evil.example",
]


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_a_vote_never_leads_to_another_site(ada, client_of, wanted):
    papers(1)
    assert vote(client_of(ada), "1", next=wanted)["Location"] == "/papers/2607.00001/"


@pytest.mark.parametrize("wanted", ["vote", "models", "nonsense", "/\nX: y", "/" + "x" * 3000, "/\x00"])
def test_an_odd_place_to_return_to_is_no_error(ada, client_of, wanted):
    papers(1)
    response = vote(client_of(ada), "1", next=wanted)
    assert (response.status_code, "\n" in response["Location"]) == (302, False)


@pytest.mark.parametrize("value", ["", "2", "up", "+1", "1.0", "١", "NaN", "1e400", "\x00", " 1"])
def test_a_form_without_a_proper_vote_is_a_400_and_changes_nothing(ada, client_of, value):
    papers(1)
    response = vote(client_of(ada), value)
    assert (response.status_code, Vote.objects.count()) == (400, 0)
    assert client_of(ada).post("/papers/2607.00001/vote/").status_code == 400


def test_a_vote_on_an_unknown_paper_is_a_404(ada, client_of):
    assert vote(client_of(ada), "1", "2607.99999").status_code == 404


def test_a_get_does_not_vote(ada, client_of):
    papers(1)
    assert client_of(ada).get("/papers/2607.00001/vote/", {"value": "1"}).status_code == 405
    assert not Vote.objects.exists()


def test_a_vote_without_a_csrf_token_is_a_403(ada):
    papers(1)
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert (vote(client, "1").status_code, Vote.objects.count()) == (403, 0)


def test_anonymous_signs_in_and_comes_back_to_the_paper(anonymous):
    [found] = papers(1)
    response = vote(anonymous, "1", next="/?sort=recent")
    back = f"/%3Fsort%3Drecent%23paper-{found.pk}"
    assert (response.status_code, response["Location"]) == (302, f"/accounts/login/?next={back}")
    assert not Vote.objects.exists()


def test_htmx_is_sent_to_sign_in_as_a_whole_page(anonymous):
    papers(1)
    response = vote(anonymous, "1", **HTMX)
    assert (response.status_code, response["HX-Redirect"]) == (200, "/accounts/login/?next=/papers/2607.00001/")


def test_htmx_gets_the_buttons_as_they_are_now(ada, client_of):
    papers(1)
    page = " ".join(html(vote(client_of(ada), "1", **HTMX)).split())
    assert "<html" not in page
    assert 'aria-pressed="true" aria-label="Thumbs up (1)"' in page


@pytest.mark.parametrize(
    ("voted_on", "reordered"),
    [
        ("/", "/?"),
        ("/?sort=mine&page=3&ranking=rk_1", "/?sort=mine"),
        ("/week/2026-W30/#paper-4", "/week/2026-W30/?"),
        ("/papers/2607.00001/", "/day/2026-07-21/"),
        ("", "/day/2026-07-21/"),
        ("https://evil.example/", "/day/2026-07-21/"),
    ],
)
def test_htmx_is_told_where_the_new_order_is(ada, client_of, voted_on, reordered):
    papers(1)
    assert f'<a href="{reordered}">' in html(vote(client_of(ada), "1", next=voted_on, **HTMX))


@pytest.mark.parametrize("address", ["/", "/day/2026-07-21/", "/papers/2607.00001/", "/models/", "/status/"])
def test_pages_answer_head_and_refuse_to_be_posted_to(anonymous, address):
    papers(1)
    response = anonymous.head(address)
    assert (response.status_code, response.content) == (200, b"")
    assert anonymous.post(address).status_code == 405


def test_looking_at_a_page_again_keeps_no_second_ranking(anonymous):
    papers(1)
    for _ in range(3):
        anonymous.get("/")
    assert Ranking.objects.count() == 1


def test_the_page_takes_the_same_queries_however_many_papers_it_shows(
    ada, client_of, planted, django_assert_max_num_queries
):
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
