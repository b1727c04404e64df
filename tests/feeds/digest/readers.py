"""Readers with digest settings, in many time zones and at every hour."""

from datetime import UTC, date, datetime, timedelta

from allauth.account.models import EmailAddress

from accounts.models import User
from feeds.models import DigestWish, Subscriber
from recommender import vote_rings, votes
from recommender.dataset import read_votes
from recommender.models import Paper, Vote
from recommender.vote_rings import PAPERS
from tests.feeds.planting import paper

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
ZONES = [
    "Pacific/Kiritimati",
    "Pacific/Auckland",
    "Australia/Lord_Howe",
    "Asia/Tokyo",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Africa/Nairobi",
    "Europe/Berlin",
    "UTC",
    "America/St_Johns",
    "America/New_York",
    "Pacific/Honolulu",
]


def wish(reader: User, **fields: object) -> DigestWish:
    """Digest settings that were saved long ago: every day at seven, UTC."""
    return DigestWish.objects.create(**{"reader": reader, "is_on": True, "changed_at": LONG_AGO} | fields)


def wishing(count: int, **fields: object) -> list[User]:
    """Readers `reader0@place0.example` and so on, at eight providers, with the same settings."""
    readers = User.objects.bulk_create(
        User(email=f"reader{number}@place{number % 8}.example", password="!") for number in range(count)
    )
    DigestWish.objects.bulk_create(
        DigestWish(**{"reader": reader, "is_on": True, "changed_at": LONG_AGO} | fields) for reader in readers
    )
    return readers


def all_over_the_world(count: int) -> list[DigestWish]:
    """Readers spread over the zones and, within each zone, over the hours of the day."""
    readers = wishing(count)
    wishes = list(DigestWish.objects.filter(reader__in=readers).order_by("pk").select_related("reader"))
    for number, one in enumerate(wishes):
        one.time_zone, one.hour = ZONES[number % len(ZONES)], number // len(ZONES) % 24
    DigestWish.objects.bulk_update(wishes, ["time_zone", "hour"])
    return wishes


def subscriber(address: str, **fields: object) -> Subscriber:
    return Subscriber.objects.create(**{"address": address, "confirmed_at": LONG_AGO, "changed_at": LONG_AGO} | fields)


def make_trend(one: Paper, now: datetime) -> None:
    """Let four long-time members vote for the paper."""
    for number in range(4):
        old = [paper(f"2601.000{number}{own}", date(2026, 1, 5)) for own in range(PAPERS)]
        member = User.objects.create(email=f"member{number}@example.net", joined_at=LONG_AGO)
        EmailAddress.objects.create(user=member, email=member.email, verified=True, primary=True)
        before = [Vote(reader=member, paper=other, value=1, voted_at=LONG_AGO + timedelta(days=30)) for other in old]
        votes.record([*before, Vote(reader=member, paper=one, value=1, voted_at=now - timedelta(hours=1))])
    vote_rings.update_standing(read_votes()[0], now)


class Clock:
    """A clock that a test moves."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, **span: float) -> None:
        self.at += timedelta(**span)


def morning(day: date, hour: int = 8) -> Clock:
    return Clock(datetime(day.year, day.month, day.day, hour, tzinfo=UTC))
