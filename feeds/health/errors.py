"""Responses to uncaught errors.

503 while the database is unavailable, which is temporary; 500 for our own faults.
"""

import sqlite3
import sys

import orjson
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from feeds.http.problems import PROBLEM_TYPE, problem

RETRY_SECONDS = 5
PRIMARY_CODE = 0xFF  # mask: the part of SQLite's extended result codes that names the kind of error
SQLITE_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
POSTGRES_UNAVAILABLE = ("08", "53", "57")  # classes of SQLSTATE: connection, resources, operator intervention
UNAVAILABLE = f"the database is unavailable at the moment; try again in {RETRY_SECONDS} seconds"
COMPATIBLE = ("/api/daily_papers", "/api/papers", "/s2/")  # clients of other services read `{"error": ...}`
BROKEN = "an error occurred on our side and was logged; try again in a minute"


def server_error(request: HttpRequest) -> HttpResponse:
    """Respond to an uncaught error.

    Django calls this while it handles the exception.
    """
    is_unavailable = _is_unavailable(sys.exc_info()[1])
    status, detail = (503, UNAVAILABLE) if is_unavailable else (500, BROKEN)
    if request.path_info.startswith(COMPATIBLE):
        response = HttpResponse(orjson.dumps({"error": detail}), "application/json", status)
    elif request.path_info.startswith("/api/"):
        response = HttpResponse(orjson.dumps(problem(status, detail)), PROBLEM_TYPE, status)
    else:
        response = HttpResponse(render_to_string(f"{status}.html"), status=status)
    if is_unavailable:
        response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _is_unavailable(error: BaseException | None) -> bool:
    """Whether the database is unavailable.

    SQLite also raises OperationalError for a faulty query.
    """
    if not isinstance(error, OperationalError):
        return isinstance(error, InterfaceError)
    sqlite_code = getattr(error.__cause__, "sqlite_errorcode", None)
    postgres_code = getattr(error.__cause__, "sqlstate", None)
    if sqlite_code is not None:
        return sqlite_code & PRIMARY_CODE in SQLITE_UNAVAILABLE
    return postgres_code is None or postgres_code[:2] in POSTGRES_UNAVAILABLE
