"""Types of command-line arguments."""

from argparse import ArgumentTypeError
from datetime import date

from feeds.http.params import DAY_FORM


def parse_day(text: str) -> date:
    """Parse a day in any ISO form that Python reads.

    This includes 20261123, unlike in a request.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{DAY_FORM}; got {text!r}") from None
