"""What a request asked for, as lines of the log and metrics may say it: by the name of its route alone."""

from django.conf import settings
from django.http import HttpRequest


def route_of(request: HttpRequest) -> str:
    """As many values as there are routes, never an address; `none` where no route has it."""
    match = request.resolver_match
    if match:
        return str(match.view_name or match.route)
    return "static" if request.path.startswith(settings.STATIC_URL) else "none"
