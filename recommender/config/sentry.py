"""Report errors to Sentry if `SENTRY_DSN` is set.

Neither the reader nor the content of the request is sent.
"""

import logging
from typing import Any

import sentry_sdk
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from structlog.contextvars import get_contextvars

from .logs import scrubbed

FIELDS = ("event_id", "timestamp", "level", "logger", "platform", "release", "exception", "transaction")


def init_sentry(dsn: str, release: str) -> None:
    """Send errors from now on, including messages logged as errors."""
    sentry_sdk.init(
        dsn=dsn,
        release=release,
        send_default_pii=False,
        include_local_variables=False,  # they hold readers' data
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,  # they hold statements and addresses
        auto_enabling_integrations=False,
        integrations=[
            DjangoIntegration(transaction_style="url"),
            CeleryIntegration(propagate_traces=False),
            LoggingIntegration(level=None, event_level=logging.ERROR),
        ],
        before_send=reduce_event,
    )


def reduce_event(event: Any, hint: dict[str, Any]) -> Any:
    """Reduce an event to fields without personal data.

    They are scrubbed, and the request's id is added.
    """
    fields = {name: _scrub(event[name]) for name in FIELDS if name in event}
    if "logentry" in event:  # without its parameters
        entry = event["logentry"]
        fields["logentry"] = {"message": scrubbed(str(entry.get("formatted") or entry["message"]))}
    request_id = get_contextvars().get("request_id")
    return fields | ({"tags": {"request_id": request_id}} if request_id else {})


def _scrub(value: Any) -> Any:
    """The value with every text in it scrubbed."""
    if isinstance(value, str):
        return scrubbed(value)
    if isinstance(value, dict):
        return {name: _scrub(inside) for name, inside in value.items()}
    return [_scrub(inside) for inside in value] if isinstance(value, list | tuple) else value
