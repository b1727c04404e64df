"""Bringing a library: pasted or uploaded, looked at, and kept as votes or saved."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from recommender import votes
from recommender.collections import create, reading_list, save, saved_in
from tests.feeds.planting import GRAPHS, paper, papers

BRING, KEEP = "/welcome/library/", "/welcome/library/keep/"


def html(response):
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def bring(client, text="", use="votes", **more):
    return client.post(BRING, {"text": text, "use": use} | more)


def errors(response):
    assert response.status_code == 200
    return " ".join(words for list_of_field in response.context["form"].errors.values() for words in list_of_field)


def said(response):
    return [str(message) for message in response.context["messages"]]


@pytest.fixture(autouse=True)
def _no_arxiv(settings):
    settings.SOURCES = []


def test_anonymous_is_led_to_signing_in(anonymous):
    for answer in (anonymous.get(BRING), anonymous.post(BRING), anonymous.post(KEEP)):
        assert answer["Location"].startswith(reverse("account_login"))


def test_the_welcome_page_leads_here(ada, client_of):
    assert f'href="{BRING}"' in html(client_of(ada).get("/welcome/"))


def test_what_was_found_and_what_not_is_shown_and_nothing_kept(ada, client_of):
    papers(2)
    page = html(bring(client_of(ada), "2607.00001 2607.00002 2607.99999 hello"))
    assert "2 of 4 found" in page
    assert "arXiv:2607.99999" in page
    assert "&#x27;hello&#x27; is no arXiv id" in page
    assert "be voted up" in page
    assert not ada.votes.exists()


def test_two_entries_of_one_paper_are_told_as_one(ada, client_of):
    paper("2607.00001", doi="10.1000/xyz")
    page = html(bring(client_of(ada), "2607.00001 https://doi.org/10.1000/xyz"))
    assert "2 of 2 found" in page
    assert "This paper will be voted up" in page


def test_a_file_is_read_like_a_text(ada, client_of):
    papers(1)
    file = SimpleUploadedFile("zotero.bib", b"@misc{a, title={A title}, eprint={2607.00001}}")
    assert "1 of 1 found" in html(bring(client_of(ada), file=file))


def test_what_is_found_becomes_votes_and_earlier_votes_stay(ada, client_of):
    first, *_ = papers(3)
    votes.cast(ada, first, -1)
    wanted = "2607.00001 2607.00002 2607.00003"
    response = client_of(ada).post(KEEP, {"papers": wanted, "use": "votes"}, follow=True)
    assert dict(ada.votes.values_list("paper__public_id", "value")) == {
        "2607.00001": -1, "2607.00002": 1, "2607.00003": 1,
    }  # fmt: skip
    assert said(response) == [
        "2 papers voted up. Your ranking is updated. 1 paper already had your vote, which was kept."
    ]


def test_what_was_left_out_stays_out(ada, client_of):
    papers(2)
    client_of(ada).post(KEEP, {"papers": "2607.00001 2607.00002", "without": "2607.00001", "use": "votes"})
    assert list(ada.votes.values_list("paper__public_id", flat=True)) == ["2607.00002"]


def test_what_is_found_can_be_saved_instead(ada, client_of):
    found, made = papers(2), create(ada, "Graphs")
    save(made, found[:1])
    assert "be saved to “Graphs”" in html(bring(client_of(ada), "2607.00001 2607.00002", made.public_id))
    keep = {"papers": "2607.00001 2607.00002", "use": made.public_id}
    response = client_of(ada).post(KEEP, keep, follow=True)
    assert (saved_in(made).count(), said(response)) == (2, ["1 paper saved to “Graphs”. 1 paper was already there."])
    assert not ada.votes.exists()


def test_the_reading_list_needs_no_row_for_that(ada, client_of):
    papers(1)
    bring(client_of(ada), "2607.00001", "saved")
    client_of(ada).post(KEEP, {"papers": "2607.00001", "use": "saved"})
    assert reading_list(ada).size == 1


def test_the_first_personal_feed_is_there_at_once(ada, client_of, planted):
    graphs, _ = planted
    client = client_of(ada)
    client.post(KEEP, {"papers": " ".join(paper.public_id for paper in graphs[8:12]), "use": "votes"})
    shown = [entry.paper.title for entry in client.get("/").context["entries"][:8]]
    assert set(shown) == {f"The {word}" for word in GRAPHS}


@pytest.mark.parametrize("text", ["", "   \n"])
def test_nothing_brought_is_said(ada, client_of, text):
    assert "Paste text or choose a file." in errors(bring(client_of(ada), text))


def test_a_text_and_a_file_at_once_are_too_much(ada, client_of):
    file = SimpleUploadedFile("a.txt", b"2607.00001")
    assert "not both" in errors(bring(client_of(ada), "2607.00001", file=file))


def test_a_file_over_a_megabyte_is_refused_by_name(ada, client_of):
    file = SimpleUploadedFile("big.bib", b"x" * 1_000_001)
    assert "“big.bib” has 1,000,001 bytes; at most 1,000,000" in errors(bring(client_of(ada), file=file))


def test_a_text_over_a_megabyte_is_answered_in_words(ada, client_of):
    response = bring(client_of(ada), "2607.00001 " * 100_000)
    assert response.status_code == 400
    assert "A page accepts at most one megabyte of text" in response.content.decode()


@pytest.mark.parametrize(
    ("content", "words"),
    [(b'[{"title": "x"}, {"ti', "entry 2"), (b"\x89PNG\r\n\x1a\n\x00\x00", "0 of"), (b"\x00\x00", "0 of"),
     (b"@misc{a, title={caf\xe9}}", "0 of 1 found"), (b"%PDF-1.7", "0 of 1 found")],
)  # fmt: skip
def test_files_that_are_no_library_are_answered_in_words(ada, client_of, content, words):
    response = bring(client_of(ada), file=SimpleUploadedFile("odd.bin", content))
    assert words in html(response)


def test_what_entries_say_is_shown_as_text(ada, client_of):
    page = html(bring(client_of(ada), "@misc{a, title={<script>alert(1)</script> and more}}"))
    assert "<script>alert" not in page


def test_a_strangers_collection_is_no_use(ada, bob, client_of):
    papers(1)
    made = create(ada, "Graphs")
    assert "not one of the available choices" in errors(bring(client_of(bob), "2607.00001", made.public_id))
    assert client_of(bob).post(KEEP, {"papers": "2607.00001", "use": made.public_id}).status_code == 404
    assert saved_in(made).count() == 0


def test_unknown_ids_are_asked_for_at_arxiv(ada, client_of, arxiv):
    page = html(bring(client_of(ada), "2607.00001 2608.00001"))
    assert "1 of 2 found" in page
    assert "arXiv knows no such paper" in page


@pytest.mark.parametrize("sent", ["", "2607.99999", "\x00 ../.. 1"])
def test_keeping_nothing_is_said(ada, client_of, sent):
    response = client_of(ada).post(KEEP, {"papers": sent, "use": "votes"}, follow=True)
    assert said(response) == ["All papers were left out."]
