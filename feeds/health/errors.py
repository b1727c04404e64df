"""What is answered when nobody caught an error: 503 while the database is away, which passes; 500 for what is ours."""

import sqlite3
import sys

import orjson
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from feeds.http.problems import PROBLEM_TYPE, problem

RETRY_SECONDS = 5
PRIMARY = 0xFF  # the part of SQLite's extended codes that names the kind of error
SQLITE_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
POSTGRES_AWAY = ("08", "53", "57")  # connection, resources, operator: classes of SQLSTATE
UNAVAILABLE = f"the database does not answer at the moment; ask again in {RETRY_SECONDS} seconds"
BROKEN = "something broke on our side, and it has been written to the log; try again in a minute"


def server_error(request: HttpRequest) -> HttpResponse:
    """Django calls this while it handles the error."""
    is_away = _is_away(sys.exc_info()[1])
    response = _answer(request, 503 if is_away else 500, UNAVAILABLE if is_away else BROKEN)
    if is_away:
        response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _is_away(error: BaseException | None) -> bool:
    """Not so for what is wrong with the query itself, which SQLite also calls operational."""
    if not isinstance(error, OperationalError):
        return isinstance(error, InterfaceError)
    in_sqlite = getattr(error.__cause__, "sqlite_errorcode", None)
    in_postgres = getattr(error.__cause__, "sqlstate", None)
    if in_sqlite is not None:
        return in_sqlite & PRIMARY in SQLITE_AWAY
    return in_postgres is None or in_postgres[:2] in POSTGRES_AWAY


def _answer(request: HttpRequest, status: int, words: str) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        return HttpResponse(orjson.dumps(problem(status, words)), PROBLEM_TYPE, status)
    return HttpResponse(render_to_string(f"{status}.html"), status=status)
