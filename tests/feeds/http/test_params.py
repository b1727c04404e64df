"""Reading parameters: what is accepted, and that an error names the parameter, the remedy and the value."""

from datetime import UTC, date, datetime

import pytest

from feeds.http import params
from feeds.http.problems import Problem

CHOICES = ("up", "down")


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("9", 9), ("007", 7)])
def test_whole_numbers_within_bounds_are_taken(text, number):
    assert params.whole_number("limit", text, 1, 9) == number


@pytest.mark.parametrize("text", ["", "0", "10", "-1", "+5", " 5", "1.0", "1e0", "٣", "²", "0" * 9 + "5", "9" * 5000])
def test_everything_else_is_refused_by_name(text):
    with pytest.raises(Problem, match=r"^limit: must be a whole number from 1 to 9; got '"):
        params.whole_number("limit", text, 1, 9)


def test_a_day_has_one_form():
    assert params.day("since", "2026-07-21") == date(2026, 7, 21)


@pytest.mark.parametrize("text", ["", "yesterday", "20260721", "2026-W30-2", "2026-7-21", "2026-02-30", "٢٠٢٦-٠٧-٢١"])
def test_any_other_form_of_a_day_is_refused_with_the_form_to_write(text):
    with pytest.raises(Problem, match=r"^since: must be a day written YYYY-MM-DD, such as 2026-11-23; got '"):
        params.day("since", text)


@pytest.mark.parametrize("text", ["2026-07-21T10:00:00Z", "2026-07-21T12:00:00+02:00", "2026-07-21 10:00:00+00:00"])
def test_a_time_is_given_in_utc(text):
    time = params.moment("as_of", text)
    assert time == datetime(2026, 7, 21, 10, tzinfo=UTC)
    assert time.tzinfo is UTC


@pytest.mark.parametrize(
    "value", ["", "now", "2026-07-21", "2026-07-21T10:00:00", "2026-02-30T10:00:00Z", "0001-01-01T00:00:00+14:00", 5]
)
def test_a_time_without_a_zone_and_anything_else_is_refused_with_the_form_to_write(value):
    with pytest.raises(Problem, match=r"^as_of: must be a time with its time zone, such as 2026-11-23T08:19:02Z; got "):
        params.moment("as_of", value)


def test_a_choice_is_one_of_the_choices():
    assert params.choice("sort", "down", CHOICES) == "down"


@pytest.mark.parametrize("value", ["", "UP", "u", None, 1, ["up"]])
def test_another_choice_is_refused_with_the_choices(value):
    with pytest.raises(Problem, match=r"^sort: must be one of up, down; got "):
        params.choice("sort", value, CHOICES)


@pytest.mark.parametrize(("text", "is_set"), [("true", True), ("false", False)])
def test_a_flag_is_true_or_false(text, is_set):
    assert params.flag("explain", text) is is_set


@pytest.mark.parametrize("text", ["", "True", "1", "yes"])
def test_another_flag_is_refused(text):
    with pytest.raises(Problem, match=r"^explain: must be one of true, false; got '"):
        params.flag("explain", text)


@pytest.mark.parametrize("value", ["x" * 5000, [0] * 5000])
def test_a_long_value_is_shortened(value):
    with pytest.raises(Problem) as caught:
        params.choice("sort", value, CHOICES)
    assert len(str(caught.value)) < 150
    assert str(caught.value).startswith("sort: must be one of up, down; got ")


@pytest.mark.parametrize("url", ["/?sort=recent#paper-1", "//testserver/saved/", "http://testserver/"])
def test_a_form_may_return_to_a_page_of_this_site(rf, url):
    assert params.next_url(rf.post("/", {"next": url})) == url


@pytest.mark.parametrize(
    "url", ["", "https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)"]
)
def test_a_form_may_not_return_elsewhere(rf, url):
    assert params.next_url(rf.post("/", {"next": url})) == ""


def test_a_page_served_by_https_does_not_return_to_http(rf):
    assert params.next_url(rf.post("/", {"next": "http://testserver/"}, secure=True)) == ""
