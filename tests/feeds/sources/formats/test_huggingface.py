"""Hugging Face Daily Papers: three real days field by field, a single paper, and unusual entries."""

import io
import json
from datetime import UTC, date, datetime

import pytest

from feeds.sources.formats import huggingface
from feeds.sources.formats.record import PaperRecord
from recommender.textfiles import Rejected, WrongFile

from .samples import RAW, needs_samples, words

DAYS = {"2024-05-27": 13, "2025-03-17": 12, "2026-05-13": 50}
PAPER = {"id": "2605.12345", "title": "Ties", "summary": "We tie.", "authors": [{"name": "Ada Lovelace"}]}


def read(content, day=None):
    return list(huggingface.read(io.BytesIO(json.dumps(content).encode()), day))


def one(paper=None, day=None, **outer):
    [record] = read([{"paper": PAPER | (paper or {}), "title": "Ties"} | outer], day)
    return record


def name_of(person):
    return (person or {}).get("fullname", "")


def expected(entry, day):
    """The record, read from the JSON without our readers."""
    paper = entry["paper"]
    return {
        "public_id": paper["id"],
        "title": words(paper["title"]),
        "abstract": words(paper["summary"]),
        "authors": [author["name"] for author in paper["authors"]],
        "tags": paper.get("ai_keywords", []),
        "day": day,
        "published_at": datetime.fromisoformat(paper["publishedAt"]),
        "source_upvotes": paper["upvotes"],
        "source_comments": entry["numComments"],
        "submitted_by": name_of(paper.get("submittedOnDailyBy") or entry.get("submittedBy")),
        "organization": name_of(paper.get("organization") or entry.get("organization")),
        "code_url": paper.get("githubRepo", ""),
        "code_stars": paper.get("githubStars", 0),
        "project_url": paper.get("projectPage", "").strip(),
    }


@needs_samples
@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("is_asked_for", [True, False])
def test_every_field_of_every_real_entry_is_read(day, is_asked_for):
    content = (RAW / f"hf_daily_papers_{day}.json").read_bytes()
    that_day = date.fromisoformat(day)
    rows = list(huggingface.read(io.BytesIO(content), that_day if is_asked_for else None))
    assert len(rows) == DAYS[day]
    for record, entry in zip(rows, json.loads(content), strict=True):
        expected_record = expected(entry, that_day)
        assert {name: getattr(record, name) for name in expected_record} == expected_record


def test_a_single_paper_is_read_like_an_entry():
    alone = PAPER | {"upvotes": 7, "submittedOnDailyAt": "2026-05-13T07:00:00.000Z", "numComments": 2}
    [record] = read(alone)
    assert (record.public_id, record.source_upvotes, record.source_comments) == ("2605.12345", 7, 2)
    assert record.day == date(2026, 5, 13)


def test_an_entry_without_a_day_gets_the_requested_one():
    requested = date(2026, 5, 14)
    assert one(day=requested).day == requested
    assert one({"submittedOnDailyAt": "2026-05-13T07:00:00Z"}, requested).day == date(2026, 5, 13)


def test_the_outer_time_is_not_the_day_in_later_shapes():
    assert one(publishedAt="2026-05-10T07:00:00Z", submittedBy={"name": "ada"}).day is None
    assert one(publishedAt="2026-05-10T07:00:00Z").day == date(2026, 5, 10)


def test_an_account_without_a_full_name_has_its_short_one():
    assert one({"submittedOnDailyBy": {"user": "ada-l"}}).submitted_by == "ada-l"
    assert one(organization={"name": "engines"}).organization == "engines"


def test_names_too_long_for_their_column_are_shortened_and_urls_left_out():
    record = one({"organization": {"fullname": "x" * 300}, "githubRepo": "https://a.example/" + "x" * 500})
    assert record.organization == "x" * 199 + "…"
    assert record.code_url == ""


def test_a_url_that_no_browser_should_follow_is_left_out():
    assert one({"projectPage": "javascript:alert(1)"}).project_url == ""


def test_a_withdrawn_paper_is_marked():
    assert one({"withdrawnAt": "2026-05-14T00:00:00Z"}).withdrawn
    assert one({"summary": "This paper has been withdrawn by the authors."}).withdrawn
    assert not one().withdrawn


def test_a_day_without_papers_yields_nothing():
    assert read([]) == []


BAD = [
    ({"id": "no-id"}, "no-id"),
    ({"id": None}, "id"),
    ({"upvotes": -1}, "upvotes"),
    ({"upvotes": 2**31}, "upvotes"),
    ({"upvotes": 1.5}, "upvotes"),
    ({"githubStars": "many"}, "githubStars"),
    ({"authors": ["Ada"]}, "authors"),
    ({"ai_keywords": "knots"}, "ai_keywords"),
    ({"publishedAt": "yesterday"}, "publishedAt"),
    ({"submittedOnDailyAt": 7}, "submittedOnDailyAt"),
    ({"summary": ["We"]}, "summary"),
    ({"summary": "\ud800"}, "UTF-8"),
]


@pytest.mark.parametrize(("fields", "mentioned"), BAD)
def test_an_entry_with_a_bad_field_is_rejected_by_name_and_the_next_is_read(fields, mentioned):
    rejected, accepted = read([{"paper": PAPER | fields}, {"paper": PAPER}])
    assert (type(rejected), rejected.line) == (Rejected, 1)
    assert mentioned in rejected.reason
    assert isinstance(accepted, PaperRecord)


def test_an_empty_title_is_taken_from_the_entry_or_the_paper_is_rejected():
    assert one({"title": ""}).title == "Ties"
    assert "title" in one({"title": ""}, title="").reason


def test_an_error_response_is_refused_with_its_message():
    with pytest.raises(WrongFile, match="Too many requests"):
        read({"error": "Too many requests"})


@pytest.mark.parametrize("content", [[{"id": "bert-base", "downloads": 7}], {}])
def test_another_list_is_refused_with_its_fields(content):
    with pytest.raises(WrongFile, match=r"downloads|none"):
        read(content)


def test_the_time_of_the_first_version_is_read():
    record = one({"publishedAt": "2026-05-12T17:59:47.000Z"})
    assert record.published_at == datetime(2026, 5, 12, 17, 59, 47, tzinfo=UTC)
