"""Deleting an account, for page and API alike: every row, session, counter and written mail of the reader goes."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from allauth.account.app_settings import RATE_LIMITS
from allauth.account.models import EmailAddress
from allauth.core.internal.ratelimit import get_rates
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import transaction

from .models import User

_BETWEEN_MAILS = b"-" * 79 + b"\n"  # what Django's file backend writes after each
_LIMITED = "allauth:rl:allauth.account:{action}:{rate}:user:{pk}"  # allauth's counters by reader


@dataclass(frozen=True)
class Receipt:
    """What a deletion removed, and from which model on nothing of it is learned."""

    deleted_at: datetime
    removed: list[dict[str, Any]]
    last_model_with_your_votes: str | None

    @property
    def first_model_without(self) -> str:
        return f"the first one that is trained after {self.deleted_at.isoformat()}: with the next night"


def delete_account(reader: User, now: datetime, newest_model: str | None) -> Receipt:
    """Delete the reader and all that is tied to them; raises User.DoesNotExist when another request has done so.

    newest_model  the version of the last model that may have learned from the reader's votes

    What they submitted stays in the catalogue, tied to nobody. Log lines name readers nowhere.
    """
    addresses = _addresses(reader)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=reader.pk)  # a vote cast meanwhile comes wholly before or not at all
        pk = reader.pk
        removed = Counter({"sessions": _end_sessions(pk), "admin log entries": _forget_in_admin(pk)})
        for label, count in User.objects.get(pk=pk).delete()[1].items():
            removed[str(apps.get_model(label)._meta.verbose_name_plural)] += count
    cache.delete_many(_counters(pk))
    removed["mails in the outbox"] = _forget_mails(addresses)
    told = [{"what": what, "count": count} for what, count in sorted(removed.items()) if count]
    return Receipt(now, told, newest_model)


def _addresses(reader: User) -> set[str]:
    """Every address that the reader has given."""
    return {reader.email, *EmailAddress.objects.filter(user=reader).values_list("email", flat=True)}


def _end_sessions(pk: int) -> int:
    """A session says whose it is in its signed content alone, so that each has to be read."""
    theirs = [
        session.pk
        for session in Session.objects.iterator(chunk_size=500)
        if str(session.get_decoded().get("_auth_user_id")) == str(pk)
    ]
    for start in range(0, len(theirs), 500):
        Session.objects.filter(pk__in=theirs[start : start + 500]).delete()
    return len(theirs)


def _forget_in_admin(pk: int) -> int:
    """What administrators noted about the reader, with their name; what the reader did there goes with their row."""
    about = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(pk))
    return about.delete()[0]


def _counters(pk: int) -> list[str]:
    """The cache's keys that have the reader's id: allauth counts by it; every other counter is under a keyed digest."""
    limits = {action: get_rates(app="allauth.account", action=action) for action in RATE_LIMITS}
    return [
        _LIMITED.format(action=action, rate=rate, pk=pk)
        for action, rates in limits.items()
        for rate in rates
        if rate.per == "user"
    ]


def _forget_mails(addresses: Iterable[str]) -> int:
    """Take the reader's mails out of the outbox that stands in for a mail server; mails of others stay."""
    folder = getattr(settings, "EMAIL_FILE_PATH", None)
    if not folder or not Path(folder).is_dir():
        return 0
    wanted = [address.encode().lower() for address in addresses]
    return sum(_without(file, wanted) for file in Path(folder).glob("*.log"))


def _without(file: Path, addresses: list[bytes]) -> int:
    """How many mails of the file name one of the addresses; the file is left with the others, or goes."""
    mails = file.read_bytes().split(_BETWEEN_MAILS)
    others = [mail for mail in mails if not any(address in mail.lower() for address in addresses)]
    if len(others) == len(mails):
        return 0
    if any(mail.strip() for mail in others):
        aside = file.with_suffix(".aside")
        aside.write_bytes(_BETWEEN_MAILS.join(others))
        aside.replace(file)
    else:
        file.unlink()
    return len(mails) - len(others)
