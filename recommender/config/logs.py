"""Log lines as text or JSON, with the request's id and without personal data.

Lines are written with the standard library's `logging`; structlog formats the records. Secrets and personal data are
removed from the finished line, so this covers lines of libraries too.
"""

import logging
import re

import orjson
import structlog
from django.http import HttpRequest
from structlog.typing import EventDict, WrappedLogger

from feeds.health.routes import route_of

FACTS = ("request_id", "method", "route", "status", "milliseconds")  # what a caller may add with `extra=`
SECRETS = (
    (re.compile(r"\bDETAIL: .*"), "DETAIL: <left out>"),  # PostgreSQL quotes the rejected row
    (re.compile(r"//[^/\s@'\"]{1,300}@"), "//<login>@"),
    (re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})*\.\w{2,}"), "<address>"),
    (re.compile(r"\bpb_\w+"), "<token>"),
    (re.compile(r"\b(Bearer|Basic|Token) [^\s'\",]+"), r"\1 <token>"),
    (
        re.compile(r"\b(\w{0,30}(?:password|secret|token|sessionid)\w{0,30})(['\"]?[=:] ?['\"]?)[^\s;&'\",}]+", re.I),
        r"\1\2<secret>",
    ),
    (re.compile(r"([?&]q=)[^&\s'\"]*"), r"\1<query>"),
    (
        re.compile(r"/(shared|feeds|unsubscribe|link/[\w-]{1,30}|confirm-email|key)/[\w:.-]{17,}(?![\w-]*\.py)"),
        r"/\1/<secret>",
    ),
)


def scrubbed(text: str) -> str:
    """The text without addresses, tokens, passwords, cookies, search words and secret links."""
    for pattern, instead in SECRETS:
        text = pattern.sub(instead, text)
    return text


class RouteFilter(logging.Filter):
    """Replace the path in Django's log lines with the route.

    A path may hold a secret. Django logs some responses after the middleware is done, so the request's id is read from
    the request.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest) and isinstance(record.args, tuple):
            record.request_id = getattr(request, "request_id", None)
            paths = (request.path, request.get_full_path())
            record.args = tuple(route_of(request) if argument in paths else argument for argument in record.args)
        return True


def formatter(form: str) -> structlog.stdlib.ProcessorFormatter:
    """The formatter for `PAPERBOY_LOG_FORMAT`: `text` for people, or `json` with one object per line."""

    def render(_: WrappedLogger, __: str, event: EventDict) -> str:
        line = {name: scrubbed(value) if isinstance(value, str) else value for name, value in event.items()}
        if form == "json":
            return orjson.dumps(line, default=str).decode()
        text = f"{line['timestamp']} {line['level'].upper()} {line['logger']}: {line['event']}"
        request_id = f" [{line['request_id']}]" if "request_id" in line else ""
        return text + request_id + (f"\n{line['exception']}" if "exception" in line else "")

    return structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            render,
        ],
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(allow=FACTS),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
    )
