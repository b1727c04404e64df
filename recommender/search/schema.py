"""What queries have to know of the search indexes, which migrations make and the databases keep true to the papers.

A change here needs a migration that makes the indexes again.
"""

from datetime import date

TABLE = "recommender_paper"
INDEX = "recommender_paper_words"  # SQLite's
DAY_SHIFT = 2**32  # a row of SQLite's index: Julian day * DAY_SHIFT + primary key, so that it is in order of time
PERIOD_DAYS = 8
PERIODS = f"(ARRAY[(day - DATE '0001-01-01') / {PERIOD_DAYS}])"  # of a paper, as PostgreSQL's index holds it


def period_of(day: date) -> int:
    """The number of the period of `PERIOD_DAYS` days that a day is in, as in the index."""
    return (day.toordinal() - 1) // PERIOD_DAYS
