"""An id for every request, in its response and log lines.

The log lines of the tasks that it starts have it too.
"""

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
_VALID = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)

log = logging.getLogger("paperboy.requests")


class RequestIds:
    """Middleware that gives each request an id and logs it.

    A proxy's id is used if it is valid; otherwise one is created.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        proxy_id = request.headers.get(HEADER, "")
        request_id = proxy_id if _VALID.fullmatch(proxy_id) else secrets.token_hex(16)
        request.request_id = request_id  # type: ignore[attr-defined]
        with bound_contextvars(**{FIELD: request_id}):
            started = time.perf_counter()
            response = self.get_response(request)
            milliseconds = round(1000 * (time.perf_counter() - started), 1)
            facts = {
                "method": str(request.method),
                "route": route_of(request),
                "status": response.status_code,
                "milliseconds": milliseconds,
            }
            log.info("%(method)s %(route)s %(status)d in %(milliseconds)s ms", facts, extra=facts)
        response[HEADER] = request_id
        return response


def carry_into_tasks() -> None:
    """Pass the request's id on to the tasks it starts.

    It is bound while they run; without one, the task's own id is.
    """

    def send_along(headers: dict[str, Any], **_: Any) -> None:
        headers["queued_at"] = time.time()
        if request_id := get_contextvars().get(FIELD):
            headers[FIELD] = request_id

    def bind(task: Any, **_: Any) -> None:
        if not task.request.is_eager:
            bind_contextvars(**{FIELD: str(task.request.get(FIELD) or task.request.id)})

    def unbind(task: Any, **_: Any) -> None:
        if not task.request.is_eager:
            unbind_contextvars(FIELD)

    signals.before_task_publish.connect(send_along, weak=False, dispatch_uid="request-id")
    signals.task_prerun.connect(bind, weak=False, dispatch_uid="request-id")
    signals.task_postrun.connect(unbind, weak=False, dispatch_uid="request-id")
