"""The links of a mail: each allows its holder one thing, on behalf of one recipient, for a time.

A token names its recipient and paper, and a digest of the address that it was mailed to. It is signed under its
purpose, so that one for saving cannot vote. It is void once the account is gone or has another address; those that
vote or save also when the reader makes earlier links void. Unsubscribing works for as long as the account is there.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

from django.core.signing import BadSignature, SignatureExpired, TimestampSigner

from accounts.models import User
from feeds.models import DigestWish, Subscriber
from recommender.models import Paper

Purpose = Literal["up", "down", "save", "unsubscribe", "resubscribe", "confirm"]
Maker = Callable[..., str]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
ON_PAPERS: tuple[Purpose, ...] = ("up", "down", "save")
LIFETIMES: dict[Purpose, timedelta | None] = {
    "up": timedelta(days=30),
    "down": timedelta(days=30),
    "save": timedelta(days=30),
    "unsubscribe": None,
    "resubscribe": timedelta(days=30),
    "confirm": timedelta(days=3),
}
NOT_WHOLE = "This link is incomplete. Copy the whole link from the e-mail."
GONE = "The account or subscription no longer exists."
OTHER_ADDRESS = "This link is no longer valid."
PAPER_LEFT = "The paper was removed from the catalogue."


class Void(Exception):
    """A token that allows nothing; its text says why, to whoever holds it."""


@dataclass(frozen=True)
class Leave:
    """What a token allows: something on behalf of its recipient; `paper` is None where it is about none."""

    purpose: Purpose
    recipient: User | Subscriber
    paper: Paper | None = None


def maker(recipient: User | Subscriber) -> Maker:
    """Makes tokens for one recipient, about whom the database is asked once: `make("up", paper)`."""
    kind = "r" if isinstance(recipient, User) else "s"
    address, key = _address(recipient), _key(recipient)

    def make(purpose: Purpose, paper: Paper | None = None) -> str:
        bound_to = _bound_to(purpose, kind, address, key)
        return _signer(purpose).sign(f"{kind}{recipient.pk}-{paper.pk if paper else 0}-{bound_to}")

    return make


def read(purpose: str, token: str) -> Leave:
    """What the token allows; raises Void when it is not one for this purpose, is too old, or no longer counts."""
    if purpose not in PURPOSES:
        raise Void(NOT_WHOLE)
    whose, about, bound_to = _unsigned(purpose, token).split("-")
    recipient = _recipient(whose)
    if bound_to != _bound_to(purpose, whose[:1], _address(recipient), _key(recipient)):
        raise Void(OTHER_ADDRESS)
    paper = Paper.objects.filter(pk=int(about)).first()
    if purpose in ON_PAPERS and paper is None:
        raise Void(PAPER_LEFT)
    return Leave(purpose, recipient, paper)


def _unsigned(purpose: Purpose, token: str) -> str:
    lifetime = LIFETIMES[purpose]
    try:
        return _signer(purpose).unsign(token, max_age=lifetime)
    except SignatureExpired:
        raise Void(f"It was good for {lifetime.days if lifetime else 0} days, and is older.") from None
    except BadSignature:
        raise Void(NOT_WHOLE) from None


def _recipient(whose: str) -> User | Subscriber:
    found: User | Subscriber | None
    if whose.startswith("r"):
        found = User.objects.filter(pk=int(whose[1:]), is_active=True).first()
    else:
        found = Subscriber.objects.filter(pk=int(whose[1:])).first()
    if found is None:
        raise Void(GONE)
    return found


def _address(recipient: User | Subscriber) -> str:
    return recipient.email if isinstance(recipient, User) else recipient.address


def _key(recipient: User | Subscriber) -> str:
    if not isinstance(recipient, User):
        return ""
    return DigestWish.objects.filter(reader=recipient).values_list("link_key", flat=True).first() or ""


def _bound_to(purpose: Purpose, kind: str, address: str, key: str) -> str:
    """Changes with the address; for what acts on papers, with the reader's key too."""
    words = f"{kind}|{address.lower()}|{key if purpose in ON_PAPERS else ''}"
    return hashlib.sha256(words.encode()).hexdigest()[:12]


def _signer(purpose: Purpose) -> TimestampSigner:
    return TimestampSigner(sep=".", salt=f"feeds.digest.{purpose}")
