"""Errors to Sentry, where `SENTRY_DSN` names one: what broke and where, never whose request it was or what it held."""

import logging
from typing import Any

import sentry_sdk
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from structlog.contextvars import get_contextvars

from .logs import scrubbed

KEPT = ("event_id", "timestamp", "level", "logger", "platform", "release", "exception", "transaction")


def init_sentry(dsn: str, release: str) -> None:
    """Send errors from now on; a message that is logged as an error counts as one."""
    sentry_sdk.init(
        dsn=dsn,
        release=release,
        send_default_pii=False,
        include_local_variables=False,  # they hold readers
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
    """Only the fields that are known to hold no person, and those scrubbed; with the request's id."""
    kept = {name: _scrub(event[name]) for name in KEPT if name in event}
    if "logentry" in event:  # without its parameters
        kept["logentry"] = {
            "message": scrubbed(str(event["logentry"].get("formatted") or event["logentry"]["message"]))
        }
    request_id = get_contextvars().get("request_id")
    return kept | ({"tags": {"request_id": request_id}} if request_id else {})


def _scrub(value: Any) -> Any:
    if isinstance(value, str):
        return scrubbed(value)
    if isinstance(value, dict):
        return {name: _scrub(inside) for name, inside in value.items()}
    return [_scrub(inside) for inside in value] if isinstance(value, list | tuple) else value
