"""Read the fields of a JSON object, each with its type.

They raise BadRow, naming the field, for any other type.
"""

from datetime import date, datetime
from typing import Any

from . import fields
from .fields import MOST_NAMES, BadRow


def text_in(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadRow(f"{name}: text is expected, not {type(value).__name__}")
    return fields.clean(name, value)


def names_in(row: dict[str, Any], name: str) -> list[str]:
    value = row.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value) or len(value) > MOST_NAMES:
        raise BadRow(f"{name}: a list of at most {MOST_NAMES:,} texts is expected")
    return fields.names(name, value)


def objects_in(row: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = row.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise BadRow(f"{name}: a list of objects is expected")
    return value


def object_in(row: dict[str, Any], name: str) -> dict[str, Any]:
    """The object; empty if the field is missing or anything else."""
    value = row.get(name)
    return value if isinstance(value, dict) else {}


def count_in(row: dict[str, Any], name: str) -> int:
    value = row.get(name) or 0
    if type(value) is not int or not 0 <= value < 2**31:
        raise BadRow(f"{name}: a count is expected, not {str(value)[:40]!r}")
    return value


def url_in(row: dict[str, Any], name: str) -> str:
    value = row.get(name) or ""
    if not isinstance(value, str):
        raise BadRow(f"{name}: a URL is expected, not {type(value).__name__}")
    return fields.url(value)


def timestamp_in(row: dict[str, Any], name: str) -> datetime | None:
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        raise BadRow(f"{name}: {str(value)[:40]!r} is not a time such as 2026-11-23T08:00:00Z")
    return fields.timestamp(name, value)


def day_in(row: dict[str, Any], name: str) -> date | None:
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        raise BadRow(f"{name}: {str(value)[:40]!r} is not a day such as 2026-11-23")
    return fields.day(name, value)
