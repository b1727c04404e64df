"""Parse request parameters: numbers, days, times, choices, flags, return URLs.

Each function takes a parameter's name and value and raises Problem for a value that it does not accept. In an API view
it becomes a 400; feeds and batches translate it into their own answer.
"""

from datetime import UTC, date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme

from .problems import Problem, shorten

MOST_DIGITS = 9  # including leading zeros, so that no number of a million digits is converted
DAY_FORM = "must be a day written YYYY-MM-DD, such as 2026-11-23"
TIME_FORM = "must be a time with its time zone, such as 2026-11-23T08:19:02Z"


def whole_number(name: str, text: str, low: int, high: int) -> int:
    """A number from `low` to `high` in ASCII digits, without a sign."""
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS and low <= int(text) <= high):
        raise _problem(name, text, f"must be a whole number from {low:,} to {high:,}")
    return int(text)


def day(name: str, text: str) -> date:
    """Parse a date in the form YYYY-MM-DD.

    Other ISO forms that Python reads, such as 20261123, are refused.
    """
    try:
        value = date.fromisoformat(text)
    except ValueError:
        value = None
    if value is None or value.isoformat() != text:
        raise _problem(name, text, DAY_FORM)
    return value


def moment(name: str, value: Any) -> datetime:
    """Parse a time with its time zone; returns it in UTC.

    The value may come from JSON and need not be text.
    """
    try:
        local = parse_datetime(value) if isinstance(value, str) else None
        utc = local.astimezone(UTC) if local is not None and local.tzinfo is not None else None
    except (ValueError, OverflowError):  # such as 30 February, or a time that in UTC is before the year 1
        utc = None
    if utc is None:
        raise _problem(name, value, TIME_FORM)
    return utc


def choice(name: str, value: Any, choices: tuple[str, ...]) -> str:
    """Return the value if it is one of the choices.

    The value may come from JSON and need not be text.
    """
    if not isinstance(value, str) or value not in choices:
        raise _problem(name, value, f"must be one of {', '.join(choices)}")
    return value


def flag(name: str, text: str) -> bool:
    """`true` or `false`, in small letters."""
    return choice(name, text, ("true", "false")) == "true"


def next_url(request: HttpRequest) -> str:
    """Return the URL in the field `next` of a posted form.

    Empty unless it leads to this site.
    """
    url = request.POST.get("next", "")
    is_safe = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if is_safe else ""


def _problem(name: str, value: Any, remedy: str) -> Problem:
    """The remedy comes before the value, because a long message loses its end."""
    quoted = repr(shorten(value)) if isinstance(value, str) else shorten(repr(value))
    return Problem(name, value, f"{remedy}; got {quoted}")
