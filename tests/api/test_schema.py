"""Every operation, sent what the schema allows and much that it does not, returns only what the schema describes.

A few cases for each operation here, the same ones each time. `PAPERBOY_API_CASES=200 pytest tests/api/test_schema.py`
sends two hundred; `-k "write and me/votes"` chooses who asks, and what.
"""

import json
import os

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.models import AuthToken
from tests.contract import schema

from .sample import make_sample, operations

CASES = int(os.environ.get("PAPERBOY_API_CASES", "6"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SENSIBLY = settings(
    max_examples=CASES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def _one_connection(db):
    """Keep the server from closing the database connection, which has the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def described():
    read = schemathesis.openapi.from_dict(json.loads(json.dumps(schema())))
    read.app = WSGIHandler()
    return read


@pytest.fixture(params=["write", "read", "nobody"])
def headers(request, ada):
    plain = {"Accept-Encoding": "identity"}  # the client in this process unpacks nothing
    if request.param == "nobody":
        return plain
    return plain | {"Authorization": f"Bearer {AuthToken.issue(ada, 'fuzz', request.param, None)[1]}"}


def send(case, headers):
    """Try one case and roll it back, so that each starts from the same data."""
    with transaction.atomic():
        response = case.call(headers=headers)
        transaction.set_rollback(True)
    case.validate_response(response, checks=CHECKS, headers=headers)


@pytest.mark.parametrize(("method", "path"), operations(), ids=lambda part: part.strip("/"))
def test_every_response_matches_the_schema(ada, described, headers, method, path):
    sample = make_sample(ada)
    operation = described[path][method]
    cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))

    @SENSIBLY
    @given(case=cases, finds=st.booleans())
    def try_one(case, finds):
        for name in case.path_parameters if finds else ():
            case.path_parameters[name] = sample.value(path[: path.index(f"{{{name}}}") + len(name) + 2])
        send(case, headers)

    try_one()
