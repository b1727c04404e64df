"""The Celery tasks: the night's steps, and short tasks that run every few minutes."""

from .night import encode_parts, night_step, rank_parts, start_missing, tick
from .periodic import digest_tick, fetch_tick, webhook_tick

__all__ = [
    "digest_tick",
    "encode_parts",
    "fetch_tick",
    "night_step",
    "rank_parts",
    "start_missing",
    "tick",
    "webhook_tick",
]
