"""Signatures of messages as Standard Webhooks has them: https://github.com/standard-webhooks/standard-webhooks."""

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from feeds.models.webhooks import SECRET_PREFIX

REPLAY_WINDOW = timedelta(minutes=5)  # receivers refuse a message whose time is further off than this


def headers(message_id: str, at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The headers that prove a message: one signature for each secret, over the id, the time and the body.

    The id is the same each time that a message is tried; the time is that of the trial.
    """
    timestamp = str(int(at.timestamp()))
    signed = b".".join([message_id.encode(), timestamp.encode(), body])
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(secret, signed) for secret in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return f"v1,{base64.b64encode(hmac.digest(key, signed, sha256)).decode()}"
