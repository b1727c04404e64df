"""Secret addresses of private feeds.

Each feed has its own secret, derived from its reader's key. The address of one feed opens that feed and no other. All
addresses change when the key changes.
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

from django.utils import timezone

from accounts.models import User
from feeds.models import FeedKey, new_feed_id, new_feed_secret

_ID_LENGTH = 16


class WrongSecret(LookupError):
    """No feed has this secret, or it was revoked."""


def key_of(reader: User) -> FeedKey | None:
    """Return the reader's key; None if the reader has no private feeds."""
    return FeedKey.objects.filter(reader=reader).first()


def renew(reader: User) -> None:
    """Create the reader's key, or replace its secret, which changes all addresses.

    The listings stay, so that feed readers do not show the same papers again as new.
    """
    key, is_new = FeedKey.objects.get_or_create(reader=reader)
    if not is_new:
        key.secret, key.changed_at = new_feed_secret(), timezone.now()
        key.save(update_fields=["secret", "changed_at"])


def revoke(reader: User) -> None:
    """Delete the reader's key, so that no private feed works."""
    FeedKey.objects.filter(reader=reader).delete()


def secret_of(key: FeedKey, name: str) -> str:
    """Return the secret part of a feed's address.

    It has the id of the key and 256 bits.
    """
    return key.public_id + _code(key, name)


def find_key(secret: str, name: str) -> FeedKey:
    """Return the key, with its reader, whose feed `name` has this secret.

    Raises WrongSecret. The code is compared in constant time, and with a random code if there is no such key.
    """
    keys = FeedKey.objects.select_related("reader").filter(public_id=secret[:_ID_LENGTH], reader__is_active=True)
    key = keys.first()
    code = _code(key or FeedKey(public_id=new_feed_id(), secret=new_feed_secret()), name)
    if not hmac.compare_digest(code.encode(), secret[_ID_LENGTH:].encode()) or key is None:
        raise WrongSecret(name)
    return key


def _code(key: FeedKey, name: str) -> str:
    digest = hmac.digest(key.secret.encode(), name.encode(), sha256)
    return urlsafe_b64encode(digest).decode().rstrip("=")
