"""Database models of feeds, one file for each subject."""

from .digest import (
    Delivery,
    DeliveryKind,
    DeliveryState,
    DigestWish,
    Mailed,
    Subscriber,
    every_day,
    known_zone,
    new_link_key,
)
from .sources import Cursor, Fetch, FetchState, Host, Likeness, Submission, SubmissionState, Telling, Visit
from .syndication import FeedKey, Listing, Syndicated, new_feed_id, new_feed_secret
from .webhooks import (
    MessageState,
    Webhook,
    WebhookEvent,
    WebhookMessage,
    new_message_id,
    new_webhook_id,
    new_webhook_secret,
)

__all__ = [
    "Cursor",
    "Delivery",
    "DeliveryKind",
    "DeliveryState",
    "DigestWish",
    "FeedKey",
    "Fetch",
    "FetchState",
    "Host",
    "Likeness",
    "Listing",
    "Mailed",
    "MessageState",
    "Submission",
    "SubmissionState",
    "Subscriber",
    "Syndicated",
    "Telling",
    "Visit",
    "Webhook",
    "WebhookEvent",
    "WebhookMessage",
    "every_day",
    "known_zone",
    "new_feed_id",
    "new_feed_secret",
    "new_link_key",
    "new_message_id",
    "new_webhook_id",
    "new_webhook_secret",
]
