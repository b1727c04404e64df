"""Issue API tokens, with limits on their lifetime and number."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import AuthToken, User

MOST_TOKENS = 50
LONGEST_LIFETIME = timedelta(days=5 * 365 + 2)


def default_expiry(current_token: AuthToken | None = None) -> datetime:
    """The usual lifetime from now, but not beyond the token of the present request."""
    usual = timezone.now() + settings.TOKEN_LIFETIME
    return min(usual, current_token.expiry) if current_token and current_token.expiry else usual


@transaction.atomic
def issue_token(
    reader: User, name: str, scope: str, expires_at: datetime | None, current_token: AuthToken | None = None
) -> tuple[AuthToken, str]:
    """Issue a token and return it with its key.

    Raises ValidationError for an invalid expiry or too many tokens.

    expires_at     None for a token that never expires
    current_token  the token of the present request, if any: a token cannot issue one that outlives it
    """
    now = timezone.now()
    if expires_at is not None and not now < expires_at <= now + LONGEST_LIFETIME:
        message = "the expiry must be in the future and within five years; give null for a token that never expires"
        raise ValidationError({"expires_at": message})
    if current_token and current_token.expiry and (expires_at is None or expires_at > current_token.expiry):
        latest = current_token.expiry.isoformat()
        message = f"the new token outlives this one; choose an expiry up to {latest}, or sign in to create it"
        raise ValidationError({"expires_at": message})
    User.objects.select_for_update().get(pk=reader.pk)  # two requests at once must not both pass the check
    if reader.auth_token_set.count() >= MOST_TOKENS:
        raise ValidationError(f"you have {MOST_TOKENS} tokens, the maximum; revoke one first")
    return AuthToken.issue(reader, name, scope, expires_at)
