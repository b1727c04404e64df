"""`/livez`, `/readyz`, `/metrics`: answered before all else, so that neither host names nor HTTPS stand in the way."""

import secrets
from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils.module_loading import import_string

from .readiness import readiness

FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")
Answer = Callable[[HttpRequest], HttpResponse]


class Probes:
    """Stands in front: a probe knows a machine by its number, not by a name that `ALLOWED_HOSTS` has."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.answers: dict[str, Answer] = {"/livez": livez, "/readyz": readyz}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.answers.get(request.path_info)
        if answer is None:
            return self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        response = answer(request)
        response["Cache-Control"] = "no-store"
        return response


def livez(request: HttpRequest) -> HttpResponse:
    """The process answers; of what it leans on, this says nothing, or a sick database would have it killed."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """Whether to send requests here: 503 if nothing can be answered; what is poorer than it should be is named."""
    found = readiness()
    return JsonResponse(found.as_dict(), status=503 if found.status == "down" else 200)


class Metrics:
    """`/metrics`, where `PAPERBOY_METRICS` switches them on; stands beside `Probes`, for the same reason."""

    def __init__(self, get_response: Answer) -> None:
        if not settings.METRICS:
            raise MiddlewareNotUsed("PAPERBOY_METRICS is off")
        self.get_response = get_response
        self.exposition: Callable[[], tuple[bytes, str]] = import_string("feeds.health.metrics.exposition")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info != "/metrics":
            return self.get_response(request)
        if not may_read(request):
            text = "Metrics are for this machine, or with: Authorization: Bearer PAPERBOY_METRICS_TOKEN\n"
            return HttpResponse(text, status=403, content_type="text/plain")
        body, content_type = self.exposition()
        return HttpResponse(body, content_type=content_type, headers={"Cache-Control": "no-store"})


def may_read(request: HttpRequest) -> bool:
    """With the secret from anywhere; without one only from this machine itself, not from a proxy on it."""
    given = request.headers.get("Authorization", "")
    token = settings.METRICS_TOKEN
    if token and secrets.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    is_forwarded = settings.BEHIND_PROXY or any(name in request.headers for name in FORWARDED)
    return not given and not is_forwarded and _is_here(request.META.get("REMOTE_ADDR", ""))


def _is_here(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
