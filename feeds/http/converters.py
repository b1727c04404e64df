"""URL converters of paper ids (old ones contain a slash), days, weeks and months."""

from datetime import date

from recommender.paper_ids import PATTERN, canonical
from recommender.spans import Span, month_of, week_of


class PaperIdConverter:
    """`<paper_id:public_id>`: any form of a paper id.

    The view gets the canonical form.
    """

    regex = PATTERN

    def to_python(self, value: str) -> str:
        return canonical(value) or value

    def to_url(self, value: str) -> str:
        return str(value)


class DayConverter:
    """`<day:day>`: YYYY-MM-DD; any other text is a 404."""

    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


class WeekConverter:
    """`<week:week>`: an ISO week such as 2026-W47."""

    regex = "[0-9]{4}-W[0-9]{2}"

    def to_python(self, value: str) -> Span:
        try:
            return week_of(date.fromisocalendar(int(value[:4]), int(value[6:]), 1))
        except OverflowError:  # the week ends after the last day that `date` supports
            raise ValueError(value) from None

    def to_url(self, value: Span) -> str:
        year, week, _ = value.first.isocalendar()
        return f"{year:04}-W{week:02}"


class MonthConverter:
    """`<month:month>`: YYYY-MM."""

    regex = "[0-9]{4}-[0-9]{2}"

    def to_python(self, value: str) -> Span:
        return month_of(date.fromisoformat(f"{value}-01"))

    def to_url(self, value: Span) -> str:
        return value.first.isoformat()[:7]
