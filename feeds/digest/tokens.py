"""Signed tokens in the links of a mail.

Each allows one action for one recipient, for a limited time. A token names its recipient and paper, and holds a digest
of the address that it was mailed to. Each purpose has its own signature, so a token for saving cannot vote. A token
becomes invalid when the account is deleted or changes its address. Tokens that vote or save also become invalid when
the reader revokes earlier links. A token that unsubscribes is valid for as long as the account exists.
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
MakeToken = Callable[..., str]
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
INCOMPLETE = "This link is incomplete. Copy the whole link from the e-mail."
ACCOUNT_GONE = "This account or subscription no longer exists."
REVOKED = "This link is no longer valid: the account has another address now, or earlier links were revoked."
PAPER_REMOVED = "This paper was removed from the catalogue."


class InvalidToken(Exception):
    """The token allows nothing; the message tells its holder why."""


@dataclass(frozen=True)
class Permission:
    """What a token allows its holder to do for the recipient.

    `paper` is None for purposes without one.
    """

    purpose: Purpose
    recipient: User | Subscriber
    paper: Paper | None = None


def token_maker(recipient: User | Subscriber) -> MakeToken:
    """Return a function that makes the recipient's tokens.

    It is called as `make("up", paper)` and makes no further queries.
    """
    kind = "r" if isinstance(recipient, User) else "s"
    address, key = _address_and_key(recipient)

    def make(purpose: Purpose, paper: Paper | None = None) -> str:
        bound_to = _bound_to(purpose, kind, address, key)
        return _signer(purpose).sign(f"{kind}{recipient.pk}-{paper.pk if paper else 0}-{bound_to}")

    return make


def read(purpose: str, token: str) -> Permission:
    """Return what the token allows.

    Raises InvalidToken if it is for another purpose, too old or no longer valid.
    """
    if purpose not in PURPOSES:
        raise InvalidToken(INCOMPLETE)
    lifetime = LIFETIMES[purpose]
    try:
        value = _signer(purpose).unsign(token, max_age=lifetime)
    except SignatureExpired:
        days = lifetime.days if lifetime else 0
        raise InvalidToken(f"This link has expired. It was valid for {days} days.") from None
    except BadSignature:
        raise InvalidToken(INCOMPLETE) from None
    kind_and_pk, paper_pk, bound_to = value.split("-")
    kind, pk = kind_and_pk[:1], int(kind_and_pk[1:])
    recipient: User | Subscriber | None
    if kind == "r":
        recipient = User.objects.filter(pk=pk, is_active=True).first()
    else:
        recipient = Subscriber.objects.filter(pk=pk).first()
    if recipient is None:
        raise InvalidToken(ACCOUNT_GONE)
    if bound_to != _bound_to(purpose, kind, *_address_and_key(recipient)):
        raise InvalidToken(REVOKED)
    paper = Paper.objects.filter(pk=int(paper_pk)).first()
    if purpose in ON_PAPERS and paper is None:
        raise InvalidToken(PAPER_REMOVED)
    return Permission(purpose, recipient, paper)


def _address_and_key(recipient: User | Subscriber) -> tuple[str, str]:
    """The address, and the key that changes when a reader revokes earlier links."""
    if not isinstance(recipient, User):
        return recipient.address, ""
    key = DigestWish.objects.filter(reader=recipient).values_list("link_key", flat=True).first()
    return recipient.email, key or ""


def _bound_to(purpose: Purpose, kind: str, address: str, key: str) -> str:
    """Return a digest of the recipient's address.

    If the purpose is about papers, it covers the key too.
    """
    text = f"{kind}|{address.lower()}|{key if purpose in ON_PAPERS else ''}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _signer(purpose: Purpose) -> TimestampSigner:
    return TimestampSigner(sep=".", salt=f"feeds.digest.{purpose}")
