"""The types of command-line arguments."""

from argparse import ArgumentTypeError
from datetime import date

import pytest

from feeds.management.arguments import parse_day


def test_a_date_is_parsed():
    assert parse_day("2026-07-21") == date(2026, 7, 21)


@pytest.mark.parametrize("text", ["", "today", "2026-02-30", "21.7.2026"])
def test_anything_else_is_refused_with_an_example(text):
    with pytest.raises(ArgumentTypeError, match="2026-11-23"):
        parse_day(text)
