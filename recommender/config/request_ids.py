"""A name for every request: told in the answer, and in each line that it, or a task that it started, writes."""

import logging
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

from celery import signals
from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bind_contextvars, bound_contextvars, get_contextvars, unbind_contextvars

from feeds.health.routes import route_of

HEADER = "X-Request-ID"
FIELD = "request_id"
_SANE = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)

log = logging.getLogger("paperboy.requests")


class RequestIds:
    """Takes over the id that a proxy gave, if it is a sane one; makes one otherwise."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        request_id = given if _SANE.fullmatch(given) else secrets.token_hex(16)
        request.request_id = request_id  # type: ignore[attr-defined]
        with bound_contextvars(**{FIELD: request_id}):
            started = time.perf_counter()
            response = self.get_response(request)
            _tell(request, response, time.perf_counter() - started)
        response[HEADER] = request_id
        return response


def _tell(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    facts = {"route": route_of(request), "status": response.status_code, "milliseconds": round(1000 * seconds, 1)}
    line = "%(method)s %(route)s %(status)d in %(milliseconds)s ms"
    facts["method"] = str(request.method)
    log.info(line, facts, extra=facts)


def carry_into_tasks() -> None:
    """Let each task carry the id of the request or task that started it, else its own, and its lines name it."""
    signals.before_task_publish.connect(_send_along, weak=False, dispatch_uid="request-id")
    signals.task_prerun.connect(_take_over, weak=False, dispatch_uid="request-id")
    signals.task_postrun.connect(_let_go, weak=False, dispatch_uid="request-id")


def _send_along(headers: dict[str, Any], **_: Any) -> None:
    headers["queued_at"] = time.time()
    if name := get_contextvars().get(FIELD):
        headers[FIELD] = name


def _take_over(task: Any, **_: Any) -> None:
    if not task.request.is_eager:
        bind_contextvars(**{FIELD: str(task.request.get(FIELD) or task.request.id)})


def _let_go(task: Any, **_: Any) -> None:
    if not task.request.is_eager:
        unbind_contextvars(FIELD)
