"""Rows as CSV that is safe to open: papers' texts come from strangers, and a spreadsheet would run some of them."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """A line each under a line of names; lists have semicolons between.

    A text that a spreadsheet would take for a formula gets a quote before it; numbers stay numbers.
    """
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(columns))
    writer.writeheader()
    writer.writerows({name: _cell(row[name]) for name in columns} for row in rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, int | float):
        return value
    text = "; ".join(value) if isinstance(value, list) else str(value)
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text
