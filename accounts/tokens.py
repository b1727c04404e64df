"""Giving out API tokens: how long they live and how many a reader may have."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import AuthToken, User

MOST_TOKENS = 50
LONGEST_LIFETIME = timedelta(days=5 * 365 + 2)


def default_expiry(asking: AuthToken | None = None) -> datetime:
    """The usual lifetime from now, but not past the end of the token that asks."""
    usual = timezone.now() + settings.TOKEN_LIFETIME
    return min(usual, asking.expiry) if asking and asking.expiry else usual


@transaction.atomic
def issue_token(
    reader: User, name: str, scope: str, expires_at: datetime | None, asking: AuthToken | None = None
) -> tuple[AuthToken, str]:
    """A new token and its key; raises ValidationError if it may not live that long or the reader has too many.

    asking  the token that this request came with, if any: what it makes must not outlive it
    """
    _check_expiry(expires_at, asking)
    User.objects.select_for_update().get(pk=reader.pk)  # two requests at once must not both pass the check
    if reader.auth_token_set.count() >= MOST_TOKENS:
        raise ValidationError(f"you have {MOST_TOKENS} tokens, which is the most there can be; revoke one first")
    return AuthToken.issue(reader, name, scope, expires_at)


def _check_expiry(expires_at: datetime | None, asking: AuthToken | None) -> None:
    now = timezone.now()
    if expires_at is not None and not now < expires_at <= now + LONGEST_LIFETIME:
        message = "a token ends in the future and within five years; give null for one that never ends"
        raise ValidationError({"expires_at": message})
    if asking and asking.expiry and (expires_at is None or expires_at > asking.expiry):
        message = f"a token cannot make one that outlives it; end it by {asking.expiry.isoformat()} or sign in instead"
        raise ValidationError({"expires_at": message})
