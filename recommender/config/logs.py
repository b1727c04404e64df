"""One line for each thing worth saying: as text or as JSON, with the request's id, and without what is a person's own.

Lines are written with the standard library's `logging`; structlog turns its records into text. What a line must not
hold is taken out of the finished line, whoever wrote it, libraries included.
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
    (re.compile(r"\bDETAIL: .*"), "DETAIL: <left out>"),  # PostgreSQL quotes the row that it refused
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
    """The text without addresses, tokens, passwords, cookies, what was searched for, and secret links."""
    for pattern, instead in SECRETS:
        text = pattern.sub(instead, text)
    return text


class RouteFilter(logging.Filter):
    """Names the route where Django names the path, which may hold what only its reader should know.

    Django speaks of some answers after the middleware is done; the request itself still knows its id.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest) and isinstance(record.args, tuple):
            record.request_id = getattr(request, "request_id", None)
            paths = (request.path, request.get_full_path())
            record.args = tuple(route_of(request) if argument in paths else argument for argument in record.args)
        return True


def formatter(form: str) -> structlog.stdlib.ProcessorFormatter:
    """What `PAPERBOY_LOG_FORMAT` names: `text` for people, `json` for programs, an object a line."""
    return structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _scrub,
            {"text": _text, "json": _json}[form],
        ],
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(allow=FACTS),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
    )


def _scrub(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    return {name: scrubbed(value) if isinstance(value, str) else value for name, value in line.items()}


def _json(_: WrappedLogger, __: str, line: EventDict) -> str:
    return orjson.dumps(dict(line), default=str).decode()


def _text(_: WrappedLogger, __: str, line: EventDict) -> str:
    start = f"{line['timestamp']} {line['level'].upper()} {line['logger']}: {line['event']}"
    named = f" [{line['request_id']}]" if "request_id" in line else ""
    return start + named + (f"\n{line['exception']}" if "exception" in line else "")
