"""How fast mails may leave: so many a minute in all and to one provider, whichever process sends them.

Each limit is a row that says when the next mail may go; taking a turn moves it on by the time that one mail is worth
(the generic cell rate algorithm, with a second's worth of mails that may go at once).
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest, Now

from feeds.models import Host

AT_ONCE = timedelta(seconds=1)
ALL = "mails"  # the row's name; those of providers go on after it


class Wait(Exception):
    """No mail may leave for so many seconds, to this provider or, with `to_all`, to anybody."""

    def __init__(self, seconds: float, *, to_all: bool) -> None:
        super().__init__(f"the limit of mails per minute is reached; the next may leave in {seconds:.1f} s")
        self.seconds = seconds
        self.to_all = to_all


def provider(address: str) -> str:
    """Whose limit a mail to this address counts against: the domain."""
    return address.rpartition("@")[2].strip().lower()


def take(address: str) -> None:
    """Count one mail to this address; raises Wait, with nothing counted, when it may not leave yet."""
    with transaction.atomic():
        _take(ALL, settings.MAILS_PER_MINUTE)
        _take(f"mails to {provider(address)}"[:200], settings.MAILS_PER_MINUTE_AND_PROVIDER)


def _take(name: str, per_minute: int) -> None:
    """0 a minute means: no limit."""
    if not per_minute or _move_on(name, per_minute):
        return
    Host.objects.get_or_create(name=name, defaults={"free_at": Now() - AT_ONCE})
    if not _move_on(name, per_minute):
        free_at, now = Host.objects.values_list("free_at", Now()).get(name=name)
        raise Wait(max((free_at - now).total_seconds(), 0.01), to_all=name == ALL)


def _move_on(name: str, per_minute: int) -> bool:
    one_mail = timedelta(minutes=1) / per_minute
    free = Host.objects.filter(name=name, free_at__lte=Now())
    return bool(free.update(free_at=Greatest(F("free_at"), Now() - AT_ONCE) + one_mail))
