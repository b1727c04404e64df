"""`/livez`, `/readyz` and `/metrics`, answered by middleware before checks of host names and HTTPS."""

import secrets
from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils.module_loading import import_string

from .readiness import readiness

FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP")
View = Callable[[HttpRequest], HttpResponse]


class Probes:
    """Middleware that answers probes before any other check.

    Probes reach a machine by its IP address, which need not be in `ALLOWED_HOSTS`.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response
        self.views: dict[str, View] = {"/livez": livez, "/readyz": readyz}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = self.views.get(request.path_info)
        if view is None:
            return self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        response = view(request)
        response["Cache-Control"] = "no-store"
        return response


def livez(request: HttpRequest) -> HttpResponse:
    """Answer while the process runs.

    Dependencies are not checked, since a broken database is no reason to kill the process.
    """
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """Answer whether this process should receive requests.

    Returns 503 if it can answer nothing; degraded dependencies are named.
    """
    state = readiness()
    return JsonResponse(state.as_dict(), status=503 if state.status == "down" else 200)


class Metrics:
    """Middleware that serves `/metrics` if `PAPERBOY_METRICS` is on.

    It is placed next to `Probes`, for the same reason.
    """

    def __init__(self, get_response: View) -> None:
        if not settings.METRICS:
            raise MiddlewareNotUsed("PAPERBOY_METRICS is off")
        self.get_response = get_response
        self.exposition: Callable[[], tuple[bytes, str]] = import_string("feeds.health.metrics.exposition")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info != "/metrics":
            return self.get_response(request)
        if not may_read(request):
            text = "Metrics require a request from this machine, or: Authorization: Bearer PAPERBOY_METRICS_TOKEN\n"
            return HttpResponse(text, status=403, content_type="text/plain")
        body, content_type = self.exposition()
        return HttpResponse(body, content_type=content_type, headers={"Cache-Control": "no-store"})


def may_read(request: HttpRequest) -> bool:
    """Whether the request may read the metrics.

    It must have the token, or, without one, come from this machine and not through a proxy.
    """
    authorization = request.headers.get("Authorization", "")
    token = settings.METRICS_TOKEN
    if token and secrets.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
        return True
    if authorization or settings.BEHIND_PROXY or any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
