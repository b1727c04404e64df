"""`/submit/`: the form, what it says of each end, and the list of my own."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from feeds.models import Submission
from recommender.models import Paper
from tests.feeds.planting import paper


@pytest.fixture
def page(arxiv, ada, client_of):
    """What ada's page says after she has submitted this."""
    client = client_of(ada)
    return lambda text: client.post("/submit/", {"paper": text}, follow=True)


def test_a_listed_paper_leads_to_its_page(page):
    answer = page("2607.00001")
    assert answer.redirect_chain == [("/papers/2607.00001/", 302)]
    assert "Thank you. The paper is on the list of" in answer.content.decode()
    assert "submitted by Ada" in answer.content.decode()


def test_a_paper_that_is_here_leads_to_its_page(page):
    paper("2607.00001")
    assert "This paper is already on the list of 21 July 2026." in page("2607.00001").content.decode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "This field is required"),
        ("knots", "names no paper at arXiv"),
        ("2606.00001", "2606.00001 is not listed: arXiv knows no such paper."),
        ("2607.00009", "2607.00009 is not listed: it was withdrawn by its authors."),
        ("<script>", "&quot;&lt;script&gt;&quot; names no paper"),
        ("x" * 301, "at most 300 characters"),
    ],
)
def test_what_cannot_be_listed_is_said_beside_the_field(page, text, said):
    answer = page(text)
    assert (answer.status_code, answer.redirect_chain, Paper.objects.count()) == (200, [], 0)
    assert said in answer.content.decode()


def test_over_the_limit_the_page_says_so(page, settings):
    settings.SUBMISSIONS_PER_DAY = 1
    page("2607.00001")
    content = page("2607.00002").content.decode()
    assert "The limit is 1 a day for each member" in content
    assert "None left today" in content


def test_my_submissions_are_listed_with_their_states_and_not_anothers(page, ada, bob):
    page("2607.00001")
    page("2607.00009")
    Submission.objects.create(submitter=bob, public_id="2607.00005", day="2026-11-23")
    content = page("knots").content.decode()
    assert content.count('class="submission"') == 2
    assert ("Paper 2607.00001" in content, "withdrawn by its authors" in content) == (True, True)
    assert "2607.00005" not in content


def test_the_form_is_safe_against_other_sites(arxiv, ada):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post("/submit/", {"paper": "2607.00001"}).status_code == 403
    assert not Paper.objects.exists()


def test_the_list_names_the_members_and_takes_no_query_more_for_them(page, ada, client_of):
    queries = []
    for public_id in ("2607.00001", "2607.00002"):
        page(public_id)
        client_of(ada).get("/?sort=recent")  # makes the ranking
        with CaptureQueriesContext(connection) as caught:
            answer = client_of(ada).get("/?sort=recent")
        queries.append(len(caught))
    assert answer.content.decode().count("submitted by Ada") == 2
    assert queries[0] == queries[1]
