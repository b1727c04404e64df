"""Addresses of private feeds that nobody can guess: each has a secret of its own, made from its reader's key.

Whoever is given the address of one feed can read that one and no other. All of them change when the key does.
"""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

from django.utils import timezone

from accounts.models import User
from feeds.models import FeedKey, new_feed_id, new_feed_secret

_ID_LENGTH = 16


class WrongSecret(LookupError):
    """No feed has this secret, or none has it any more."""


def key_of(reader: User) -> FeedKey | None:
    """The reader's key; None where they have not asked for feeds."""
    return FeedKey.objects.filter(reader=reader).first()


def renew(reader: User) -> None:
    """Give the reader a key, or make all the addresses that they have stop working and give them others.

    What the feeds have listed stays, so that nobody's software meets the same papers again as new ones.
    """
    key, is_new = FeedKey.objects.get_or_create(reader=reader)
    if not is_new:
        key.secret, key.changed_at = new_feed_secret(), timezone.now()
        key.save(update_fields=["secret", "changed_at"])


def revoke(reader: User) -> None:
    """No private feed of the reader's works any more."""
    FeedKey.objects.filter(reader=reader).delete()


def secret_of(key: FeedKey, name: str) -> str:
    """The part of the address of the feed `name` that nobody can guess: which key it is of, and 256 bits."""
    return key.public_id + _code(key, name)


def find_key(secret: str, name: str) -> FeedKey:
    """The key whose feed `name` has this secret, with its reader; raises WrongSecret.

    The part that is secret is compared in constant time, with a code that nobody has where there is no such key.
    """
    found = FeedKey.objects.select_related("reader").filter(public_id=secret[:_ID_LENGTH], reader__is_active=True)
    key = found.first()
    code = _code(key or FeedKey(public_id=new_feed_id(), secret=new_feed_secret()), name)
    if not hmac.compare_digest(code.encode(), secret[_ID_LENGTH:].encode()) or key is None:
        raise WrongSecret(name)
    return key


def _code(key: FeedKey, name: str) -> str:
    digest = hmac.digest(key.secret.encode(), name.encode(), sha256)
    return urlsafe_b64encode(digest).decode().rstrip("=")
