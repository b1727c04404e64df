"""Fields of a JSON object: each of the kind that is wanted, or refused by name."""

from datetime import date, datetime
from typing import Any

from . import fields
from .fields import MOST_NAMES, BadRow


def text_in(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadRow(f"{name}: text is wanted, not {type(value).__name__}")
    return fields.clean(name, value)


def names_in(row: dict[str, Any], name: str) -> list[str]:
    value = row.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value) or len(value) > MOST_NAMES:
        raise BadRow(f"{name}: a list of texts is wanted, at most {MOST_NAMES}")
    return fields.names(name, value)


def objects_in(row: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = row.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise BadRow(f"{name}: a list of objects is wanted")
    return value


def object_in(row: dict[str, Any], name: str) -> dict[str, Any]:
    value = row.get(name)
    return value if isinstance(value, dict) else {}


def count_in(row: dict[str, Any], name: str) -> int:
    value = row.get(name) or 0
    if type(value) is not int or not 0 <= value < 2**31:
        raise BadRow(f"{name}: a count is wanted, not {str(value)[:40]!r}")
    return value


def url_in(row: dict[str, Any], name: str) -> str:
    value = row.get(name) or ""
    if not isinstance(value, str):
        raise BadRow(f"{name}: an address is wanted, not {type(value).__name__}")
    return fields.url(value)


def timestamp_in(row: dict[str, Any], name: str) -> datetime | None:
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        raise BadRow(f"{name}: {str(value)[:40]!r} is no time such as 2026-11-23T08:00:00Z")
    return fields.timestamp(name, value)


def day_in(row: dict[str, Any], name: str) -> date | None:
    value = row.get(name)
    if value is not None and not isinstance(value, str):
        raise BadRow(f"{name}: {str(value)[:40]!r} is no day such as 2026-11-23")
    return fields.day(name, value)
