"""The layout of the search indexes.

Migrations create them, and the databases keep them up to date. A change here needs a migration that rebuilds the
indexes.
"""

from datetime import date

TABLE = "recommender_paper"
INDEX = "recommender_paper_words"  # SQLite's
DAY_SHIFT = 2**32  # a row id of SQLite's index is Julian day * DAY_SHIFT + primary key, so it is in order of time
PERIOD_DAYS = 8
PERIODS = f"(ARRAY[(day - DATE '0001-01-01') / {PERIOD_DAYS}])"  # a paper's period in PostgreSQL's index


def period_of(day: date) -> int:
    """The number of the day's period of `PERIOD_DAYS` days, as in the index."""
    return (day.toordinal() - 1) // PERIOD_DAYS
