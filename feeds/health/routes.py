"""The name of a request's route, as log lines and metrics may show it."""

from django.conf import settings
from django.http import HttpRequest


def route_of(request: HttpRequest) -> str:
    """Return the route's name, never an address; `none` if no route matches."""
    match = request.resolver_match
    if match:
        return str(match.view_name or match.route)
    return "static" if request.path.startswith(settings.STATIC_URL) else "none"
