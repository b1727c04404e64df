"""Navigation of a list: its heading, its neighbours and other spans."""

from datetime import date, timedelta

from feeds.web.day_navigation import Link, page_of_day, page_of_month, page_of_week, page_since, scales
from recommender.spans import Span, month_of, week_of
from tests.feeds.planting import DAY, paper


def test_a_day_links_to_the_nearest_days_with_papers(db):
    for number, back in enumerate((0, 9, -1)):
        paper(f"2607.0000{number}", DAY - timedelta(days=back))
    sheet = page_of_day(DAY)
    assert sheet.heading == "Tuesday 21 July 2026"
    assert sheet.back == Link("Sun 12 Jul", "/day/2026-07-12/")
    assert sheet.on == Link("Wed 22 Jul", "/day/2026-07-22/")


def test_a_week_links_to_weeks_with_papers_across_the_end_of_a_year(db):
    paper("2512.00001", date(2025, 12, 24))
    paper("2601.00001", date(2026, 1, 2))
    sheet = page_of_week(week_of(date(2026, 1, 2)))
    assert (sheet.heading, sheet.on) == ("Week 1, 29 December to 4 January 2026", None)
    assert sheet.back == Link("Week 52", "/week/2025-W52/")


def test_a_month_links_to_months_with_papers(db):
    paper("2602.00001", date(2026, 2, 28))
    paper("2607.00001", DAY)
    sheet = page_of_month(month_of(DAY))
    assert (sheet.heading, sheet.back, sheet.on) == ("July 2026", Link("February 2026", "/month/2026-02/"), None)


def test_days_with_only_withdrawn_papers_are_skipped(db):
    paper("2606.00001", DAY - timedelta(days=40), withdrawn=True)
    assert [make.back for make in (page_of_day(DAY), page_of_week(week_of(DAY)), page_of_month(month_of(DAY)))] == (
        [None, None, None]
    )


def test_the_days_since_a_visit_end_today():
    assert page_since(DAY, DAY + timedelta(days=2)).span == Span(DAY, DAY + timedelta(days=2))
    assert page_since(DAY, DAY).heading == "Since Tuesday 21 July"


def test_day_week_and_month_links_use_the_last_day_with_papers(db):
    paper("2607.00001", DAY)
    links = scales(page_of_month(month_of(DAY)), is_signed_in=True)
    assert [link.url for link in links] == ["/day/2026-07-21/", "/week/2026-W30/", "/month/2026-07/", "/catch-up/"]
    assert [link.is_here for link in links] == [False, False, True, False]


def test_only_members_can_catch_up(db):
    assert "/catch-up/" not in [link.url for link in scales(page_of_day(DAY), is_signed_in=False)]
