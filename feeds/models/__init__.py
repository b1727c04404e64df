"""Tables of this room, one file a subject."""

from .digest import (
    Delivery,
    DigestWish,
    Mailed,
    Subscriber,
    every_day,
    known_zone,
    new_link_key,
)
from .sources import Cursor, Fetch, Host, Likeness, Submission, Telling, Visit
from .syndication import FeedKey, Listing, Syndicated, new_feed_id, new_feed_secret
from .webhooks import (
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
    "DigestWish",
    "FeedKey",
    "Fetch",
    "Host",
    "Likeness",
    "Listing",
    "Mailed",
    "Submission",
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
