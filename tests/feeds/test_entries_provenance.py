"""Where a paper comes from, as the paper's page, the lists and the API show it."""

from datetime import date

import pytest
from django.utils.html import escape

from feeds.entries import names_of_sources, sources_of, submitter_of, with_provenance
from feeds.models import Submission
from feeds.sources.formats.record import PaperRecord
from feeds.sources.ingest import Summary, store_records
from recommender.models import Paper
from recommender.paper_ids import own_id

from .planting import DAY, paper

TITLE = "Tying Old Shoe Laces"


@pytest.fixture
def told(db):
    """A paper of which three of arXiv's channels and Hugging Face tell."""
    for source in ("arxiv_feed", "huggingface", "arxiv_oai"):
        store_records([PaperRecord("2607.00001", TITLE, source, day=DAY, source_upvotes=7)], DAY, Summary())
    return Paper.objects.get()


def html(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_every_source_is_named_the_best_one_first_and_arxivs_channels_as_one(told):
    assert sources_of(told) == ["arxiv_oai", "arxiv_feed", "huggingface"]
    assert names_of_sources(told) == ["arXiv", "Hugging Face Daily Papers"]


def test_a_paper_from_before_there_were_tellings_has_its_one_source(db):
    assert sources_of(paper("2607.00001", source="ris")) == ["ris"]


@pytest.mark.parametrize("address", ["/papers/2607.00001/", "/day/2026-07-21/"])
def test_up_votes_at_the_source_stand_beside_the_source_that_has_them(told, anonymous, address):
    assert "arXiv · 7 upvotes on Hugging Face Daily Papers" in html(anonymous, address)


def test_the_api_names_every_source(told, ada_api):
    found = ada_api.get("/api/v1/papers/2607.00001/").json()
    assert (found["source"], found["sources"]) == ("arxiv_oai", ["arxiv_oai", "arxiv_feed", "huggingface"])
    assert found["hugging_face"]["upvotes"] == 7


@pytest.mark.parametrize(("state", "named"), [("listed", "Ada"), ("refused", None)])
def test_only_a_listed_submission_names_its_member(ada, state, named):
    found = paper("2607.00001")
    Submission.objects.create(submitter=ada, public_id="2607.00001", paper=found, day=DAY, state=state)
    assert submitter_of(found) == named
    assert submitter_of(with_provenance(Paper.objects.all()).get()) == named


def test_a_members_name_is_text_and_no_markup(ada, anonymous):
    ada.name = "<b>Ada</b>"
    ada.save()
    found = paper("2607.00001")
    Submission.objects.create(submitter=ada, public_id="2607.00001", paper=found, day=DAY, state="listed")
    for address in ("/papers/2607.00001/", "/day/2026-07-21/"):
        assert f"submitted by {escape(ada.name)}" in html(anonymous, address)


def test_versions_are_shown_with_their_days_where_they_are_known(db, anonymous):
    paper("2607.00001", versions=[{"number": 1, "at": "2026-07-20T08:00:00Z"}, {"number": 3, "at": None}])
    page = html(anonymous, "/papers/2607.00001/")
    assert 'v1</a> <time datetime="2026-07-20T08:00:00Z">(20 July 2026)</time>' in page
    assert "https://arxiv.org/abs/2607.00001v3" in page


def test_a_withdrawn_paper_has_its_label_and_is_in_no_list_of_the_day(db, anonymous, ada_api):
    paper("2607.00001", withdrawn=True)
    paper("2607.00002")
    assert "Withdrawn by its authors. It is not ranked." in html(anonymous, "/papers/2607.00001/")
    assert "/papers/2607.00001/" not in html(anonymous, "/day/2026-07-21/")
    assert ada_api.get("/api/v1/papers/2607.00001/").json()["withdrawn"]
    assert ada_api.get("/api/v1/papers/").json()["count"] == 2
    assert ada_api.get("/api/v1/days/").json()["results"] == [{"day": "2026-07-21", "papers": 1}]


def test_a_feed_of_a_day_with_withdrawn_papers_alone_is_a_404(db, ada_api):
    paper("2607.00001", withdrawn=True)
    assert ada_api.get("/api/v1/me/feed/", {"day": "2026-07-21"}).status_code == 404


def test_nearly_the_same_papers_show_each_other(db, anonymous, ada_api):
    saved = own_id(TITLE)
    store_records([PaperRecord(saved, TITLE, "saved_page"), PaperRecord("2607.00001", TITLE, "arxiv")], DAY, Summary())
    for here, there in ((saved, "2607.00001"), ("2607.00001", saved)):
        page = html(anonymous, f"/papers/{here}/")
        assert "Possible duplicate" in page
        assert f'href="/papers/{there}/"' in page
        assert ada_api.get(f"/api/v1/papers/{here}/").json()["nearly_the_same"] == [{"id": there, "title": TITLE}]


def test_a_paper_like_no_other_says_nothing_of_that(told, anonymous):
    assert "Possible duplicate" not in html(anonymous, "/papers/2607.00001/")


def test_all_that_is_known_of_a_paper_stands_on_its_page(db, anonymous):
    paper(
        "2607.00001", doi="10.1000/1", journal_ref="Knots 3 (2026) 1-9", license_url="https://example.org/licence",
        submitted_by="grace", organization="Navy", source_comments=1, code_stars=1234, day=date(2026, 7, 21),
    )  # fmt: skip
    page = html(anonymous, "/papers/2607.00001/")
    for text in (
        "https://doi.org/10.1000/1", "Knots 3 (2026) 1-9", "https://example.org/licence",
        "submitted by grace (Navy); 1 comment<", "1,234 stars",
    ):  # fmt: skip
        assert text in page
