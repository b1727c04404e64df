"""Importing a library: pasted or uploaded, reviewed, and used for votes or saved."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from recommender import votes
from recommender.collections import create, reading_list, save, saved_in
from tests.feeds.planting import GRAPHS, paper, papers

from .pages import html, message_texts

BRING, KEEP = "/welcome/library/", "/welcome/library/keep/"


def bring(client, text="", use="votes", **more):
    return client.post(BRING, {"text": text, "use": use} | more)


def errors(response):
    assert response.status_code == 200
    return " ".join(words for list_of_field in response.context["form"].errors.values() for words in list_of_field)


@pytest.fixture(autouse=True)
def _no_arxiv(settings):
    settings.SOURCES = []


def test_anonymous_is_redirected_to_sign_in(anonymous):
    for answer in (anonymous.get(BRING), anonymous.post(BRING), anonymous.post(KEEP)):
        assert answer["Location"].startswith(reverse("account_login"))


def test_the_welcome_page_links_to_the_import(ada, client_of):
    assert f'href="{BRING}"' in html(client_of(ada).get("/welcome/"))


def test_the_result_lists_papers_found_and_missing_and_saves_nothing(ada, client_of):
    papers(2)
    page = html(bring(client_of(ada), "2607.00001 2607.00002 2607.99999 hello"))
    assert "2 of 4 found" in page
    assert "arXiv:2607.99999" in page
    assert "&#x27;hello&#x27; is not an arXiv id" in page
    assert "be voted up, and your ranking changes at once" in page
    assert not ada.votes.exists()


def test_two_entries_of_one_paper_count_once(ada, client_of):
    paper("2607.00001", doi="10.1000/xyz")
    page = " ".join(html(bring(client_of(ada), "2607.00001 https://doi.org/10.1000/xyz")).split())
    assert "2 of 2 found" in page
    assert "This paper will be voted up" in page


def test_a_file_can_be_uploaded(ada, client_of):
    papers(1)
    file = SimpleUploadedFile("zotero.bib", b"@misc{a, title={A title}, eprint={2607.00001}}")
    assert "1 of 1 found" in html(bring(client_of(ada), file=file))


def test_papers_found_get_votes_and_earlier_votes_stay(ada, client_of):
    first, *_ = papers(3)
    votes.cast(ada, first, -1)
    names = "2607.00001 2607.00002 2607.00003"
    response = client_of(ada).post(KEEP, {"papers": names, "use": "votes"}, follow=True)
    assert dict(ada.votes.values_list("paper__public_id", "value")) == {
        "2607.00001": -1, "2607.00002": 1, "2607.00003": 1,
    }  # fmt: skip
    assert message_texts(response) == [
        "2 papers voted up. Your ranking is updated. 1 paper already had your vote, which was kept."
    ]


def test_papers_left_out_get_no_vote(ada, client_of):
    papers(2)
    client_of(ada).post(KEEP, {"papers": "2607.00001 2607.00002", "without": "2607.00001", "use": "votes"})
    assert list(ada.votes.values_list("paper__public_id", flat=True)) == ["2607.00002"]


def test_papers_found_can_be_saved_to_a_collection(ada, client_of):
    catalogue, collection = papers(2), create(ada, "Graphs")
    save(collection, catalogue[:1])
    assert "be saved to “Graphs”" in html(bring(client_of(ada), "2607.00001 2607.00002", collection.public_id))
    keep = {"papers": "2607.00001 2607.00002", "use": collection.public_id}
    response = client_of(ada).post(KEEP, keep, follow=True)
    assert saved_in(collection).count() == 2
    assert message_texts(response) == ["1 paper saved to “Graphs”. 1 paper was already there."]
    assert not ada.votes.exists()


def test_papers_can_be_saved_to_an_empty_reading_list(ada, client_of):
    papers(1)
    bring(client_of(ada), "2607.00001", "saved")
    client_of(ada).post(KEEP, {"papers": "2607.00001", "use": "saved"})
    assert reading_list(ada).size == 1


def test_imported_votes_personalise_the_page_at_once(ada, client_of, planted):
    graphs, _ = planted
    client = client_of(ada)
    client.post(KEEP, {"papers": " ".join(paper.public_id for paper in graphs[8:12]), "use": "votes"})
    titles = [entry.paper.title for entry in client.get("/").context["entries"][:8]]
    assert set(titles) == {f"The {word}" for word in GRAPHS}


@pytest.mark.parametrize("text", ["", "   \n"])
def test_an_empty_form_is_an_error(ada, client_of, text):
    assert "Paste text or choose a file." in errors(bring(client_of(ada), text))


def test_a_text_and_a_file_together_are_an_error(ada, client_of):
    file = SimpleUploadedFile("a.txt", b"2607.00001")
    assert "not both" in errors(bring(client_of(ada), "2607.00001", file=file))


def test_a_file_over_a_megabyte_is_refused_by_name(ada, client_of):
    file = SimpleUploadedFile("big.bib", b"x" * 1_000_001)
    assert "“big.bib” has 1,000,001 bytes; at most 1,000,000" in errors(bring(client_of(ada), file=file))


def test_a_text_over_a_megabyte_is_an_error_with_the_limit(ada, client_of):
    response = bring(client_of(ada), "2607.00001 " * 100_000)
    assert response.status_code == 400
    assert "A page accepts at most one megabyte of text" in response.content.decode()


@pytest.mark.parametrize(
    ("content", "words"),
    [(b'[{"title": "x"}, {"ti', "entry 2"), (b"\x89PNG\r\n\x1a\n\x00\x00", "0 of"), (b"\x00\x00", "0 of"),
     (b"@misc{a, title={caf\xe9}}", "0 of 1 found"), (b"%PDF-1.7", "0 of 1 found")],
)  # fmt: skip
def test_files_that_are_not_a_library_cause_no_error(ada, client_of, content, words):
    response = bring(client_of(ada), file=SimpleUploadedFile("odd.bin", content))
    assert words in html(response)


def test_entries_are_escaped(ada, client_of):
    page = html(bring(client_of(ada), "@misc{a, title={<script>alert(1)</script> and more}}"))
    assert "<script>alert" not in page


def test_a_strangers_collection_cannot_be_chosen(ada, bob, client_of):
    papers(1)
    collection = create(ada, "Graphs")
    assert "not one of the available choices" in errors(bring(client_of(bob), "2607.00001", collection.public_id))
    assert client_of(bob).post(KEEP, {"papers": "2607.00001", "use": collection.public_id}).status_code == 404
    assert saved_in(collection).count() == 0


def test_unknown_ids_are_looked_up_at_arxiv(ada, client_of, arxiv):
    page = html(bring(client_of(ada), "2607.00001 2608.00001"))
    assert "1 of 2 found" in page
    assert "arXiv knows no such paper" in page


@pytest.mark.parametrize("sent", ["", "2607.99999", "\x00 ../.. 1"])
def test_a_message_says_that_no_papers_were_left(ada, client_of, sent):
    response = client_of(ada).post(KEEP, {"papers": sent, "use": "votes"}, follow=True)
    assert message_texts(response) == ["All papers were left out."]
