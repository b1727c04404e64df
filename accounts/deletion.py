"""Deleting an account: every row, session, counter and stored mail of the reader."""

import re
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

_BETWEEN_MAILS = b"-" * 79 + b"\n"  # written by Django's file backend after each mail
_RATE_LIMIT_KEY = "allauth:rl:allauth.account:{action}:{rate}:user:{pk}"  # allauth's counters by reader


@dataclass(frozen=True)
class Receipt:
    """What a deletion removed, and the last model that may have learned from it."""

    deleted_at: datetime
    removed: list[dict[str, Any]]
    last_model_with_your_votes: str | None

    @property
    def first_model_without(self) -> str:
        return f"the first one trained after {self.deleted_at.isoformat()}, in the next night"


def delete_account(reader: User, now: datetime, newest_model: str | None) -> Receipt:
    """Delete the reader and all their data.

    Raises User.DoesNotExist if another request has done so.

    newest_model  the version of the last model that may have learned from the reader's votes

    Papers that the reader submitted stay in the catalogue without their name. Log lines name no readers.
    """
    addresses = {reader.email, *EmailAddress.objects.filter(user=reader).values_list("email", flat=True)}
    with transaction.atomic():
        User.objects.select_for_update().get(pk=reader.pk)  # a concurrent vote is stored before this or not at all
        pk = reader.pk
        # log entries about the reader; entries by the reader are deleted with their row
        about = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(pk))
        removed = Counter({"sessions": _delete_sessions(pk), "admin log entries": about.delete()[0]})
        for label, count in User.objects.get(pk=pk).delete()[1].items():
            removed[str(apps.get_model(label)._meta.verbose_name_plural)] += count
    # allauth counts by primary key; every other counter is under a keyed digest
    limits = {action: get_rates(app="allauth.account", action=action) for action in RATE_LIMITS}
    counters = [
        _RATE_LIMIT_KEY.format(action=action, rate=rate, pk=pk)
        for action, rates in limits.items()
        for rate in rates
        if rate.per == "user"
    ]
    cache.delete_many(counters)
    removed["mails in the outbox"] = _delete_mails(addresses)
    counts = [{"what": what, "count": count} for what, count in sorted(removed.items()) if count]
    return Receipt(now, counts, newest_model)


def _delete_sessions(pk: int) -> int:
    """Delete the reader's sessions.

    A session names its reader only in its signed content, so each one is read.
    """
    theirs = [
        session.pk
        for session in Session.objects.iterator(chunk_size=500)
        if str(session.get_decoded().get("_auth_user_id")) == str(pk)
    ]
    for start in range(0, len(theirs), 500):
        Session.objects.filter(pk__in=theirs[start : start + 500]).delete()
    return len(theirs)


def _delete_mails(addresses: Iterable[str]) -> int:
    """Delete mails that hold any of these addresses, as a whole.

    The mails are those of Django's file backend. Returns how many were deleted.
    """
    folder = getattr(settings, "EMAIL_FILE_PATH", None)
    if not folder or not Path(folder).is_dir():
        return 0
    any_of_them = b"|".join(re.escape(address.encode()) for address in addresses)
    # not preceded or followed by what would make it another address (RFC 5322, atom)
    held = re.compile(rb"(?<![\w.!#$%&*+/?^`{|}~-])(?:" + any_of_them + rb")(?![\w-]|\.\w)", re.IGNORECASE)
    count = 0
    for file in Path(folder).glob("*.log"):
        mails = file.read_bytes().split(_BETWEEN_MAILS)
        others = [mail for mail in mails if not held.search(mail)]
        if len(others) == len(mails):
            continue
        if any(mail.strip() for mail in others):
            aside = file.with_suffix(".aside")
            aside.write_bytes(_BETWEEN_MAILS.join(others))
            aside.replace(file)
        else:
            file.unlink()
        count += len(mails) - len(others)
    return count
