"""Types of command-line arguments."""

from argparse import ArgumentTypeError
from datetime import date


def parse_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a date such as 2026-11-23") from None
